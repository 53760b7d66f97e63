using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Facilitators;
using RttNetwork.Contracts.Pathways;
using RttNetwork.Contracts.Referrals;
using RttNetwork.Contracts.Units;
using RttNetwork.Grains.Units;
using RttNetwork.Rig;
using RttNetwork.Testing;
using Xunit.Abstractions;
using static RttNetwork.Testing.TestNetwork;

namespace RttNetwork.Grains.Tests.Referrals;

/// <summary>
/// Whatever an accept or a transfer waits for, the journal or the next grain of its chain, fails once: before it was asked, and after it had done what it was
/// asked for. The client that has no answer asks again with the same id.
/// </summary>
public sealed class MoveFaultTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int WaitsMax = 30;
    private static readonly PathwayPolicyView Policy = new(
        "GRIP-8", 1, [], 90, 7, [], [], new BloodPressureView(150, 90), 92, new FastingPresetView("usual", Duration.FromHours(6), Duration.FromHours(2)),
        [new ConsentVersion("treatment", 1), new ConsentVersion("sharing", 1)], new PreparationView(1, Duration.FromHours(24), 90), 3, 14, true, Duration.FromHours(2), 75, ["phq-9"], [], new SafetyRegimeView("none", 0, 0));

    private readonly Waits _waits = new();
    private TestDatabase _database = null!;
    private TestNetwork _network = null!;

    public async Task InitializeAsync()
    {
        _database = await PostgresFixture.CreateDatabase();
        _network = await Start(_database, journal: real => new FailingJournal(real, _waits), configure: silo => silo.AddOutgoingGrainCallFilter(new FailingCalls(_waits)));
        foreach (var (site, cohort) in new[] { ("nanaimo", "here"), ("victoria", "there") })
        {
            await _network.OpenSite(site);
            await _network.OpenCohort(cohort, seats: 40, site: site);
            Accepted(await _network.Cohort(cohort, site).RequirePathway(new RequirePathway(Policy), _network.Unit()));
        }
        foreach (var (id, role) in new[] { ("doc", "prescriber"), ("tess", "therapist") })
            Accepted(await _network.Facilitator(id).Register(new RegisterFacilitator("nanaimo", [role], [new CredentialView(role, "CA-BC", new LocalDate(2020, 1, 1), null)]), _network.Unit()));
    }

    public async Task DisposeAsync()
    {
        await _network.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public async Task A_move_whose_every_wait_fails_before_or_after_happens_once_and_nobody_is_without_a_seat_or_in_two(bool accepts, bool cold)
    {
        var people = 0;
        foreach (var after in new[] { false, true })
        {
            var met = 0;
            for (var wait = 1; wait <= WaitsMax; wait++)
            {
                var person = $"p{++people}";
                var move = await Ready(person, accepts);
                // No grain is in memory: each of them has to read its stream first.
                if (cold) await _network.Grains.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero);
                _waits.FailAt(wait, after);
                var answer = await Outcome(move(0));
                var wasMet = _waits.End();
                for (var attempt = 1; !answer.IsAccepted; attempt++)
                {
                    Assert.True(attempt < 10 && answer.Outcome is UnitOutcome.Unknown or UnitOutcome.Conflict or UnitOutcome.Unavailable, $"wait {wait}, after {after}: {answer.Outcome} {answer.Refusal}");
                    answer = await Outcome(move(attempt));
                }
                Assert.Equal(Keys.Cohort(Network, "victoria", "there"), Assert.Single((await _network.Participant(person).Get(Operator(), Now)).Value!.Enrolments).Cohort);
                if (!wasMet) break;
                met++;
            }
            output.WriteLine($"{(accepts ? "Accept" : "Transfer")}: {met} waits, each failing {(after ? "after" : "before")}.");
            // From grain to grain of the chain, and the commit; and the streams of the grains, but of those that somebody else has called meanwhile.
            Assert.InRange(met, (accepts ? 6 : 5) + (cold ? 3 : 0), WaitsMax - 1);
        }
        var journal = await JournalReader.ReadAll(_database.ConnectionString);
        JournalChecks.StreamsHaveNoGap(journal);
        JournalChecks.SeatsHold(journal);
        Assert.Equal((0, people), ((await _network.Get("here")).Seats.Booked, (await _network.Get("there", "victoria")).Seats.Booked));
    }

    /// <summary>A grain that cannot read its stream does not begin: whoever asked it knows nothing.</summary>
    private static async Task<UnitAnswer<MovedView>> Outcome(Task<UnitAnswer<MovedView>> move)
    {
        try
        {
            return await move;
        }
        catch (Exception e) when (e is JournalUnavailableException or TimeoutException)
        {
            return UnitAnswer<MovedView>.Of(UnitOutcome.Unknown);
        }
    }

    /// <summary>A person with a seat here, on their pathway, and the move to a seat there: an attempt of one command.</summary>
    private async Task<Func<int, Task<UnitAnswer<MovedView>>>> Ready(string person, bool accepts)
    {
        await _network.Register(person, eligible: false);
        PathwayCommand[] way =
        [
            new ReferParticipant("nanaimo", "CA-BC", "America/Vancouver", Policy, "self", null), new BeginScreening(),
            new SignOff(Keys.Facilitator(Network, "doc"), "medical", true), new SignOff(Keys.Facilitator(Network, "tess"), "psychological", true),
            new GiveConsent("treatment", 1), new GiveConsent("sharing", 1),
        ];
        foreach (var step in way) Accepted(await _network.Participant(person).Pathway(step, _network.Unit()));
        Accepted(await _network.Book(person, "here"));
        var (key, doctor) = (Keys.Participant(Network, person), Keys.Facilitator(Network, "doc"));
        var (here, there, id) = (Keys.Cohort(Network, "nanaimo", "here"), Keys.Cohort(Network, "victoria", "there"), _network.NextRequestId());
        if (!accepts)
            return attempt => _network.Participant(person).Move(new TransferSeat(key, doctor, there, [here], "GRIP-8", 1, "person-asked"), _network.Unit(requestId: id, attempt: attempt));
        var referral = Keys.Referral(Network, $"r-{person}");
        var form = new ReferralFormView(person, "nanaimo", "island", "victoria", "island", "GRIP-8", there, "", 3, "closer-to-home", "self", Now, Now + Duration.FromDays(7), null, true);
        Accepted(await _network.Participant(person).Move(new SendReferral(key, referral, there, form, false) { DueMin = Duration.FromHours(1) }, _network.Unit()));
        return attempt => _network.Participant(person).Move(new AcceptReferral(key, referral, doctor, there, []), _network.Unit(requestId: id, attempt: attempt));
    }

    /// <summary>Counts what a move waits for, and lets one of it fail.</summary>
    private sealed class Waits
    {
        private readonly Lock _lock = new();
        private int _left;
        private bool _after;
        private bool _isMet;

        public void FailAt(int wait, bool after)
        {
            lock (_lock) (_left, _after, _isMet) = (wait, after, false);
        }

        /// <summary>Nothing fails any more; true when something did.</summary>
        public bool End()
        {
            lock (_lock)
            {
                _left = 0;
                return _isMet;
            }
        }

        /// <summary>Null for this wait to go well; else whether what is waited for is done all the same.</summary>
        public bool? Fails()
        {
            lock (_lock)
            {
                if (_left == 0 || --_left > 0) return null;
                _isMet = true;
                return _after;
            }
        }
    }

    private sealed class FailingJournal(IJournal real, Waits waits) : IJournal
    {
        public async ValueTask<CommitResult> Commit(JournalUnit unit)
        {
            if (waits.Fails() is not { } after) return await real.Commit(unit);
            if (after) await real.Commit(unit);
            return new CommitResult(CommitOutcome.Unknown);
        }

        public async ValueTask<ImmutableArray<JournalEntry>> Load(string stream, int after, DateTimeOffset deadline) =>
            waits.Fails() is null ? await real.Load(stream, after, deadline) : throw new JournalUnavailableException("It failed.");

        public async ValueTask<Receipt?> FindReceipt(ReceiptKey key, DateTimeOffset deadline) =>
            waits.Fails() is null ? await real.FindReceipt(key, deadline) : throw new JournalUnavailableException("It failed.");
    }

    /// <summary>From one grain of the chain to the next.</summary>
    private sealed class FailingCalls(Waits waits) : IOutgoingGrainCallFilter
    {
        public async Task Invoke(IOutgoingGrainCallContext context)
        {
            if (context.MethodName is not ("Move" or "SignMove" or "FinishMove") || waits.Fails() is not { } after)
            {
                await context.Invoke();
                return;
            }
            if (after) await context.Invoke();
            throw new TimeoutException("It failed.");
        }
    }
}
