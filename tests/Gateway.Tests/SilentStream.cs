using Grpc.Core;
using Microsoft.Extensions.Time.Testing;

namespace RttNetwork.Gateway.Tests;

/// <summary>A stream of whose network nothing can be read any more.</summary>
internal static class SilentStream
{
    /// <summary>What a stream may be silent about, and a test must not wait for longer.</summary>
    private const int SecondsMin = 15, SecondsMax = 120;

    /// <summary>Moves the clock until the stream has ended, which it does in its time and with the status of what may be there again later.</summary>
    public static async Task Ends<TMessage>(IAsyncStreamReader<TMessage> stream, FakeTimeProvider time)
    {
        var ended = Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (await stream.MoveNext(default)) { }
        });
        var seconds = 0;
        for (; seconds < SecondsMax && !ended.IsCompleted; seconds++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            // Whoever waits for the clock has its turn.
            await Task.WhenAny(ended, Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System));
        }
        Assert.Equal(StatusCode.Unavailable, (await ended.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System)).StatusCode);
        Assert.InRange(seconds, SecondsMin, int.MaxValue);
    }
}
