using System.Net.Sockets;
using Google.Protobuf;
using Grpc.Core;
using RttNetwork.Load.Http2;
using RttNetwork.Load.Loops;

namespace RttNetwork.Load.Calls;

/// <summary>Single calls, one after the other.</summary>
internal static class Probe
{
    /// <summary>Makes a call, anew every few milliseconds, until it is answered as wanted.</summary>
    /// <exception cref="TimeoutException">It was not, in this time.</exception>
    public static async Task Until(Route route, string path, IMessage request, Func<StatusCode, bool> wanted, TimeSpan patience, CancellationToken cancel)
    {
        var last = StatusCode.Unavailable;
        using var time = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        time.CancelAfter(patience);
        while (!time.IsCancellationRequested)
        {
            try
            {
                using var connection = route.Open(0);
                while (connection.IsOpen)
                {
                    last = await Call(connection, path, request).WaitAsync(time.Token);
                    if (wanted(last)) return;
                    await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, time.Token);
                }
            }
            catch (SocketException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, time.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                break;
            }
        }
        cancel.ThrowIfCancellationRequested();
        throw new TimeoutException($"{path} was not answered as wanted within {patience.TotalSeconds} s; the last answer was {last}.");
    }

    /// <summary>Makes one call.</summary>
    public static Task<StatusCode> Call(Connection connection, string path, IMessage request)
    {
        var call = new One(null);
        return connection.Send(path, request, call) ? call.Ended : Task.FromResult(StatusCode.Unavailable);
    }

    /// <summary>Makes one call and parses its reply; null unless it was OK.</summary>
    public static async Task<T?> Call<T>(Connection connection, string path, IMessage request, MessageParser<T> parser) where T : class, IMessage<T>
    {
        T? reply = null;
        var call = new One(bytes => reply = parser.ParseFrom(bytes));
        if (!connection.Send(path, request, call)) return null;
        return await call.Ended == StatusCode.OK ? reply : null;
    }

    private sealed class One(Action<byte[]>? ok) : ICall
    {
        private readonly TaskCompletionSource<StatusCode> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<StatusCode> Ended => _ended.Task;

        public void End(in Reply reply)
        {
            if (reply.Status == StatusCode.OK) ok?.Invoke(reply.Message.ToArray());
            _ended.TrySetResult(reply.Status);
        }
    }
}
