using Orleans.Concurrency;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Facilitators;
using RttNetwork.Contracts.Pathways;
using RttNetwork.Contracts.Referrals;
using RttNetwork.Contracts.Safety;
using RttNetwork.Contracts.Sites;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Facilitators;
using RttNetwork.Grains.Cohorts;
using RttNetwork.Grains.Pathways;
using RttNetwork.Grains.Referrals;
using RttNetwork.Grains.Safety;
using RttNetwork.Grains.Units;
using RttNetwork.Grains.Views;
using Refusal = RttNetwork.Contracts.Units.Refusal;

namespace RttNetwork.Grains.Facilitators;

/// <summary>The mailbox of a facilitator. Key: <see cref="Keys.Facilitator"/>.</summary>
[GrainType("facilitator"), Reentrant]
public sealed class FacilitatorGrain(UnitServices services, [PersistentState("facilitator", "snapshots")] IPersistentState<Snapshot> snapshot)
    : JournalGrain<FacilitatorState>(services, snapshot), IFacilitatorGrain
{
    public Task<UnitAnswer<FacilitatorView>> Register(RegisterFacilitator command, Unit unit) =>
        Change(unit, command.HomeSite, f => FacilitatorRules.Register(f, command.HomeSite, command.Roles, [.. command.Credentials.Select(x => x.ToDomain())]));

    public Task<UnitAnswer<FacilitatorView>> RecordCredential(RecordCredential command, Unit unit) =>
        Change(unit, null, f => FacilitatorRules.RecordCredential(f, command.Credential.ToDomain()));

    public Task<UnitAnswer<FacilitatorView>> WithdrawCredential(WithdrawCredential command, Unit unit) =>
        Change(unit, null, f => FacilitatorRules.WithdrawCredential(f, command.Role, command.Jurisdiction, command.Reason));

    public Task<UnitAnswer<CohortView>> Assign(AssignFacilitator command, Unit unit) => Enlist(unit,
        guard: facilitator => Missing(facilitator),
        facts: facilitator => facilitator.ToFacts(Stream, Version),
        next: down => GrainFactory.Of<ICohortGrain>(command.Cohort).FinishAssign(command, down));

    public Task<UnitAnswer<CohortView>> Withdraw(WithdrawFacilitator command, Unit unit) => Enlist(unit,
        guard: facilitator => Missing(facilitator),
        facts: facilitator => facilitator.ToFacts(Stream, Version),
        next: down => GrainFactory.Of<ICohortGrain>(command.Cohort).FinishWithdraw(command, down));

    /// <summary>Who is not there is told by the plan, together with everything else that stands against it.</summary>
    public Task<UnitAnswer<CohortView>> Plan(PlanCohort command, Unit unit) => Enlist(unit,
        // A site offers appointments of its own: the site's grain says whose they are.
        guard: _ => unit.Caller.ReachesAll(Network) || (command.Appointment is not null && unit.Caller.Network == Network && unit.Caller.Scope == CallerScope.Site) ? null : Refusals.NotFound,
        facts: facilitator => facilitator.ToFacts(Stream, Version),
        next: down =>
        {
            var following = command.Facilitators.IndexOf(Stream) + 1;
            return following < command.Facilitators.Length
                ? GrainFactory.GetGrain<IFacilitatorGrain>(command.Facilitators[following]).Plan(command, down)
                : GrainFactory.GetGrain<ISiteGrain>(command.Site).PlanCohort(command, down);
        });

    public Task<UnitAnswer<CohortView>> Substitute(SubstituteFacilitator command, Unit unit) => Enlist(unit,
        guard: facilitator => Missing(facilitator),
        facts: facilitator => facilitator.ToFacts(Stream, Version),
        next: down =>
        {
            var other = Stream == command.Leaving ? command.Substitute : command.Leaving;
            return unit.Enlisted.IsEmpty && other != Stream
                ? GrainFactory.GetGrain<IFacilitatorGrain>(other).Substitute(command, down)
                : GrainFactory.GetGrain<ICohortGrain>(command.Cohort).FinishSubstitute(command, down);
        });

    public Task<UnitAnswer<CohortView>> ResolveTimes(ResolveTimes command, Unit unit) => Enlist(unit,
        guard: Missing,
        facts: facilitator => facilitator.ToFacts(Stream, Version),
        next: down => ResolvingMapping.After(Stream, GrainFactory, command, down));

    public Task<UnitAnswer<FacilitatorView>> RecordTraining(RecordTraining command, Unit unit) => Change(unit, null, f => Trainings.Record(f, command.Training.ToDomain()));

    public Task<UnitAnswer<CohortView>> CompleteTraining(CompleteTraining command, Unit unit) => Enlist(unit,
        guard: Missing,
        facts: facilitator => facilitator.ToFacts(Stream, Version),
        next: down => GrainFactory.Of<ICohortGrain>(command.Cohort).FinishTraining(command, down));

    public Task<UnitAnswer<CohortView>> WithdrawAppointment(WithdrawAppointment command, Unit unit) => Enlist(unit,
        guard: Missing,
        facts: _ => null,
        next: down => AppointmentChain.After(Stream, GrainFactory, command, down));

    public Task<ReadAnswer<FacilitatorFacts>> Facts(Caller caller) =>
        Read((facilitator, version) => facilitator.HomeSite is not null && caller.Network == Network && caller.Scope != CallerScope.Authority ? facilitator.ToFacts(Stream, version) : null);

    public async Task<UnitAnswer<CohortView>> RefreshCredential(RefreshCredential command, Unit unit) => await Holds(command.AtLeast)
        ? await Enlist(unit,
            guard: facilitator => Missing(facilitator),
            facts: facilitator => facilitator.ToFacts(Stream, Version),
            next: down => GrainFactory.Of<ICohortGrain>(command.Cohort).FinishCredential(down))
        : UnitAnswer<CohortView>.Of(UnitOutcome.Unavailable);

    public Task<UnitAnswer<PathwayView>> SignPathway(PathwayCommand command, Unit unit) => Enlist(unit,
        guard: Missing,
        facts: facilitator => facilitator.ToSigner(Stream, Version),
        next: down => PathwayChain.After(StreamKind.Facilitator, GrainFactory, command, down),
        attests: true);

    public Task<UnitAnswer<SafetyEventView>> SignSafety(SafetyCommand command, Unit unit) => Enlist(unit,
        guard: Missing,
        facts: facilitator => facilitator.ToSigner(Stream, Version),
        next: down => SafetyChain.After(StreamKind.Facilitator, GrainFactory, command, down),
        attests: true);

    public Task<UnitAnswer<MovedView>> SignMove(MoveCommand command, Unit unit) => Enlist(unit,
        guard: Missing,
        facts: facilitator => facilitator.ToSigner(Stream, Version),
        next: down => MoveChain.After(Stream, GrainFactory, command, down),
        attests: true);

    public Task<UnitAnswer<CalendarLinkList>> MakeCalendarLink(MakeCalendarLink command, Unit unit) =>
        Links(unit, facilitator => CalendarLinks.Make(facilitator.Calendars, command.Link, command.Hash));

    public Task<UnitAnswer<CalendarLinkList>> RevokeCalendarLink(RevokeCalendarLink command, Unit unit) =>
        Links(unit, facilitator => CalendarLinks.Revoke(facilitator.Calendars, command.Link));

    Task<ReadAnswer<CalendarLinkList>> IFacilitatorGrain.CalendarLinks(Caller caller) =>
        Read((facilitator, _) => facilitator.HomeSite is { } home && caller.Reaches(Network, home) ? facilitator.Calendars.ToLinks() : null);

    public Task<ReadAnswer<CalendarOwner>> OpenCalendar(string hash) => Read((facilitator, _) => facilitator.Calendars.Opens(hash) ? new CalendarOwner("") : null);

    public Task<ReadAnswer<FacilitatorView>> Get(Caller caller) =>
        Read((facilitator, version) => facilitator.HomeSite is { } home && caller.Reaches(Network, home) ? facilitator.ToView(Stream, version) : null);

    /// <summary>A change of the facilitator alone, by somebody who reaches the home site (the future one, for a new facilitator).</summary>
    private Task<UnitAnswer<FacilitatorView>> Change(Unit unit, string? newHome, Func<FacilitatorState, Decision> decide) => Finish(unit, facilitator =>
        (newHome ?? facilitator.HomeSite) is { } home && unit.Caller.Reaches(Network, home)
            ? UnitDecision<FacilitatorState, FacilitatorView>.From(decide(facilitator), null, (after, version) => after.ToView(Stream, version))
            : UnitDecision<FacilitatorState, FacilitatorView>.Refused(Refusals.NotFound));

    private Task<UnitAnswer<CalendarLinkList>> Links(Unit unit, Func<FacilitatorState, Decision> decide) => Finish(unit, facilitator =>
        facilitator.HomeSite is { } home && unit.Caller.Reaches(Network, home)
            ? UnitDecision<FacilitatorState, CalendarLinkList>.From(decide(facilitator), null, (after, _) => after.Calendars.ToLinks())
            : UnitDecision<FacilitatorState, CalendarLinkList>.Refused(Refusals.NotFound));

    /// <summary>
    /// Any site of the network may ask for a facilitator of it: a substitute often comes from another one. The cohort
    /// checks that the caller reaches the cohort's site.
    /// </summary>
    private static Refusal? Missing(FacilitatorState facilitator) => facilitator.HomeSite is null ? Refusals.NotFound : null;
}
