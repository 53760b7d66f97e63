using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Facilitators;
using RttNetwork.Contracts.Pathways;
using RttNetwork.Contracts.Units;
using RttNetwork.Domain.Pathways;
using RttNetwork.Testing;
using static RttNetwork.Testing.TestNetwork;

namespace RttNetwork.Grains.Tests.Pathways;

/// <summary>The day of a medicine session through real grains on a real database.</summary>
public sealed class MedicineDayTests : IAsyncLifetime
{
    private static readonly LocalDateTime First = new(2027, 1, 5, 9, 0);
    private static readonly Instant Day = (First.PlusWeeks(2).InZoneStrictly(DateTimeZoneProviders.Tzdb["America/Vancouver"])).ToInstant();
    private static readonly PathwayPolicyView Policy = new(
        "GRIP-8", 1, [], 90, 7, [], [], new BloodPressureView(150, 90), 92, new FastingPresetView("ketamine-clinic", Duration.FromHours(6), Duration.FromHours(2)),
        [new ConsentVersion("treatment", 1)], new PreparationView(1, Duration.FromHours(24), 90), 3, 14, true, Duration.FromHours(2), 75, [], [], new SafetyRegimeView("none", 0, 0));

    private TestDatabase _database = null!;
    private TestNetwork _network = null!;

    public async Task InitializeAsync()
    {
        _database = await PostgresFixture.CreateDatabase();
        _network = await Start(_database);
        await _network.OpenSite();
        await OpenCohort("c1", 0);
        await OpenCohort("c2", 4);
        foreach (var (id, role) in new[] { ("doc", "prescriber"), ("tess", "therapist"), ("nan", "nurse") })
            Accepted(await _network.Facilitator(id).Register(new RegisterFacilitator("nanaimo", [role], [new CredentialView(role, "CA-BC", new LocalDate(2020, 1, 1), null)]), _network.Unit()));
        foreach (var person in new[] { "ann", "bob" }) await Prepare(person);
    }

    public async Task DisposeAsync()
    {
        await _network.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task One_person_is_held_and_the_session_goes_on_for_the_other()
    {
        var held = Accepted(await Ask("bob", CheckIn() with { EscortNamed = false }, Day));
        Assert.Equal(("prepared", "escort"), (held.Stage, Assert.Single(held.HeldFor)));
        Assert.Equal("in-medicine", Accepted(await Ask("ann", CheckIn(), Day)).Stage);
        var given = Accepted(await Ask("ann", new RecordDose(Nurse, "im"), Day + Duration.FromMinutes(10)));
        Assert.Equal(Day + Duration.FromMinutes(130), given.ObservationUntil);
        Assert.Equal("OBSERVATION_NOT_OVER", (await Ask("ann", Go(), Day + Duration.FromMinutes(129))).Refusal!.Reason);
        Assert.Equal("integrating", Accepted(await Ask("ann", Go(), Day + Duration.FromMinutes(130))).Stage);

        // Each of the two moves is one unit over three streams: where the person is, who is in the room, and why.
        var journal = await Rig.JournalReader.ReadAll(_database.ConnectionString);
        foreach (var kind in new[] { typeof(PersonCheckedIn), typeof(PersonDischarged) })
        {
            var id = journal.SelectMany(e => e.Acts).Single(a => a.Events.Any(x => x.GetType() == kind)).RequestId;
            Assert.Equal(["bc/c-nanaimo.c1", "bc/h-ann", "bc/p-ann"], journal.Where(e => e.Acts.Any(a => a.RequestId == id)).Select(e => e.Stream).Order(StringComparer.Ordinal));
        }
        // And no reading stands in any of them.
        Assert.DoesNotContain(journal.SelectMany(e => e.Acts).SelectMany(a => a.Events), e => e.ToString()!.Contains("128", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_consent_that_is_revoked_at_the_other_activation_stops_the_next_check_in()
    {
        await using var other = await Start(_database, seed: 2);
        // The first cluster's activation holds the consent in memory; the other one revokes it.
        Accepted(await other.Participant("ann").Pathway(new RevokeConsent("treatment"), other.Unit(now: Day)));
        Assert.Equal("consent", Assert.Single(Accepted(await Ask("ann", CheckIn(), Day)).HeldFor));
    }

    [Fact]
    public async Task A_missed_session_is_made_up_in_another_cohort_and_takes_a_place_there()
    {
        var makeUp = new ArrangeMakeUp(Cohort("c2"), 2, true);
        var arranged = Accepted(await Ask("ann", makeUp, Day));
        Assert.Equal(Cohort("c2"), arranged.MakeUp!.Cohort);
        Assert.Equal(3, (await _network.Get("c2")).Seats.Open);
        var later = Day + Duration.FromDays(28);
        Assert.Equal("in-medicine", Accepted(await Ask("ann", CheckIn(later) with { Cohort = Cohort("c2") }, later)).Stage);
        Accepted(await Ask("ann", Go() with { Cohort = Cohort("c2") }, later));
        Assert.Equal(4, (await _network.Get("c2")).Seats.Open);
        Assert.Equal(new LocalDate(2027, 2, 16), Assert.Single((await _network.Participant("ann").GetPathway(Operator(), later)).Value!.Medicine).Day);
    }

    [Fact]
    public async Task A_guest_who_withdraws_frees_the_place()
    {
        Accepted(await Ask("ann", new ArrangeMakeUp(Cohort("c2"), 2, true), Day));
        Assert.Equal(3, (await _network.Get("c2")).Seats.Open);
        Assert.Equal("withdrawn", Accepted(await Ask("ann", new MovePathway(PathwayMove.Withdraw, "person-asked"), Day)).Stage);
        var started = TimeProvider.System.GetTimestamp();
        while ((await _network.Get("c2")).Seats.Open < 4)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(60), "The place was not freed within a minute.");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
        Assert.Null((await _network.Participant("ann").GetPathway(Operator(), Day)).Value!.MakeUp);
    }

    [Fact]
    public async Task Two_who_check_in_at_once_over_two_activations_are_in_the_room_once()
    {
        await using var other = await Start(_database, seed: 2);
        var answers = await Task.WhenAll(new[] { _network, other }.SelectMany(network => Enumerable.Range(0, 4).Select(_ => network.Participant("ann").Pathway(CheckIn(), network.Unit(now: Day)))));
        Assert.Single(answers, a => a.Outcome == UnitOutcome.Accepted);
        Assert.Single((await Rig.JournalReader.ReadAll(_database.ConnectionString)).SelectMany(e => e.Acts).SelectMany(a => a.Events).OfType<CheckedIn>());
    }

    [Fact]
    public async Task At_the_door_a_site_sees_those_whose_pathways_it_leads_and_no_other_site_sees_them()
    {
        Accepted(await Ask("ann", CheckIn(), Day));
        Accepted(await Ask("bob", CheckIn() with { EscortNamed = false }, Day));
        var session = (await _network.Cohort("c1").Session(Desk("nanaimo"), 2, Day)).Value!;
        Assert.Equal((2, 1, true), (session.Expected, session.Present, session.IsOpen));
        Assert.Equal([("ann", true), ("bob", false)], session.People.Select(p => (p.Participant, p.IsPresent)));
        var (ann, bob) = (session.People[0], session.People[1]);
        Assert.Equal("checked-in", (await _network.Participant("ann").AtTheDoor(ann.Facts, Desk("nanaimo"), Day)).Value!.Standing);
        var held = (await _network.Participant("bob").AtTheDoor(bob.Facts, Desk("nanaimo"), Day)).Value!;
        Assert.Equal(("held", "escort"), (held.Standing, Assert.Single(held.HeldFor)));

        // Another site knows her too, and learns nothing of where she is; nor of a cohort of this one, or of a session that is not there.
        var hash = Keys.Identity(Network, "hash-of-ann");
        Accepted(await _network.Grains.GetGrain<Contracts.Participants.IIdentityGrain>(hash).Claim(
            new Contracts.Participants.RegisterParticipant("ann", "victoria", [hash], "", "", null, false, false), _network.Unit()));
        Assert.NotNull((await _network.Participant("ann").Get(Desk("victoria"), Day)).Value);
        Assert.Null((await _network.Participant("ann").AtTheDoor(ann.Facts, Desk("victoria"), Day)).Value);
        Assert.Null((await _network.Cohort("c1").Session(Desk("victoria"), 2, Day)).Value);
        Assert.Null((await _network.Cohort("c1").Session(Desk("nanaimo"), 4, Day)).Value);
    }

    private static string Nurse => Keys.Facilitator(Network, "nan");

    private static string Cohort(string id) => Keys.Cohort(Network, "nanaimo", id);

    private static CheckIn CheckIn(Instant? at = null) => new(
        Nurse, Cohort("c1"), 2, new BloodPressureView(128, 82), 97, (at ?? Day) - Duration.FromHours(8), (at ?? Day) - Duration.FromHours(3), true, true, true, true, false);

    private static Discharge Go() => new(Keys.Facilitator(Network, "doc"), Cohort("c1"), 2, new BloodPressureView(128, 82), 97, true, "");

    private Task<UnitAnswer<PathwayView>> Ask(string person, PathwayCommand command, Instant? now = null) => _network.Participant(person).Pathway(command, _network.Unit(now: now));

    private async Task OpenCohort(string id, int weeksLater)
    {
        string[] kinds = ["preparation", "small-group", "medicine", "integration"];
        ImmutableArray<SessionDraft> sessions = [.. kinds.Select((kind, week) => new SessionDraft(kind, First.PlusWeeks(week + weeksLater), Duration.FromHours(4), Duration.FromMinutes(30), false))];
        Accepted(await _network.Site("nanaimo").OpenCohort(new OpenCohort(id, "A cohort", "GRIP-8", 1, "hall", 2, 4, 0, [], sessions, null, false, Duration.FromMinutes(15), 4, 4), _network.Unit()));
        Accepted(await _network.Cohort(id).RequirePathway(new RequirePathway(Policy), _network.Unit()));
    }

    private async Task Prepare(string person)
    {
        await _network.Register(person, eligible: false);
        // A cohort with medicine takes nobody who is provisional.
        Accepted(await _network.Grains.GetGrain<Contracts.Participants.IIdentityGrain>(Keys.Identity(Network, $"hash-of-{person}")).Claim(
            new Contracts.Participants.RegisterParticipant(person, "nanaimo", [Keys.Identity(Network, $"hash-of-{person}")], "", "", null, false, false), _network.Unit()));
        foreach (var command in new PathwayCommand[]
        {
            new ReferParticipant("nanaimo", "CA-BC", "America/Vancouver", Policy, "self", null), new BeginScreening(), new SignOff(Keys.Facilitator(Network, "doc"), "medical", true),
            new SignOff(Keys.Facilitator(Network, "tess"), "psychological", true), new GiveConsent("treatment", 1),
        }) Accepted(await Ask(person, command));
        Accepted(await _network.Book(person, "c1"));
        Accepted(await Ask(person, new RecordAttendance(Cohort("c1"), 0, true), Day - Duration.FromDays(14)));
    }
}
