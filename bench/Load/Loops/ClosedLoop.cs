using System.Diagnostics;
using RttNetwork.Load.Calls;
using RttNetwork.Load.Http2;

namespace RttNetwork.Load.Loops;

/// <summary>How clients reach a server.</summary>
/// <param name="Tokens">One for each connection, in turn: a server counts calls by caller.</param>
/// <param name="StreamsPerConnection">Calls at one time on one connection: one connection alone would be a bottleneck of its own.</param>
internal sealed record Route(Uri Endpoint, IReadOnlyList<string> Tokens, int StreamsPerConnection = 32)
{
    /// <summary>Each call's deadline.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    public Connection Open(int number) => Connection.Open(Endpoint, Tokens[number % Tokens.Count], Deadline);
}

/// <summary>A number of clients, each with one request at a time.</summary>
internal sealed class ClosedLoop : IDisposable
{
    private readonly Lane[] _lanes;

    public ClosedLoop(Route route, int clients, Func<int, IWork> work)
    {
        var lanes = (clients + route.StreamsPerConnection - 1) / route.StreamsPerConnection;
        _lanes = new Lane[lanes];
        for (var i = 0; i < lanes; i++) _lanes[i] = new Lane(route.Open(i));
        for (var i = 0; i < clients; i++) _lanes[i % lanes].Add(work(i));
    }

    /// <summary>Lets every client work for so long, or until its work is done; then waits for the replies that are under way, which do not count.</summary>
    public async Task<Window> Run(TimeSpan duration)
    {
        var begun = Stopwatch.GetTimestamp();
        var end = begun + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        await Task.WhenAll(_lanes.Select(lane => lane.Run(end)));
        var tally = new Tally();
        foreach (var lane in _lanes) tally.Add(lane.Tally);
        var last = _lanes.Max(lane => lane.LastEnded);
        return new Window(Stopwatch.GetElapsedTime(begun, Math.Min(end, Math.Max(last, begun + 1))).TotalSeconds, tally);
    }

    public void Dispose()
    {
        foreach (var lane in _lanes) lane.Dispose();
    }

    /// <summary>A connection and its clients.</summary>
    private sealed class Lane(Connection connection) : IDisposable
    {
        private readonly List<Client> _clients = [];
        private TaskCompletionSource _done = new();
        private long _end;
        private int _working;

        public Tally Tally { get; } = new();

        /// <summary>When the last reply that counts came.</summary>
        public long LastEnded { get; private set; }

        public void Add(IWork work) => _clients.Add(new Client(this, work));

        public Task Run(long end)
        {
            _done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _end = end;
            _working = _clients.Count;
            Tally.Clear();
            connection.Together(_ =>
            {
                foreach (var client in _clients) client.Next();
            });
            return _done.Task;
        }

        public void Dispose() => connection.Dispose();

        private void Ended(in Reply reply, long sent)
        {
            var now = Stopwatch.GetTimestamp();
            if (now > _end) return;
            Tally.Add(reply.Status, Stopwatch.GetElapsedTime(sent, now));
            LastEnded = now;
        }

        private void Stopped()
        {
            if (--_working == 0) _done.TrySetResult();
        }

        private sealed class Client(Lane lane, IWork work) : ICall
        {
            private long _sent;

            public void Next()
            {
                if (!work.TryNext(out var path, out var request))
                {
                    lane.Stopped();
                    return;
                }
                _sent = Stopwatch.GetTimestamp();
                if (!lane.Send(path, request, this)) lane.Stopped();
            }

            public void End(in Reply reply)
            {
                work.Ended(reply);
                lane.Ended(reply, _sent);
                if (Stopwatch.GetTimestamp() < lane._end) Next();
                else lane.Stopped();
            }
        }

        private bool Send(string path, Google.Protobuf.IMessage request, ICall call) => connection.Send(path, request, call);
    }
}
