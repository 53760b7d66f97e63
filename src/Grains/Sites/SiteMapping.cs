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
        site.LimitedCapacity,
        site.LimitedCapacityReason,
        version);

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

    public static Domain.Sites.SessionDraft ToDomain(this Contracts.Cohorts.SessionDraft draft) =>
        new(draft.Kind, draft.LocalStart, draft.Length, draft.Turnover, draft.IsVirtual);

    public static RoomCopy ToCopy(this RoomFacts facts) => new(facts.Room, facts.Occupancy, facts.Blocked, facts.SiteVersion);
}
