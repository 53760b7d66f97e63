using System.Collections.Immutable;
using NodaTime;
using Orleans.Concurrency;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Sites;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Sites;
using RttNetwork.Grains.Cohorts;
using RttNetwork.Grains.Units;
using RttNetwork.Grains.Views;
using Refusal = RttNetwork.Contracts.Units.Refusal;

namespace RttNetwork.Grains.Sites;

/// <summary>The mailbox of a site. Key: <see cref="Keys.Site"/>.</summary>
[GrainType("site"), Reentrant]
public sealed class SiteGrain(UnitServices services, IDateTimeZoneProvider zones, [PersistentState("site", "snapshots")] IPersistentState<Snapshot> snapshot)
    : JournalGrain<SiteState>(services, snapshot), ISiteGrain
{
    public Task<UnitAnswer<SiteView>> Open(OpenSite command, Unit unit) =>
        Change(unit, s => SiteRules.Open(
            s, new SiteOpened(command.DisplayName, command.Region, command.Jurisdiction, command.TimeZone, command.Latitude, command.Longitude), command.Languages, command.Accessibility));

    public Task<UnitAnswer<SiteView>> OpenRoom(OpenRoom command, Unit unit) => Change(unit, s => SiteRules.OpenRoom(s, command.Room, command.DisplayName, command.Occupancy));
    public Task<UnitAnswer<SiteView>> BlockRoom(BlockRoom command, Unit unit) => Change(unit, s => SiteRules.BlockRoom(s, command.Room, command.Reason));
    public Task<UnitAnswer<SiteView>> UnblockRoom(UnblockRoom command, Unit unit) => Change(unit, s => SiteRules.UnblockRoom(s, command.Room));

    public Task<UnitAnswer<SiteView>> SetLimitedCapacity(SetLimitedCapacity command, Unit unit) =>
        Change(unit, s => SiteRules.SetLimitedCapacity(s, command.Limited, command.Reason, command.Until, ZoneOf(s), unit.Now));

    // A site is not hidden by its own word (rule 43), whatever reached this grain.
    public Task<UnitAnswer<SiteView>> Hide(HideSite command, Unit unit) => ByOperator(unit, s => SiteRules.Hide(s, command.Reason, command.AgreedBy, unit.Now));
    public Task<UnitAnswer<SiteView>> Unhide(UnhideSite command, Unit unit) => ByOperator(unit, SiteRules.Unhide);

    // Nor does a site say for the Nation what may be shown of it.
    public Task<UnitAnswer<SiteView>> Govern(GovernSite command, Unit unit) =>
        ByOperator(unit, s => SiteRules.Govern(s, command.Nation, command.Authorisation is { } a ? new FiguresAuthorisation(a.GivenBy, a.From, a.Until) : null));

    public Task<UnitAnswer<SiteView>> Describe(DescribeSite command, Unit unit) =>
        ByOperator(unit, s => SiteRules.Describe(s, command.Latitude, command.Longitude, command.Languages, command.Accessibility));

    public Task<UnitAnswer<SiteView>> GrantAccreditation(GrantAccreditation command, Unit unit) =>
        Change(unit, s => SiteRules.GrantAccreditation(s, new Accreditation(command.Code, command.ValidFrom, command.ValidUntil)));

    public Task<UnitAnswer<SiteView>> WithdrawAccreditation(WithdrawAccreditation command, Unit unit) =>
        Change(unit, s => SiteRules.WithdrawAccreditation(s, command.Code));

    public Task<UnitAnswer<CohortView>> OpenCohort(OpenCohort command, Unit unit)
    {
        var key = Keys.Cohort(Network, Keys.IdOf(Stream), command.Cohort);
        var placed = ImmutableArray<Session>.Empty;
        return Enlist(unit,
            guard: site => Unreachable(unit.Caller) ?? Place(site, key, command, out placed),
            facts: site => site.ToFacts(Version, site.Rooms[command.Room], placed),
            next: down => GrainFactory.Of<ICohortGrain>(key).FinishOpen(command, down));
    }

    public Task<UnitAnswer<CohortView>> PlanCohort(PlanCohort command, Unit unit) => Enlist(unit,
        guard: site => Unreachable(unit.Caller) ?? Refusals.ToContract(SiteRules.MayPlan(site, command.Cohort)),
        facts: site => site.ToPlanFacts(Version, command),
        next: down => GrainFactory.GetGrain<ICohortGrain>(command.Cohort).FinishPlan(command, down));

    public Task<UnitAnswer<CohortView>> ResolveTimes(ResolveTimes command, Unit unit) => Enlist(unit,
        guard: site => Unreachable(unit.Caller) ?? (site.Profile is null ? Refusals.NotFound : null),
        facts: site => site.ToResolvingFacts(command.Cohort),
        next: down => ResolvingMapping.After(Stream, GrainFactory, command, down));

    public Task<UnitAnswer<CohortView>> WithdrawAppointment(WithdrawAppointment command, Unit unit) => Enlist(unit,
        guard: _ => Unreachable(unit.Caller),
        facts: _ => null,
        next: down => AppointmentChain.After(Stream, GrainFactory, command, down));

    public async Task<UnitAnswer<CohortView>> RefreshRoom(RefreshRoom command, Unit unit) => await Holds(command.AtLeast)
        ? await Enlist(unit,
            guard: site => Unreachable(unit.Caller) ?? (RoomOf(site, command.Cohort) is null ? Refusals.NotFound : null),
            facts: site => site.ToFacts(Version, RoomOf(site, command.Cohort)!, []) with { Rooms = site.RoomsOf(command.Cohort), Accreditations = site.ToView(Stream, Version).Accreditations, Packs = command.Packs },
            next: down => GrainFactory.Of<ICohortGrain>(command.Cohort).FinishRoom(down))
        : UnitAnswer<CohortView>.Of(UnitOutcome.Unavailable);

    public Task<UnitAnswer<CalendarLinkList>> MakeCalendarLink(MakeCalendarLink command, Unit unit) =>
        Links(unit, site => site.Profile is null ? Domain.Common.Refusal.NotFound : CalendarLinks.Make(site.Calendars, command.Link, command.Hash));

    public Task<UnitAnswer<CalendarLinkList>> RevokeCalendarLink(RevokeCalendarLink command, Unit unit) =>
        Links(unit, site => CalendarLinks.Revoke(site.Calendars, command.Link));

    Task<ReadAnswer<CalendarLinkList>> ISiteGrain.CalendarLinks(Caller caller) =>
        Read((site, _) => site.Profile is not null && caller.Reaches(Network, Keys.IdOf(Stream)) ? site.Calendars.ToLinks() : null);

    public Task<ReadAnswer<CalendarOwner>> OpenCalendar(string hash) => Read((site, _) => site.Calendars.Opens(hash) ? new CalendarOwner(site.Profile!.DisplayName) : null);

    public Task<ReadAnswer<SitePlace>> Place(Caller caller) =>
        Read((site, _) => site.Profile is { } profile && caller.Network == Network ? new SitePlace(profile.Region, profile.Jurisdiction) : null);

    public Task<ReadAnswer<SiteView>> Get(Caller caller) =>
        Read((site, version) => site.Profile is not null && caller.Reaches(Network, Keys.IdOf(Stream)) ? site.ToView(Stream, version) : null);

    private Task<UnitAnswer<SiteView>> Change(Unit unit, Func<SiteState, Decision> decide) =>
        Unreachable(unit.Caller) is { } refusal
            ? Task.FromResult(UnitAnswer<SiteView>.Of(refusal))
            : Finish(unit, state => UnitDecision<SiteState, SiteView>.From(decide(state), null, (after, version) => (after with { Limit = after.Limit?.HoldsAt(unit.Now) == true ? after.Limit : null }).ToView(Stream, version)));

    private Task<UnitAnswer<SiteView>> ByOperator(Unit unit, Func<SiteState, Decision> decide) =>
        unit.Caller.ReachesAll(Network) ? Change(unit, decide) : Task.FromResult(UnitAnswer<SiteView>.Of(Refusals.NotFound));

    private Task<UnitAnswer<CalendarLinkList>> Links(Unit unit, Func<SiteState, Decision> decide) =>
        Unreachable(unit.Caller) is { } refusal
            ? Task.FromResult(UnitAnswer<CalendarLinkList>.Of(refusal))
            : Finish(unit, state => UnitDecision<SiteState, CalendarLinkList>.From(decide(state), null, (after, _) => after.Calendars.ToLinks()));

    private Refusal? Unreachable(Caller caller) => caller.Reaches(Network, Keys.IdOf(Stream)) ? null : Refusals.NotFound;

    private Refusal? Place(SiteState site, string cohort, OpenCohort command, out ImmutableArray<Session> placed)
    {
        placed = [];
        (var refusal, placed) = SiteRules.Place(site, command.Room, cohort, [.. command.Sessions.Select(s => s.ToDomain())], ZoneOf(site));
        return refusal is null ? null : Refusals.ToContract(refusal);
    }

    private DateTimeZone ZoneOf(SiteState site) => site.Profile is null ? DateTimeZone.Utc : zones[site.Profile.TimeZone];

    private static Room? RoomOf(SiteState site, string cohort) => site.Rooms.Values.FirstOrDefault(r => r.Reservations.ContainsKey(cohort));
}
