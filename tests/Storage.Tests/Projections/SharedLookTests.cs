using NodaTime;
using RttNetwork.Storage.Projections;

namespace RttNetwork.Storage.Tests.Projections;

/// <summary>Looks that are shared never show what was before they were asked for.</summary>
public sealed class SharedLookTests
{
    private const int Askers = 4;
    private const int Looks = 500_000;

    /// <summary>Askers without a pause, so that looks end at every moment of the asking.</summary>
    [Fact]
    public async Task Whoever_asks_gets_a_look_that_begins_after_they_asked()
    {
        long clock = 0;
        var shared = new SharedLook<string>(async (_, _) =>
        {
            var seen = Interlocked.Increment(ref clock);
            await Task.Yield();
            return seen.ToString(System.Globalization.CultureInfo.InvariantCulture);
        });
        await Task.WhenAll(Enumerable.Range(0, Askers).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < Looks; i++)
            {
                var asked = Interlocked.Read(ref clock);
                var seen = long.Parse((await shared.Look(NodaConstants.UnixEpoch))!, System.Globalization.CultureInfo.InvariantCulture);
                if (seen <= asked) Assert.Fail($"Asked at {asked}, shown what was seen at {seen}.");
            }
        })));
    }

    [Fact]
    public async Task A_look_that_failed_is_nobody_elses()
    {
        var failing = true;
        var shared = new SharedLook<string>(async (before, _) =>
        {
            await Task.Yield();
            return failing ? throw new InvalidOperationException() : before ?? "anew";
        });
        await Assert.ThrowsAsync<InvalidOperationException>(() => shared.Look(NodaConstants.UnixEpoch));
        failing = false;
        Assert.Equal("anew", await shared.Look(NodaConstants.UnixEpoch));
    }
}
