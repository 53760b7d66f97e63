using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Type;
using RttNetwork.Load.Calls;
using RttNetwork.Wire.V1;
using Date = Google.Type.Date;
using DayOfWeek = Google.Type.DayOfWeek;

namespace RttNetwork.Load.Worlds;

/// <summary>
/// What a plan of forty people in five pods needs at the first site of a world: RTT-KaT-12, a hall, and a team of sixteen. A plan of it has twelve large
/// groups, sixty meetings of pods and fifteen medicine sessions, and takes a quarter of a year of everybody in its team.
/// </summary>
/// <param name="Network">The tenant.</param>
/// <param name="Team">Tells one team and its hall from another.</param>
internal sealed record PlanWorld(string Network, string Team)
{
    public const int Sessions = 12 + 60 + 15;

    private const int Pods = 5;
    private const int Weeks = 12;
    private const string Program = "RTT-KaT-12";

    private string Parent => $"networks/{Network}";

    private string Site => $"{Parent}/sites/{World.SiteId(0)}";

    /// <summary>The program, once for every team.</summary>
    public (string Path, IMessage Request) Publish(ref ulong random) =>
        (Methods.CreateProgram, new CreateProgramVersionRequest { Parent = Parent, Template = Template(), RequestId = RequestIds.Next(ref random) });

    /// <summary>The hall and the people.</summary>
    public IEnumerable<(string Path, IMessage Request)> Prepare(ulong random)
    {
        yield return (Methods.CreateRoom, new CreateRoomRequest { Parent = Site, RoomId = Hall, Room = new Room { DisplayName = "Hall", Occupancy = 12 }, RequestId = RequestIds.Next(ref random) });
        foreach (var member in Members())
        {
            yield return (Methods.CreateFacilitator, new CreateFacilitatorRequest
            {
                Parent = Parent,
                FacilitatorId = member.Facilitator,
                Facilitator = new Facilitator
                {
                    HomeSite = Site,
                    Roles = { member.Role },
                    Credentials = { new Credential { Role = member.Role, Jurisdiction = World.Jurisdiction, ValidFrom = new Date { Year = 2020, Month = 1, Day = 1 } } },
                },
                RequestId = RequestIds.Next(ref random),
            });
        }
    }

    /// <summary>The plan of a cohort in the team's nth quarter.</summary>
    public PlanCohortRequest Cohort(int quarter, ref ulong random)
    {
        var first = new System.DateTime(2031, 1, 6, 0, 0, 0, DateTimeKind.Unspecified).AddDays(7 * (Weeks + 1) * quarter);
        var plan = new PlanDraft
        {
            DisplayName = $"Quarter {quarter}",
            Program = Program,
            StartsOn = new Date { Year = first.Year, Month = first.Month, Day = first.Day },
            Seats = 8 * Pods,
            Pods = Pods,
            Slots =
            {
                new Slot { Session = "large-group", Weekday = DayOfWeek.Tuesday, At = At(18) },
                new Slot { Session = "preparation", Weekday = DayOfWeek.Thursday, At = At(18) },
                new Slot { Session = "integration", Weekday = DayOfWeek.Wednesday, At = At(18) },
            },
            HoldPolicy = new HoldPolicy { Ttl = new Duration { Seconds = 900 }, HoldsMax = 10, HoldsPerCallerMax = 10 },
        };
        for (var pod = 1; pod <= Pods; pod++) plan.Slots.Add(new Slot { Session = "medicine", Pod = pod, Weekday = DayOfWeek.Monday + pod - 1, At = At(9), Room = Hall });
        plan.Roster.AddRange(Members());
        return new PlanCohortRequest { Parent = Site, CohortId = string.Create(CultureInfo.InvariantCulture, $"{Team}-q{quarter:D3}"), Plan = plan, RequestId = RequestIds.Next(ref random) };
    }

    private string Hall => $"hall-{Team}";

    /// <summary>For each pod a therapist and two nurses, because one nurse is for five people at most; a prescriber for all.</summary>
    private IEnumerable<RosterEntry> Members()
    {
        for (var pod = 1; pod <= Pods; pod++)
        {
            yield return new RosterEntry { Facilitator = $"{Team}-rt{pod}", Role = "therapist", Pods = { pod } };
            yield return new RosterEntry { Facilitator = $"{Team}-rn{pod}", Role = "nurse", Pods = { pod } };
            yield return new RosterEntry { Facilitator = $"{Team}-rn{pod}b", Role = "nurse", Pods = { pod } };
        }
        yield return new RosterEntry { Facilitator = $"{Team}-md", Role = "prescriber" };
    }

    private static TimeOfDay At(int hour) => new() { Hours = hour };

    /// <summary>The groups of <c>programs/rtt-kat-12.yaml</c>.</summary>
    private static ProgramTemplate Template() => new()
    {
        Program = Program,
        Version = 1,
        DisplayName = "Roots to Thrive",
        EffectiveFrom = new Date { Year = 2026, Month = 1, Day = 1 },
        Audience = "participants",
        Weeks = Weeks,
        Sizes = new GroupSizes { CohortMin = 20, CohortMax = 40, PodMin = 5, PodTarget = 8, PodMax = 10 },
        Routes = { "im", "sl" },
        Medicine = new MedicineRules { GapDaysMin = 14, PreparationsMin = 1, PreparationHoursMin = 24, PreparationDaysMax = 90, IntegrationBetween = true },
        Intake = new IntakeRules { ReferralRequired = true, Entry = "referral", ClosesDays = 7, ClosedAt = "first-week-end", ScreeningDays = 90, AttendancePercentMin = 75, SystolicMax = 150, DiastolicMax = 90 },
        FacilitatorRoles = { "therapist", "nurse", "facilitator" },
        Sessions =
        {
            Session("large-group", "cohort", "virtual", 120, [.. Enumerable.Range(1, 12)], Need("facilitator", 20, 2)),
            Session("preparation", "pod", "virtual", 90, [1, 2, 3, 4], Need("facilitator", 6, 2), Need("therapist", 0, 1), Need("nurse", 0, 1)),
            Medicine(),
            Session("integration", "pod", "virtual", 90, [.. Enumerable.Range(5, 8)], Need("facilitator", 6, 2), Need("therapist", 0, 1), Need("nurse", 0, 1)),
        },
    };

    private static SessionTemplate Medicine()
    {
        var session = Session("medicine", "pod", "in-person", 240, [4, 6, 8], Need("facilitator", 4, 2), Need("therapist", 0, 1), Need("nurse", 5, 1), Need("prescriber", 0, 1));
        (session.ObservationMinutes, session.TurnoverMinutes) = (120, 30);
        return session;
    }

    private static StaffingNeed Need(string role, int participantsPerMember, int membersMin) => new() { Role = role, ParticipantsPerMember = participantsPerMember, MembersMin = membersMin };

    private static SessionTemplate Session(string id, string scope, string mode, int minutes, int[] weeks, params StaffingNeed[] staffing) =>
        new() { Id = id, Kind = id, DisplayName = id, Scope = scope, Mode = mode, Weeks = { weeks }, PerWeek = 1, Minutes = minutes, Staffing = { staffing } };
}
