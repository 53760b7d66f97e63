using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using NodaTime;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;
using RttNetwork.Gateway.Calls;
using RttNetwork.Wire.V1;
using AssignFacilitator = RttNetwork.Contracts.Cohorts.AssignFacilitator;
using WithdrawFacilitator = RttNetwork.Contracts.Cohorts.WithdrawFacilitator;

namespace RttNetwork.Gateway.Mapping;

/// <summary>Cohorts, sessions and seats, both ways.</summary>
internal static class CohortMapping
{
    /// <summary>
    /// A plan's sessions as messages, shared by every reply that shows them and changed by none: a gateway that lives with its silo
    /// gets the same list at every read of a cohort. For those asked for lately: a cohort's are six kilobytes.
    /// </summary>
    private static readonly RecentCache<PlannedSession[], Session[]> WiredSessions = new(2048, ReferenceEqualityComparer.Instance);

    public const int DisplayNameLengthMax = 120;
    public const int SeatsMax = 200;
    public const int StaffingMax = 8;
    public const int MembersMax = 32;
    public const int SessionsMax = 128;
    public const int TemplateVersionMax = 1_000_000;

    /// <summary>The life of a hold when the cohort's policy does not say.</summary>
    public static readonly Duration HoldTtlDefault = Duration.FromMinutes(15);

    private static readonly Duration HoldTtlMin = Duration.FromMinutes(1);
    private static readonly Duration HoldTtlMax = Duration.FromDays(14);
    private static readonly Duration SessionLengthMin = Duration.FromMinutes(1);
    private static readonly Duration SessionLengthMax = Duration.FromHours(24);

    public static (SiteName Site, OpenCohort Command) Read(Fields fields, CreateCohortRequest request)
    {
        var parent = fields.Site("parent", request.Parent);
        var id = fields.Id("cohort_id", request.CohortId);
        if (!fields.Has("cohort", request.Cohort)) return default;
        var cohort = request.Cohort;
        fields.NameIs("cohort.name", cohort.Name, new CohortName(parent.Network, parent.Site, id).ToString());
        var room = fields.Room("cohort.room", cohort.Room);
        if (room.Room is not null && parent.Site is not null && (room.Network != parent.Network || room.Site != parent.Site)) fields.Wrong("cohort.room", "must be a room of the parent");
        var seatsMax = fields.Number("cohort.seats_max", cohort.SeatsMax, 1, SeatsMax);
        var seatsMin = fields.Number("cohort.seats_min", cohort.SeatsMin, 0, SeatsMax);
        if (seatsMin > seatsMax) fields.Wrong("cohort.seats_min", "must not be more than seats_max");
        var (ttl, holdsMax, holdsPerCallerMax) = Read(fields, cohort.HoldPolicy, seatsMax);
        return (parent, new OpenCohort(
            id,
            fields.Text("cohort.display_name", cohort.DisplayName, DisplayNameLengthMax),
            fields.Program("cohort.program", cohort.Program),
            fields.Number("cohort.template_version", cohort.TemplateVersion, 0, TemplateVersionMax),
            room.Room ?? "",
            seatsMin,
            seatsMax,
            fields.Number("cohort.hard_cap", cohort.HardCap, 0, SeatsMax),
            Staffing(fields, cohort),
            Sessions(fields, cohort),
            fields.Time("cohort.intake_close_time", cohort.IntakeCloseTime),
            cohort.MayOverlap,
            ttl,
            holdsMax,
            holdsPerCallerMax));
    }

    /// <summary>What a hold or a seat is asked of: a cohort and a person of one network.</summary>
    public static SeatRequest Read(Fields fields, string cohort, string participant, string reason = "")
    {
        var cohortName = fields.Cohort("cohort", cohort);
        var participantName = fields.Participant("participant", participant);
        return fields.IsGood ? new SeatRequest(cohortName.Key, participantName.Key, reason) : null!;
    }

    public static (FacilitatorName Facilitator, AssignFacilitator Command) Read(Fields fields, AssignFacilitatorRequest request)
    {
        var cohort = fields.Cohort("cohort", request.Cohort);
        var facilitator = fields.Facilitator("facilitator", request.Facilitator);
        var role = fields.Code("role", request.Role);
        return fields.IsGood ? (facilitator, new AssignFacilitator(cohort.Key, role)) : default;
    }

    public static (FacilitatorName Facilitator, WithdrawFacilitator Command) Read(Fields fields, WithdrawFacilitatorRequest request)
    {
        var cohort = fields.Cohort("cohort", request.Cohort);
        var facilitator = fields.Facilitator("facilitator", request.Facilitator);
        var reason = fields.Code("reason", request.Reason);
        return fields.IsGood ? (facilitator, new WithdrawFacilitator(cohort.Key, reason)) : default;
    }

    /// <summary>Decimals of an origin's coordinates that are used: a kilometre or so. It may be near where somebody lives.</summary>
    private const int OriginDecimals = 2;

    private const int DistanceKmMaxMax = 20_000;
    private const int WaitDaysMaxMax = 3650;

    /// <summary>What is searched for; an origin that is a site is not in it yet.</summary>
    public static SeatSearch Read(Fields fields, SearchSeatsRequest request, Instant now)
    {
        var program = fields.Program("program", request.Program, required: false);
        var region = fields.Region("region", request.Region, required: false);
        var earliest = fields.Date("earliest", request.Earliest);
        var latest = fields.Date("latest", request.Latest);
        if (latest < earliest) fields.Wrong("latest", "must not be before earliest");
        var open = fields.Number("seats_open_min", request.SeatsOpenMin, 0, SeatsMax);
        var (latitude, longitude) = fields.Coordinates("origin_", (request.HasOriginLatitude, request.OriginLatitude), (request.HasOriginLongitude, request.OriginLongitude));
        var kmMax = fields.Number("distance_km_max", request.DistanceKmMax, 0, DistanceKmMaxMax);
        if (kmMax > 0 && request.OriginSite.Length == 0 && !request.HasOriginLatitude && !request.HasOriginLongitude) fields.Wrong("distance_km_max", "needs an origin: origin_site, or origin_latitude and origin_longitude");
        var route = fields.Code("route", request.Route, required: false);
        var language = fields.Code("language", request.Language, required: false);
        var accessibility = fields.Codes("accessibility", request.Accessibility, SiteMapping.CodesMax);
        var waitMax = fields.Number("wait_days_max", request.WaitDaysMax, 0, WaitDaysMaxMax);
        return new SeatSearch(program.Length > 0 ? program : null, region.Length > 0 ? region : null, earliest, latest, Math.Max(1, open), now)
        {
            Origin = latitude is { } north && longitude is { } east ? new GeoPoint(Math.Round(north, OriginDecimals), Math.Round(east, OriginDecimals)) : null,
            DistanceKmMax = kmMax > 0 ? kmMax : null,
            Route = route.Length > 0 ? route : null,
            Language = language.Length > 0 ? language : null,
            Accessibility = accessibility,
            WaitDaysMax = waitMax > 0 ? waitMax : null,
        };
    }

    /// <summary>The site that a search sets out from; null when it does not. A site of another network is nothing that the caller may see.</summary>
    public static SiteName? ReadOrigin(Fields fields, SearchSeatsRequest request, NetworkName parent)
    {
        if (request.OriginSite.Length == 0) return null;
        if (request.HasOriginLatitude || request.HasOriginLongitude) return fields.Wrong<SiteName?>("origin_site", "must be empty when there are coordinates: one origin or the other");
        var site = fields.Site("origin_site", request.OriginSite);
        if (site.Network is not null && site.Network != parent.Network) fields.Wrong("origin_site", "must be a site of the network that is searched");
        return site;
    }

    public static Cohort ToWire(this CohortView view, Caller caller, string? token = null)
    {
        var cohort = new Cohort
        {
            Name = new CohortName(view.Network, view.Site, view.Cohort).ToString(),
            DisplayName = view.DisplayName,
            Program = view.Program,
            TemplateVersion = view.TemplateVersion,
            PathwayVersion = view.PathwayVersion,
            Room = view.Room.Length > 0 ? new RoomName(view.Network, view.Site, view.Room).ToString() : "",
            SeatsMin = view.SeatsMin,
            SeatsMax = view.SeatsMax,
            HardCap = view.HardCap,
            IntakeCloseTime = view.IntakeClosesAt.ToWire(),
            MayOverlap = view.MayOverlap,
            HoldPolicy = new HoldPolicy { Ttl = view.HoldTtl.ToWire(), HoldsMax = view.HoldsMax, HoldsPerCallerMax = view.HoldsPerCallerMax },
            State = view.AtRisk ? CohortState.AtRisk : CohortState.Open,
            Seats = view.Seats.ToWire(),
            AsOfTime = view.AsOf.ToWire(),
            Etag = view.Version.ToString(CultureInfo.InvariantCulture),
            Token = token ?? "",
            FirstDay = view.FirstDay.ToWire(),
            LastDay = view.LastDay.ToWire(),
        };
        foreach (var requirement in view.Staffing)
        {
            cohort.Staffing.Add(new StaffingRequirement
            {
                Role = requirement.Role,
                ParticipantsPerMember = requirement.ParticipantsPerMember,
                MembersMin = requirement.MembersMin,
            });
        }
        cohort.SessionsNotPermitted.AddRange(view.NotPermitted);
        cohort.SafetyFlags.AddRange(view.SafetyFlags.Select(e => new SafetyEventName(view.Network, view.Site, e).ToString()));
        cohort.Plan = view.Plan?.ToWire();
        cohort.TimeZoneVersion = view.TimeZoneVersion;
        foreach (var conflict in view.TimeConflicts)
        {
            cohort.TimeConflicts.Add(new TimeConflict
            {
                Session = conflict.Session,
                Kind = conflict.Kind,
                Subject = conflict.Kind switch
                {
                    "room" => new RoomName(view.Network, view.Site, conflict.Subject).ToString(),
                    "facilitator" => new FacilitatorName(view.Network, conflict.Subject).ToString(),
                    _ => "",
                },
            });
        }
        if (view.Plan is { } plan) cohort.Sessions.AddRange(plan.Sessions.Select(s => s.ToWire(view.Network, view.Site)));
        else cohort.Sessions.AddRange(Wired(ImmutableCollectionsMarshal.AsArray(view.Sessions)!));
        foreach (var assigned in view.Facilitators)
        {
            cohort.Facilitators.Add(new AssignedFacilitator
            {
                Facilitator = new FacilitatorName(view.Network, assigned.Facilitator).ToString(),
                Role = assigned.Role,
                Counted = assigned.Counted,
            });
        }
        var takesPeople = !view.AtRisk && view.NotPermitted.IsEmpty && view.Seats.Open > 0 && view.AsOf < view.IntakeClosesAt;
        cohort.AvailableActions.AddRange(Actions.OnCohort(caller.Scope, takesPeople, view.Plan is not null));
        return cohort;
    }

    private static Session[] Wired(PlannedSession[] sessions)
    {
        if (WiredSessions.Find(sessions) is { } wired) return wired;
        wired = [.. sessions.Select(ToWire)];
        WiredSessions.Add(sessions, wired);
        return wired;
    }

    public static Session ToWire(PlannedSession session) => new()
    {
        Kind = session.Kind,
        LocalStart = session.LocalStart.ToWire(),
        Duration = session.Length.ToWire(),
        Turnover = session.Turnover.ToWire(),
        StartTime = session.StartsAt.ToWire(),
        Virtual = session.IsVirtual,
    };

    public static Cohort ToWire(this CohortRow row, Caller caller) => new()
    {
        Name = new CohortName(caller.Network, row.Site, row.Cohort).ToString(),
        DisplayName = row.DisplayName,
        Program = row.Program,
        SeatsMax = row.SeatsMax,
        Seats = row.Seats.ToWire(),
        State = row.AtRisk ? CohortState.AtRisk : CohortState.Open,
        FirstDay = row.FirstDay.ToWire(),
        LastDay = row.LastDay.ToWire(),
        IntakeCloseTime = row.IntakeClosesAt.ToWire(),
    };

    public static OpenSeats ToOpenSeats(this CohortRow row, Caller caller) => new()
    {
        Match = row.Match?.ToWire(),
        Routes = { row.Routes },
        Cohort = new CohortName(caller.Network, row.Site, row.Cohort).ToString(),
        DisplayName = row.DisplayName,
        Program = row.Program,
        Site = new SiteName(caller.Network, row.Site).ToString(),
        SiteDisplayName = row.SiteDisplayName,
        Region = $"regions/{row.Region}",
        // The difference of two figures would be a count of people, which is not an authority's to see one by one.
        Seats = caller.Scope == CallerScope.Authority ? new SeatCount { Open = row.Seats.Open } : row.Seats.ToWire(),
        FirstDay = row.FirstDay.ToWire(),
        IntakeCloseTime = row.IntakeClosesAt.ToWire(),
        LimitedCapacity = row.LimitedCapacity,
    };

    private static SeatMatch ToWire(this MatchView match)
    {
        var wire = new SeatMatch { Points = match.Points, WaitDays = match.WaitDays };
        if (match.DistanceKm is { } km) wire.DistanceKm = km;
        foreach (var reason in match.Reasons) wire.Reasons.Add(new SeatMatchReason { Code = reason.Code, Points = reason.Points, Text = reason.Text });
        return wire;
    }

    public static Seat ToWire(this SeatView view, Caller caller, string? token = null)
    {
        var cohort = CohortName.OfKey(view.Cohort).ToString();
        var seat = new Seat
        {
            Name = $"{cohort}/seats/{view.Participant}",
            Cohort = cohort,
            Participant = new ParticipantName(caller.Network, view.Participant).ToString(),
            State = view.State.ToWire(),
            HoldExpireTime = view.HoldExpiresAt.ToWire(),
            BookedTime = view.BookedAt.ToWire(),
            Pod = view.Pod,
            Offer = view.IsOffer,
            Token = token ?? "",
        };
        foreach (var facilitator in view.ConsentMissing) seat.ConsentMissing.Add(new FacilitatorName(caller.Network, facilitator).ToString());
        foreach (var action in Actions.OnSeat(caller.Scope, view.State, view.IsOffer)) seat.AvailableActions.Add(action);
        return seat;
    }

    private static SeatCount ToWire(this SeatCountView seats) => new()
    {
        Usable = seats.Usable,
        Booked = seats.Booked,
        Held = seats.Held,
        Open = seats.Open,
        BoundBy = seats.BoundBy,
    };

    public static (Duration Ttl, int HoldsMax, int HoldsPerCallerMax) Read(Fields fields, HoldPolicy? policy, int seatsMax, string at = "cohort")
    {
        var ttl = fields.Duration($"{at}.hold_policy.ttl", policy?.Ttl, HoldTtlMin, HoldTtlMax, zeroIsAbsent: true);
        var holds = fields.Number($"{at}.hold_policy.holds_max", policy?.HoldsMax ?? 0, 0, SeatsMax);
        if (holds == 0) holds = Math.Max(1, seatsMax / 4);
        var perCaller = fields.Number($"{at}.hold_policy.holds_per_caller_max", policy?.HoldsPerCallerMax ?? 0, 0, SeatsMax);
        if (perCaller == 0) perCaller = Math.Max(1, holds / 2);
        return (ttl == Duration.Zero ? HoldTtlDefault : ttl, holds, perCaller);
    }

    private static ImmutableArray<StaffingRequirementView> Staffing(Fields fields, Cohort cohort)
    {
        if (!fields.Count("cohort.staffing", cohort.Staffing.Count, 0, StaffingMax)) return [];
        var staffing = ImmutableArray.CreateBuilder<StaffingRequirementView>(cohort.Staffing.Count);
        for (var i = 0; i < cohort.Staffing.Count; i++)
        {
            var requirement = cohort.Staffing[i];
            staffing.Add(new StaffingRequirementView(
                fields.Code($"cohort.staffing[{i}].role", requirement.Role),
                fields.Number($"cohort.staffing[{i}].participants_per_member", requirement.ParticipantsPerMember, 1, SeatsMax),
                fields.Number($"cohort.staffing[{i}].members_min", requirement.MembersMin, 0, MembersMax)));
        }
        fields.Distinct("cohort.staffing", cohort.Staffing.Select(s => s.Role));
        return staffing.MoveToImmutable();
    }

    private static ImmutableArray<SessionDraft> Sessions(Fields fields, Cohort cohort)
    {
        if (!fields.Count("cohort.sessions", cohort.Sessions.Count, 1, SessionsMax)) return [];
        var sessions = ImmutableArray.CreateBuilder<SessionDraft>(cohort.Sessions.Count);
        for (var i = 0; i < cohort.Sessions.Count; i++)
        {
            var session = cohort.Sessions[i];
            var draft = new SessionDraft(
                fields.Code($"cohort.sessions[{i}].kind", session.Kind),
                fields.WallTime($"cohort.sessions[{i}].local_start", session.LocalStart),
                fields.Duration($"cohort.sessions[{i}].duration", session.Duration, SessionLengthMin, SessionLengthMax),
                fields.Duration($"cohort.sessions[{i}].turnover", session.Turnover, Duration.Zero, SessionLengthMax, zeroIsAbsent: true),
                session.Virtual);
            if (i > 0 && draft.LocalStart < sessions[i - 1].LocalStart) fields.Wrong($"cohort.sessions[{i}].local_start", "must not be before the session before it");
            sessions.Add(draft);
        }
        return sessions.MoveToImmutable();
    }
}
