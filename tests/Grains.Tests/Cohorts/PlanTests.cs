using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Facilitators;
using RttNetwork.Contracts.Participants;
using RttNetwork.Contracts.Programs;
using RttNetwork.Contracts.Units;
using static RttNetwork.Testing.TestNetwork;

namespace RttNetwork.Grains.Tests.Cohorts;

/// <summary>Plans on real grains and a real database: one unit over facilitators, site and cohort.</summary>
public sealed class PlanTests(SharedNetwork shared) : SharedNetworkTests(shared)
{
    private static readonly LocalDate StartsOn = new(2027, 1, 11);

    public override Task InitializeAsync() => Cluster.OpenSite();

    [Fact]
    public async Task Forty_people_in_eight_pods_are_planned_as_one_unit()
    {
        var command = await Rtt("c1", pods: 8);
        var validated = await Send(command, Cluster.Unit(validateOnly: true));
        Assert.Equal(UnitOutcome.WouldBeAccepted, validated.Outcome);
        Assert.Null((await Cluster.Cohort("c1").Get(Operator(), Now)).Value);

        var unit = Cluster.Unit();
        var cohort = Accepted(await Send(command, unit));
        Assert.Equal(12 + (8 * 12) + (8 * 3), cohort.Plan!.Sessions.Length);
        Assert.Equal((40, 40, "template"), (cohort.SeatsMax, cohort.Seats.Usable, cohort.Seats.BoundBy));
        Assert.All(cohort.Plan.Sessions, s => Assert.False(s.AtRisk));

        // The same request again, and what each of the streams has of it.
        Assert.Equal(UnitOutcome.Replayed, (await Send(command, unit with { Attempt = 1 })).Outcome);
        var therapist = (await Cluster.Facilitator("rt1").Get(Operator())).Value!;
        Assert.Equal(Keys.Cohort(Network, "nanaimo", "c1"), Assert.Single(therapist.Assignments).Cohort);
        Assert.Equal("ALREADY_EXISTS", (await Send(command, Cluster.Unit())).Refusal!.Reason);
    }

    [Fact]
    public async Task A_refused_plan_lists_everything_and_leaves_no_trace_in_any_stream()
    {
        var command = await Rtt("c1", pods: 5, seats: 40);
        var before = (await Cluster.Facilitator("rt1").Get(Operator())).Value!.Version;
        var refusal = (await Send(command with { Roster = command.Roster.Add(new RosterEntryView("nobody", "nurse", [])), Facilitators = [.. command.Facilitators.Add(Keys.Facilitator(Network, "nobody")).Order(StringComparer.Ordinal)] }, Cluster.Unit())).Refusal!;
        Assert.Equal("PLAN_REFUSED", refusal.Reason);
        Assert.Equal(15, refusal.Violations.Count(v => v.Rule == 16));
        Assert.Contains(refusal.Violations, v => v.Subject == "facilitator nobody");
        Assert.Equal(before, (await Cluster.Facilitator("rt1").Get(Operator())).Value!.Version);
        Assert.Null((await Cluster.Cohort("c1").Get(Operator(), Now)).Value);
    }

    [Fact]
    public async Task Twenty_plans_at_one_site_at_once_neither_wait_for_each_other_for_ever_nor_overlap()
    {
        await Team(5);
        var commands = new List<PlanCohort>();
        // Ten pairs: of two that want the same people and the same hall in the same weeks, one gets them.
        for (var i = 0; i < 20; i++) commands.Add(await Rtt($"c{i:00}", pods: 5, seats: 25, startsOn: StartsOn.PlusWeeks(13 * (i / 2)), team: false));
        var answers = await Task.WhenAll(commands.Select(c => Send(c, Cluster.Unit())));
        for (var i = 0; i < 20; i += 2)
        {
            UnitAnswer<CohortView>[] pair = [answers[i], answers[i + 1]];
            Assert.Single(pair, a => a.Outcome == UnitOutcome.Accepted);
            Assert.Equal("PLAN_REFUSED", Assert.Single(pair, a => a.Outcome != UnitOutcome.Accepted).Refusal!.Reason);
        }
        // Nobody and no room is in two places at once, turnover included.
        var planned = answers.Where(a => a.IsAccepted).SelectMany(a => a.Reply!.Plan!.Sessions).OrderBy(s => s.StartsAt).ToList();
        Assert.Equal(10 * (12 + (5 * 12) + (5 * 3)), planned.Count);
        Assert.All(planned.Where(s => s.Room.Length > 0).GroupBy(s => s.Room), Apart);
        Assert.All(planned.SelectMany(s => s.Staff.Select(f => (f, s))).GroupBy(x => x.f, x => x.s), Apart);

        static void Apart(IGrouping<string, PlanSessionView> taken)
        {
            foreach (var (earlier, later) in taken.Zip(taken.Skip(1))) Assert.True(earlier.StartsAt + earlier.Length + earlier.Turnover <= later.StartsAt, $"{taken.Key}: {earlier.Id} and {later.Id} at {later.LocalStart}");
        }
    }

    [Fact]
    public async Task A_lapse_flags_the_sessions_after_it_and_a_person_books_into_a_pod()
    {
        Accepted(await Send(await Rtt("c1", pods: 8), Cluster.Unit()));
        // Medicine is for people whom an identifier tells apart.
        var identity = Keys.Identity(Network, "mfrggzdfmztwq2lkmfrggzdfmy");
        Accepted(await Cluster.Grains.GetGrain<IIdentityGrain>(identity).Claim(new RegisterParticipant("ann", "nanaimo", [identity], "", "", null, false, false), Cluster.Unit()));
        Accepted(await Cluster.Participant("ann").SetEligibility(new SetEligibility(true, "screened"), Cluster.Unit()));
        Assert.Equal(1, Accepted(await Cluster.Book("ann", "c1")).Pod);

        var lapsed = Accepted(await Cluster.Facilitator("rn1").RecordCredential(new RecordCredential(new CredentialView("nurse", "CA-BC", new LocalDate(2020, 1, 1), new LocalDate(2027, 2, 15))), Cluster.Unit()));
        Accepted(await Cluster.Facilitator("rn1").RefreshCredential(new RefreshCredential(Keys.Cohort(Network, "nanaimo", "c1"), lapsed.Version), Cluster.Unit()));
        var cohort = await Cluster.Get("c1");
        var after = cohort.Plan!.Sessions.Where(s => s.Staff.Contains("rn1") && s.LocalStart.Date > new LocalDate(2027, 2, 15)).ToList();
        Assert.NotEmpty(after);
        Assert.All(after, s => Assert.True(s.AtRisk && s.NotCounted.Contains("rn1")));
        Assert.True(cohort.AtRisk);
        Assert.DoesNotContain(cohort.Plan.Sessions, s => s.AtRisk && !after.Contains(s));
    }

    [Fact]
    public async Task A_version_of_a_program_is_published_once_and_read_for_its_day()
    {
        var template = Template();
        Accepted(await Cluster.Program("RTT-KaT-12").Publish(new PublishProgram(template), Cluster.Unit()));
        Assert.Equal("ALREADY_EXISTS", (await Cluster.Program("rtt-kat-12").Publish(new PublishProgram(template with { DisplayName = "Another" }), Cluster.Unit())).Refusal!.Reason);
        Accepted(await Cluster.Program("RTT-KaT-12").Publish(new PublishProgram(template with { Version = 2, EffectiveFrom = new LocalDate(2027, 6, 1) }), Cluster.Unit()));
        Assert.Equal(1, (await Cluster.Program("RTT-KaT-12").Get(Desk("nanaimo"), 0, StartsOn)).Value!.Template.Version);
        Assert.Equal(2, (await Cluster.Program("RTT-KaT-12").Get(Desk("nanaimo"), 0, null)).Value!.Template.Version);
        Assert.Equal("NOT_FOUND", (await Cluster.Program("RTT-KaT-12").Publish(new PublishProgram(template with { Version = 3 }), Cluster.Unit(Desk("nanaimo")))).Refusal!.Reason);
        var refused = (await Cluster.Program("OTHER-1").Publish(new PublishProgram(template with { Program = "OTHER-1", Weeks = 3 }), Cluster.Unit())).Refusal!;
        Assert.Equal("TEMPLATE_INVALID", refused.Reason);
        Assert.NotEmpty(refused.Violations);
    }

    private Task<UnitAnswer<CohortView>> Send(PlanCohort command, Unit unit) => Cluster.Grains.GetGrain<IFacilitatorGrain>(command.Facilitators[0]).Plan(command, unit);

    private async Task Team(int pods)
    {
        for (var p = 1; p <= pods; p++)
        {
            await Register($"rt{p}", "therapist");
            await Register($"rn{p}", "nurse");
        }
        await Register("md1", "prescriber");
    }

    private async Task Register(string id, string role) =>
        Accepted(await Cluster.Facilitator(id).Register(new RegisterFacilitator("nanaimo", [role], [new CredentialView(role, "CA-BC", new LocalDate(2020, 1, 1), null)]), Cluster.Unit()));

    private async Task<PlanCohort> Rtt(string cohort, int pods, int seats = 40, LocalDate? startsOn = null, bool team = true)
    {
        if (team) await Team(pods);
        ImmutableArray<RosterEntryView> roster =
        [
            .. Enumerable.Range(1, pods).SelectMany(p => new[] { new RosterEntryView($"rt{p}", "therapist", [p]), new RosterEntryView($"rn{p}", "nurse", [p]) }),
            new RosterEntryView("md1", "prescriber", []),
        ];
        return new PlanCohort(
            Keys.Cohort(Network, "nanaimo", cohort), Keys.Site(Network, "nanaimo"), [.. roster.Select(r => Keys.Facilitator(Network, r.Facilitator)).Order(StringComparer.Ordinal)],
            "A cohort", Template(), [], startsOn ?? StartsOn, seats, pods,
            [
                new SlotView("large-group", 0, 1, 18 * 60, "", []),
                .. Enumerable.Range(1, pods).SelectMany(p => new[]
                {
                    new SlotView("preparation", p, 2 + (p % 5), 20 * 60, "", []),
                    new SlotView("integration", p, 2 + (p % 5), 20 * 60, "", []),
                    new SlotView("medicine", p, 2 + ((p - 1) / 2), (p % 2 == 0 ? 14 : 8) * 60, "hall", []),
                }),
            ],
            roster, [], [], [], Duration.FromMinutes(15), 10, 10, "");
    }

    private static ProgramTemplateView Template()
    {
        ImmutableArray<StaffingNeedView> circle = [new("facilitator", 6, 2), new("therapist", 0, 1), new("nurse", 0, 1)];
        return new ProgramTemplateView(
            "RTT-KaT-12", 1, "Roots to Thrive", new LocalDate(2026, 1, 1), null, "participants", 12, new GroupSizesView(20, 40, 5, 8, 10), ["im", "sl"],
            new MedicineRulesView(14, 1, 24, 90, true), new IntakeRulesView(true, "referral", 7, "first-week-end", 90, 75, 150, 90, ""), ["therapist", "nurse", "facilitator"],
            [
                Session("large-group", "large-group", "cohort", "virtual", [.. Enumerable.Range(1, 12)], 120, 0, 0, [new("facilitator", 20, 2)]),
                Session("preparation", "preparation", "pod", "virtual", [1, 2, 3, 4], 90, 0, 0, circle),
                Session("medicine", "medicine", "pod", "in-person", [4, 6, 8], 240, 120, 30, [new("facilitator", 4, 2), new("therapist", 0, 1), new("nurse", 5, 1), new("prescriber", 0, 1)]),
                Session("integration", "integration", "pod", "virtual", [.. Enumerable.Range(5, 8)], 90, 0, 0, circle),
            ],
            [], null);
    }

    private static SessionTemplateView Session(string id, string kind, string scope, string mode, ImmutableArray<int> weeks, int minutes, int observation, int turnover, ImmutableArray<StaffingNeedView> staffing) =>
        new(id, kind, id, scope, mode, weeks, 1, false, 0, 0, minutes, observation, turnover, staffing, [], []);
}
