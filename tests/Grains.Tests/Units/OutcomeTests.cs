using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Units;
using RttNetwork.Grains.Units;
using RttNetwork.Testing;
using static RttNetwork.Testing.TestNetwork;

namespace RttNetwork.Grains.Tests.Units;

/// <summary>What a client may rely on when commits go wrong: one effect, one answer, and no answer that is not true.</summary>
public sealed class OutcomeTests : IClassFixture<SharedNetwork>, IAsyncLifetime
{
    private readonly SharedNetwork _shared;
    private readonly TestNetwork _network;
    private readonly FaultyJournal _journal;

    public OutcomeTests(SharedNetwork shared)
    {
        (_shared, _network, _journal) = (shared, shared.Cluster, shared.Journal);
        shared.BeginTest();
    }

    public async Task InitializeAsync()
    {
        await _network.OpenSite();
        await _network.OpenCohort("c1", seats: 1);
        await _network.Register("ann");
        await _network.Register("bob");
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task A_repeat_of_an_accepted_command_gets_its_first_answer_and_changes_nothing()
    {
        var id = _network.NextRequestId();
        var first = Accepted(await _network.Book("ann", "c1", _network.Unit(requestId: id)));
        Accepted(await _network.Ask(SeatAsk.Cancel, "ann", "c1"));
        var again = await _network.Book("ann", "c1", _network.Unit(requestId: id));
        Assert.Equal(UnitOutcome.Replayed, again.Outcome);
        Assert.Equal(first, again.Reply);
        Assert.Equal(0, (await _network.Get("c1")).Seats.Booked);
    }

    [Fact]
    public async Task A_repeat_of_a_command_older_than_the_grains_remember_gets_its_first_answer()
    {
        var id = _network.NextRequestId();
        var first = Accepted(await _network.Book("ann", "c1", _network.Unit(requestId: id)));
        Accepted(await _network.Ask(SeatAsk.Cancel, "ann", "c1"));
        for (var i = 0; i <= UnitLimits.KnownRequestsMax / 2; i++)
        {
            Accepted(await _network.Ask(SeatAsk.Hold, "ann", "c1"));
            Accepted(await _network.Ask(SeatAsk.Release, "ann", "c1"));
        }
        Accepted(await _network.Book("bob", "c1"));
        var again = await _network.Book("ann", "c1", _network.Unit(requestId: id));
        Assert.Equal((UnitOutcome.Replayed, first), (again.Outcome, again.Reply));
    }

    [Fact]
    public async Task A_command_whose_wish_was_fulfilled_already_has_its_one_answer_too()
    {
        Accepted(await _network.Book("ann", "c1"));
        var id = _network.NextRequestId();
        Accepted(await _network.Book("ann", "c1", _network.Unit(requestId: id)));
        Accepted(await _network.Ask(SeatAsk.Cancel, "ann", "c1"));
        Assert.Equal(UnitOutcome.Replayed, (await _network.Book("ann", "c1", _network.Unit(requestId: id))).Outcome);
        Assert.Equal(0, (await _network.Get("c1")).Seats.Booked);
    }

    [Fact]
    public async Task A_request_id_that_comes_back_with_other_content_is_refused()
    {
        var id = _network.NextRequestId();
        Accepted(await _network.Book("ann", "c1", _network.Unit(requestId: id)));
        Assert.Equal("REQUEST_ID_REUSED", (await _network.Book("ann", "c1", _network.Unit(requestId: id, content: 1))).Refusal!.Reason);
        await _network.OpenCohort("c2", hour: 11);
        Assert.Equal("REQUEST_ID_REUSED", (await _network.Book("bob", "c2", _network.Unit(requestId: id, content: 2))).Refusal!.Reason);
    }

    [Fact]
    public async Task A_commit_whose_answer_is_lost_is_found_and_answered()
    {
        _journal.Next(FaultKind.AnswerLost, FaultyJournal.IsOfClient);
        var answer = await _network.Book("ann", "c1");
        Assert.True(answer.IsAccepted);
        Assert.Equal(SeatState.Booked, answer.Reply!.State);
        Assert.Equal(1, (await _network.Get("c1")).Seats.Booked);
    }

    [Fact]
    public async Task A_person_whose_answer_was_lost_knows_what_became_of_the_hold()
    {
        await _network.OpenCohort("c2", hour: 11);
        Accepted(await _network.Ask(SeatAsk.Hold, "ann", "c1"));
        _journal.Next(FaultKind.AnswerLost, FaultyJournal.IsOfClient);
        Accepted(await _network.Ask(SeatAsk.Release, "ann", "c1"));
        Accepted(await _network.Ask(SeatAsk.Hold, "ann", "c2"));
    }

    [Fact]
    public async Task A_commit_that_never_arrived_is_made_again()
    {
        _journal.Next(FaultKind.RequestLost, FaultyJournal.IsOfClient);
        Assert.True((await _network.Book("ann", "c1")).IsAccepted);
        Assert.Equal(1, (await _network.Get("c1")).Seats.Booked);
    }

    [Fact]
    public async Task A_commit_that_lands_after_it_was_settled_is_dead_in_all_its_streams()
    {
        var late = _journal.Next(FaultKind.LandsLater, FaultyJournal.IsOfClient);
        Assert.True((await _network.Book("ann", "c1")).IsAccepted);
        late.MayLand.SetResult();
        Assert.NotEqual(CommitOutcome.Committed, await late.Landed.Task);
        Assert.Equal(1, (await _network.Get("c1")).Seats.Booked);
    }

    [Fact]
    public async Task A_request_that_was_refused_has_no_effect_though_its_first_attempt_lands_later()
    {
        // The grains that sent it are gone before it lands: only the fence before the first refusal can stop it.
        var id = _network.NextRequestId();
        var late = _journal.Next(FaultKind.LandsLater, FaultyJournal.IsOfClient);
        _journal.Next(FaultKind.Unreachable, IsFence("c-nanaimo.c1"));
        _journal.Next(FaultKind.Unreachable, IsFence("p-ann"));
        var unknown = await _network.Book("ann", "c1", _network.Unit(requestId: id));
        Assert.Equal(UnitOutcome.Unknown, unknown.Outcome);
        await _network.Cluster.DeactivateAsync(_network.Cohort("c1"));
        await _network.Cluster.DeactivateAsync(_network.Participant("ann"));

        Accepted(await _network.Book("bob", "c1"));
        await _network.Cluster.DeactivateAsync(_network.Cohort("c1"));
        var refused = await _network.Book("ann", "c1", _network.Unit(requestId: id, attempt: 1));
        Assert.Equal("SEAT_FULL", refused.Refusal!.Reason);
        Accepted(await _network.Ask(SeatAsk.Cancel, "bob", "c1"));
        late.MayLand.SetResult();
        Assert.NotEqual(CommitOutcome.Committed, await late.Landed.Task);
        Assert.Equal(0, (await _network.Get("c1")).Seats.Booked);
    }

    [Fact]
    public async Task A_cold_grain_fences_before_it_refuses()
    {
        // A retry is refused for a reason of the person's own; the cohort is never asked, and the late unit must still be dead.
        var id = _network.NextRequestId();
        var late = _journal.Next(FaultKind.LandsLater, FaultyJournal.IsOfClient);
        _journal.Next(FaultKind.Unreachable, IsFence("c-nanaimo.c1"));
        _journal.Next(FaultKind.Unreachable, IsFence("p-ann"));
        Assert.Equal(UnitOutcome.Unknown, (await _network.Book("ann", "c1", _network.Unit(requestId: id))).Outcome);
        await _network.Cluster.DeactivateAsync(_network.Cohort("c1"));
        await _network.Cluster.DeactivateAsync(_network.Participant("ann"));

        var closed = (await _network.Get("c1")).IntakeClosesAt;
        var refused = await _network.Book("ann", "c1", _network.Unit(requestId: id, now: closed, attempt: 1));
        Assert.Equal("INTAKE_CLOSED", refused.Refusal!.Reason);
        late.MayLand.SetResult();
        Assert.NotEqual(CommitOutcome.Committed, await late.Landed.Task);
        Assert.Equal(0, (await _network.Get("c1")).Seats.Booked);
    }

    [Fact]
    public async Task Until_it_has_settled_a_grain_answers_nothing()
    {
        _journal.Next(FaultKind.RequestLost, FaultyJournal.IsOfClient);
        _journal.Unreachable = u => u.Receipts.IsEmpty;
        Assert.Equal(UnitOutcome.Unknown, (await _network.Book("ann", "c1")).Outcome);
        Assert.True((await _network.Cohort("c1").Get(Operator(), Now)).Unavailable);
        Assert.Equal(UnitOutcome.Unavailable, (await _network.Book("bob", "c1")).Outcome);
        _journal.Unreachable = null;
        Assert.Equal(0, (await _network.Get("c1")).Seats.Booked);
        Accepted(await _network.Book("bob", "c1"));
    }

    [Fact]
    public async Task Validate_only_decides_and_writes_nothing()
    {
        var answer = await _network.Book("ann", "c1", _network.Unit(validateOnly: true));
        Assert.Equal(UnitOutcome.WouldBeAccepted, answer.Outcome);
        Assert.Equal(SeatState.Booked, answer.Reply!.State);
        Assert.Equal(0, (await _network.Get("c1")).Seats.Booked);
        Accepted(await _network.Book("bob", "c1"));
        Assert.Equal("SEAT_FULL", (await _network.Book("ann", "c1", _network.Unit(validateOnly: true))).Refusal!.Reason);
    }

    [Fact]
    public async Task A_full_cohort_refuses_at_a_glance_and_wakes_nobody()
    {
        Accepted(await _network.Book("ann", "c1"));
        var request = new SeatRequest(Keys.Cohort(Network, "nanaimo", "c1"), Keys.Participant(Network, "bob"), "");
        var before = _journal.EntriesLoaded;
        var answer = await _network.Cohort("c1").Glance(request, _network.Unit());
        Assert.Equal("SEAT_FULL", answer!.Refusal!.Reason);
        Assert.Equal(before, _journal.EntriesLoaded);
        Assert.Null(await _network.Cohort("c1").Glance(request with { Participant = Keys.Participant(Network, "ann") }, _network.Unit()));
        Assert.Null(await _network.Cohort("c1").Glance(request, _network.Unit(attempt: 1)));
    }

    private static Func<JournalUnit, bool> IsFence(string id) =>
        unit => unit.Receipts.IsEmpty && unit.Appends[0].Stream.EndsWith(id, StringComparison.Ordinal);
}
