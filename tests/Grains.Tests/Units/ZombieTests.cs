using NodaTime;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Facilitators;
using RttNetwork.Contracts.Participants;
using RttNetwork.Contracts.Referrals;
using RttNetwork.Contracts.Units;
using RttNetwork.Domain.Participants;
using RttNetwork.Grains.Units;
using RttNetwork.Rig;
using RttNetwork.Testing;
using static RttNetwork.Testing.TestNetwork;

namespace RttNetwork.Grains.Tests.Units;

/// <summary>
/// Two clusters on one database know nothing of each other, so that every grain has two activations, as after a
/// partition or a long pause. The journal's fence is all that stands between them.
/// </summary>
public sealed class ZombieTests : IAsyncLifetime
{
    private TestDatabase _database = null!;
    private TestNetwork _one = null!;
    private TestNetwork _other = null!;
    private FaultyJournal _journal = null!;

    public async Task InitializeAsync()
    {
        _database = await PostgresFixture.CreateDatabase();
        _one = await Start(_database, journal: real => _journal = new FaultyJournal(real), seed: 1);
        _other = await Start(_database, seed: 2);
        await _one.OpenSite();
    }

    public async Task DisposeAsync()
    {
        await _one.DisposeAsync();
        await _other.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task An_activation_that_was_overtaken_finds_out_and_decides_on_the_truth()
    {
        await _one.OpenCohort("c1", seats: 1);
        await _one.Register("ann");
        await _one.Register("bob");
        Assert.Equal(0, (await _other.Get("c1")).Seats.Booked);
        Accepted(await _one.Book("ann", "c1"));
        var refused = await _other.Book("bob", "c1");
        Assert.Equal("SEAT_FULL", Refused(refused));
    }

    [Fact]
    public async Task A_retry_at_the_other_activation_gets_the_first_answer()
    {
        await _one.OpenCohort("c1", seats: 1);
        await _one.Register("ann");
        // The other activations are warm, and have written something of their own.
        Accepted(await _other.Ask(SeatAsk.Hold, "ann", "c1"));
        Accepted(await _other.Ask(SeatAsk.Release, "ann", "c1"));
        var id = _one.NextRequestId();
        var first = Accepted(await _one.Book("ann", "c1", _one.Unit(requestId: id)));
        var retry = await _other.Book("ann", "c1", _other.Unit(requestId: id, attempt: 1));
        Assert.Equal(UnitOutcome.Replayed, retry.Outcome);
        Assert.Equal(first, retry.Reply);
    }

    [Fact]
    public async Task A_figure_is_not_older_than_the_last_word_from_the_journal()
    {
        await _one.OpenCohort("c1", seats: 1);
        await _one.Register("ann");
        Assert.Equal(0, (await _other.Get("c1")).Seats.Booked);
        Accepted(await _one.Book("ann", "c1"));
        _other.Age(UnitLimits.FreshFor);
        Assert.Equal(1, (await _other.Get("c1")).Seats.Booked);
    }

    [Fact]
    public async Task A_refusal_on_facts_that_have_become_old_is_none()
    {
        await _one.OpenCohort("c1");
        await _one.Register("ann", eligible: false);
        await _other.Participant("ann").Get(Operator(), Now);
        Accepted(await _one.Participant("ann").SetEligibility(new SetEligibility(true, "screened"), _one.Unit()));
        _other.Age(UnitLimits.FreshFor);
        Accepted(await _other.Book("ann", "c1"));
    }

    [Fact]
    public async Task A_withdrawn_credential_is_passed_on_by_an_activation_that_has_not_heard_of_it()
    {
        await _one.OpenCohort("c1", staffing: [new StaffingRequirementView("nurse", 5, 1)]);
        await _one.RegisterNurse("nan");
        Accepted(await _one.Facilitator("nan").Assign(new AssignFacilitator(Keys.Cohort(Network, "nanaimo", "c1"), "nurse"), _one.Unit()));
        var withdrawn = Accepted(await _other.Facilitator("nan").WithdrawCredential(new WithdrawCredential("nurse", "CA-BC", "lapsed"), _other.Unit()));
        // Whichever cluster's dispatcher passes it on: here the one whose facilitator slept.
        var system = new Caller(Network, "dispatcher", CallerScope.System, [], [], "follow-up");
        await _one.Facilitator("nan").RefreshCredential(new RefreshCredential(Keys.Cohort(Network, "nanaimo", "c1"), withdrawn.Version), _one.Unit(system));
        Assert.Equal(0, (await _one.Get("c1")).Seats.Usable);
    }

    /// <summary>Wherever the cohort that is left stands in the chain: in its middle, or at its end.</summary>
    [Theory]
    [InlineData("c1", "c2")]
    [InlineData("c2", "c1")]
    public async Task A_move_leaves_no_seat_behind_in_a_cohort_that_has_not_heard_of_it(string from, string to)
    {
        foreach (var cohort in new[] { "c1", "c2" }) await _one.OpenCohort(cohort, hour: cohort == "c1" ? 9 : 11);
        await _one.Register("ann");
        Assert.Equal(0, (await _other.Get(from)).Seats.Booked);
        Accepted(await _one.Book("ann", from));

        var (person, leaves, joins) = (Keys.Participant(Network, "ann"), Keys.Cohort(Network, "nanaimo", from), Keys.Cohort(Network, "nanaimo", to));
        Accepted(await _other.Participant("ann").Move(new TransferSeat(person, "", joins, [leaves], "GRIP-8", 1, "person-asked"), _other.Unit()));

        Assert.Equal((0, 1), ((await _other.Get(from)).Seats.Booked, (await _other.Get(to)).Seats.Booked));
        JournalChecks.SeatsHold(await JournalReader.ReadAll(_database.ConnectionString));
    }

    [Fact]
    public async Task A_referral_that_ends_is_over_for_its_person_too_though_they_have_not_heard_of_it()
    {
        await _one.OpenSite("victoria");
        await _one.OpenCohort("there", site: "victoria");
        await _one.Register("ann");
        Assert.NotNull((await _other.Participant("ann").Get(Operator(), Now)).Value);
        var (person, there) = (Keys.Participant(Network, "ann"), Keys.Cohort(Network, "victoria", "there"));
        var form = new ReferralFormView("ann", "nanaimo", "island", "victoria", "island", "GRIP-8", there, "", 3, "no-seat-here", "", Now, Now + Duration.FromDays(7), null, true);
        Accepted(await Send("ref1"));

        var ended = Accepted(await _other.Participant("ann").Move(new EndReferral(person, Keys.Referral(Network, "ref1"), [], ReferralEnd.Decline, "no-capacity"), _other.Unit()));

        Assert.Equal("declined", ended.Referral!.Status);
        JournalChecks.SeatsHold(await JournalReader.ReadAll(_database.ConnectionString));
        _one.Age(UnitLimits.FreshFor);
        Accepted(await Send("ref2"));

        Task<UnitAnswer<MovedView>> Send(string id) =>
            _one.Participant("ann").Move(new SendReferral(person, Keys.Referral(Network, id), there, form, false) { DueMin = Duration.FromHours(1) }, _one.Unit());
    }

    [Fact]
    public async Task A_repeat_is_refused_only_when_its_first_attempt_at_the_other_activation_can_have_no_effect_any_more()
    {
        await _one.OpenCohort("c1");
        await _one.Register("ann");
        await _one.Register("bob");
        Accepted(await _other.Book("bob", "c1"));
        _one.Age(UnitLimits.FreshFor);
        var closes = (await _one.Get("c1")).IntakeClosesAt;
        // Both are warm and know everything: one sends the first attempt, which takes its time, and the other gets the repeat.
        var id = _one.NextRequestId();
        var late = _journal.Next(FaultKind.RequestLate, FaultyJournal.IsOfClient);
        var first = _one.Book("ann", "c1", _one.Unit(requestId: id));
        await late.Met.Task;

        var refused = await _other.Book("ann", "c1", _other.Unit(requestId: id, now: closes, attempt: 1));
        late.MayLand.SetResult();

        Assert.Equal("INTAKE_CLOSED", Refused(refused));
        Assert.Equal(CommitOutcome.Conflict, await late.Landed.Task);
        Assert.Equal(UnitOutcome.Conflict, (await first).Outcome);
        Assert.Equal(1, (await _one.Get("c1")).Seats.Booked);
        // The refusal was a decision of that time: whoever asks once more gets a new one.
        Assert.True((await _one.Book("ann", "c1", _one.Unit(requestId: id, attempt: 2))).IsAccepted);
    }

    [Fact]
    public async Task A_repeat_that_the_first_grain_of_the_chain_refuses_is_fenced_there()
    {
        await _one.Register("ann");
        for (var i = 0; i < ParticipantState.EnrolmentsMax; i++)
        {
            await _one.OpenCohort($"c{i}", week: 8 * i);
            Accepted(i == 0 ? await _one.Ask(SeatAsk.Hold, "ann", "c0") : await _other.Book("ann", $"c{i}"));
        }
        await _one.OpenCohort("d1", week: 8 * ParticipantState.EnrolmentsMax);
        _one.Age(UnitLimits.FreshFor);
        await _one.Participant("ann").Get(Operator(), Now);
        // By the clock of the one gateway the hold has ended, and by that of the other, which is behind, it has not.
        var ended = Now + Duration.FromHours(1);
        var id = _one.NextRequestId();
        var late = _journal.Next(FaultKind.RequestLate, FaultyJournal.IsOfClient);
        var first = _one.Book("ann", "d1", _one.Unit(requestId: id, now: ended));
        await late.Met.Task;

        var refused = await _other.Book("ann", "d1", _other.Unit(requestId: id, attempt: 1));
        late.MayLand.SetResult();

        Assert.Equal("ENROLMENTS_MAX_REACHED", Refused(refused));
        Assert.Equal(CommitOutcome.Conflict, await late.Landed.Task);
        Assert.Equal(UnitOutcome.Conflict, (await first).Outcome);
        Assert.Equal(0, (await _one.Get("d1")).Seats.Booked);
    }

    [Fact]
    public async Task An_attempt_that_a_frozen_gateway_sends_after_a_later_one_was_refused_has_no_effect()
    {
        await _one.OpenCohort("c1", seats: 1);
        await _one.Register("ann");
        await _one.Register("bob");
        Accepted(await _one.Book("bob", "c1"));
        var id = _one.NextRequestId();
        Assert.Equal("SEAT_FULL", Refused(await _one.Book("ann", "c1", _one.Unit(requestId: id, attempt: 3))));
        Accepted(await _one.Ask(SeatAsk.Cancel, "bob", "c1"));

        // They lay in its buffers for half a minute: at this gateway they begin now.
        foreach (var network in new[] { _one, _other })
        {
            for (var attempt = 0; attempt < 3; attempt++)
                Assert.Equal(UnitOutcome.Conflict, (await network.Book("ann", "c1", network.Unit(requestId: id, attempt: attempt))).Outcome);
        }

        Assert.Equal(0, (await _one.Get("c1")).Seats.Booked);
        Accepted(await _other.Book("ann", "c1", _other.Unit(requestId: id, attempt: 4)));
    }

    /// <summary>While a write is in flight, those who come are decided together: one takes the last seat, and the entry of that seat fences the other.</summary>
    [Fact]
    public async Task A_repeat_that_is_refused_beside_one_that_is_accepted_is_fenced_too()
    {
        const int rounds = 12;
        string[] late = ["ann", "cy"];
        await _one.Register("ann");
        await _one.Register("bob");
        await _one.Register("cy");
        for (var round = 0; round < rounds; round++)
        {
            var cohort = $"c{round}";
            await _one.OpenCohort(cohort, seats: 2, week: 8 * round);
            var flight = _journal.Next(FaultKind.RequestLate, FaultyJournal.IsOfClient);
            var before = _one.Book("bob", cohort);
            await flight.Met.Task;
            var waiting = late.Select(person => (Person: person, Id: _one.NextRequestId())).ToList();
            var answers = waiting.Select(w => _one.Book(w.Person, cohort, _one.Unit(requestId: w.Id, attempt: 3))).ToList();
            await _one.Get(cohort);
            flight.MayLand.SetResult();
            Accepted(await before);

            var refused = (await Task.WhenAll(answers)).Zip(waiting).Single(a => !a.First.IsAccepted);
            Assert.Equal("SEAT_FULL", Refused(refused.First));
            Accepted(await _one.Ask(SeatAsk.Cancel, "bob", cohort));
            // It lay in the buffers of a frozen gateway: there it begins now.
            var (person, id) = refused.Second;
            Assert.Equal(UnitOutcome.Conflict, (await _other.Book(person, cohort, _other.Unit(requestId: id, attempt: 0))).Outcome);
        }
    }

    /// <summary>
    /// Random commands by a few people on a few cohorts, sent to both clusters at once: the journal shows no seat twice,
    /// none over the number, no person with two, every stream without a gap, and every accepted request exactly once.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Two_clusters_that_fight_over_the_same_grains_break_nothing(int seed)
    {
        const int people = 8;
        const int seats = 3;
        var cohorts = new[] { $"a{seed}", $"b{seed}" };
        for (var c = 0; c < cohorts.Length; c++) await _one.OpenCohort(cohorts[c], seats, hour: 9 + (2 * c));
        for (var p = 0; p < people; p++) await _one.Register($"p{seed}-{p}");
        var random = new Random(seed);
        var commands = Enumerable.Range(0, 150).Select(_ => (
            Ask: (SeatAsk)random.Next(4), Person: $"p{seed}-{random.Next(people)}", Cohort: cohorts[random.Next(2)], First: random.Next(2) == 0)).ToList();

        var answers = new List<UnitAnswer<SeatView>>();
        foreach (var burst in commands.Chunk(10))
            answers.AddRange(await Task.WhenAll(burst.Select(c => Decided(c.First ? _one : _other, c.Ask, c.Person, c.Cohort))));

        var journal = await JournalReader.ReadAll(_database.ConnectionString);
        JournalChecks.StreamsHaveNoGap(journal);
        JournalChecks.SeatsHold(journal);
        Assert.Equal(answers.Count(a => a.IsAccepted), await JournalReader.CountReceiptsOfClients(_database.ConnectionString) - ReceiptsOfSetUp(cohorts.Length, people));
    }

    /// <summary>Asks as a client does: again, saying so, until there is an answer. A machine that stalls makes the grains late, not wrong.</summary>
    private static async Task<UnitAnswer<SeatView>> Decided(TestNetwork network, SeatAsk ask, string person, string cohort)
    {
        var id = network.NextRequestId();
        for (var attempt = 0; ; attempt++)
        {
            var answer = await network.Ask(ask, person, cohort, network.Unit(requestId: id, attempt: attempt));
            if (answer.IsAccepted || answer.Outcome is UnitOutcome.Refused or UnitOutcome.Conflict) return answer;
        }
    }

    private static int ReceiptsOfSetUp(int cohorts, int people) => 2 + cohorts + (2 * people);
}
