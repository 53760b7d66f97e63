using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Programs;

namespace RttNetwork.Domain.Tests.Programs;

/// <summary>Programs as tests need them: the twelve-week one with pods, and small ones.</summary>
internal static class Templates
{
    public static readonly LocalDate From = new(2026, 1, 1);

    /// <summary>As the shipped RTT-KaT-12: large groups, pods, three medicine sessions.</summary>
    public static ProgramTemplate Rtt { get; } = new(
        "RTT-KaT-12", 1, "Roots to Thrive", From, null, Audiences.Participants, 12,
        new GroupSizes(20, 40, 5, 8, 10),
        ["im", "sl"],
        new MedicineRules(14, 1, 24, 90, true),
        new IntakeRules(true, "referral", 7, ClosePoints.FirstWeekEnd, 90, 75, 150, 90, "food-6h-clear-2h"),
        [Roles.Therapist, Roles.Nurse, Roles.Facilitator],
        [
            Session("large-group", SessionKinds.LargeGroup, Scopes.Cohort, Modes.Virtual, [.. Enumerable.Range(1, 12)], 120, staffing: [new(Roles.Facilitator, 20, 2)]) with { Attached = [new AttachedRole(Roles.Elder, false)] },
            Session("preparation", SessionKinds.Preparation, Scopes.Pod, Modes.Virtual, [1, 2, 3, 4], 90, staffing: [new(Roles.Facilitator, 6, 2), new(Roles.Therapist, 0, 1), new(Roles.Nurse, 0, 1)]),
            Medicine(Scopes.Pod, [4, 6, 8], 240),
            Session("integration", SessionKinds.Integration, Scopes.Pod, Modes.Virtual, [5, 6, 7, 8, 9, 10, 11, 12], 90, staffing: [new(Roles.Facilitator, 6, 2), new(Roles.Therapist, 0, 1), new(Roles.Nurse, 0, 1)]),
        ],
        [new MeasureTemplate("phq-9", [new DuePoint("baseline", Anchors.Baseline, 0, 0), new DuePoint("after", Anchors.End, 7, 7)])],
        null);

    /// <summary>A small group in one room: preparation, medicine, integration, medicine, integration.</summary>
    public static ProgramTemplate Small { get; } = Rtt with
    {
        Program = "SMALL-5",
        Weeks = 5,
        Sizes = new GroupSizes(2, 8, 0, 0, 0),
        Sessions =
        [
            Session("preparation", SessionKinds.Preparation, Scopes.Cohort, Modes.InPerson, [1], 90, 15, [new(Roles.Facilitator, 6, 2)]),
            Medicine(Scopes.Cohort, [2, 4], 240),
            Session("integration", SessionKinds.Integration, Scopes.Cohort, Modes.InPerson, [3, 5], 90, 15, [new(Roles.Facilitator, 6, 2)]),
        ],
    };

    public static SessionTemplate Session(string id, string kind, string scope, string mode, ImmutableArray<int> weeks, int minutes, int turnover = 0, ImmutableArray<StaffingNeed> staffing = default) =>
        new(id, kind, id, scope, mode, weeks, scope == Scopes.Person ? 0 : 1, false, 0, 0, minutes, 0, turnover, staffing.IsDefault ? [new(Roles.Facilitator, 0, 2)] : staffing, [], []);

    public static SessionTemplate Medicine(string scope, ImmutableArray<int> weeks, int minutes) =>
        Session("medicine", SessionKinds.Medicine, scope, Modes.InPerson, weeks, minutes, 30,
            [new(Roles.Facilitator, 4, 2), new(Roles.Therapist, 0, 1), new(Roles.Nurse, 5, 1), new(Roles.Prescriber, 0, 1)]) with
        { ObservationMinutes = 120 };

    /// <summary>A template in which one session is another.</summary>
    public static ProgramTemplate With(this ProgramTemplate template, string session, Func<SessionTemplate, SessionTemplate> change) =>
        template with { Sessions = [.. template.Sessions.Select(s => s.Id == session ? change(s) : s)] };
}
