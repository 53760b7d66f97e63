using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Facilitators;
using RttNetwork.Contracts.Measures;
using RttNetwork.Contracts.Pathways;
using RttNetwork.Contracts.Views;
using RttNetwork.Testing;
using static RttNetwork.Testing.TestNetwork;

namespace RttNetwork.Grains.Tests.Measures;

/// <summary>What a cohort's scores come to, and what leaves the network of them: real grains, a real projection.</summary>
public sealed class OutcomeTests : IAsyncLifetime
{
    private static readonly PathwayPolicyView Policy = new(
        "GRIP-8", 1, [], 90, 7, [], [], new BloodPressureView(150, 90), 92, new FastingPresetView("usual", Duration.FromHours(6), Duration.FromHours(2)),
        [new ConsentVersion("treatment", 1)], new PreparationView(1, Duration.FromHours(24), 90), 3, 14, true, Duration.FromHours(2), 75,
        ["gad-7", "b-ipf"], [new MeasurePointView("baseline", "referral", 0, 60, 0), new MeasurePointView("after", "referral", 0, 90, 0)], new SafetyRegimeView("none", 0, 0));

    private static readonly MeasureDefinitionView Gad7 = new("gad-7", 7, 3, 7, "sum", 21, true, 4, 0);
    private static readonly MeasureDefinitionView Bipf = new("b-ipf", 7, 6, 1, "percent", 100, true, 0, 0);
    private static readonly byte[] Key = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];

    private TestDatabase _database = null!;
    private TestNetwork _network = null!;
    private string _token = "";

    private IViewsGrain Views => _network.Grains.GetGrain<IViewsGrain>(Network);

    public async Task InitializeAsync()
    {
        _database = await PostgresFixture.CreateDatabase();
        _network = await Start(_database);
        await _network.OpenSite();
        foreach (var (id, role) in new[] { ("doc", "prescriber"), ("tess", "therapist") })
            Accepted(await _network.Facilitator(id).Register(new RegisterFacilitator("nanaimo", [role], [new CredentialView(role, "CA-BC", new LocalDate(2020, 1, 1), null)]), _network.Unit()));
        foreach (var (cohort, hour) in new[] { ("c1", 9), ("c2", 13) })
        {
            await _network.OpenCohort(cohort, seats: 10, hour: hour);
            Accepted(await _network.Cohort(cohort).RequirePathway(new RequirePathway(Policy), _network.Unit()));
        }
    }

    public async Task DisposeAsync()
    {
        await _network.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task A_cohort_is_counted_against_each_persons_own_baseline()
    {
        await Enrol("ann", "c1");
        await Enrol("bob", "c1");
        await Enrol("cid", "c1");
        await Enrol("eve", "c1");
        await Enrol("zoe", "c2");
        // Four points are a change, three are none; what was corrected does not count, and neither does another cohort.
        await Score("ann", Gad7, "baseline", 12);
        await Score("ann", Gad7, "after", 8);
        await Score("bob", Gad7, "baseline", 12);
        await Score("bob", Gad7, "after", 9);
        await Score("cid", Gad7, "baseline", 2);
        await Score("cid", Gad7, "after", 2);
        await Score("cid", Gad7, "after", 6, corrects: 2);
        await Score("eve", Gad7, "after", 6);
        await Score("zoe", Gad7, "baseline", 20);
        await Score("zoe", Gad7, "after", 0);
        await Score("ann", Bipf, "baseline", 50);
        await Score("ann", Bipf, "after", 10);
        await Projected();
        var rows = (await Views.ReliableChange(Operator(), _token, "nanaimo", "c1", [Gad7, Bipf])).Rows;
        Assert.Equal(new[] { new ChangeRow("b-ipf", "after", 1, 0, 0, 0, 1, 0), new ChangeRow("gad-7", "after", 3, 1, 1, 1, 0, 1) }, rows.AsEnumerable());
        Assert.Empty((await Views.ReliableChange(Desk("elsewhere"), _token, "nanaimo", "c1", [Gad7])).Rows);
    }

    [Fact]
    public async Task Only_who_consents_to_research_is_exported_and_nobody_of_a_small_cohort()
    {
        string[] people = ["ann", "bob", "cid", "dan", "eve", "fay"];
        foreach (var person in people)
        {
            await Enrol(person, "c1");
            if (person != "fay") await Ask(person, new GiveConsent("research", 1));
            await Score(person, Gad7, "baseline", 12, at: Now - Duration.FromDays(3));
            await Score(person, Gad7, "after", 8);
        }
        // One of another cohort, which is too small.
        await Enrol("zoe", "c2");
        await Ask("zoe", new GiveConsent("research", 1));
        await Score("zoe", Gad7, "baseline", 5);

        var export = await Export(Key);
        Assert.Equal((5, 1, 1), (export.Rows.Select(r => r.Person).Distinct().Count(), export.Rows.Select(r => r.Cohort).Distinct().Count(), export.CohortsLeftOut));
        Assert.Equal([("baseline", -3, 12), ("after", 0, 8)], export.Rows.Take(2).Select(r => (r.Point, r.Days, r.Score)));
        var text = string.Join(' ', export.Rows);
        Assert.All(people.Append("nanaimo").Append("2026"), known => Assert.DoesNotContain(known, text, StringComparison.Ordinal));
        // The same secret, the same rows; another, none in common; pages of two people, the same rows.
        Assert.Equal(export.Rows.AsEnumerable(), (await Export(Key)).Rows);
        Assert.Empty((await Export([.. Key.Reverse()])).Rows.Select(r => r.Person).Intersect(export.Rows.Select(r => r.Person)));
        var paged = new List<ExportedScore>();
        string? after = null;
        do
        {
            var page = await Views.ExportMeasures(Operator(), new PageRequest(2, after, _token), new ExportRequest(null, "GRIP-8", Key, 0));
            Assert.True(page.Rows.Select(r => r.Person).Distinct().Count() <= 2);
            paged.AddRange(page.Rows);
            after = page.Next;
        }
        while (after is not null);
        Assert.Equal(export.Rows.AsEnumerable(), paged);

        // One who takes it back takes everything back that is theirs; then the cohort is too small, and nobody of it is shown.
        await Ask("ann", new RevokeConsent("research"));
        var later = await Export(Key);
        Assert.Equal((0, 2), (later.Rows.Length, later.CohortsLeftOut));
        Assert.Empty((await Views.ExportMeasures(Desk("elsewhere"), new PageRequest(200, null, _token), new ExportRequest("nanaimo", "GRIP-8", Key, 0))).Rows);
        Assert.Empty((await Views.ExportMeasures(Desk("nanaimo"), new PageRequest(200, null, _token), new ExportRequest(null, "GRIP-8", Key, 0))).Rows);
    }

    [Fact]
    public async Task Who_is_erased_is_in_no_export_and_an_earlier_pathway_follows_the_consent_of_now()
    {
        string[] people = ["ann", "bob", "cid", "dan", "eve", "fay"];
        foreach (var person in people)
        {
            await Enrol(person, "c1");
            await Ask(person, new GiveConsent("research", 1));
            await Score(person, Gad7, "baseline", 12);
        }
        Assert.Equal(6, (await Export(Key)).Rows.Length);
        // Six people are too few where the policy of the region says so, and not for what another's says.
        Assert.Empty((await Export(Key, new(5, ImmutableDictionary<string, int>.Empty.Add("island", 7)))).Rows);
        Assert.Equal(6, (await Export(Key, new(7, ImmutableDictionary<string, int>.Empty.Add("island", 6)))).Rows.Length);
        _token = (await _network.Participant("ann").ErasePersonalData(_network.Unit())).Token!;
        Assert.Equal(5, (await Export(Key)).Rows.Length);
        // A second pathway asks anew, and until it is answered nothing of the person is exported: of five, four are too few.
        await Ask("bob", new MovePathway(PathwayMove.Withdraw, "person-asked"));
        await Ask("bob", new ReferParticipant("nanaimo", "CA-BC", "America/Vancouver", Policy, "self", null));
        Assert.Empty((await Export(Key)).Rows);
        await Ask("bob", new GiveConsent("research", 1));
        Assert.Equal(5, (await Export(Key)).Rows.Length);
    }

    private async Task<MeasureExport> Export(byte[] key, ExportPeopleMins? ofRegions = null)
    {
        await Projected();
        return await Views.ExportMeasures(Operator(), new PageRequest(200, null, _token), new ExportRequest(null, "GRIP-8", key, 0) { OfRegions = ofRegions });
    }

    /// <summary>Waits until the projection includes what was done last: a read that asks for it waits a second, and then says to ask again.</summary>
    private async Task Projected()
    {
        var started = TimeProvider.System.GetTimestamp();
        while ((await Views.SafetyEvents(Operator(), new PageRequest(1, null, _token), null, false)).Behind)
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(60), "The projection did not come so far within a minute.");
    }

    private async Task Score(string person, MeasureDefinitionView measure, string point, int score, int corrects = 0, Instant? at = null) =>
        await Ask(person, new RecordMeasure("", measure, [], score, null, point, at, corrects));

    private async Task Ask(string person, PathwayCommand command)
    {
        var answer = await _network.Participant(person).Pathway(command, _network.Unit());
        Accepted(answer);
        _token = answer.Token!;
    }

    private async Task Enrol(string person, string cohort)
    {
        await _network.Register(person, eligible: false);
        foreach (var command in new PathwayCommand[]
        {
            new ReferParticipant("nanaimo", "CA-BC", "America/Vancouver", Policy, "self", Now - Duration.FromDays(10)), new BeginScreening(), new SignOff(Keys.Facilitator(Network, "doc"), "medical", true),
            new SignOff(Keys.Facilitator(Network, "tess"), "psychological", true), new GiveConsent("treatment", 1),
        }) await Ask(person, command);
        Accepted(await _network.Book(person, cohort));
    }
}
