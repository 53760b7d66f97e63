using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using NodaTime.TimeZones;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Units;
using RttNetwork.Testing;
using static RttNetwork.Testing.TestNetwork;

namespace RttNetwork.Grains.Tests.Cohorts;

/// <summary>A network whose silos come back with another zone database: on real grains and a real database.</summary>
public sealed class ResolvingTests : IAsyncLifetime
{
    private TestDatabase _database = null!;

    public async Task InitializeAsync() => _database = await PostgresFixture.CreateDatabase();

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task A_cohort_is_resolved_anew_as_one_unit_by_the_silos_own_database()
    {
        var old = new DateTimeZoneCache(new OldSource());
        CohortView before;
        await using (var network = await Start(_database, configure: silo => silo.Services.AddSingleton<IDateTimeZoneProvider>(old)))
        {
            await network.OpenSite();
            await network.RegisterNurse("rn1");
            await network.OpenCohort("c1");
            Accepted(await network.Facilitator("rn1").Assign(new AssignFacilitator(Keys.Cohort(Network, "nanaimo", "c1"), "nurse"), network.Unit()));
            before = await network.Get("c1");
            Assert.Equal(Instant.FromUtc(2027, 1, 5, 17, 0), before.Sessions[0].StartsAt);
        }

        await using var later = await Start(_database, seed: 2);
        var (cohort, site, nurse) = (Keys.Cohort(Network, "nanaimo", "c1"), Keys.Site(Network, "nanaimo"), Keys.Facilitator(Network, "rn1"));
        // Nothing moves by itself, and nobody who leads it is left out.
        Assert.Equal(before.Sessions[0].StartsAt, (await later.Get("c1")).Sessions[0].StartsAt);
        Assert.Equal(UnitOutcome.Conflict, (await later.Site("nanaimo").ResolveTimes(new ResolveTimes(cohort, [site]), later.Unit())).Outcome);
        // The second session has begun.
        var now = before.Sessions[1].StartsAt;
        var unit = later.Unit(now: now);
        var command = new ResolveTimes(cohort, [nurse, site]);
        var resolved = Accepted(await later.Facilitator("rn1").ResolveTimes(command, unit));
        Assert.Equal(DateTimeZoneProviders.Tzdb.VersionId, resolved.TimeZoneVersion);
        Assert.Empty(resolved.TimeConflicts);
        for (var i = 0; i < resolved.Sessions.Length; i++)
        {
            Assert.Equal(before.Sessions[i].LocalStart, resolved.Sessions[i].LocalStart);
            Assert.Equal(i < 2 ? before.Sessions[i].StartsAt : before.Sessions[i].StartsAt - Duration.FromHours(1), resolved.Sessions[i].StartsAt);
        }
        Assert.Equal(resolved.Sessions[^1].StartsAt + resolved.Sessions[^1].Length, Assert.Single((await later.Facilitator("rn1").Get(Operator())).Value!.Assignments).LastEnd);
        Assert.Equal(UnitOutcome.Replayed, (await later.Facilitator("rn1").ResolveTimes(command, unit with { Attempt = 1 })).Outcome);
        // The hour that it had is somebody else's now.
        Assert.Equal("ROOM_OCCUPIED", (await later.TryOpenCohort("c2", hour: 9)).Refusal!.Reason);
        Accepted(await later.TryOpenCohort("c3", hour: 10, week: 2));
    }

    /// <summary>As databases of before had it: British Columbia goes back in November.</summary>
    private sealed class OldSource : IDateTimeZoneSource
    {
        public string VersionId => "TZDB: old";
        public IEnumerable<string> GetIds() => ["America/Vancouver"];
        public DateTimeZone ForId(string id) => new Winter();
        public string? GetSystemDefaultId() => null;
    }

    private sealed class Winter() : DateTimeZone("America/Vancouver", false, Offset.FromHours(-8), Offset.FromHours(-7))
    {
        private static readonly Instant Autumn = Instant.FromUtc(2026, 11, 1, 9, 0);

        public override ZoneInterval GetZoneInterval(Instant instant) => instant < Autumn
            ? new ZoneInterval("PDT", null, Autumn, Offset.FromHours(-7), Offset.FromHours(1))
            : new ZoneInterval("PST", Autumn, null, Offset.FromHours(-8), Offset.Zero);
    }
}
