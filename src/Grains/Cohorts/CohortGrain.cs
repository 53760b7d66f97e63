using System.Collections.Immutable;
using NodaTime;
using Orleans.Concurrency;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Facilitators;
using RttNetwork.Contracts.Participants;
using RttNetwork.Contracts.Pathways;
using RttNetwork.Contracts.Referrals;
using RttNetwork.Contracts.Safety;
using RttNetwork.Contracts.Sessions;
using RttNetwork.Contracts.Sites;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.WaitLists;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Facilitators;
using RttNetwork.Domain.Pathways;
using RttNetwork.Domain.Safety;
using RttNetwork.Domain.Sites;
using RttNetwork.Domain.WaitLists;
using RttNetwork.Grains.Facilitators;
using RttNetwork.Grains.Participants;
using RttNetwork.Grains.Pathways;
using RttNetwork.Grains.Programs;
using RttNetwork.Grains.Referrals;
using RttNetwork.Grains.Sites;
using RttNetwork.Grains.Units;
using RttNetwork.Grains.WaitLists;
using Departing = RttNetwork.Domain.Cohorts.Departure;
using Departure = RttNetwork.Contracts.Cohorts.Departure;
using Refusal = RttNetwork.Contracts.Units.Refusal;

namespace RttNetwork.Grains.Cohorts;

/// <summary>The mailbox of a cohort, the last of every chain but the pathway's. Key: <see cref="Keys.Cohort"/>.</summary>
[GrainType("cohort"), Reentrant]
public sealed class CohortGrain(UnitServices services, CohortsNearby nearby, IDateTimeZoneProvider zones, [PersistentState("cohort", "snapshots")] IPersistentState<Snapshot> snapshot)
    : JournalGrain<CohortState>(services, snapshot), ICohortGrain
{
    private string Site => Keys.CohortParts(Stream).Site;

    protected override bool IsSeenByOthers => true;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await base.OnActivateAsync(cancellationToken);
        nearby.Add(Stream, this);
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        nearby.Remove(Stream, this);
        return base.OnDeactivateAsync(reason, cancellationToken);
    }

    public async Task<UnitAnswer<SeatView>?> Glance(SeatRequest command, Unit unit) =>
        await RefuseAtAGlance(unit, state => WithoutThePerson(command, unit, state)) is { } refusal ? UnitAnswer<SeatView>.Of(refusal) : null;

    /// <summary>See <see cref="ICohortsNearby.TryGlance"/>. Called from any thread.</summary>
    internal bool TryGlance(SeatRequest command, Unit unit, out UnitAnswer<SeatView>? refused)
    {
        refused = null;
        if (ForOthers() is not { } vouched) return false;
        if (RefuseAtAGlance(unit, vouched, state => WithoutThePerson(command, unit, state)) is { } refusal) refused = UnitAnswer<SeatView>.Of(refusal);
        return true;
    }

    /// <summary>See <see cref="ICohortsNearby.Get"/>. Called from any thread.</summary>
    internal ReadAnswer<CohortView>? TryGet(Caller caller, Instant now) =>
        ForOthers() is { } vouched ? new ReadAnswer<CohortView>(View(caller, vouched.State, vouched.Version, now), false) : null;

    public Task<UnitAnswer<SeatView>> FinishSeat(SeatRequest command, SeatAsk ask, Unit unit)
    {
        if (Unreachable(unit.Caller) is { } refusal) return Task.FromResult(UnitAnswer<SeatView>.Of(refusal));
        var person = unit.Facts<ParticipantFacts>().ToDomain();
        return Finish(unit, state => UnitDecision<CohortState, SeatView>.From(
            ask switch
            {
                SeatAsk.Hold => Booking.Hold(person, state, Stream, unit.Caller.Subject, unit.Now),
                SeatAsk.Book => Booking.Book(person, state, Stream, unit.Now),
                SeatAsk.Cancel => Booking.Cancel(person, state, Stream, command.Reason, unit.Now),
                SeatAsk.Release => Booking.Release(person, state, Stream, unit.Now),
                SeatAsk.Accept => Waits.Accept(person, state, Stream, unit.Now),
                _ => throw new InvalidOperationException($"Unknown ask {ask}."),
            },
            command.Participant,
            (after, _) => after.ToSeatView(Stream, person.Participant, unit.Now)));
    }

    public Task<UnitAnswer<WaitView>> FinishWait(WaitRequest command, Unit unit)
    {
        if (Unreachable(unit.Caller) is { } refusal) return Task.FromResult(UnitAnswer<WaitView>.Of(refusal));
        var person = unit.Facts<ParticipantFacts>().ToDomain();
        return Finish(unit, state => command.Decide(person, state, unit.Now) is { } decision
            ? UnitDecision<CohortState, WaitView>.From(decision, command.Participant, (after, _) => after.ToWaitView(Stream, person.Participant))
            : UnitDecision<CohortState, WaitView>.Again());
    }

    public Task<UnitAnswer<CohortView>> ReserveSeats(Unit unit) =>
        Finish(unit, state => UnitDecision<CohortState, CohortView>.From(Waits.Reserve(state, unit.Now), null, (after, version) => after.ToView(Stream, version, unit.Now)));

    public async Task<UnitAnswer<CohortView>> FinishPool(TellCohort command, Unit unit) => await Holds(command.CohortAtLeast)
        ? await Finish(unit, state => UnitDecision<CohortState, CohortView>.From(
            unit.Facts<PoolFacts>().CopyTo(state, unit.Enlisted[^1].Version, Stream, unit.Now), unit.Enlisted[^1].Stream, (after, version) => after.ToView(Stream, version, unit.Now)))
        : UnitAnswer<CohortView>.Of(UnitOutcome.Unavailable);

    public async Task<ReadAnswer<NextInTurn>> NextInTurn(int version, Instant now) => await Holds(version)
        ? await Read((cohort, _) => new NextInTurn(Waits.First(cohort, now) is { } participant ? Keys.Participant(Network, participant) : null))
        : new ReadAnswer<NextInTurn>(null, true);

    public Task<ReadAnswer<WaitListView>> WaitList(Caller caller, Instant now) =>
        Read((cohort, _) => cohort.Plan is not null && caller.Reaches(Network, Site) ? cohort.ToWaitListView(Stream, caller, now) : null);

    public Task<UnitAnswer<SeatView>> Depart(Departure command, Unit unit)
    {
        var person = unit.Facts<ParticipantFacts>().ToDomain();
        var makeUp = new MakeUpArranged(command.Host, command.Session, default);
        var isTheirs = Stream == command.Seat.Cohort;
        var (other, last) = (isTheirs ? command.Host : command.Seat.Cohort, string.CompareOrdinal(command.Host, command.Seat.Cohort) > 0 ? command.Host : command.Seat.Cohort);
        return Enlist(unit,
            // The host is asked nothing, whoever may see it: a place is given back.
            guard: cohort => isTheirs ? Unreachable(unit.Caller) ?? Refusals.ToContract(Departing.Of(person, cohort, Stream, makeUp, command.Seat.Reason, unit.Now).Refusal) : null,
            facts: cohort => isTheirs && Departing.Of(person, cohort, Stream, makeUp, command.Seat.Reason, unit.Now).Back is { } back
                ? new DepartureFacts(back.Recovered is not null, back.Recovered?.Taken ?? 0, back.Recovered?.Usable ?? 0) { Kept = back.Kept }
                : null,
            next: down => Stream == last
                ? GrainFactory.Of<IPathwayGrain>(Keys.Pathway(Network, person.Participant)).FinishDeparture(command, down)
                : GrainFactory.Of<ICohortGrain>(other).Depart(command, down));
    }

    public Task<UnitAnswer<CohortView>> FinishOpen(OpenCohort command, Unit unit)
    {
        var facts = unit.Facts<RoomFacts>();
        var plan = command.ToPlan(Site, facts);
        return Change(unit, state => Plan.Open(state, Stream, plan));
    }

    public Task<UnitAnswer<CohortView>> FinishPlan(PlanCohort command, Unit unit)
    {
        if (Unreachable(unit.Caller) is { } refusal) return Task.FromResult(UnitAnswer<CohortView>.Of(refusal));
        return Finish(unit, state =>
        {
            var decision = command.Decide(unit, state, Stream, zones);
            return decision.Refusal is { } refused
                ? UnitDecision<CohortState, CohortView>.Refused(Refusals.ToContract(refused))
                : new UnitDecision<CohortState, CohortView>(
                    null,
                    decision.Cohort,
                    [.. decision.Facilitators.Select(f => (Keys.Facilitator(Network, f.Facilitator), f.Events)), .. decision.Site.IsEmpty ? [] : new[] { (command.Site, decision.Site) }],
                    (after, version) => after.ToView(Stream, version, unit.Now),
                    []);
        });
    }

    public Task<UnitAnswer<CohortView>> FinishWithdrawal(WithdrawAppointment command, Unit unit)
    {
        if (Unreachable(unit.Caller) is { } refusal) return Task.FromResult(UnitAnswer<CohortView>.Of(refusal));
        return Finish(unit, state => Appointments.Withdraw(state, Stream, command.Of(StreamKind.Participant), command.Of(StreamKind.Facilitator), command.Reason, unit.Now)
            .ToUnit(Stream, (after, version) => after.ToView(Stream, version, unit.Now)));
    }

    public Task<UnitAnswer<CohortView>> FinishResolving(ResolveTimes command, Unit unit) => Unreachable(unit.Caller) is { } refusal
        ? Task.FromResult(UnitAnswer<CohortView>.Of(refusal))
        : Finish(unit, state => ResolvingMapping.Decide(unit, state, Stream, zones, (after, version) => after.ToView(Stream, version, unit.Now)));

    public Task<UnitAnswer<CohortView>> FinishTraining(CompleteTraining command, Unit unit)
    {
        var facts = unit.Facts<FacilitatorFacts>();
        return Change(unit, state => state.Plan is { } plan
            ? Trainings.Complete(facts.ToDomain(), facts.Facilitator, facts.Version, state, Stream, command.Participant, zones[plan.TimeZone], unit.Now)
            : Domain.Common.Refusal.NotFound);
    }

    public Task<UnitAnswer<CohortView>> FinishRoom(Unit unit)
    {
        var facts = unit.Facts<RoomFacts>();
        return Change(unit, state =>
        {
            var rooms = state.Planned is null
                ? Staffing.CopyRoom(facts.ToCopy(), state, unit.Now)
                : Staffing.CopyRooms([.. facts.Rooms.Select(r => new RoomCopy(r.Room, r.Occupancy, r.Blocked, facts.SiteVersion))], state, unit.Now);
            if (rooms.Refusal is not null || facts.Packs is not { } packs) return rooms;
            // The same change of the site may be one of a room and of what it is permitted to do.
            var permits = Permits.Copy(state, Site, facts.SiteVersion, [.. facts.Accreditations.Select(a => new Accreditation(a.Code, a.ValidFrom, a.ValidUntil))], [.. packs.Packs.Select(p => p.ToDomain())], unit.Now);
            return Decision.Of([], [.. rooms.Last, .. permits.Last]);
        });
    }

    public Task<UnitAnswer<CohortView>> FinishAssign(AssignFacilitator command, Unit unit)
    {
        var facts = unit.Facts<FacilitatorFacts>();
        return Change(unit, state => Staffing.Assign(facts.ToDomain(), facts.Facilitator, facts.Version, state, Stream, command.Role, unit.Now));
    }

    public Task<UnitAnswer<CohortView>> FinishWithdraw(WithdrawFacilitator command, Unit unit) =>
        Change(unit, state => Staffing.Withdraw(unit.Facts<FacilitatorFacts>().Facilitator, state, Stream, command.Reason, unit.Now));

    public Task<UnitAnswer<CohortView>> FinishCredential(Unit unit)
    {
        var facts = unit.Facts<FacilitatorFacts>();
        return Change(unit, state => Staffing.Recount(facts.ToDomain(), facts.Facilitator, facts.Version, state, unit.Now));
    }

    public Task<UnitAnswer<CohortView>> FinishSubstitute(SubstituteFacilitator command, Unit unit)
    {
        if (Unreachable(unit.Caller) is { } refusal) return Task.FromResult(UnitAnswer<CohortView>.Of(refusal));
        var substitute = unit.FactsOf(command.Substitute).ToMember();
        return Finish(unit, state =>
        {
            var decision = Substitution.Decide(state, Stream, Keys.IdOf(command.Leaving), substitute, command.ChartsReviewed, command.Reason, unit.Now);
            return decision.Refusal is { } refused
                ? UnitDecision<CohortState, CohortView>.Refused(Refusals.ToContract(refused))
                : new UnitDecision<CohortState, CohortView>(
                    null,
                    decision.Cohort,
                    [.. decision.Leaving.IsEmpty ? [] : new[] { (command.Leaving, decision.Leaving) }, (command.Substitute, decision.Substitute)],
                    (after, version) => after.ToView(Stream, version, unit.Now),
                    []);
        });
    }

    public Task<UnitAnswer<SeatView>> AcceptSubstitute(AcceptSubstitute command, Unit unit) => Unreachable(unit.Caller) is { } refusal
        ? Task.FromResult(UnitAnswer<SeatView>.Of(refusal))
        : Finish(unit, state => UnitDecision<CohortState, SeatView>.From(
            Substitution.Accept(state, command.Participant, command.Facilitator), null, (after, _) => after.ToSeatView(Stream, command.Participant, unit.Now)));

    public Task<ReadAnswer<CandidateList>> Substitutes(Caller caller, string leaving, ImmutableArray<FacilitatorFacts> candidates, Instant now) =>
        Read((cohort, _) => cohort.Plan is not null && caller.Reaches(Network, Site)
            ? new CandidateList([.. Substitution.Propose(cohort, Stream, leaving, [.. candidates.Select(c => c.ToMember())], now)
                .Select(c => new CandidateView(c.Facilitator, c.HomeSite, c.IsLocal, c.Covers, c.Led, c.Hindrance))])
            : null);

    public Task<UnitAnswer<CohortView>> RequirePathway(RequirePathway command, Unit unit) =>
        Unreachable(unit.Caller) is { } refusal
            ? Task.FromResult(UnitAnswer<CohortView>.Of(refusal))
            : Finish(unit, state => UnitDecision<CohortState, CohortView>.From(
                Admission.Require(state, command.Policy.ToDomain(), unit.Now), null, (after, version) => after.ToView(Stream, version, unit.Now)));

    public Task<UnitAnswer<CohortView>> FlagSafety(FlagSafety command, Unit unit) => Unreachable(unit.Caller) is { } refusal
        ? Task.FromResult(UnitAnswer<CohortView>.Of(refusal))
        : Finish(unit, state => UnitDecision<CohortState, CohortView>.From(
            SafetyRules.Flag(state, command.SafetyEvent, command.Session, command.Stands), null, (after, version) => after.ToView(Stream, version, unit.Now)));

    public Task<UnitAnswer<PathwayView>> PathwaySession(PathwayCommand command, Unit unit)
    {
        var person = Keys.IdOf(unit.Enlisted[0].Stream);
        var session = ((ISessionCommand)command).Session;
        return Enlist(unit,
            guard: cohort => Unreachable(unit.Caller) ?? (cohort.Plan is { } plan && session < plan.Sessions.Length ? null : Refusals.NotFound),
            facts: cohort => cohort.ToSessionFacts(Stream, session, person, unit.Now),
            next: down => PathwayChain.After(StreamKind.Cohort, GrainFactory, command, down),
            // An ordinary session is written to the evidence alone.
            attests: true);
    }

    public Task<UnitAnswer<MovedView>> Move(MoveCommand command, Unit unit)
    {
        if (Moving.Unreachable(command, unit.Caller, Stream) is { } unreachable) return Task.FromResult(UnitAnswer<MovedView>.Of(unreachable));
        if (MoveChain.IsLast(Stream, command, unit))
        {
            return Finish(unit, cohort =>
            {
                var (refusal, part) = command.OfCohort(cohort, Stream, unit);
                return refusal is not null ? UnitDecision<CohortState, MovedView>.Refused(refusal) : Moving.End<CohortState>(command, unit, Stream, part, []);
            });
        }
        return Enlist(unit,
            guard: cohort => command.OfCohort(cohort, Stream, unit).Refusal,
            facts: cohort => command.OfCohort(cohort, Stream, unit).Part,
            next: down => MoveChain.After(Stream, GrainFactory, command, down),
            // That there is no room for a hold is written nowhere.
            attests: command is SendReferral);
    }

    public Task<ReadAnswer<SeatsLostView>> SeatsLost(Caller caller, RehomeCauseView cause, Instant now) =>
        Read((cohort, _) => cohort.Plan is not null && caller.Reaches(Network, Site) ? cohort.ToSeatsLost(Stream, cause, now) : null);

    public Task<ReadAnswer<DestinationView>> Destination(Caller caller, Instant now) =>
        Read((cohort, _) => cohort.Plan is not null && caller.Reaches(Network, Site) ? cohort.ToDestination(Stream, now) : null);

    public Task<ReadAnswer<Hindrances>> WouldTake(Caller caller, WouldTake ask, Instant now) =>
        Read((cohort, _) => cohort.Plan is not null && caller.Reaches(Network, Site) ? ask.Judge(cohort, Stream, now) : null);

    public Task<ReadAnswer<CohortView>> Get(Caller caller, Instant now) =>
        Read((cohort, version) => View(caller, cohort, version, now));

    public Task<ReadAnswer<SessionView>> Session(Caller caller, int number, Instant now) =>
        Read((cohort, _) => caller.Reaches(Network, Site) ? cohort.ToSessionView(Stream, number, now) : null);

    public Task<ReadAnswer<SeatList>> Seats(Caller caller, Instant now) =>
        Read((cohort, _) => cohort.Plan is not null && caller.Reaches(Network, Site)
            ? new SeatList([.. cohort.Seats.Values.Where(s => s.IsTakenAt(now)).OrderBy(s => s.Participant, StringComparer.Ordinal).Select(s => cohort.ToSeatView(Stream, s.Participant, now))])
            : null);

    private Task<UnitAnswer<CohortView>> Change(Unit unit, Func<CohortState, Decision> decide) =>
        Unreachable(unit.Caller) is { } refusal
            ? Task.FromResult(UnitAnswer<CohortView>.Of(refusal))
            : Finish(unit, state => UnitDecision<CohortState, CohortView>.From(decide(state), unit.Enlisted[^1].Stream, (after, version) => after.ToView(Stream, version, unit.Now)));

    private CohortView? View(Caller caller, CohortState cohort, int version, Instant now) =>
        cohort.Plan is not null && caller.Reaches(Network, Site) ? cohort.ToView(Stream, version, now) : null;

    private Refusal? WithoutThePerson(SeatRequest command, Unit unit, CohortState cohort) =>
        Unreachable(unit.Caller) ?? Refusals.ToContract(Booking.WithoutThePerson(Keys.IdOf(command.Participant), cohort, unit.Now));

    private Refusal? Unreachable(Caller caller) => caller.Reaches(Network, Site) ? null : Refusals.NotFound;
}
