using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Referrals;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Referrals;
using RttNetwork.Grains.Dispatch;
using RttNetwork.Grains.Units;
using RttNetwork.Testing;
using Xunit.Abstractions;
using static RttNetwork.Testing.TestNetwork;

namespace RttNetwork.Grains.Tests.Referrals;

/// <summary>Plans on real grains and a real database: proposed from the projection, carried out by whoever has the seat, ended after every crash.</summary>
public sealed class RehomeTests(ITestOutputHelper output) : NetworkTests
{
    private string _token = "";

    public override async Task DisposeAsync()
    {
        try
        {
            await Holds();
        }
        finally
        {
            await base.DisposeAsync();
        }
    }

    [Fact]
    public async Task Who_loses_a_seat_is_proposed_one_and_moved_when_an_operator_has_approved_it()
    {
        await Seated("closing", 5);
        await Cluster.OpenCohort("near", seats: 2, hour: 10);
        await Open("far", seats: 2, site: "victoria");
        var plan = Accepted(await Propose("m1", new("cohort", Key("closing"), "")));
        Assert.Equal((1, "proposed", 5, 4), (plan.Revision, plan.Status, plan.People, plan.Placed));
        var proposed = (await Report("m1")).Items;
        // Who booked first comes first, and the same site is nearest.
        Assert.Equal([Key("near"), Key("near"), Key("far", "victoria"), Key("far", "victoria"), ""], proposed.Select(i => i.To));
        Assert.Equal(("unplaced", Rehoming.NoSeatLeft), (proposed[4].Status, proposed[4].Reason));
        Assert.Equal((5, 0), await Booked("closing", "near"));

        Assert.Equal("REHOME_REVISED", (await Plan("m1").Approve(new ApproveRehome(2), Cluster.Unit())).Refusal!.Reason);
        Accepted(await Plan("m1").Approve(new ApproveRehome(1), Cluster.Unit()));
        var report = await Ended("m1");
        Assert.Equal(("finished", 4, 0, "operator"), (report.Rehome.Status, report.Rehome.Moved, report.Rehome.Refused, report.Rehome.ApprovedBy));
        // Against the proposal: everybody who had a place is there, and nowhere else.
        Assert.All(report.Items.Where(i => i.To.Length > 0), i => Assert.Equal(("moved", i.To), (i.Status, Assert.Single(i.Now))));
        Assert.Equal(("unplaced", Key("closing")), (report.Items[4].Status, Assert.Single(report.Items[4].Now)));
        Assert.Equal((1, 2), await Booked("closing", "near"));
        Assert.Equal("REHOME_NOT_OPEN", (await Plan("m1").Cancel(new CancelRehome("stays-open"), Cluster.Unit())).Refusal!.Reason);
        Assert.Contains((await Journal()).SelectMany(e => e.Acts).SelectMany(a => a.Events), e => e is SeatCancelled { Participant: "closing-0", Reason: "cohort-closed" });
    }

    /// <summary>Whoever carries it out loses the seat after the moves are durable and before the plan was told.</summary>
    [Fact]
    public async Task After_a_crash_in_the_middle_what_was_begun_is_asked_for_again_and_nobody_moves_twice()
    {
        await Seated("closing", 12);
        await Open("near", seats: 12, hour: 10);
        Accepted(await Propose("m1", new("cohort", Key("closing"), "")));
        await Cluster.DisposeAsync();

        var crash = new Crash();
        Cluster = await Run(crash: crash);
        Accepted(await Plan("m1").Approve(new ApproveRehome(1), Cluster.Unit()));
        await crash.Happened.Task.WaitAsync(TimeSpan.FromSeconds(60));
        var halfway = await Report("m1");
        Assert.Equal(("executing", RehomeRules.AtOnceMax, 0), (halfway.Rehome.Status, halfway.Rehome.Begun, halfway.Rehome.Moved));
        Assert.All(halfway.Items.Where(i => i.Status == "begun"), i => Assert.Equal(i.To, Assert.Single(i.Now)));
        await Cluster.DisposeAsync();

        Cluster = await Run();
        var report = await Ended("m1");
        Assert.Equal(("finished", 12, 0), (report.Rehome.Status, report.Rehome.Moved, report.Rehome.Refused));
        var journal = await Journal();
        foreach (var item in report.Items)
            Assert.Single(journal.Where(e => e.Stream == Keys.Participant(Network, item.Participant)).SelectMany(e => e.Acts), a => a.Subject == "rehomes" && !a.Events.Any(e => e is Fenced));
        Assert.Equal((0, 12), await Booked("closing", "near"));
    }

    [Fact]
    public async Task A_place_that_is_taken_meanwhile_is_refused_with_the_reason_and_nobody_is_sent_elsewhere_unasked()
    {
        await Seated("closing", 2);
        await Cluster.OpenCohort("near", seats: 1, hour: 10);
        await Open("far", seats: 9, site: "victoria");
        Accepted(await Propose("m1", new("cohort", Key("closing"), "")));
        await Cluster.Register("walk-in");
        Accepted(await Cluster.Book("walk-in", "near"));
        Accepted(await Plan("m1").Approve(new ApproveRehome(1), Cluster.Unit()));
        var report = await Ended("m1");
        Assert.Equal(("finished", 1, 1), (report.Rehome.Status, report.Rehome.Moved, report.Rehome.Refused));
        Assert.Equal(("closing-0", "refused", "seat-full", Key("closing")), (report.Items[0].Participant, report.Items[0].Status, report.Items[0].Reason, Assert.Single(report.Items[0].Now)));
        // Another plan is for whoever is left.
        var again = Accepted(await Propose("m2", new("cohort", Key("closing"), "")));
        Assert.Equal((1, 1), (again.People, again.Placed));
        Accepted(await Plan("m2").Approve(new ApproveRehome(1), Cluster.Unit()));
        Assert.Equal(Key("far", "victoria"), Assert.Single((await Ended("m2")).Items[0].Now));
        Assert.Equal("NOT_NEEDED", (await Propose("m3", new("cohort", Key("closing"), ""))).Refusal!.Reason);
    }

    /// <summary>Whoever asks again gets the first answer, and nobody is asked for it: there would be no time for that.</summary>
    [Fact]
    public async Task A_repeat_of_a_proposal_is_answered_from_its_receipt_and_a_search_has_no_more_time_than_its_unit()
    {
        await Seated("closing", 2);
        await Open("near", seats: 1, hour: 10);
        var (cause, id) = (new RehomeCauseView("cohort", Key("closing"), ""), Cluster.NextRequestId());
        var first = Accepted(await Propose("m1", cause, id));
        await Open("far", seats: 1, site: "victoria");
        foreach (var attempt in new[] { 0, 1 })
        {
            var repeated = await Plan("m1").Propose(new ProposeRehome(cause) { AtLeast = _token }, Hurried(id, attempt));
            Assert.Equal((UnitOutcome.Replayed, first), (repeated.Outcome, repeated.Reply));
        }
        Assert.Equal(UnitOutcome.Expired, (await Plan("m2").Propose(new ProposeRehome(cause) { AtLeast = _token }, Hurried(Cluster.NextRequestId(), 0))).Outcome);
        // There is nothing to look for when a plan is under way.
        Accepted(await Plan("m1").Cancel(new CancelRehome("stays-open"), Cluster.Unit()));
        Assert.Equal("REHOME_NOT_OPEN", (await Plan("m1").Propose(new ProposeRehome(null), Hurried(Cluster.NextRequestId(), 0))).Refusal!.Reason);

        // Less than a search leaves for the decision.
        Unit Hurried(Guid requestId, int attempt) =>
            Cluster.Unit(requestId: requestId, attempt: attempt) with { Deadline = NodaTime.Instant.FromDateTimeOffset(TimeProvider.System.GetUtcNow()) + NodaTime.Duration.FromMilliseconds(450) };
    }

    [Fact]
    public async Task An_activation_that_has_not_heard_of_a_plan_asks_the_journal_before_it_proposes_it_anew()
    {
        await Seated("closing", 2);
        await Open("near", seats: 2, hour: 10);
        Assert.True((await Plan("m1").Report(Operator(), Now)).Value is null);
        await using var other = await Run(executes: false);
        Accepted(await other.Grains.GetGrain<IRehomeGrain>(Keys.Rehome(Network, "m1")).Propose(
            new ProposeRehome(new RehomeCauseView("cohort", Key("closing"), "")) { AtLeast = _token }, Cluster.Unit()));
        Cluster.Age(TimeSpan.FromSeconds(5));
        Assert.Equal(2, Accepted(await Plan("m1").Propose(new ProposeRehome(null) { AtLeast = _token }, Cluster.Unit())).Revision);
    }

    /// <summary>Two who carry a plan out, one of whom was frozen: the plan numbers what they do, and no clock of theirs.</summary>
    [Fact]
    public async Task A_late_attempt_moves_nobody_after_a_later_one_was_refused_and_its_word_counts_no_more()
    {
        await Cluster.DisposeAsync();
        Cluster = await Run(executes: false);
        await Seated("closing", 1);
        await Open("near", seats: 1, hour: 10);
        Accepted(await Propose("m1", new("cohort", Key("closing"), "")));
        Accepted(await Plan("m1").Approve(new ApproveRehome(1), Cluster.Unit()));
        var id = Cluster.NextRequestId();
        var frozen = Accepted(await Step());
        var goesOn = Accepted(await Step());
        Assert.Equal((0, 1), (Assert.Single(frozen.Moves).Attempt, Assert.Single(goesOn.Moves).Attempt));

        await Cluster.Register("walk-in");
        Accepted(await Cluster.Book("walk-in", "near"));
        Assert.Equal("SEAT_FULL", (await Move(goesOn)).Refusal!.Reason);
        // The seat is free again when the frozen one wakes.
        Accepted(await Cluster.Ask(SeatAsk.Cancel, "walk-in", "near"));
        Assert.Equal(UnitOutcome.Conflict, (await Move(frozen)).Outcome);
        Assert.Equal((1, 0), await Booked("closing", "near"));
        // What became of its attempt is told too, and the one that counts is another.
        Assert.Equal(2, Assert.Single(Accepted(await Step(new RehomeEndView(0, "seat-full", 0))).Moves).Attempt);
        Assert.Equal("begun", (await Report("m1")).Items[0].Status);
        Assert.Empty(Accepted(await Step(new RehomeEndView(0, "seat-full", 2))).Moves);
        Assert.Equal(("finished", "refused"), (await Report("m1")) is var report ? (report.Rehome.Status, report.Items[0].Status) : default);

        Task<UnitAnswer<RehomeStepView>> Step(params ImmutableArray<RehomeEndView> ends) => Plan("m1").Step(new StepRehome(ends), Cluster.Unit(Executor));
        Task<UnitAnswer<MovedView>> Move(RehomeStepView step) => Cluster.Participant("closing-0").Move(
            new TransferSeat(step.Moves[0].Participant, "", step.Moves[0].To, [step.Moves[0].From], step.Moves[0].Program, step.Moves[0].TemplateVersion, "cohort-closed"),
            Cluster.Unit(Executor, id, attempt: step.Moves[0].Attempt));
    }

    [Fact]
    public async Task Whoever_is_where_the_plan_proposed_is_reported_there_whatever_became_of_their_item()
    {
        await Seated("closing", 1);
        await Open("near", seats: 1, hour: 10);
        Accepted(await Propose("m1", new("cohort", Key("closing"), "")));
        await Cluster.Register("walk-in");
        Accepted(await Cluster.Book("walk-in", "near"));
        Accepted(await Plan("m1").Approve(new ApproveRehome(1), Cluster.Unit()));
        Assert.Equal(("refused", "seat-full"), (await Ended("m1")) is var refused ? (refused.Items[0].Status, refused.Items[0].Reason) : default);
        Accepted(await Cluster.Ask(SeatAsk.Cancel, "walk-in", "near"));
        Accepted(await Cluster.Participant("closing-0").Move(
            new TransferSeat(Keys.Participant(Network, "closing-0"), "", Key("near"), [Key("closing")], "GRIP-8", 1, "person-asked"), Cluster.Unit()));
        var report = await Report("m1");
        Assert.Equal(("seated-otherwise", Key("near"), 0), (report.Items[0].Status, Assert.Single(report.Items[0].Now), report.Rehome.Refused));
    }

    /// <summary>One plan whose person gets no answer, and one of twenty people that comes after it.</summary>
    [Fact]
    public async Task A_plan_that_gets_no_answer_keeps_no_other_waiting_and_ends_after_so_many_attempts()
    {
        await Cluster.DisposeAsync();
        var silence = new Silence();
        Cluster = await Run(journal: silence.Before);
        await Seated("stuck", 1);
        await Open("out-of-the-way", seats: 1, hour: 10);
        Accepted(await Propose("m1", new("cohort", Key("stuck"), "")));
        await Seated("closing", 20, hour: 11);
        await Open("near", seats: 20, hour: 12);
        Accepted(await Propose("m2", new("cohort", Key("closing"), "")));
        silence.Of = Keys.Participant(Network, "stuck-0");
        Accepted(await Plan("m1").Approve(new ApproveRehome(1), Cluster.Unit()));
        await silence.Met.Task.WaitAsync(TimeSpan.FromSeconds(60));
        Accepted(await Plan("m2").Approve(new ApproveRehome(1), Cluster.Unit()));
        Assert.Equal((20, 0), (await Ended("m2")) is var whole ? (whole.Rehome.Moved, whole.Rehome.Failed) : default);
        Assert.DoesNotContain(await Events(), e => e is RehomeFinished);
        // From here on it is refused at once, and is not waited for.
        silence.Answers.SetResult();
        await Soon(async () => (await Events()).Any(e => e is RehomeFinished), () => Task.FromResult("It does not become so."), secondsMax: 60);
        silence.Of = "";
        var report = await Ended("m1");
        Assert.Equal(("finished", 1, "failed", RehomeRules.NoAnswer), (report.Rehome.Status, report.Rehome.Failed, report.Items[0].Status, report.Items[0].Reason));
        Assert.Equal(Key("stuck"), Assert.Single(report.Items[0].Now));
        Assert.Equal(RehomeRules.AttemptsMax, (await Events()).Count(e => e is RehomeItemsBegun));

        async Task<List<IEvent>> Events() => [.. (await Journal()).Where(e => e.Stream == Keys.Rehome(Network, "m1")).SelectMany(e => e.Acts).SelectMany(a => a.Events)];
    }

    /// <summary>As many people as a plan has, and two hundred cohorts for them at twenty sites: gathered from grains that must read their streams first, matched, and proposed in one entry.</summary>
    [Fact]
    public async Task The_largest_plan_is_proposed_in_the_time_of_one_unit_and_a_larger_one_is_refused()
    {
        const int cohorts = 10;
        const int sites = 20;
        const int here = Rehoming.PeopleMax / cohorts;
        for (var c = 0; c < cohorts; c++) await Cluster.OpenCohort($"c{c}", seats: here + 1, hour: 8 + c);
        await AtOnce(sites, async s =>
        {
            await Cluster.OpenSite($"s{s}");
            for (var c = 0; c < Rehoming.DestinationsMax / sites; c++) await Cluster.OpenCohort($"c{c}", seats: 2, site: $"s{s}", hour: 8 + c);
        });
        await AtOnce(Rehoming.PeopleMax, async i =>
        {
            await Cluster.Register($"p{i}");
            Accepted(await Cluster.Book($"p{i}", $"c{i % cohorts}"));
        });
        _token = (await Cluster.TryOpenCohort("c-last", 1, "victoria")).Token!;
        var cause = new RehomeCauseView("site", Keys.Site(Network, "nanaimo"), "");
        await Soon(async () => (await Cluster.Grains.GetGrain<IViewsGrain>(Network).Rehomes(Operator(), new PageRequest(1, null, _token))) is { Behind: false }, () => Task.FromResult("It does not become so."), secondsMax: 60);

        foreach (var cold in new[] { true, false })
        {
            if (cold) await Cluster.Grains.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero);
            var started = TimeProvider.System.GetTimestamp();
            var plan = await Plan($"m-{cold}").Propose(new ProposeRehome(cause), Cluster.Unit() with { Deadline = NodaTime.Instant.FromDateTimeOffset(TimeProvider.System.GetUtcNow()) + NodaTime.Duration.FromTimeSpan(UnitLimits.Unit) });
            output.WriteLine($"{(cold ? "Cold" : "Warm")}: {plan.Outcome} in {TimeProvider.System.GetElapsedTime(started).TotalMilliseconds:F0} ms.");
            Assert.Equal((Rehoming.PeopleMax, 2 * Rehoming.DestinationsMax), (Accepted(plan).People, Accepted(plan).Placed));
        }
        await Cluster.Register("one-more");
        Accepted(await Cluster.Book("one-more", "c0"));
        Assert.Equal("REHOME_TOO_LARGE", (await Plan("m3").Propose(new ProposeRehome(cause), Cluster.Unit())).Refusal!.Reason);

        static Task AtOnce(int number, Func<int, Task> each) => Parallel.ForAsync(0, number, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, _) => await each(i));
    }

    [Fact]
    public async Task When_a_facilitator_leaves_as_many_go_as_the_others_do_not_carry_and_nobody_goes_where_they_lead()
    {
        foreach (var nurse in new[] { "n1", "n2" }) await Cluster.RegisterNurse(nurse);
        ImmutableArray<StaffingRequirementView> staffing = [new StaffingRequirementView("nurse", 2, 1)];
        await Cluster.OpenCohort("led", seats: 4, staffing: staffing);
        await Cluster.OpenCohort("also-led", seats: 4, hour: 14, staffing: staffing);
        foreach (var nurse in new[] { "n1", "n2" }) Accepted(await Cluster.Facilitator(nurse).Assign(new AssignFacilitator(Key("led"), "nurse"), Cluster.Unit()));
        Accepted(await Cluster.Facilitator("n1").Assign(new AssignFacilitator(Key("also-led"), "nurse"), Cluster.Unit()));
        await Fill("led", 3);
        await Open("far", seats: 4, site: "victoria");
        var plan = Accepted(await Propose("m1", new("facilitator", Keys.Facilitator(Network, "n1"), "")));
        Assert.Equal((1, 1), (plan.People, plan.Placed));
        Accepted(await Plan("m1").Approve(new ApproveRehome(1), Cluster.Unit()));
        var report = await Ended("m1");
        Assert.Equal(("led-2", Key("far", "victoria")), (report.Items[0].Participant, Assert.Single(report.Items[0].Now)));
        // Now they may go, and the cohort is not at risk by it.
        Accepted(await Cluster.Facilitator("n1").Withdraw(new WithdrawFacilitator(Key("led"), "left"), Cluster.Unit()));
        Assert.False((await Cluster.Get("led")).AtRisk);
    }

    [Fact]
    public async Task A_site_is_all_of_its_cohorts_and_a_room_those_that_meet_in_it()
    {
        await Seated("one", 2);
        await Seated("two", 2, hour: 10);
        await Open("far", seats: 3, site: "victoria");
        var site = Accepted(await Propose("m1", new("site", Keys.Site(Network, "nanaimo"), "")));
        Assert.Equal((4, 3), (site.People, site.Placed));
        Assert.All((await Report("m1")).Items.Where(i => i.To.Length > 0), i => Assert.Equal(Key("far", "victoria"), i.To));
        Accepted(await Cluster.Site("nanaimo").OpenRoom(new Contracts.Sites.OpenRoom("attic", "Attic", 10), Cluster.Unit()));
        Assert.Equal("NOT_NEEDED", (await Propose("m2", new("room", Keys.Site(Network, "nanaimo"), "attic"))).Refusal!.Reason);
        Assert.Equal(4, Accepted(await Propose("m3", new("room", Keys.Site(Network, "nanaimo"), "hall"))).People);
        // Proposed anew: another seat was given back meanwhile.
        Accepted(await Cluster.Ask(SeatAsk.Cancel, "one-0", "one"));
        Assert.Equal((2, 3), Accepted(await Plan("m1").Propose(new ProposeRehome(null), Cluster.Unit())) is var anew ? (anew.Revision, anew.People) : default);
    }

    [Fact]
    public async Task A_plan_is_the_operators_alone_and_what_is_not_there_has_none()
    {
        await Seated("closing", 1);
        await Open("near", seats: 1, hour: 10);
        var cause = new RehomeCauseView("cohort", Key("closing"), "");
        Assert.Equal("NOT_FOUND", (await Plan("m1").Propose(new ProposeRehome(cause), Cluster.Unit(Desk("nanaimo")))).Refusal!.Reason);
        foreach (var nothing in new RehomeCauseView[] { new("cohort", Key("nowhere"), ""), new("site", Keys.Site(Network, "nowhere"), ""), new("room", Keys.Site(Network, "nanaimo"), "cellar"), new("facilitator", Keys.Facilitator(Network, "nobody"), "") })
            Assert.Equal("NOT_FOUND", (await Plan("m1").Propose(new ProposeRehome(nothing), Cluster.Unit())).Refusal!.Reason);
        Assert.Equal("NOT_FOUND", (await Plan("m1").Propose(new ProposeRehome(null), Cluster.Unit())).Refusal!.Reason);
        var id = Cluster.NextRequestId();
        Accepted(await Propose("m1", cause, id));
        Assert.Equal(UnitOutcome.Replayed, (await Propose("m1", cause, id)).Outcome);
        Assert.Null((await Plan("m1").Report(Desk("nanaimo"), Now)).Value);
        foreach (var caller in new[] { Desk("nanaimo"), Operator("elsewhere") })
        {
            Assert.Equal("NOT_FOUND", (await Plan("m1").Approve(new ApproveRehome(1), Cluster.Unit(caller))).Refusal!.Reason);
            Assert.Equal("NOT_FOUND", (await Plan("m1").Cancel(new CancelRehome("mine"), Cluster.Unit(caller))).Refusal!.Reason);
        }
        Assert.Equal("NOT_FOUND", (await Plan("m1").Step(new StepRehome([]), Cluster.Unit())).Refusal!.Reason);

        Accepted(await Plan("m1").Cancel(new CancelRehome("stays-open"), Cluster.Unit()));
        var report = await Report("m1");
        Assert.Equal(("cancelled", "stays-open", 1), (report.Rehome.Status, report.Rehome.CancelReason, report.Rehome.Skipped));
        Assert.Equal("REHOME_NOT_OPEN", (await Plan("m1").Approve(new ApproveRehome(1), Cluster.Unit())).Refusal!.Reason);
    }

    private static string Key(string cohort, string site = "nanaimo") => Keys.Cohort(Network, site, cohort);

    /// <summary>Whoever carries plans out.</summary>
    private static Caller Executor => new(Network, "rehomes", CallerScope.System, [], [], "follow-up");

    private IRehomeGrain Plan(string id) => Cluster.Grains.GetGrain<IRehomeGrain>(Keys.Rehome(Network, id));

    /// <summary>As a client does: again, saying so, as long as the lists have not reached what was done before.</summary>
    private async Task<UnitAnswer<RehomeView>> Propose(string id, RehomeCauseView cause, Guid? requestId = null)
    {
        const int attemptsMax = 5;
        var request = requestId ?? Cluster.NextRequestId();
        for (var attempt = 0; ; attempt++)
        {
            var answer = await Plan(id).Propose(new ProposeRehome(cause) { AtLeast = _token }, Cluster.Unit(requestId: request, attempt: attempt));
            if (answer.Outcome is not UnitOutcome.Unavailable || attempt == attemptsMax) return answer;
        }
    }

    private async Task<RehomeReport> Report(string id) => (await Plan(id).Report(Operator(), Now)).Value!;

    private async Task<RehomeReport> Ended(string id)
    {
        RehomeReport report = null!;
        await Soon(async () => (report = await Report(id)).Rehome.Status is "finished" or "cancelled", () => Task.FromResult($"The plan is still {report.Rehome}."), secondsMax: 60);
        return report;
    }

    /// <summary>A cohort with so many people in it: "closing-0" booked first.</summary>
    private async Task Seated(string cohort, int people, int hour = 9)
    {
        await Cluster.OpenCohort(cohort, seats: people, hour: hour);
        await Fill(cohort, people);
    }

    private async Task Fill(string cohort, int people)
    {
        for (var i = 0; i < people; i++)
        {
            await Cluster.Register($"{cohort}-{i}");
            Accepted(await Cluster.Book($"{cohort}-{i}", cohort, Cluster.Unit(now: Now + NodaTime.Duration.FromMinutes(i))));
        }
    }

    /// <summary>Opens a cohort, up to which the lists must have come before a proposal looks at them.</summary>
    private async Task Open(string cohort, int seats, string site = "nanaimo", int hour = 9) => _token = (await Cluster.TryOpenCohort(cohort, seats, site, hour)).Token!;

    private async Task<(int, int)> Booked(string one, string other) => ((await Cluster.Get(one)).Seats.Booked, (await Cluster.Get(other)).Seats.Booked);

    private protected override Task<TestNetwork> First() => Run();

    /// <param name="crash">Null for one in which whoever does goes on.</param>
    /// <param name="executes">False for one in which nobody carries plans out but the test.</param>
    private Task<TestNetwork> Run(Crash? crash = null, bool executes = true, Func<IJournal, IJournal>? journal = null) => Start(Database, seed: NextSeed, journal: journal, configure: silo =>
    {
        if (crash is null && executes) return;
        silo.Services.Remove(silo.Services.Single(d => d.ServiceType == typeof(IHostedService) && d.ImplementationType == typeof(Rehomes)));
        if (crash is null) return;
        silo.Services.AddSingleton<IHostedService>(services => ActivatorUtilities.CreateInstance<Rehomes>(
            services, crash.Before(services.GetRequiredService<IFollowers>()), crash.Before(services.GetRequiredService<IRehomePlans>())));
    });
}
