using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;

namespace RttNetwork.Domain.Sites;

/// <summary>A site was opened.</summary>
[EventName("site-opened/1")]
public sealed record SiteOpened(string DisplayName, string Region, string Jurisdiction, string TimeZone, double? Latitude, double? Longitude) : IEvent;

/// <summary>A room was opened.</summary>
[EventName("room-opened/1")]
public sealed record RoomOpened(string Room, string DisplayName, int Occupancy) : IEvent;

/// <summary>A room was blocked.</summary>
/// <param name="Cohorts">The keys of the cohorts that must take notice.</param>
[EventName("room-blocked/1")]
public sealed record RoomBlocked(string Room, string Reason, ImmutableArray<string> Cohorts) : IEvent;

/// <summary>A room was unblocked.</summary>
/// <param name="Cohorts">The keys of the cohorts that must take notice.</param>
[EventName("room-unblocked/1")]
public sealed record RoomUnblocked(string Room, ImmutableArray<string> Cohorts) : IEvent;

/// <summary>A room is taken by a cohort at these times, turnover included.</summary>
[EventName("room-reserved/1")]
public sealed record RoomReserved(string Room, string Cohort, ImmutableArray<Taken> Times) : IEvent;

/// <summary>A cohort that was to meet in a room does not any more.</summary>
[EventName("room-released/1")]
public sealed record RoomReleased(string Room, string Cohort) : IEvent;

/// <summary>The site has, or no longer has, limited capacity: searches rank it last (rule 43).</summary>
[EventName("limited-capacity-set/1")]
public sealed record LimitedCapacitySet(bool Limited, string Reason) : IEvent;

/// <summary>The same, with the day on which it ends by itself.</summary>
/// <param name="Until">The last day of it by the site's calendar; null when nobody knows yet.</param>
/// <param name="EndsAt">The instant at which that day is over at the site.</param>
[EventName("limited-capacity-set/2")]
public sealed record LimitedCapacityDated(bool Limited, string Reason, LocalDate? Until, Instant? EndsAt) : IEvent;

/// <summary>Searches do not show the site (rule 43). Its own lists do, and nothing else changes.</summary>
/// <param name="AgreedBy">Whose agreement this is: <see cref="HidingAgreedBy"/>. Who recorded it stands with the act.</param>
[EventName("site-hidden/1")]
public sealed record SiteHidden(string Reason, string AgreedBy) : IEvent;

/// <summary>Searches show the site again.</summary>
[EventName("site-unhidden/1")]
public sealed record SiteUnhidden : IEvent;

/// <summary>Where the site is and whom it can serve, all of it anew: what searches narrow by.</summary>
/// <param name="Latitude">Degrees; null, as the longitude then is, when it is not known.</param>
/// <param name="Languages">Codes of the languages in which people are looked after, in order: "en", "fr".</param>
/// <param name="Accessibility">Codes of what makes it accessible, in order: "wheelchair", "hearing-loop".</param>
[EventName("site-described/1")]
public sealed record SiteDescribed(double? Latitude, double? Longitude, ImmutableArray<string> Languages, ImmutableArray<string> Accessibility) : IEvent;

/// <summary>Whether a Nation governs what is known of the site, and whether it lets an authority see figures of it, all of it anew (rule 53).</summary>
/// <param name="Nation">A code; empty when none does (any more).</param>
/// <param name="Authorisation">Null for none: one that stood is revoked.</param>
[EventName("nation-governance-set/1")]
public sealed record NationGovernanceSet(string Nation, FiguresAuthorisation? Authorisation) : IEvent;

[EventName("accreditation-granted/1")]
public sealed record AccreditationGranted(string Code, LocalDate ValidFrom, LocalDate? ValidUntil) : IEvent;

[EventName("accreditation-withdrawn/1")]
public sealed record AccreditationWithdrawn(string Code) : IEvent;

/// <summary>The site has an accreditation in these dates, or in other ones than before.</summary>
/// <param name="Cohorts">The keys of the cohorts that must take notice (rule 26).</param>
[EventName("accreditation-granted/2")]
public sealed record AccreditationDated(string Code, LocalDate ValidFrom, LocalDate? ValidUntil, ImmutableArray<string> Cohorts) : IEvent;

/// <summary>The site has the accreditation no more.</summary>
/// <param name="Cohorts">The keys of the cohorts that must take notice (rule 26).</param>
[EventName("accreditation-withdrawn/2")]
public sealed record AccreditationLost(string Code, ImmutableArray<string> Cohorts) : IEvent;

/// <summary>A time at which a room is taken: from the first included to the last excluded.</summary>
public readonly record struct Taken(Instant From, Instant To)
{
    public bool Overlaps(Taken other) => From < other.To && other.From < To;
}

public sealed record Accreditation(string Code, LocalDate ValidFrom, LocalDate? ValidUntil);

/// <summary>Limited capacity as a site has it (rule 43).</summary>
/// <param name="Since">When it began, however often its reason or its end was changed since.</param>
/// <param name="Until">The last day of it at the site; null when nobody knows yet.</param>
/// <param name="EndsAt">From this instant it is over; null as the day is.</param>
public sealed record CapacityLimit(string Reason, Instant Since, LocalDate? Until, Instant? EndsAt)
{
    public bool HoldsAt(Instant now) => EndsAt is not { } end || now < end;
}

/// <summary>A Nation's word that authorities may see figures of a site.</summary>
/// <param name="GivenBy">Who gave it for the Nation: a code.</param>
/// <param name="From">It counts from this instant,</param>
/// <param name="Until">and from this one on no more.</param>
public sealed record FiguresAuthorisation(string GivenBy, Instant From, Instant Until)
{
    public bool HoldsAt(Instant now) => From <= now && now < Until;
}

/// <summary>A Nation governs what is known of the site (rule 53).</summary>
/// <param name="Authorisation">Null when it lets no authority see figures of the site.</param>
public sealed record NationGovernance(string Nation, FiguresAuthorisation? Authorisation);

/// <summary>Why searches do not show a site, and by whose agreement (rule 43).</summary>
public sealed record Hiding(string Reason, string AgreedBy);

/// <summary>Whose agreement hides a site: never its own (rule 43).</summary>
public static class HidingAgreedBy
{
    public const string Operator = "operator";
    public const string Authority = "authority";
}

/// <param name="Reservations">By cohort.</param>
public sealed record Room(string Id, string DisplayName, int Occupancy, bool Blocked, string BlockedReason, ImmutableDictionary<string, ImmutableArray<Taken>> Reservations)
{
    /// <summary>The keys of the cohorts that meet here, in order.</summary>
    public ImmutableArray<string> Cohorts => [.. Reservations.Keys.Order(StringComparer.Ordinal)];
}

/// <summary>A site as the fold of its stream.</summary>
public sealed record SiteState : IFold<SiteState>
{
    public const int RoomsMax = 64;
    public const int CohortsMax = 500;
    public const int AccreditationsMax = 32;

    public static SiteState Empty { get; } = new();
    public const int LanguagesMax = 16;
    public const int AccessibilityMax = 16;

    public static int FoldVersion => 4;

    /// <summary>Null until the site is opened.</summary>
    public SiteOpened? Profile { get; init; }
    public ImmutableDictionary<string, Room> Rooms { get; init; } = ImmutableDictionary<string, Room>.Empty;
    public ImmutableDictionary<string, Accreditation> Accreditations { get; init; } = ImmutableDictionary<string, Accreditation>.Empty;

    /// <summary>Null when capacity is not limited; one whose end has passed stands until it is set anew (<see cref="CapacityLimit.HoldsAt"/>).</summary>
    public CapacityLimit? Limit { get; init; }

    /// <summary>Null when searches show the site.</summary>
    public Hiding? Hidden { get; init; }

    /// <summary>Null when no Nation governs what is known of the site.</summary>
    public NationGovernance? Governance { get; init; }
    public ImmutableArray<string> Languages { get; init; } = [];
    public ImmutableArray<string> Accessibility { get; init; } = [];

    /// <summary>Hashes of the tokens of the calendar's links, by link.</summary>
    public ImmutableDictionary<string, string> Calendars { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <inheritdoc/>
    public SiteState Apply(IEvent @event, Instant at) => @event switch
    {
        SiteOpened e => this with { Profile = e },
        RoomOpened e => With(new Room(e.Room, e.DisplayName, e.Occupancy, false, "", ImmutableDictionary<string, ImmutableArray<Taken>>.Empty)),
        RoomBlocked e => With(Rooms[e.Room] with { Blocked = true, BlockedReason = e.Reason }),
        RoomUnblocked e => With(Rooms[e.Room] with { Blocked = false, BlockedReason = "" }),
        RoomReserved e => With(Rooms[e.Room] with { Reservations = StillToCome(Rooms[e.Room].Reservations, at).SetItem(e.Cohort, e.Times) }),
        RoomReleased e => With(Rooms[e.Room] with { Reservations = Rooms[e.Room].Reservations.Remove(e.Cohort) }),
        CalendarLinkMade or CalendarLinkRevoked => this with { Calendars = CalendarLinks.After(Calendars, @event) },
        LimitedCapacitySet e => this with { Limit = e.Limited ? new CapacityLimit(e.Reason, LimitedSince(at), null, null) : null },
        LimitedCapacityDated e => this with { Limit = e.Limited ? new CapacityLimit(e.Reason, LimitedSince(at), e.Until, e.EndsAt) : null },
        SiteHidden e => this with { Hidden = new Hiding(e.Reason, e.AgreedBy) },
        SiteUnhidden => this with { Hidden = null },
        NationGovernanceSet e => this with { Governance = e.Nation.Length > 0 ? new NationGovernance(e.Nation, e.Authorisation) : null },
        SiteDescribed e => this with { Profile = Profile! with { Latitude = e.Latitude, Longitude = e.Longitude }, Languages = e.Languages, Accessibility = e.Accessibility },
        AccreditationGranted e => this with { Accreditations = Accreditations.SetItem(e.Code, new Accreditation(e.Code, e.ValidFrom, e.ValidUntil)) },
        AccreditationWithdrawn e => this with { Accreditations = Accreditations.Remove(e.Code) },
        AccreditationDated e => this with { Accreditations = Accreditations.SetItem(e.Code, new Accreditation(e.Code, e.ValidFrom, e.ValidUntil)) },
        AccreditationLost e => this with { Accreditations = Accreditations.Remove(e.Code) },
        _ => throw new InvalidOperationException($"A site does not fold {@event.GetType().Name}."),
    };

    private Instant LimitedSince(Instant at) => Limit is { } limit && limit.HoldsAt(at) ? limit.Since : at;

    private SiteState With(Room room) => this with { Rooms = Rooms.SetItem(room.Id, room) };

    /// <summary>Forgets the cohorts that had met for the last time by then: so their number stays bounded.</summary>
    private static ImmutableDictionary<string, ImmutableArray<Taken>> StillToCome(ImmutableDictionary<string, ImmutableArray<Taken>> reservations, Instant at) =>
        reservations.RemoveRange(reservations.Where(r => r.Value.All(t => t.To < at)).Select(r => r.Key));
}

/// <summary>A session as it was asked for, before its wall time is resolved.</summary>
public sealed record SessionDraft(string Kind, LocalDateTime LocalStart, Duration Length, Duration Turnover, bool IsVirtual);

/// <summary>The rules that concern one site alone.</summary>
public static class SiteRules
{
    public static Decision Open(SiteState site, SiteOpened profile, ImmutableArray<string> languages, ImmutableArray<string> accessibility)
    {
        if (site.Profile is not null) return new Refusal(Reason.AlreadyExists, "A site with this id exists in the network.");
        return languages.IsEmpty && accessibility.IsEmpty
            ? Decision.Of(profile)
            : Decision.Of(profile, Described(profile.Latitude, profile.Longitude, languages, accessibility));
    }

    /// <summary>Says anew where the site is and whom it can serve.</summary>
    public static Decision Describe(SiteState site, double? latitude, double? longitude, ImmutableArray<string> languages, ImmutableArray<string> accessibility)
    {
        if (site.Profile is not { } profile) return Refusal.NotFound;
        var described = Described(latitude, longitude, languages, accessibility);
        return profile.Latitude == latitude && profile.Longitude == longitude && site.Languages.SequenceEqual(described.Languages) && site.Accessibility.SequenceEqual(described.Accessibility)
            ? Decision.Already
            : Decision.Of(described);
    }

    public static Decision OpenRoom(SiteState site, string room, string displayName, int occupancy)
    {
        if (site.Profile is null) return Refusal.NotFound;
        if (site.Rooms.ContainsKey(room)) return new Refusal(Reason.AlreadyExists, "A room with this id exists at the site.");
        if (site.Rooms.Count >= SiteState.RoomsMax) return Refusal.Of(Reason.RoomsMaxReached, 0, $"A site has at most {SiteState.RoomsMax} rooms.", ("rooms", site.Rooms.Count));
        return Decision.Of(new RoomOpened(room, displayName, occupancy));
    }

    /// <summary>Blocks a room: its cohorts are told, one unit each, and take nobody.</summary>
    public static Decision BlockRoom(SiteState site, string room, string reason)
    {
        if (site.Rooms.GetValueOrDefault(room) is not { } found) return Refusal.NotFound;
        return found.Blocked ? Decision.Already : Decision.Of(new RoomBlocked(room, reason, found.Cohorts));
    }

    public static Decision UnblockRoom(SiteState site, string room)
    {
        if (site.Rooms.GetValueOrDefault(room) is not { } found) return Refusal.NotFound;
        return found.Blocked ? Decision.Of(new RoomUnblocked(room, found.Cohorts)) : Decision.Already;
    }

    /// <summary>Limits the site's capacity, or ends that: its own to say, for it only moves the site down a ranking (rule 43).</summary>
    /// <param name="until">The last day of it; null when nobody knows yet, and when it is over.</param>
    public static Decision SetLimitedCapacity(SiteState site, bool limited, string reason, LocalDate? until, DateTimeZone zone, Instant now)
    {
        if (site.Profile is null) return Refusal.NotFound;
        if (!limited) return site.Limit is null ? Decision.Already : Decision.Of(new LimitedCapacityDated(false, reason, null, null));
        var endsAt = until is { } last ? zone.AtStartOfDay(last.PlusDays(1)).ToInstant() : (Instant?)null;
        if (endsAt <= now)
        {
            return new Refusal(Reason.LimitedCapacityOver, $"until: {until:uuuu-MM-dd} is over at the site: capacity is limited until today or a later day.", 43,
                [("until", until!.Value.ToString("uuuu-MM-dd", null))]);
        }
        return site.Limit is { } limit && limit.HoldsAt(now) && limit.Reason == reason && limit.Until == until
            ? Decision.Already
            : Decision.Of(new LimitedCapacityDated(true, reason, until, endsAt));
    }

    /// <summary>Hides a site with limited capacity from searches, which takes more than the site's own word (rule 43): who may call this is the operator.</summary>
    /// <param name="agreedBy">Who has agreed: <see cref="HidingAgreedBy"/>.</param>
    public static Decision Hide(SiteState site, string reason, string agreedBy, Instant now)
    {
        if (site.Profile is null) return Refusal.NotFound;
        if (site.Hidden is { } hidden && hidden.Reason == reason && hidden.AgreedBy == agreedBy) return Decision.Already;
        return site.Limit is { } limit && limit.HoldsAt(now)
            ? Decision.Of(new SiteHidden(reason, agreedBy))
            : new Refusal(Reason.SiteNotLimited, "The site's capacity is not limited: only then is there a reason to hide it.", 43);
    }

    public static Decision Unhide(SiteState site)
    {
        if (site.Profile is null) return Refusal.NotFound;
        return site.Hidden is null ? Decision.Already : Decision.Of(new SiteUnhidden());
    }

    /// <summary>Says anew whether a Nation governs what is known of the site, and what it authorises (rule 53): revoked is what is left out, and at once.</summary>
    /// <param name="nation">Empty for none; nothing is authorised then, for nothing need be.</param>
    public static Decision Govern(SiteState site, string nation, FiguresAuthorisation? authorisation)
    {
        if (site.Profile is null) return Refusal.NotFound;
        var governance = nation.Length > 0 ? new NationGovernance(nation, authorisation) : null;
        return site.Governance == governance ? Decision.Already : Decision.Of(new NationGovernanceSet(nation, governance?.Authorisation));
    }

    public static Decision GrantAccreditation(SiteState site, Accreditation accreditation)
    {
        if (site.Profile is null) return Refusal.NotFound;
        if (site.Accreditations.GetValueOrDefault(accreditation.Code) == accreditation) return Decision.Already;
        if (site.Accreditations.Count >= SiteState.AccreditationsMax)
            return Refusal.Of(Reason.AccreditationsMaxReached, 0, $"A site has at most {SiteState.AccreditationsMax} accreditations.", ("accreditations", site.Accreditations.Count));
        return Decision.Of(new AccreditationDated(accreditation.Code, accreditation.ValidFrom, accreditation.ValidUntil, Cohorts(site)));
    }

    public static Decision WithdrawAccreditation(SiteState site, string code)
    {
        if (site.Profile is null) return Refusal.NotFound;
        return site.Accreditations.ContainsKey(code)
            ? Decision.Of(new AccreditationLost(code, Cohorts(site)))
            : new Refusal(Reason.AccreditationNotFound, "The site has no such accreditation.", 25);
    }

    private static SiteDescribed Described(double? latitude, double? longitude, ImmutableArray<string> languages, ImmutableArray<string> accessibility) =>
        new(latitude, longitude, [.. languages.Order(StringComparer.Ordinal)], [.. accessibility.Order(StringComparer.Ordinal)]);

    /// <summary>The keys of every cohort that has sessions at the site, in order.</summary>
    private static ImmutableArray<string> Cohorts(SiteState site) => [.. site.Rooms.Values.SelectMany(r => r.Reservations.Keys).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>What a site alone refuses of a plan; the rooms and times are judged with everything else.</summary>
    public static Refusal? MayPlan(SiteState site, string cohort)
    {
        if (site.Profile is null) return Refusal.NotFound;
        if (site.Rooms.Values.Any(r => r.Reservations.ContainsKey(cohort))) return new Refusal(Reason.AlreadyExists, "A cohort with this id exists at the site.");
        return site.Rooms.Values.Sum(r => r.Reservations.Count) >= SiteState.CohortsMax
            ? Refusal.Of(Reason.CohortsMaxReached, 0, $"A site has at most {SiteState.CohortsMax} cohorts with sessions to come.", ("cohorts_max", SiteState.CohortsMax))
            : null;
    }

    /// <summary>
    /// Places a cohort's sessions in a room: wall times resolved in the site's zone (rule 8), and nothing else in the
    /// room then, turnover included (rule 7).
    /// </summary>
    /// <returns>The sessions in order of time, or why not.</returns>
    public static (Refusal? Refusal, ImmutableArray<Session> Sessions) Place(SiteState site, string room, string cohort, ImmutableArray<SessionDraft> drafts, DateTimeZone zone)
    {
        if (site.Profile is null || site.Rooms.GetValueOrDefault(room) is not { } found) return (Refusal.NotFound, []);
        if (site.Rooms.Values.Any(r => r.Reservations.ContainsKey(cohort))) return (new Refusal(Reason.AlreadyExists, "A cohort with this id exists at the site."), []);
        if (found.Blocked) return (new Refusal(Reason.RoomBlocked, "The room is blocked.", 9), []);
        if (site.Rooms.Values.Sum(r => r.Reservations.Count) >= SiteState.CohortsMax)
            return (Refusal.Of(Reason.CohortsMaxReached, 0, $"A site has at most {SiteState.CohortsMax} cohorts with sessions to come.", ("cohorts_max", SiteState.CohortsMax)), []);
        var sessions = ImmutableArray.CreateBuilder<Session>(drafts.Length);
        foreach (var draft in drafts)
        {
            // An hour that the clock passes twice is taken the first time; one that it skips is nobody's appointment.
            var mapping = zone.MapLocal(draft.LocalStart);
            if (mapping.Count == 0)
            {
                return (new Refusal(Reason.SessionTimeInvalid, $"{draft.LocalStart:uuuu-MM-dd'T'HH:mm} does not exist in {site.Profile.TimeZone}: the clock skips it.", 8,
                    [("local_start", draft.LocalStart.ToString("uuuu-MM-dd'T'HH:mm", null)), ("time_zone", site.Profile.TimeZone)]), []);
            }
            sessions.Add(new Session(draft.Kind, draft.LocalStart, mapping.First().ToInstant(), draft.Length, draft.Turnover, draft.IsVirtual));
        }
        sessions.Sort((a, b) => a.StartsAt.CompareTo(b.StartsAt));
        var placed = sessions.MoveToImmutable();
        return RoomTaken(found, placed) is { } taken ? (taken, []) : (null, placed);
    }

    /// <summary>The times at which the sessions take the room.</summary>
    public static ImmutableArray<Taken> RoomTimes(IEnumerable<Session> sessions) =>
        [.. sessions.Where(s => !s.IsVirtual).Select(s => new Taken(s.StartsAt, s.RoomFreeAt))];

    private static Refusal? RoomTaken(Room room, ImmutableArray<Session> sessions)
    {
        var times = RoomTimes(sessions);
        for (var i = 1; i < sessions.Length; i++)
        {
            if (sessions[i].StartsAt < sessions[i - 1].EndsAt)
                return new Refusal(Reason.SessionTimeInvalid, $"Two sessions of the cohort overlap at {sessions[i].LocalStart:uuuu-MM-dd'T'HH:mm}.", 7);
        }
        for (var i = 1; i < times.Length; i++)
        {
            if (times[i].Overlaps(times[i - 1]))
                return new Refusal(Reason.SessionTimeInvalid, $"The room is not turned over between two sessions of the cohort at {times[i].From}.", 7);
        }
        foreach (var taken in room.Reservations.Values.SelectMany(r => r))
        {
            foreach (var time in times)
            {
                if (taken.Overlaps(time))
                    return new Refusal(Reason.RoomOccupied, $"The room is taken from {taken.From} to {taken.To}, turnover included.", 7, [("from", taken.From.ToString()), ("to", taken.To.ToString())]);
            }
        }
        return null;
    }
}
