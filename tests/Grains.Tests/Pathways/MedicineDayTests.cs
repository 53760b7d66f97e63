using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Facilitators;
using RttNetwork.Contracts.Measures;
using RttNetwork.Contracts.Pathways;
using RttNetwork.Contracts.Programs;
using RttNetwork.Contracts.Sites;
using RttNetwork.Contracts.Units;
using RttNetwork.Domain.Measures;
using RttNetwork.Domain.Pathways;
using static RttNetwork.Testing.TestNetwork;

namespace RttNetwork.Grains.Tests.Pathways;

/// <summary>The day of a medicine session through real grains on a real database.</summary>
public sealed class MedicineDayTests(SharedNetwork shared) : SharedNetworkTests(shared)
{
    private static readonly LocalDateTime First = new(2027, 1, 5, 9, 0);
    private static readonly Instant Day = (First.PlusWeeks(2).InZoneStrictly(DateTimeZoneProviders.Tzdb["America/Vancouver"])).ToInstant();
    private static readonly PathwayPolicyView Policy = new(
        "GRIP-8", 1, [], 90, 7, [], [], new BloodPressureView(150, 90), 92, new FastingPresetView("ketamine-clinic", Duration.FromHours(6), Duration.FromHours(2)),
        [new ConsentVersion("treatment", 1)], new PreparationView(1, Duration.FromHours(24), 90), 3, 14, true, Duration.FromHours(2), 75,
        ["phq-9"], [new MeasurePointView("baseline", "referral", 0, 60, 0)], new SafetyRegimeView("none", 0, 0));

    private static readonly MeasureDefinitionView Phq9 = new("phq-9", 9, 3, 9, "sum", 27, true, 5, 9);

    public override async Task InitializeAsync()
    {
        await Cluster.OpenSite();
        await OpenCohort("c1", 0);
        await OpenCohort("c2", 4);
        foreach (var (id, role) in new[] { ("doc", "prescriber"), ("tess", "therapist"), ("nan", "nurse") })
            Accepted(await Cluster.Facilitator(id).Register(new RegisterFacilitator("nanaimo", [role], [new CredentialView(role, "CA-BC", new LocalDate(2020, 1, 1), null)]), Cluster.Unit()));
        foreach (var person in new[] { "ann", "bob" }) await Prepare(person);
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
        var journal = await Shared.Entries();
        foreach (var kind in new[] { typeof(PersonCheckedIn), typeof(PersonDischarged) })
        {
            var id = journal.SelectMany(e => e.Acts).Single(a => a.Events.Any(x => x.GetType() == kind)).RequestId;
            Assert.Equal([$"{Network}/c-nanaimo.c1", $"{Network}/h-ann", $"{Network}/p-ann"], journal.Where(e => e.Acts.Any(a => a.RequestId == id)).Select(e => e.Stream).Order(StringComparer.Ordinal));
        }
        // And no reading stands in any of them.
        Assert.DoesNotContain(journal.SelectMany(e => e.Acts).SelectMany(a => a.Events), e => e.ToString()!.Contains("128", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_consent_that_is_revoked_at_the_other_activation_stops_the_next_check_in()
    {
        var other = await Shared.Other();
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
        Assert.Equal(3, (await Cluster.Get("c2")).Seats.Open);
        var later = Day + Duration.FromDays(28);
        Assert.Equal("in-medicine", Accepted(await Ask("ann", CheckIn(later) with { Cohort = Cohort("c2") }, later)).Stage);
        Accepted(await Ask("ann", Go() with { Cohort = Cohort("c2") }, later));
        Assert.Equal(4, (await Cluster.Get("c2")).Seats.Open);
        Assert.Equal(new LocalDate(2027, 2, 16), Assert.Single((await Cluster.Participant("ann").GetPathway(Operator(), later)).Value!.Medicine).Day);
    }

    [Fact]
    public async Task A_guest_who_withdraws_frees_the_place()
    {
        Accepted(await Ask("ann", new ArrangeMakeUp(Cohort("c2"), 2, true), Day));
        Assert.Equal(3, (await Cluster.Get("c2")).Seats.Open);
        Assert.Equal("withdrawn", Accepted(await Ask("ann", new MovePathway(PathwayMove.Withdraw, "person-asked"), Day)).Stage);
        var started = TimeProvider.System.GetTimestamp();
        while ((await Cluster.Get("c2")).Seats.Open < 4)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(60), "The place was not freed within a minute.");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
        Assert.Null((await Cluster.Participant("ann").GetPathway(Operator(), Day)).Value!.MakeUp);
    }

    [Fact]
    public async Task A_withdrawn_accreditation_reaches_the_cohort_and_stops_its_bookings()
    {
        var pack = new RulePackView("ca-bc-licence", 1, "Licence", "CA-BC", "", new LocalDate(2020, 1, 1), null, "law", [], [], [new RouteRuleView("", ["licence"])]);
        Accepted(await Cluster.RulePacks().Publish(new PublishRulePack(pack), Cluster.Unit()));
        Accepted(await Cluster.Site("nanaimo").GrantAccreditation(new GrantAccreditation("licence", new LocalDate(2020, 1, 1), null), Cluster.Unit()));
        Accepted(await Cluster.Ask(SeatAsk.Cancel, "bob", "c1"));
        Accepted(await Cluster.Site("nanaimo").WithdrawAccreditation(new WithdrawAccreditation("licence"), Cluster.Unit()));
        await Until(async () => (await Cluster.Get("c1")).NotPermitted is [2]);
        Assert.Equal("ACCREDITATION_LAPSED", (await Cluster.Book("bob", "c1")).Refusal!.Reason);
        Assert.Equal(("ACCREDITATION_LAPSED", 26), ((await Ask("ann", CheckIn(), Day)).Refusal!.Reason, (await Ask("ann", CheckIn(), Day)).Refusal!.Rule));
        Accepted(await Cluster.Site("nanaimo").GrantAccreditation(new GrantAccreditation("licence", new LocalDate(2020, 1, 1), null), Cluster.Unit()));
        await Until(async () => (await Cluster.Get("c1")).NotPermitted.IsEmpty);
        Accepted(await Cluster.Book("bob", "c1"));
    }

    /// <summary>Waits for the dispatcher.</summary>
    private static async Task Until(Func<Task<bool>> isSo)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await isSo())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(60), "The cohort was not told within a minute.");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }

    [Theory]
    [InlineData("c2")]
    [InlineData("c0")]
    public async Task A_guest_who_gives_the_seat_back_frees_the_place_in_the_same_unit(string host)
    {
        if (host == "c0") await OpenCohort("c0", 4, days: 1);
        var open = (await Cluster.Get(host)).Seats.Open;
        Accepted(await Ask("ann", new ArrangeMakeUp(Cohort(host), 2, true), Day));
        Assert.Equal(open - 1, (await Cluster.Get(host)).Seats.Open);
        var answer = await Cluster.Ask(SeatAsk.Cancel, "ann", "c1", Cluster.Unit(now: Day));
        Assert.Equal(SeatState.None, Accepted(answer).State);
        Assert.Equal((open, 3), ((await Cluster.Get(host)).Seats.Open, (await Cluster.Get("c1")).Seats.Open));
        var pathway = (await Cluster.Participant("ann").GetPathway(Operator(), Day)).Value!;
        Assert.Equal((null, "consented", ""), (pathway.MakeUp, pathway.Stage, pathway.Cohort));
        // One unit over four streams, whichever cohort's key comes first.
        var journal = await Shared.Entries();
        var request = journal.SelectMany(e => e.Acts).Single(a => a.Events.Any(e => e is MakeUpCancelled)).RequestId;
        Assert.Equal(new[] { Cohort("c1"), Cohort(host), $"{Network}/h-ann", $"{Network}/p-ann" }.Order(StringComparer.Ordinal), journal.Where(e => e.Acts.Any(a => a.RequestId == request)).Select(e => e.Stream).Order(StringComparer.Ordinal));
        // Without a make-up it is the unit that it always was, and again it is a seat that is not there.
        Assert.Equal("SEAT_NOT_FOUND", (await Cluster.Ask(SeatAsk.Cancel, "ann", "c1", Cluster.Unit(now: Day))).Refusal!.Reason);
        Assert.Equal(SeatState.None, Accepted(await Cluster.Ask(SeatAsk.Cancel, "bob", "c1", Cluster.Unit(now: Day))).State);
    }

    [Fact]
    public async Task Two_who_check_in_at_once_over_two_activations_are_in_the_room_once()
    {
        var other = await Shared.Other();
        var answers = await Task.WhenAll(new[] { Cluster, other }.SelectMany(network => Enumerable.Range(0, 4).Select(_ => network.Participant("ann").Pathway(CheckIn(), network.Unit(now: Day)))));
        Assert.Single(answers, a => a.Outcome == UnitOutcome.Accepted);
        Assert.Single((await Shared.Entries()).SelectMany(e => e.Acts).SelectMany(a => a.Events).OfType<CheckedIn>());
    }

    [Fact]
    public async Task An_alert_is_one_unit_with_its_clinician_and_holds_at_every_activation()
    {
        var other = await Shared.Other();
        var nobody = await Ask("ann", Filled("", "", 0, 0, 0, 0, 0, 0, 0, 0, 1), Day);
        Assert.Equal(("CLINICIAN_MISSING", 45, "clinician"), (nobody.Refusal!.Reason, nobody.Refusal.Rule, Assert.Single(nobody.Refusal.Violations).Subject));
        var told = Accepted(await Ask("ann", Filled(Nurse, "", 0, 0, 0, 0, 0, 0, 0, 0, 1), Day));
        Assert.Equal(("nan", 2), (told.Measures.Alert!.Clinician, told.Measures.Results.Length));
        // The record, the alert and who was named stand in one unit; the answers stand nowhere.
        var entry = (await Shared.Entries()).SelectMany(e => e.Acts).Single(a => a.Events.Any(x => x is RiskAlertRaised));
        Assert.Equal([typeof(MeasureRecorded), typeof(RiskAlertRaised)], entry.Events.Select(e => e.GetType()));
        // The other cluster's activation knew nothing of it.
        Assert.Equal("RISK_ALERT_OPEN", (await other.Participant("ann").Pathway(CheckIn(), other.Unit(now: Day))).Refusal!.Reason);
        Assert.Equal("RISK_ALERT_OPEN", (await Ask("ann", CheckIn(), Day)).Refusal!.Reason);
        Assert.Equal("in-medicine", Accepted(await Ask("bob", CheckIn(), Day)).Stage);
        Assert.Null(Accepted(await other.Participant("ann").Pathway(new AssessRisk(Keys.Facilitator(Network, "tess"), "assessed-goes-on"), other.Unit(now: Day))).Measures.Alert);
        // A refusal may be a second old, an acceptance never.
        Cluster.Age(TimeSpan.FromSeconds(2));
        Assert.Equal("in-medicine", Accepted(await Ask("ann", CheckIn(), Day)).Stage);
    }

    [Fact]
    public async Task A_measure_that_is_recorded_again_under_its_request_id_is_recorded_once()
    {
        var unit = Cluster.Unit(now: Day);
        var first = Accepted(await Cluster.Participant("ann").Pathway(Filled("", "", 1, 1, 1, 1, 1, 1, 1, 1, 0), unit));
        var again = await Cluster.Participant("ann").Pathway(Filled("", "", 1, 1, 1, 1, 1, 1, 1, 1, 0), unit with { Attempt = 1 });
        Assert.Equal((UnitOutcome.Replayed, 2), (again.Outcome, again.Reply!.Measures.Results.Length));
        Assert.Equal(first.Measures.Results[1], again.Reply.Measures.Results[1]);
        Assert.Equal((8, "operator", "baseline/recorded"), (again.Reply.Measures.Results[1].Score, again.Reply.Measures.Results[1].By, string.Join(' ', again.Reply.Measures.Due.Select(d => $"{d.Point}/{d.Standing}"))));
    }

    [Fact]
    public async Task At_the_door_a_site_sees_those_whose_pathways_it_leads_and_no_other_site_sees_them()
    {
        Accepted(await Ask("ann", CheckIn(), Day));
        Accepted(await Ask("bob", CheckIn() with { EscortNamed = false }, Day));
        var session = (await Cluster.Cohort("c1").Session(Desk("nanaimo"), 2, Day)).Value!;
        Assert.Equal((2, 1, true), (session.Expected, session.Present, session.IsOpen));
        Assert.Equal([("ann", true), ("bob", false)], session.People.Select(p => (p.Participant, p.IsPresent)));
        var (ann, bob) = (session.People[0], session.People[1]);
        Assert.Equal("checked-in", (await Cluster.Participant("ann").AtTheDoor(ann.Facts, Desk("nanaimo"), Day)).Value!.Standing);
        var held = (await Cluster.Participant("bob").AtTheDoor(bob.Facts, Desk("nanaimo"), Day)).Value!;
        Assert.Equal(("held", "escort"), (held.Standing, Assert.Single(held.HeldFor)));

        // Another site knows her too, and learns nothing of where she is; nor of a cohort of this one, or of a session that is not there.
        var hash = Keys.Identity(Network, "hash-of-ann");
        Accepted(await Cluster.Grains.GetGrain<Contracts.Participants.IIdentityGrain>(hash).Claim(
            new Contracts.Participants.RegisterParticipant("ann", "victoria", [hash], "", "", null, false, false), Cluster.Unit()));
        Assert.NotNull((await Cluster.Participant("ann").Get(Desk("victoria"), Day)).Value);
        Assert.Null((await Cluster.Participant("ann").AtTheDoor(ann.Facts, Desk("victoria"), Day)).Value);
        Assert.Null((await Cluster.Cohort("c1").Session(Desk("victoria"), 2, Day)).Value);
        Assert.Null((await Cluster.Cohort("c1").Session(Desk("nanaimo"), 4, Day)).Value);
    }

    private static RecordMeasure Filled(string clinician, string point, params ImmutableArray<int?> items) => new(clinician, Phq9, items, null, null, point, null, 0);

    private static string Nurse => Keys.Facilitator(Network, "nan");

    private static string Cohort(string id) => Keys.Cohort(Network, "nanaimo", id);

    private static CheckIn CheckIn(Instant? at = null) => new(
        Nurse, Cohort("c1"), 2, new BloodPressureView(128, 82), 97, (at ?? Day) - Duration.FromHours(8), (at ?? Day) - Duration.FromHours(3), true, true, true, true, false);

    private static Discharge Go() => new(Keys.Facilitator(Network, "doc"), Cohort("c1"), 2, new BloodPressureView(128, 82), 97, true, "");

    private Task<UnitAnswer<PathwayView>> Ask(string person, PathwayCommand command, Instant? now = null) => Cluster.Participant(person).Pathway(command, Cluster.Unit(now: now));

    private async Task OpenCohort(string id, int weeksLater, int days = 0)
    {
        string[] kinds = ["preparation", "small-group", "medicine", "integration"];
        ImmutableArray<SessionDraft> sessions = [.. kinds.Select((kind, week) => new SessionDraft(kind, First.PlusWeeks(week + weeksLater).PlusDays(days), Duration.FromHours(4), Duration.FromMinutes(30), false))];
        Accepted(await Cluster.Site("nanaimo").OpenCohort(new OpenCohort(id, "A cohort", "GRIP-8", 1, "hall", 2, 4, 0, [], sessions, null, false, Duration.FromMinutes(15), 4, 4), Cluster.Unit()));
        Accepted(await Cluster.Cohort(id).RequirePathway(new RequirePathway(Policy), Cluster.Unit()));
    }

    private async Task Prepare(string person)
    {
        await Cluster.Register(person, eligible: false);
        // A cohort with medicine takes nobody who is provisional.
        Accepted(await Cluster.Grains.GetGrain<Contracts.Participants.IIdentityGrain>(Keys.Identity(Network, $"hash-of-{person}")).Claim(
            new Contracts.Participants.RegisterParticipant(person, "nanaimo", [Keys.Identity(Network, $"hash-of-{person}")], "", "", null, false, false), Cluster.Unit()));
        foreach (var command in new PathwayCommand[]
        {
            new ReferParticipant("nanaimo", "CA-BC", "America/Vancouver", Policy, "self", null), new BeginScreening(), new SignOff(Keys.Facilitator(Network, "doc"), "medical", true),
            new SignOff(Keys.Facilitator(Network, "tess"), "psychological", true), new GiveConsent("treatment", 1),
            Filled("", "baseline", 1, 1, 1, 1, 1, 1, 1, 1, 0),
        }) Accepted(await Ask(person, command));
        Accepted(await Cluster.Book(person, "c1"));
        Accepted(await Ask(person, new RecordAttendance(Cohort("c1"), 0, true), Day - Duration.FromDays(14)));
    }
}
