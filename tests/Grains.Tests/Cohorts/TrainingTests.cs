using NodaTime;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Facilitators;
using RttNetwork.Contracts.Pathways;
using RttNetwork.Contracts.Programs;
using RttNetwork.Contracts.Units;
using RttNetwork.Testing;
using static RttNetwork.Testing.TestNetwork;

namespace RttNetwork.Grains.Tests.Cohorts;

/// <summary>The program for staff on real grains and a real database, to the certificate that it ends in.</summary>
public sealed class TrainingTests : IAsyncLifetime
{
    private TestDatabase _database = null!;
    private TestNetwork _network = null!;

    public async Task InitializeAsync()
    {
        _database = await PostgresFixture.CreateDatabase();
        _network = await Start(_database);
        await _network.OpenSite();
    }

    public async Task DisposeAsync()
    {
        await _network.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task A_training_ends_in_a_certificate_and_a_membership_as_one_unit()
    {
        foreach (var id in new[] { "t1", "t2" })
            Accepted(await _network.Facilitator(id).Register(new RegisterFacilitator("nanaimo", ["therapist"], [new CredentialView("therapist", "CA-BC", new LocalDate(2020, 1, 1), null)]), _network.Unit()));
        Accepted(await _network.Facilitator("fay").Register(new RegisterFacilitator("nanaimo", ["peer"], []), _network.Unit()));
        await _network.Register("ann", eligible: false);
        var (key, fay) = (Keys.Cohort(Network, "nanaimo", "kap"), _network.Facilitator("fay"));
        var planned = Accepted(await _network.Facilitator("t1").Plan(Plan(key), _network.Unit()));
        Accepted(await _network.Book("ann", "kap"));
        var end = planned.Sessions[^1].StartsAt + planned.Sessions[^1].Length;
        var command = new CompleteTraining(key, "ann");
        Assert.Equal("TRAINING_INCOMPLETE", (await fay.CompleteTraining(command, _network.Unit(now: end))).Refusal!.Reason);
        Assert.Empty((await fay.Get(Operator())).Value!.Trainings);

        for (var i = 0; i < planned.Sessions.Length; i++)
            Accepted(await _network.Participant("ann").Pathway(new RecordAttendance(key, i, true), _network.Unit(now: end)));
        var unit = _network.Unit(now: end);
        Accepted(await fay.CompleteTraining(command, unit));
        Assert.Equal(UnitOutcome.Replayed, (await fay.CompleteTraining(command, unit with { Attempt = 1 })).Outcome);
        var seen = (await fay.Get(Operator())).Value!;
        Assert.Contains("facilitator", seen.Roles);
        var day = planned.LastDay;
        Assert.Equal(new CredentialView("facilitator", "CA-BC", day, null), Assert.Single(seen.Credentials));
        Assert.Equal(new TrainingView("kap-trained", "practitioners", day, null), Assert.Single(seen.Trainings));
        Assert.Equal("ALREADY_EXISTS", (await _network.Facilitator("t1").CompleteTraining(command, _network.Unit(now: end))).Refusal!.Reason);
    }

    private static PlanCohort Plan(string key) => new(
        key, Keys.Site(Network, "nanaimo"), [Keys.Facilitator(Network, "t1"), Keys.Facilitator(Network, "t2")], "Spring training",
        new ProgramTemplateView(
            "KAP-TRAINING", 1, "Training", new LocalDate(2026, 1, 1), null, "staff", 2, new GroupSizesView(1, 24, 0, 0, 0), [], new MedicineRulesView(0, 0, 0, 0, false),
            new IntakeRulesView(false, "application", 0, "first-session", 365, 90, 0, 0, ""), ["therapist"],
            [new SessionTemplateView("workshop", "workshop", "Workshop", "cohort", "in-person", [1, 2], 1, false, 0, 0, 120, 0, 15, [new StaffingNeedView("facilitator", 12, 2)], [], [])],
            [], new TrainingAwardView("facilitator", "kap-trained", "practitioners", 0)),
        [], new LocalDate(2027, 1, 11), 6, 0, [new SlotView("workshop", 0, 2, 600, "hall", [])],
        [new RosterEntryView("t1", "therapist", []), new RosterEntryView("t2", "therapist", [])], [], [], [], Duration.FromMinutes(15), 1, 1, "");
}
