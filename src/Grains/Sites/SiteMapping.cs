using System.Collections.Immutable;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Sites;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Sites;

namespace RttNetwork.Grains.Sites;

/// <summary>Between the site's contracts and its domain.</summary>
internal static class SiteMapping
{
    public static SiteView ToView(this SiteState site, string key, int version) => new(
        Keys.NetworkOf(key),
        Keys.IdOf(key),
        site.Profile!.DisplayName,
        site.Profile.Region,
        site.Profile.Jurisdiction,
        site.Profile.TimeZone,
        site.Profile.Latitude,
        site.Profile.Longitude,
        [.. site.Rooms.Values.OrderBy(r => r.Id, StringComparer.Ordinal).Select(r => new RoomView(r.Id, r.DisplayName, r.Occupancy, r.Blocked, r.BlockedReason))],
        [.. site.Accreditations.Values.OrderBy(a => a.Code, StringComparer.Ordinal).Select(a => new AccreditationView(a.Code, a.ValidFrom, a.ValidUntil))],
        site.Limit is not null,
        site.Limit?.Reason ?? "",
        version)
    {
        Limit = site.Limit is { } limit ? new CapacityLimitView(limit.Reason, limit.Since, limit.Until, limit.EndsAt) : null,
        Hidden = site.Hidden is { } hidden ? new HidingView(hidden.Reason, hidden.AgreedBy) : null,
        Governance = site.Governance is { } governance
            ? new NationGovernanceView(governance.Nation, governance.Authorisation is { } a ? new FiguresAuthorisationView(a.GivenBy, a.From, a.Until) : null)
            : null,
        Languages = site.Languages,
        Accessibility = site.Accessibility,
    };

    /// <summary>What a cohort must know of its site and room.</summary>
    public static RoomFacts ToFacts(this SiteState site, int version, Room room, IEnumerable<Session> sessions) => new(
        version,
        site.Profile!.Region,
        site.Profile.Jurisdiction,
        site.Profile.TimeZone,
        room.Id,
        room.Occupancy,
        room.Blocked,
        [.. sessions.Select(s => new PlannedSession(s.Kind, s.LocalStart, s.StartsAt, s.Length, s.Turnover, s.IsVirtual))]);

    /// <summary>Every room that a cohort has reserved.</summary>
    public static ImmutableArray<RoomView> RoomsOf(this SiteState site, string cohort) =>
        [.. site.Rooms.Values.Where(r => r.Reservations.ContainsKey(cohort)).OrderBy(r => r.Id, StringComparer.Ordinal).Select(r => new RoomView(r.Id, r.DisplayName, r.Occupancy, r.Blocked, r.BlockedReason))];

    /// <summary>What a plan must know of its site: times only of the rooms that it names and of its own weeks, so that the facts stay small.</summary>
    public static PlanSiteFacts ToPlanFacts(this SiteState site, int version, PlanCohort command)
    {
        var named = command.Slots.Select(s => s.Room).Concat(command.Moves.Select(m => m.Room)).ToHashSet(StringComparer.Ordinal);
        // A day more on either side: the site's day begins elsewhere in UTC.
        var (from, to) = (command.StartsOn.PlusDays(-1).AtMidnight().InUtc().ToInstant(), command.StartsOn.PlusWeeks(command.Template.Weeks).PlusDays(1).AtMidnight().InUtc().ToInstant());
        return new PlanSiteFacts(
            version,
            site.Profile!.Region,
            site.Profile.Jurisdiction,
            site.Profile.TimeZone,
            [.. site.Rooms.Values.OrderBy(r => r.Id, StringComparer.Ordinal).Select(r => new PlanRoomFacts(
                r.Id,
                r.Occupancy,
                r.Blocked,
                r.BlockedReason,
                named.Contains(r.Id) ? [.. r.Reservations.SelectMany(c => c.Value.Where(t => t.To > from && t.From < to).Select(t => new TakenView(c.Key, t.From, t.To)))] : []))],
            [.. site.Accreditations.Values.OrderBy(a => a.Code, StringComparer.Ordinal).Select(a => new AccreditationView(a.Code, a.ValidFrom, a.ValidUntil))]);
    }

    /// <summary>The site as a plan's rules see it.</summary>
    public static SiteState ToDomain(this PlanSiteFacts facts) => SiteState.Empty with
    {
        Profile = new SiteOpened("", facts.Region, facts.Jurisdiction, facts.TimeZone, null, null),
        Rooms = facts.Rooms.ToImmutableDictionary(r => r.Room, r => new Room(
            r.Room, "", r.Occupancy, r.Blocked, r.BlockedReason, r.Taken.GroupBy(t => t.Cohort).ToImmutableDictionary(g => g.Key, g => g.Select(t => new Taken(t.From, t.To)).ToImmutableArray()))),
        Accreditations = facts.Accreditations.ToImmutableDictionary(a => a.Code, a => new Accreditation(a.Code, a.ValidFrom, a.ValidUntil)),
    };

    public static Domain.Sites.SessionDraft ToDomain(this Contracts.Cohorts.SessionDraft draft) =>
        new(draft.Kind, draft.LocalStart, draft.Length, draft.Turnover, draft.IsVirtual);

    public static RoomCopy ToCopy(this RoomFacts facts) => new(facts.Room, facts.Occupancy, facts.Blocked, facts.SiteVersion);
}
