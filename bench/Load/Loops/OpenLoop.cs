using System.Collections.Concurrent;
using System.Diagnostics;
using Google.Rpc;
using Grpc.Core;
using RttNetwork.Load.Calls;
using RttNetwork.Load.Http2;
using RttNetwork.Load.Worlds;
using RttNetwork.Wire.V1;

namespace RttNetwork.Load.Loops;

/// <summary>
/// Sends bookings at a constant rate, whatever becomes of them. A latency counts from the moment at which its call should
/// have been sent, so that a server cannot hide behind a client that waits for it.
/// </summary>
internal sealed class OpenLoop : IDisposable
{
    /// <summary>Calls at one time on one connection; servers allow 256 streams.</summary>
    private const int InFlightMax = 200;

    private readonly Draw _draw;
    private readonly Lane[] _lanes;
    private ulong _random;

    public OpenLoop(Route route, Draw draw, int connections, ulong seed)
    {
        (_draw, _random) = (draw, Draw.Mix(seed));
        _lanes = [.. Enumerable.Range(0, connections).Select(i => new Lane(route.Open(i), draw))];
    }

    /// <summary>Sends for so long, then waits for the replies.</summary>
    public async Task<OpenWindow> Run(double perSecond, TimeSpan duration)
    {
        foreach (var lane in _lanes) lane.Clear();
        var result = await Task.Factory.StartNew(() => Send(perSecond, duration), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        var given = Stopwatch.StartNew();
        while (_lanes.Any(lane => lane.InFlight > 0) && given.Elapsed < Route.Deadline + Route.Deadline)
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        var tally = new Tally();
        long unexplained = 0;
        foreach (var lane in _lanes)
        {
            tally.Add(lane.Tally);
            unexplained += lane.Unexplained;
        }
        return new OpenWindow(duration.TotalSeconds, tally, result.Sent, result.Unsent, unexplained);
    }

    public void Dispose()
    {
        foreach (var lane in _lanes) lane.Dispose();
    }

    private (long Sent, long Unsent) Send(double perSecond, TimeSpan duration)
    {
        using var tick = new ManualResetEventSlim(false);
        var begun = Stopwatch.GetTimestamp();
        var ticksPerCall = Stopwatch.Frequency / perSecond;
        long due = 0, unsent = 0;
        var total = (long)(perSecond * duration.TotalSeconds);
        var lane = 0;
        while (due < total)
        {
            var until = Math.Min(total, (long)((Stopwatch.GetTimestamp() - begun) / ticksPerCall));
            // All that is due, spread over the connections, each of which sends its part in one piece.
            var each = (until - due + _lanes.Length - 1) / _lanes.Length;
            while (due < until)
            {
                var (from, to) = (due, Math.Min(until, due + each));
                _lanes[lane].Connection.Together(_ =>
                {
                    for (var i = from; i < to; i++)
                    {
                        if (!_lanes[lane].Send(ref _random, begun + (long)(i * ticksPerCall))) unsent++;
                    }
                });
                lane = (lane + 1) % _lanes.Length;
                due = to;
            }
            if (due < total) tick.Wait(TimeSpan.FromMilliseconds(1));
        }
        return (total - unsent, unsent);
    }

    private sealed class Lane(Connection connection, Draw draw) : IDisposable
    {
        private readonly ConcurrentStack<Booking> _idle = new();
        private byte[] _explained = [];
        private int _inFlight;

        public Connection Connection => connection;

        public Tally Tally { get; } = new();

        /// <summary>Refusals that were not "too busy, come back then and then".</summary>
        public long Unexplained { get; private set; }

        public int InFlight => Volatile.Read(ref _inFlight);

        public void Clear()
        {
            Tally.Clear();
            Unexplained = 0;
        }

        public bool Send(ref ulong random, long intended)
        {
            if (Volatile.Read(ref _inFlight) >= InFlightMax) return false;
            if (!_idle.TryPop(out var booking)) booking = new Booking(this);
            if (!draw.TryNext(ref random, out var cohort, out var person)) return false;
            booking.Request.Cohort = cohort;
            booking.Request.Participant = person;
            booking.Request.RequestId = RequestIds.Next(ref random);
            booking.Intended = intended;
            Interlocked.Increment(ref _inFlight);
            if (connection.Send(Methods.Book, booking.Request, booking)) return true;
            Interlocked.Decrement(ref _inFlight);
            _idle.Push(booking);
            return false;
        }

        public void Dispose() => connection.Dispose();

        private void Ended(Booking booking, in Reply reply)
        {
            Tally.Add(reply.Status, Stopwatch.GetElapsedTime(booking.Intended));
            if (reply.Status == StatusCode.ResourceExhausted) draw.Return(booking.Request.Cohort, booking.Request.Participant);
            if (reply.Status != StatusCode.OK && !IsExplained(reply)) Unexplained++;
            Interlocked.Decrement(ref _inFlight);
            _idle.Push(booking);
        }

        private bool IsExplained(in Reply reply)
        {
            if (reply.Status != StatusCode.ResourceExhausted) return false;
            // Nearly all are the same bytes: those are looked into once.
            if (reply.Details.SequenceEqual(_explained)) return true;
            if (!SaysWhenToComeBack(reply.Details)) return false;
            _explained = reply.Details.ToArray();
            return true;
        }

        private static bool SaysWhenToComeBack(ReadOnlySpan<byte> details)
        {
            var text = System.Text.Encoding.ASCII.GetString(details);
            var bytes = Convert.FromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '='));
            return Google.Rpc.Status.Parser.ParseFrom(bytes).Details.Any(d => d.Is(RetryInfo.Descriptor) && d.Unpack<RetryInfo>().RetryDelay is not null);
        }

        private sealed class Booking(Lane lane) : ICall
        {
            public BookSeatRequest Request { get; } = new();

            public long Intended { get; set; }

            public void End(in Reply reply) => lane.Ended(this, reply);
        }
    }
}

/// <summary>What came of sending at a constant rate.</summary>
/// <param name="Unsent">Calls that could not be sent: too many had no answer yet.</param>
/// <param name="Unexplained">Failures that did not say RESOURCE_EXHAUSTED and when to come back.</param>
internal sealed record OpenWindow(double Seconds, Tally Tally, long Sent, long Unsent, long Unexplained)
{
    public double Goodput => Tally.Ok / Seconds;
}
