using System.Threading.Channels;
using CsCheck;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using NodaTime;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;
using RttNetwork.Gateway.Authentication;
using RttNetwork.Gateway.Tests.Hosting;
using RttNetwork.Gateway.Watches;

namespace RttNetwork.Gateway.Tests;

/// <summary>How often a network that is watched is looked at: the more watch, the less often, between two bounds.</summary>
public sealed class WatchPauseTests
{
    private static readonly GatewayOptions Defaults = new() { EnvironmentName = "Development", IdentityKey = [], Tokens = new TokenOptions() };

    /// <summary>The pause is as long as those who watch at the time make it, neither shorter nor longer, whoever came and went before.</summary>
    [Fact]
    public async Task A_network_is_looked_at_less_often_the_more_watch_it_between_two_bounds()
    {
        var bounds = Gen.Select(Gen.Int[1, 300], Gen.Int[0, 700], Gen.Int[0, 200], (least, more, each) => Defaults with
        {
            WatchInterval = TimeSpan.FromMilliseconds(least),
            WatchIntervalMax = TimeSpan.FromMilliseconds(least + more),
            WatchIntervalEach = TimeSpan.FromMilliseconds(each / 10.0),
        });
        await Gen.Select(bounds, Gen.Int[1, 300].Array[1, 6]).SampleAsync((options, numbers) => AssertPauses(options, numbers), iter: 100);
    }

    /// <summary>With the values of the product: a few wait a fifth of a second at most, and two hundred or more half a second.</summary>
    [Fact]
    public Task The_bounds_of_the_product_are_a_fifth_of_a_second_and_half_a_second()
    {
        Assert.Equal((200, 500), (Defaults.WatchInterval.TotalMilliseconds, Defaults.WatchIntervalMax.TotalMilliseconds));
        Assert.Equal(Defaults.WatchIntervalMax, 200 * Defaults.WatchIntervalEach);
        return AssertPauses(Defaults, [1, 80, 81, 140, 199, 200, 201, 1000, 3]);
    }

    private static async Task AssertPauses(GatewayOptions options, int[] numbers)
    {
        var (looks, time, grains) = (0, new WaitedTime(), new FakeGrains());
        var at = Instant.FromUtc(2026, 12, 1, 17, 0);
        grains.On<IViewsGrain>(nameof(IViewsGrain.CapacityChanges), (_, _) =>
        {
            Interlocked.Increment(ref looks);
            return Task.FromResult(new CapacityChanges([], new FeedPlace(1, 100, 1), More: false, Reset: false, at, null, 1));
        });
        var feeds = new CapacityFeeds(grains, new WatchPlaces(options), options, time, NullLogger<CapacityFeeds>.Instance);
        var open = new Stack<CapacityWatch>();
        Change(numbers[0]);
        var pause = await time.Next();
        foreach (var number in numbers)
        {
            Change(number);
            time.Advance(pause);
            pause = await time.Next();
            // Of waits whole milliseconds count.
            Assert.Equal(Math.Clamp(number * options.WatchIntervalEach.Ticks, options.WatchInterval.Ticks, options.WatchIntervalMax.Ticks) / TimeSpan.TicksPerMillisecond, pause.TotalMilliseconds);
            // It is looked once when the pause is over, and not before.
            var before = looks;
            time.Advance(pause - TimeSpan.FromTicks(1));
            Assert.Equal(before, looks);
            time.Advance(TimeSpan.FromTicks(1));
            pause = await time.Next();
            Assert.Equal(before + 1, looks);
        }
        Change(0);

        void Change(int number)
        {
            for (var client = open.Count; client < number; client++) open.Push(feeds.Open(new Caller("demo", $"client-{client}", CallerScope.Operator, [], [], "care"))!);
            while (open.Count > number) open.Pop().Dispose();
        }
    }

    /// <summary>A clock that the test moves, and that says for how long somebody begins to wait.</summary>
    private sealed class WaitedTime : FakeTimeProvider
    {
        private readonly Channel<TimeSpan> _begun = Channel.CreateUnbounded<TimeSpan>();

        public async Task<TimeSpan> Next() => await _begun.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30), System);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            _begun.Writer.TryWrite(dueTime);
            return timer;
        }
    }
}
