using System.Collections.Immutable;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Programs;
using RttNetwork.Gateway.Calls;
using RttNetwork.Wire.V1;
using WireDayOfWeek = Google.Type.DayOfWeek;
using WireTimeOfDay = Google.Type.TimeOfDay;

namespace RttNetwork.Gateway.Mapping;

/// <summary>Plans, both ways. Whether a plan can be made is the domain's to say.</summary>
internal static class PlanMapping
{
    private const int SlotsMax = 128;
    private const int RosterMax = 100;
    private const int ExceptionsMax = 64;
    private const int WeeksMax = 104;
    private const int PodsMax = 40;
    public const int DoseMicrogramsMax = 1_000_000_000;

    private static readonly ProgramTemplateView NoTemplate = null!;

    /// <summary>The command without what is passed by value: the template and the rule packs.</summary>
    public static (SiteName Site, CohortName Cohort, string Program, PlanCohort Command) Read(Fields fields, PlanCohortRequest request)
    {
        var parent = fields.Site("parent", request.Parent);
        var id = fields.Id("cohort_id", request.CohortId);
        if (!fields.Has("plan", request.Plan)) return default;
        var plan = request.Plan;
        var program = fields.ProgramId("plan.program", plan.Program);
        fields.Number("plan.template_version", plan.TemplateVersion, 0, CohortMapping.TemplateVersionMax);
        var startsOn = fields.RequiredDate("plan.starts_on", plan.StartsOn);
        var seats = fields.Number("plan.seats", plan.Seats, 1, CohortMapping.SeatsMax);
        var (ttl, holdsMax, holdsPerCallerMax) = CohortMapping.Read(fields, plan.HoldPolicy, seats, "plan");
        var name = fields.Text("plan.display_name", plan.DisplayName, CohortMapping.DisplayNameLengthMax);
        var pods = fields.Number("plan.pods", plan.Pods, 0, PodsMax);
        var belowMin = fields.Code("plan.below_min_reason", plan.BelowMinReason, required: false);
        var (slots, roster, moves) = (Slots(fields, plan), Roster(fields, plan), Moves(fields, plan));
        var closed = fields.Count("plan.closed_days", plan.ClosedDays.Count, 0, ExceptionsMax)
            ? plan.ClosedDays.Select((d, i) => fields.RequiredDate($"plan.closed_days[{i}]", d)).ToImmutableArray() : [];
        var given = fields.Count("plan.given", plan.Given.Count, 0, ExceptionsMax)
            ? plan.Given.Select((g, i) => new IntendedView(fields.Code($"plan.given[{i}].route", g.Route), fields.Number($"plan.given[{i}].dose_micrograms", g.DoseMicrograms, 0, DoseMicrogramsMax))).ToImmutableArray() : [];
        if (!fields.IsGood) return default;
        var cohort = new CohortName(parent.Network, parent.Site, id);
        return (parent, cohort, program, new PlanCohort(
            cohort.Key,
            parent.Key,
            [.. roster.Select(r => Keys.Facilitator(parent.Network, r.Facilitator)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
            name,
            NoTemplate,
            [],
            startsOn,
            seats,
            pods,
            slots,
            roster,
            moves,
            closed,
            given,
            ttl,
            holdsMax,
            holdsPerCallerMax,
            belowMin));
    }

    public static SubstituteFacilitator Read(Fields fields, SubstituteFacilitatorRequest request)
    {
        var cohort = fields.Cohort("cohort", request.Cohort);
        var leaving = fields.Facilitator("facilitator", request.Facilitator);
        var substitute = fields.Facilitator("substitute", request.Substitute);
        var reason = fields.Code("reason", request.Reason);
        if (fields.IsGood && leaving == substitute) fields.Wrong("substitute", "must be somebody else than facilitator");
        return fields.IsGood ? new SubstituteFacilitator(cohort.Key, leaving.Key, substitute.Key, request.ChartsReviewed, reason) : null!;
    }

    public static (CohortName Cohort, AcceptSubstitute Command) Read(Fields fields, AcceptSubstituteRequest request)
    {
        var cohort = fields.Cohort("cohort", request.Cohort);
        var participant = fields.Participant("participant", request.Participant);
        var facilitator = fields.Facilitator("facilitator", request.Facilitator);
        return (cohort, new AcceptSubstitute(participant.Participant ?? "", facilitator.Facilitator ?? ""));
    }

    public static SubstituteProposal ToWire(this CandidateView view, string network) => new()
    {
        Facilitator = new FacilitatorName(network, view.Facilitator).ToString(),
        HomeSite = new SiteName(network, view.HomeSite).ToString(),
        Local = view.IsLocal,
        SessionsCovered = view.Covers,
        SessionsLed = view.Led,
        Hindrance = view.Hindrance,
    };

    public static CohortPlan ToWire(this PlanView view)
    {
        var plan = new CohortPlan
        {
            StartsOn = view.StartsOn.ToWire(),
            CloseTime = view.ClosesAt.ToWire(),
            BelowMinReason = view.BelowMinReason,
            TimeZoneVersion = view.TimeZoneVersion,
        };
        foreach (var pod in view.Pods) plan.Pods.Add(new Pod { Number = pod.Number, SeatsMax = pod.SeatsMax, SeatsUsable = pod.SeatsUsable, SeatsBooked = pod.SeatsBooked });
        foreach (var pack in view.Packs) plan.Packs.Add(new PackUsed { Pack = pack.Pack, Version = pack.Version });
        return plan;
    }

    public static Session ToWire(this PlanSessionView view, string network, string site) => new()
    {
        Kind = view.Kind,
        LocalStart = view.LocalStart.ToWire(),
        Duration = view.Length.ToWire(),
        Turnover = view.Turnover.ToWire(),
        StartTime = view.StartsAt.ToWire(),
        Virtual = view.Room.Length == 0,
        Id = view.Id,
        DisplayName = view.DisplayName,
        Week = view.Week,
        Pod = view.Pod,
        Room = view.Room.Length > 0 ? new RoomName(network, site, view.Room).ToString() : "",
        People = view.People,
        SeatsCap = view.SeatsCap,
        Observation = view.Observation.ToWire(),
        Needs = { view.Needs.Select(n => new StaffingNeed { Role = n.Role, ParticipantsPerMember = n.ParticipantsPerMember, MembersMin = n.MembersMin }) },
        Facilitators = { view.Staff.Select(f => new FacilitatorName(network, f).ToString()) },
        FacilitatorsNotCounted = { view.NotCounted.Select(f => new FacilitatorName(network, f).ToString()) },
        Activities = { view.Activities },
        Attached = { view.Attached.Select(a => new AttachedRole { Role = a.Role, Required = a.Required }) },
        AtRisk = view.AtRisk,
        Blocked = view.Blocked,
        CureUntilTime = view.CureUntil?.ToWire(),
    };

    private static ImmutableArray<SlotView> Slots(Fields fields, PlanDraft plan)
    {
        if (!fields.Count("plan.slots", plan.Slots.Count, 1, SlotsMax)) return [];
        return [.. plan.Slots.Select((slot, i) =>
        {
            var at = $"plan.slots[{i}]";
            if (slot.Weekday is < WireDayOfWeek.Monday or > WireDayOfWeek.Sunday) fields.Wrong($"{at}.weekday", "must be a day of the week");
            var weeks = fields.Count($"{at}.weeks", slot.Weeks.Count, 0, WeeksMax) ? slot.Weeks.Select((w, j) => fields.Number($"{at}.weeks[{j}]", w, 1, WeeksMax)).ToImmutableArray() : [];
            return new SlotView(
                fields.Id($"{at}.session", slot.Session),
                fields.Number($"{at}.pod", slot.Pod, 0, PodsMax),
                (int)slot.Weekday,
                MinuteOfDay(fields, $"{at}.at", slot.At),
                slot.Room.Length > 0 ? fields.Id($"{at}.room", slot.Room) : "",
                weeks);
        })];
    }

    private static ImmutableArray<RosterEntryView> Roster(Fields fields, PlanDraft plan)
    {
        if (!fields.Count("plan.roster", plan.Roster.Count, 1, RosterMax)) return [];
        return [.. plan.Roster.Select((entry, i) => new RosterEntryView(
            fields.Id($"plan.roster[{i}].facilitator", entry.Facilitator),
            fields.Code($"plan.roster[{i}].role", entry.Role),
            fields.Count($"plan.roster[{i}].pods", entry.Pods.Count, 0, PodsMax) ? [.. entry.Pods.Select((p, j) => fields.Number($"plan.roster[{i}].pods[{j}]", p, 1, PodsMax))] : []))];
    }

    private static ImmutableArray<MoveView> Moves(Fields fields, PlanDraft plan)
    {
        if (!fields.Count("plan.moves", plan.Moves.Count, 0, ExceptionsMax)) return [];
        return [.. plan.Moves.Select((move, i) => new MoveView(
            fields.Id($"plan.moves[{i}].session", move.Session),
            fields.Number($"plan.moves[{i}].pod", move.Pod, 0, PodsMax),
            fields.RequiredDate($"plan.moves[{i}].on", move.On),
            fields.WallTime($"plan.moves[{i}].to", move.To),
            move.Room.Length > 0 ? fields.Id($"plan.moves[{i}].room", move.Room) : ""))];
    }

    private static int MinuteOfDay(Fields fields, string field, WireTimeOfDay? time)
    {
        if (time is null) return fields.Wrong<int>(field, "is missing");
        return time.Hours is >= 0 and <= 23 && time.Minutes is >= 0 and <= 59 && time is { Seconds: 0, Nanos: 0 }
            ? (time.Hours * 60) + time.Minutes
            : fields.Wrong<int>(field, "must be a time of day in whole minutes");
    }
}
