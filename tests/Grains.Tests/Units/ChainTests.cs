using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Facilitators;
using RttNetwork.Contracts.Participants;
using RttNetwork.Contracts.Sites;
using RttNetwork.Contracts.Units;
using static RttNetwork.Testing.TestNetwork;

namespace RttNetwork.Grains.Tests.Units;

/// <summary>Who may start a unit, in which order it enlists, and that the caller is checked again in the grain.</summary>
public sealed class ChainTests(SharedNetwork shared) : SharedNetworkTests(shared)
{
    public override async Task InitializeAsync()
    {
        await Cluster.OpenSite();
        await Cluster.OpenSite("victoria");
        await Cluster.OpenCohort("c1");
        await Cluster.Register("ann");
    }

    [Theory]
    [InlineData("bc/c-nanaimo.c1", "bc/p-ann")]
    [InlineData("bc/p-bob", "bc/p-ann")]
    [InlineData("bc/p-ann", "bc/p-ann")]
    [InlineData("bc/f-fay", "bc/i-abc")]
    public void A_stream_out_of_order_is_not_enlisted(string first, string next)
    {
        var unit = Cluster.Unit().With(new Enlistment(first, 1, null));
        Assert.Throws<InvalidOperationException>(() => unit.With(new Enlistment(next, 1, null)));
    }

    [Fact]
    public async Task A_grain_that_starts_a_unit_is_stopped()
    {
        var starter = Cluster.Grains.GetGrain<IStarterGrain>("starter");
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => starter.StartsAUnit(Cluster.Unit()));
        Assert.Contains("started a unit", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_site_finds_nothing_and_changes_nothing()
    {
        var stranger = Desk("victoria");
        foreach (var ask in Enum.GetValues<SeatAsk>())
            Assert.Equal("NOT_FOUND", (await Cluster.Ask(ask, "ann", "c1", Cluster.Unit(stranger))).Refusal!.Reason);
        Assert.Equal("NOT_FOUND", (await Cluster.Cohort("c1").FinishSeat(Request("ann"), SeatAsk.Book, Cluster.Unit(stranger))).Refusal!.Reason);
        Assert.Equal("NOT_FOUND", (await Cluster.Cohort("c1").Glance(Request("ann"), Cluster.Unit(stranger)))!.Refusal!.Reason);
        Assert.Equal("NOT_FOUND", (await Cluster.Site("nanaimo").BlockRoom(new BlockRoom("hall", "flood"), Cluster.Unit(stranger))).Refusal!.Reason);
        Assert.Equal("NOT_FOUND", (await Cluster.TryOpenCohort("c2", hour: 14, unit: Cluster.Unit(stranger))).Refusal!.Reason);
        Assert.Equal("NOT_FOUND", (await Cluster.Participant("ann").SetEligibility(new SetEligibility(false, "x"), Cluster.Unit(stranger))).Refusal!.Reason);
        Assert.Null((await Cluster.Cohort("c1").Get(stranger, Now)).Value);
        Assert.Null((await Cluster.Cohort("c1").Seats(stranger, Now)).Value);
        Assert.Null((await Cluster.Participant("ann").Get(stranger, Now)).Value);
        Assert.Null((await Cluster.Site("nanaimo").Get(stranger)).Value);
        Assert.Null((await Cluster.Cohort("c1").Get(Operator("elsewhere"), Now)).Value);
    }

    [Fact]
    public async Task A_person_is_seen_at_a_second_site_without_what_the_first_one_has()
    {
        Accepted(await Cluster.Book("ann", "c1"));
        Accepted(await Cluster.Participant("ann").FinishRegister(new RegisterParticipant("ann", "victoria", [], "", "", null, false, false), Cluster.Unit(Desk("victoria"))));
        var seen = (await Cluster.Participant("ann").Get(Desk("victoria"), Now)).Value!;
        Assert.Equal(("", 0), (seen.HomeSite, seen.Enrolments.Length));
        Assert.Single((await Cluster.Participant("ann").Get(Desk("nanaimo"), Now)).Value!.Enrolments);
    }

    [Fact]
    public async Task One_person_is_one_participant_whoever_registers_first()
    {
        var key = Keys.Identity(Network, "hash-of-ann");
        Task<UnitAnswer<ParticipantView>> Claim(string participant, string site) => Cluster.Grains.GetGrain<IIdentityGrain>(key).Claim(
            new RegisterParticipant(participant, site, [key], "", "", new PersonalFields("Doe", "Ann", null, "", "", ""), false, false), Cluster.Unit(Desk(site)));
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => Claim($"new-{i}", i % 2 == 0 ? "nanaimo" : "victoria")));
        Assert.Single(answers, a => a.Outcome == UnitOutcome.Accepted);
        Assert.All(answers.Where(a => a.Outcome != UnitOutcome.Accepted), a => Assert.Equal(UnitOutcome.Conflict, a.Outcome));
        var owner = (await Cluster.Grains.GetGrain<IIdentityGrain>(key).Owner()).Value!.Participant!;
        var second = Accepted(await Claim(owner, "victoria"));
        Assert.True(second.AlreadyRegistered);
    }

    [Fact]
    public async Task Personal_fields_are_read_on_the_record_and_erased_for_ever()
    {
        var ann = Cluster.Participant("new-ann");
        Accepted(await ann.FinishRegister(new RegisterParticipant("new-ann", "nanaimo", [], "island", "Snuneymuxw", new PersonalFields("Doe", "Ann", new LocalDate(1990, 1, 1), "", "", "en-CA"), false, false), Cluster.Unit()));
        Assert.Equal("Doe", Accepted(await ann.ReadPersonalData(Cluster.Unit(Desk("nanaimo")))).FamilyName);
        var journal = await Shared.Entries();
        Assert.Contains(journal, e => e.Stream == $"{Network}/p-new-ann" && e.Acts.Any(a => a.Subject == "desk-nanaimo" && a.Events.Any(x => x is Domain.Participants.PersonalDataRead)));
        await using var connection = await Shared.Database.Open();
        await using (var governed = connection.CreateCommand())
        {
            governed.CommandText = $"select residency_region || '/' || governing_nation from rtt.personal_key where network = '{Network}'";
            Assert.Equal("island/Snuneymuxw", await governed.ExecuteScalarAsync());
        }
        Accepted(await ann.ErasePersonalData(Cluster.Unit()));
        Assert.Equal("PERSONAL_DATA_ERASED", (await ann.ReadPersonalData(Cluster.Unit())).Refusal!.Reason);
        await using var left = connection.CreateCommand();
        left.CommandText = $"select (select count(*) from rtt.personal_key where network = '{Network}') + (select count(*) from rtt.personal_data where network = '{Network}')";
        Assert.Equal(0L, await left.ExecuteScalarAsync());
    }

    [Fact]
    public async Task A_blocked_room_and_a_withdrawn_credential_reach_every_cohort()
    {
        ImmutableArray<StaffingRequirementView> nurses = [new StaffingRequirementView("nurse", 4, 1)];
        await Cluster.RegisterNurse("fay");
        foreach (var (cohort, hour) in new[] { ("n1", 12), ("n2", 14) })
        {
            await Cluster.OpenCohort(cohort, hour: hour, staffing: nurses);
            Accepted(await Cluster.Facilitator("fay").Assign(new AssignFacilitator(Keys.Cohort(Network, "nanaimo", cohort), "nurse"), Cluster.Unit()));
        }
        Accepted(await Cluster.Facilitator("fay").WithdrawCredential(new WithdrawCredential("nurse", "CA-BC", "suspended"), Cluster.Unit()));
        Accepted(await Cluster.Site("nanaimo").BlockRoom(new BlockRoom("hall", "flood"), Cluster.Unit()));
        await Eventually(async () => (await Cluster.Get("n1")).Facilitators.Concat((await Cluster.Get("n2")).Facilitators).All(f => !f.Counted));
        await Eventually(async () => (await Cluster.Get("c1")).Seats.Usable == 0);
        Accepted(await Cluster.Site("nanaimo").UnblockRoom(new UnblockRoom("hall"), Cluster.Unit()));
        await Eventually(async () => (await Cluster.Get("c1")).Seats.Usable == 4);
    }

    private static SeatRequest Request(string participant) => new(Keys.Cohort(Network, "nanaimo", "c1"), Keys.Participant(Network, participant), "");

    /// <summary>Waits for evidence; the bound only turns a hang into a failure.</summary>
    private static async Task Eventually(Func<Task<bool>> holds)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await holds())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(60), "It did not come to pass within a minute.");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }
}

/// <summary>A grain that breaks the rule.</summary>
public interface IStarterGrain : IGrainWithStringKey
{
    Task StartsAUnit(Unit unit);
}

public sealed class StarterGrain : Grain, IStarterGrain
{
    public Task StartsAUnit(Unit unit) =>
        GrainFactory.GetGrain<ISiteGrain>(Keys.Site(Network, "nanaimo")).BlockRoom(new BlockRoom("hall", "flood"), unit);
}
