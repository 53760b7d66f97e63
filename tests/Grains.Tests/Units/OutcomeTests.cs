using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Units;
using RttNetwork.Grains.Units;
using RttNetwork.Testing;
using static RttNetwork.Testing.TestNetwork;

namespace RttNetwork.Grains.Tests.Units;

/// <summary>What a client may rely on when commits go wrong: one effect, one answer, and no answer that is not true.</summary>
public sealed class OutcomeTests(SharedNetwork shared) : SharedNetworkTests(shared)
{
    public override async Task InitializeAsync()
    {
        await Cluster.OpenSite();
        await Cluster.OpenCohort("c1", seats: 1);
        await Cluster.Register("ann");
        await Cluster.Register("bob");
    }

    [Fact]
    public async Task A_repeat_of_an_accepted_command_gets_its_first_answer_and_changes_nothing()
    {
        var id = Cluster.NextRequestId();
        var first = Accepted(await Cluster.Book("ann", "c1", Cluster.Unit(requestId: id)));
        Accepted(await Cluster.Ask(SeatAsk.Cancel, "ann", "c1"));
        var again = await Cluster.Book("ann", "c1", Cluster.Unit(requestId: id));
        Assert.Equal(UnitOutcome.Replayed, again.Outcome);
        Assert.Equal(first, again.Reply);
        Assert.Equal(0, (await Cluster.Get("c1")).Seats.Booked);
    }

    [Fact]
    public async Task A_repeat_of_a_command_older_than_the_grains_remember_gets_its_first_answer()
    {
        var id = Cluster.NextRequestId();
        var first = Accepted(await Cluster.Book("ann", "c1", Cluster.Unit(requestId: id)));
        Accepted(await Cluster.Ask(SeatAsk.Cancel, "ann", "c1"));
        for (var i = 0; i <= UnitLimits.KnownRequestsMax / 2; i++)
        {
            Accepted(await Cluster.Ask(SeatAsk.Hold, "ann", "c1"));
            Accepted(await Cluster.Ask(SeatAsk.Release, "ann", "c1"));
        }
        Accepted(await Cluster.Book("bob", "c1"));
        var again = await Cluster.Book("ann", "c1", Cluster.Unit(requestId: id));
        Assert.Equal((UnitOutcome.Replayed, first), (again.Outcome, again.Reply));
    }

    [Fact]
    public async Task A_command_whose_wish_was_fulfilled_already_has_its_one_answer_too()
    {
        Accepted(await Cluster.Book("ann", "c1"));
        var id = Cluster.NextRequestId();
        Accepted(await Cluster.Book("ann", "c1", Cluster.Unit(requestId: id)));
        Accepted(await Cluster.Ask(SeatAsk.Cancel, "ann", "c1"));
        Assert.Equal(UnitOutcome.Replayed, (await Cluster.Book("ann", "c1", Cluster.Unit(requestId: id))).Outcome);
        Assert.Equal(0, (await Cluster.Get("c1")).Seats.Booked);
    }

    [Fact]
    public async Task A_request_id_that_comes_back_with_other_content_is_refused()
    {
        var id = Cluster.NextRequestId();
        Accepted(await Cluster.Book("ann", "c1", Cluster.Unit(requestId: id)));
        Assert.Equal("REQUEST_ID_REUSED", (await Cluster.Book("ann", "c1", Cluster.Unit(requestId: id, content: 1))).Refusal!.Reason);
        await Cluster.OpenCohort("c2", hour: 11);
        Assert.Equal("REQUEST_ID_REUSED", (await Cluster.Book("bob", "c2", Cluster.Unit(requestId: id, content: 2))).Refusal!.Reason);
    }

    [Fact]
    public async Task A_commit_whose_answer_is_lost_is_found_and_answered()
    {
        Shared.Journal.Next(FaultKind.AnswerLost, FaultyJournal.IsOfClient);
        var answer = await Cluster.Book("ann", "c1");
        Assert.True(answer.IsAccepted);
        Assert.Equal(SeatState.Booked, answer.Reply!.State);
        Assert.Equal(1, (await Cluster.Get("c1")).Seats.Booked);
    }

    [Fact]
    public async Task A_person_whose_answer_was_lost_knows_what_became_of_the_hold()
    {
        await Cluster.OpenCohort("c2", hour: 11);
        Accepted(await Cluster.Ask(SeatAsk.Hold, "ann", "c1"));
        Shared.Journal.Next(FaultKind.AnswerLost, FaultyJournal.IsOfClient);
        Accepted(await Cluster.Ask(SeatAsk.Release, "ann", "c1"));
        Accepted(await Cluster.Ask(SeatAsk.Hold, "ann", "c2"));
    }

    [Fact]
    public async Task A_commit_that_never_arrived_is_made_again()
    {
        Shared.Journal.Next(FaultKind.RequestLost, FaultyJournal.IsOfClient);
        Assert.True((await Cluster.Book("ann", "c1")).IsAccepted);
        Assert.Equal(1, (await Cluster.Get("c1")).Seats.Booked);
    }

    [Fact]
    public async Task A_commit_that_lands_after_it_was_settled_is_dead_in_all_its_streams()
    {
        var late = Shared.Journal.Next(FaultKind.LandsLater, FaultyJournal.IsOfClient);
        Assert.True((await Cluster.Book("ann", "c1")).IsAccepted);
        late.MayLand.SetResult();
        Assert.NotEqual(CommitOutcome.Committed, await late.Landed.Task);
        Assert.Equal(1, (await Cluster.Get("c1")).Seats.Booked);
    }

    [Fact]
    public async Task A_request_that_was_refused_has_no_effect_though_its_first_attempt_lands_later()
    {
        // The grains that sent it are gone before it lands: only the fence before the first refusal can stop it.
        var id = Cluster.NextRequestId();
        var late = Shared.Journal.Next(FaultKind.LandsLater, FaultyJournal.IsOfClient);
        Shared.Journal.Next(FaultKind.Unreachable, IsFence("c-nanaimo.c1"));
        Shared.Journal.Next(FaultKind.Unreachable, IsFence("p-ann"));
        var unknown = await Cluster.Book("ann", "c1", Cluster.Unit(requestId: id));
        Assert.Equal(UnitOutcome.Unknown, unknown.Outcome);
        await Cluster.Cluster.DeactivateAsync(Cluster.Cohort("c1"));
        await Cluster.Cluster.DeactivateAsync(Cluster.Participant("ann"));

        Accepted(await Cluster.Book("bob", "c1"));
        await Cluster.Cluster.DeactivateAsync(Cluster.Cohort("c1"));
        var refused = await Cluster.Book("ann", "c1", Cluster.Unit(requestId: id, attempt: 1));
        Assert.Equal("SEAT_FULL", refused.Refusal!.Reason);
        Accepted(await Cluster.Ask(SeatAsk.Cancel, "bob", "c1"));
        late.MayLand.SetResult();
        Assert.NotEqual(CommitOutcome.Committed, await late.Landed.Task);
        Assert.Equal(0, (await Cluster.Get("c1")).Seats.Booked);
    }

    [Fact]
    public async Task A_cold_grain_fences_before_it_refuses()
    {
        // A retry is refused for a reason of the person's own; the cohort is never asked, and the late unit must still be dead.
        var id = Cluster.NextRequestId();
        var late = Shared.Journal.Next(FaultKind.LandsLater, FaultyJournal.IsOfClient);
        Shared.Journal.Next(FaultKind.Unreachable, IsFence("c-nanaimo.c1"));
        Shared.Journal.Next(FaultKind.Unreachable, IsFence("p-ann"));
        Assert.Equal(UnitOutcome.Unknown, (await Cluster.Book("ann", "c1", Cluster.Unit(requestId: id))).Outcome);
        await Cluster.Cluster.DeactivateAsync(Cluster.Cohort("c1"));
        await Cluster.Cluster.DeactivateAsync(Cluster.Participant("ann"));

        var closed = (await Cluster.Get("c1")).IntakeClosesAt;
        var refused = await Cluster.Book("ann", "c1", Cluster.Unit(requestId: id, now: closed, attempt: 1));
        Assert.Equal("INTAKE_CLOSED", refused.Refusal!.Reason);
        late.MayLand.SetResult();
        Assert.NotEqual(CommitOutcome.Committed, await late.Landed.Task);
        Assert.Equal(0, (await Cluster.Get("c1")).Seats.Booked);
    }

    [Fact]
    public async Task Until_it_has_settled_a_grain_answers_nothing()
    {
        Shared.Journal.Next(FaultKind.RequestLost, FaultyJournal.IsOfClient);
        Shared.Journal.Unreachable = u => u.Receipts.IsEmpty;
        Assert.Equal(UnitOutcome.Unknown, (await Cluster.Book("ann", "c1")).Outcome);
        Assert.True((await Cluster.Cohort("c1").Get(Operator(), Now)).Unavailable);
        Assert.Equal(UnitOutcome.Unavailable, (await Cluster.Book("bob", "c1")).Outcome);
        Shared.Journal.Unreachable = null;
        Assert.Equal(0, (await Cluster.Get("c1")).Seats.Booked);
        Accepted(await Cluster.Book("bob", "c1"));
    }

    [Fact]
    public async Task Validate_only_decides_and_writes_nothing()
    {
        var answer = await Cluster.Book("ann", "c1", Cluster.Unit(validateOnly: true));
        Assert.Equal(UnitOutcome.WouldBeAccepted, answer.Outcome);
        Assert.Equal(SeatState.Booked, answer.Reply!.State);
        Assert.Equal(0, (await Cluster.Get("c1")).Seats.Booked);
        Accepted(await Cluster.Book("bob", "c1"));
        Assert.Equal("SEAT_FULL", (await Cluster.Book("ann", "c1", Cluster.Unit(validateOnly: true))).Refusal!.Reason);
    }

    [Fact]
    public async Task A_full_cohort_refuses_at_a_glance_and_wakes_nobody()
    {
        Accepted(await Cluster.Book("ann", "c1"));
        var request = new SeatRequest(Keys.Cohort(Network, "nanaimo", "c1"), Keys.Participant(Network, "bob"), "");
        var before = Shared.Journal.EntriesLoaded;
        var answer = await Cluster.Cohort("c1").Glance(request, Cluster.Unit());
        Assert.Equal("SEAT_FULL", answer!.Refusal!.Reason);
        Assert.Equal(before, Shared.Journal.EntriesLoaded);
        Assert.Null(await Cluster.Cohort("c1").Glance(request with { Participant = Keys.Participant(Network, "ann") }, Cluster.Unit()));
        Assert.Null(await Cluster.Cohort("c1").Glance(request, Cluster.Unit(attempt: 1)));
    }

    private static Func<JournalUnit, bool> IsFence(string id) =>
        unit => unit.Receipts.IsEmpty && unit.Appends[0].Stream.EndsWith(id, StringComparison.Ordinal);
}
