using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Facilitators;
using RttNetwork.Contracts.Pathways;
using RttNetwork.Contracts.Units;
using RttNetwork.Domain.Participants;
using RttNetwork.Domain.Pathways;
using RttNetwork.Grains.Units;
using static RttNetwork.Testing.TestNetwork;

namespace RttNetwork.Grains.Tests.Pathways;

/// <summary>The pathway through real grains on a real database: units over participant, facilitator, cohort and pathway.</summary>
public sealed class PathwayTests(SharedNetwork shared) : SharedNetworkTests(shared)
{
    private static readonly PathwayPolicyView Policy = new(
        "GRIP-8", 1, [], 90, 7, ["active-psychosis"], ["renal-disorder"], new BloodPressureView(150, 90), 92,
        new FastingPresetView("ketamine-clinic", Duration.FromHours(6), Duration.FromHours(2)), [new ConsentVersion("treatment", 1)],
        new PreparationView(1, Duration.FromHours(24), 90), 3, 14, true, Duration.FromHours(2), 75, ["phq-9"], [], new SafetyRegimeView("none", 0, 0));

    public override async Task InitializeAsync()
    {
        await Cluster.OpenSite();
        await Cluster.OpenSite("victoria");
        await Cluster.OpenCohort("c1");
        Accepted(await Cluster.Cohort("c1").RequirePathway(new RequirePathway(Policy), Cluster.Unit()));
        foreach (var (id, role) in new[] { ("doc", "prescriber"), ("tess", "therapist") })
            Accepted(await Cluster.Facilitator(id).Register(new RegisterFacilitator("nanaimo", [role], [new CredentialView(role, "CA-BC", new LocalDate(2020, 1, 1), null)]), Cluster.Unit()));
        await Cluster.Register("ann", eligible: false);
    }

    [Fact]
    public async Task A_person_goes_from_the_referral_to_a_seat_and_every_place_is_one_of_the_journals()
    {
        Assert.Equal("NOT_ELIGIBLE", (await Cluster.Book("ann", "c1")).Refusal!.Reason);
        await Consented("ann");
        Accepted(await Cluster.Book("ann", "c1"));
        var seen = await Seen("ann");
        Assert.Equal(("enrolled", Keys.Cohort(Network, "nanaimo", "c1"), new LocalDate(2027, 3, 1)), (seen.Stage, seen.Cohort, seen.ScreenedUntil));

        // I9, from what is stored: each move begins where the last one ended.
        var at = Stage.NotReferred;
        foreach (var moved in (await Shared.Entries()).Where(e => e.Stream == $"{Network}/p-ann").SelectMany(e => e.Acts).SelectMany(a => a.Events).OfType<PathwayMoved>())
        {
            Assert.Equal(at.Code(), moved.From);
            at = Stages.Of(moved.To);
            Assert.True(at.Follows(Stages.Of(moved.From)));
        }
        Assert.Equal(Stage.Enrolled, at);
    }

    [Fact]
    public async Task A_seat_and_the_move_that_goes_with_it_are_in_one_entry()
    {
        await Consented("ann");
        Accepted(await Cluster.Book("ann", "c1"));
        var entries = (await Shared.Entries()).Where(e => e.Stream == $"{Network}/p-ann").ToList();
        var booked = Assert.Single(entries, e => e.Acts.Any(a => a.Events.Any(x => x is EnrolmentBooked)));
        Assert.Contains(booked.Acts.SelectMany(a => a.Events), e => e is PathwayMoved { To: "enrolled" });
        // A booking touches two streams, as before: the pathway's own is not one of them.
        Assert.DoesNotContain((await Shared.Entries()).Where(e => e.Stream == $"{Network}/h-ann"), e => e.Acts.Any(a => a.RequestId == booked.Acts[0].RequestId));
    }

    /// <summary>No unit of a signature appends to the signer's stream, so that no version tells an activation that slept.</summary>
    [Fact]
    public async Task A_signer_who_has_not_heard_from_the_journal_for_a_while_asks_it_first()
    {
        await Referred("ann");
        var other = await Shared.Other();
        Accepted(await other.Facilitator("doc").WithdrawCredential(new WithdrawCredential("prescriber", "CA-BC", "lapsed"), other.Unit()));
        Cluster.Age(UnitLimits.FreshFor);
        Assert.Equal("CREDENTIAL_NOT_VALID", (await Ask("ann", new SignOff(Keys.Facilitator(Network, "doc"), "medical", true))).Refusal!.Reason);
    }

    [Fact]
    public async Task A_signature_is_judged_on_the_signers_own_stream()
    {
        await Referred("ann");
        Accepted(await Cluster.Facilitator("doc").WithdrawCredential(new WithdrawCredential("prescriber", "CA-BC", "lapsed"), Cluster.Unit()));
        Assert.Equal("CREDENTIAL_NOT_VALID", (await Ask("ann", new SignOff(Keys.Facilitator(Network, "doc"), "medical", true))).Refusal!.Reason);
        Assert.Equal("NOT_FOUND", (await Ask("ann", new SignOff(Keys.Facilitator(Network, "nobody"), "medical", true))).Refusal!.Reason);
    }

    [Fact]
    public async Task Who_withdraws_is_out_at_once_and_the_seat_follows()
    {
        await Consented("ann");
        Accepted(await Cluster.Book("ann", "c1"));
        Assert.Equal("withdrawn", Accepted(await Ask("ann", new MovePathway(PathwayMove.Withdraw, "person-asked"))).Stage);
        var started = TimeProvider.System.GetTimestamp();
        while ((await Cluster.Get("c1")).Seats.Booked > 0)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(60), "The seat was not given back within a minute.");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
        Assert.Equal("withdrawn", (await Seen("ann")).Stage);
        Assert.Empty((await Cluster.Participant("ann").Get(Operator(), Now)).Value!.Enrolments);
    }

    [Fact]
    public async Task Another_site_that_knows_the_person_sees_no_pathway_and_changes_none()
    {
        await Consented("ann");
        Accepted(await Cluster.Participant("ann").FinishRegister(new Contracts.Participants.RegisterParticipant("ann", "victoria", [], "", "", null, false, false), Cluster.Unit(Desk("victoria"))));
        var stranger = Desk("victoria");
        Assert.Null((await Cluster.Participant("ann").GetPathway(stranger, Now)).Value);
        Assert.Null((await Cluster.Participant("ann").Get(stranger, Now)).Value!.Pathway);
        Assert.NotNull((await Cluster.Participant("ann").Get(Desk("nanaimo"), Now)).Value!.Pathway);
        foreach (var command in new PathwayCommand[] { new BeginScreening(), new RevokeConsent("treatment"), new MovePathway(PathwayMove.Withdraw, "x"), new SignOff(Keys.Facilitator(Network, "doc"), "medical", true) })
            Assert.Equal("NOT_FOUND", (await Ask("ann", command, Cluster.Unit(stranger))).Refusal!.Reason);
        Assert.Equal("PATHWAY_OPEN", (await Ask("ann", Referral("victoria"), Cluster.Unit(stranger))).Refusal!.Reason);
        Assert.Equal("consented", (await Seen("ann")).Stage);
    }

    [Fact]
    public async Task A_retry_gets_its_first_answer_and_a_consent_counts_once()
    {
        await Referred("ann");
        var id = Cluster.NextRequestId();
        var first = await Ask("ann", new GiveConsent("treatment", 1), Cluster.Unit(requestId: id));
        Accepted(await Ask("ann", new RevokeConsent("treatment")));
        var again = await Ask("ann", new GiveConsent("treatment", 1), Cluster.Unit(requestId: id, attempt: 1));
        Assert.Equal((UnitOutcome.Replayed, first.Reply!.Version), (again.Outcome, again.Reply!.Version));
        Assert.Empty((await Seen("ann")).Consents);
    }

    [Fact]
    public async Task The_flag_of_a_site_counts_for_nothing_from_the_referral_on()
    {
        Accepted(await Cluster.Participant("ann").SetEligibility(new Contracts.Participants.SetEligibility(true, "screened"), Cluster.Unit()));
        Assert.Equal("NOT_ELIGIBLE", (await Cluster.Book("ann", "c1")).Refusal!.Reason);
        await Referred("ann");
        Assert.Equal("PATHWAY_DECIDES", (await Cluster.Participant("ann").SetEligibility(new Contracts.Participants.SetEligibility(true, "screened"), Cluster.Unit())).Refusal!.Reason);
        await Cluster.OpenCohort("plain", hour: 14);
        Assert.Equal("NOT_ELIGIBLE", (await Cluster.Book("ann", "plain")).Refusal!.Reason);
        await SignedOff("ann");
        Accepted(await Cluster.Book("ann", "plain"));
    }

    [Fact]
    public async Task People_who_go_their_ways_at_once_over_two_activations_are_each_in_one_place()
    {
        var other = await Shared.Other();
        ImmutableArray<string> people = [.. Enumerable.Range(0, 4).Select(i => $"p{i}")];
        foreach (var person in people) await Cluster.Register(person, eligible: false);
        await Task.WhenAll(people.SelectMany(person => new[] { Cluster, other }.Select(async network =>
        {
            PathwayCommand[] commands = [Referral(), new BeginScreening(), new GiveConsent("treatment", 1), new SignOff(Keys.Facilitator(Network, "doc"), "medical", true), new SignOff(Keys.Facilitator(Network, "tess"), "psychological", true)];
            foreach (var command in commands) await network.Participant(person).Pathway(command, network.Unit());
            await network.Book(person, "c1");
            await network.Participant(person).Pathway(new MovePathway(PathwayMove.Defer, "person-asked"), network.Unit());
        })));
        var journal = await Shared.Entries();
        foreach (var person in people)
        {
            var at = Stage.NotReferred;
            var moves = journal.Where(e => e.Stream == $"{Network}/p-{person}").SelectMany(e => e.Acts).SelectMany(a => a.Events).OfType<PathwayMoved>().ToList();
            Assert.NotEmpty(moves);
            foreach (var moved in moves)
            {
                Assert.Equal(at.Code(), moved.From);
                at = Stages.Of(moved.To);
            }
            Assert.Single(moves, m => m.To == "referred");
        }
    }

    private static ReferParticipant Referral(string site = "nanaimo") => new(site, "CA-BC", "America/Vancouver", Policy, "self", null);

    private Task<UnitAnswer<PathwayView>> Ask(string person, PathwayCommand command, Unit? unit = null) => Cluster.Participant(person).Pathway(command, unit ?? Cluster.Unit());

    private async Task<PathwayView> Seen(string person) => (await Cluster.Participant(person).GetPathway(Operator(), Now)).Value!;

    private async Task Referred(string person)
    {
        Accepted(await Ask(person, Referral()));
        Accepted(await Ask(person, new BeginScreening()));
    }

    private async Task SignedOff(string person)
    {
        Accepted(await Ask(person, new SignOff(Keys.Facilitator(Network, "doc"), "medical", true)));
        Accepted(await Ask(person, new SignOff(Keys.Facilitator(Network, "tess"), "psychological", true)));
    }

    private async Task Consented(string person)
    {
        await Referred(person);
        await SignedOff(person);
        Assert.Equal("consented", Accepted(await Ask(person, new GiveConsent("treatment", 1))).Stage);
    }
}
