using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Facilitators;
using RttNetwork.Domain.Programs;
using RttNetwork.Domain.Sites;

namespace RttNetwork.Domain.Tests.Cohorts;

/// <summary>A site, its people and a request, as folds, with a plan's events applied all or nothing, as the grains do.</summary>
internal sealed class PlanStage
{
    public const string Jurisdiction = "CA-BC";
    public static readonly Instant Now = World.Start;

    /// <summary>A Monday.</summary>
    public static readonly LocalDate StartsOn = new(2027, 1, 11);

    /// <summary>The sessions of the small program.</summary>
    public static readonly ImmutableArray<string> SmallSessions = ["preparation", "medicine", "integration"];

    private readonly string _zone;

    public PlanStage(string zone = "America/Vancouver", params (string Room, int Occupancy)[] rooms)
    {
        _zone = zone;
        Site = SiteState.Empty.Apply(new SiteOpened("Nanaimo", "island", Jurisdiction, zone, null, null), Now);
        foreach (var (room, occupancy) in rooms is [] ? [("hall", 40)] : rooms) Site = Site.Apply(new RoomOpened(room, room, occupancy), Now);
    }

    public SiteState Site { get; set; }
    public Dictionary<string, FacilitatorState> People { get; } = [];
    public Dictionary<string, CohortState> Cohorts { get; } = [];
    public ImmutableArray<RulePack> Packs { get; set; } = [];

    public PlanStage With(string id, string role, LocalDate? until = null, string jurisdiction = Jurisdiction)
    {
        People[id] = FacilitatorState.Empty.Apply(new FacilitatorRegistered("nanaimo", [role], [new Credential(role, jurisdiction, new LocalDate(2020, 1, 1), until)]), Now);
        return this;
    }

    /// <summary>One therapist and one nurse for each pod, three for the large group, and a prescriber.</summary>
    public PlanStage WithTeam(int pods, int nursesPerPod = 1)
    {
        for (var pod = 1; pod <= pods; pod++)
        {
            With($"rt{pod}", Roles.Therapist);
            for (var n = 1; n <= nursesPerPod; n++) With(nursesPerPod == 1 ? $"rn{pod}" : $"rn{pod}-{n}", Roles.Nurse);
        }
        return With("md", Roles.Prescriber);
    }

    /// <summary>Every person in the roster, in their first role; who has a number in the name is meant for that pod.</summary>
    public ImmutableArray<RosterEntry> Roster =>
        [.. People.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => new RosterEntry(p.Key, p.Value.Roles[0], p.Key.Length > 2 && char.IsDigit(p.Key[2]) ? [p.Key[2] - '0'] : []))];

    /// <summary>The twelve-week program: large groups on Mondays, pods on weekday evenings, medicine from Tuesday to Saturday.</summary>
    public static PlanRequest Rtt(ImmutableArray<RosterEntry> roster, int seats = 40, int pods = 5) => new(
        "Spring", StartsOn, seats, pods,
        [
            new Slot("large-group", 0, IsoDayOfWeek.Monday, new LocalTime(18, 0), "", []),
            .. Enumerable.Range(1, pods).SelectMany(p => new[]
            {
                new Slot("preparation", p, (IsoDayOfWeek)(1 + (p % 5)), new LocalTime(20, 30), "", []),
                new Slot("integration", p, (IsoDayOfWeek)(1 + (p % 5)), new LocalTime(20, 30), "", []),
                new Slot("medicine", p, (IsoDayOfWeek)(1 + p), new LocalTime(9, 0), "hall", []),
            }),
        ],
        roster, [], [], [], new HoldPolicy(Duration.FromMinutes(15), 10, 10), "");

    /// <summary>The small program: everything on Tuesdays at ten in the hall.</summary>
    public static PlanRequest Small(ImmutableArray<RosterEntry> roster, int seats = 8) => new(
        "Small", StartsOn, seats, 0,
        [.. SmallSessions.Select(s => new Slot(s, 0, IsoDayOfWeek.Tuesday, new LocalTime(10, 0), "hall", []))],
        roster, [], [], [], new HoldPolicy(Duration.FromMinutes(15), 10, 10), "");

    public PlanDecision Decide(PlanRequest request, ProgramTemplate template, string cohort = "c1", Instant? now = null) => Planning.Decide(
        request, template, Packs, Site, "nanaimo", 1,
        [.. request.Roster.Select(r => r.Facilitator).Distinct().Where(People.ContainsKey).Select(f => new RosterMember(f, 1, People[f]))],
        Cohorts.GetValueOrDefault(cohort, CohortState.Empty), cohort, DateTimeZoneProviders.Tzdb[_zone], "test", now ?? Now);

    /// <summary>Decides, and applies what was accepted.</summary>
    public PlanDecision Plan(PlanRequest request, ProgramTemplate template, string cohort = "c1", Instant? now = null)
    {
        var decision = Decide(request, template, cohort, now);
        var at = now ?? Now;
        foreach (var e in decision.Cohort) Cohorts[cohort] = Cohorts.GetValueOrDefault(cohort, CohortState.Empty).Apply(e, at);
        foreach (var e in decision.Site) Site = Site.Apply(e, at);
        foreach (var (facilitator, events) in decision.Facilitators) People[facilitator] = events.Aggregate(People[facilitator], (p, e) => p.Apply(e, at));
        return decision;
    }

    public CohortPlanned Planned(PlanRequest request, ProgramTemplate template, string cohort = "c1")
    {
        var decision = Plan(request, template, cohort);
        Assert.True(decision.Refusal is null, string.Join("\n", decision.Refusal?.Violations.Select(v => $"{v.Rule} {v.Subject}: {v.Description}") ?? []) + decision.Refusal?.Message);
        return Cohorts[cohort].Planned!;
    }
}
