using System.Collections.Immutable;
using Npgsql;
using RttNetwork.Grains.Units;

namespace RttNetwork.Storage.Journal;

/// <summary>
/// Loads streams and looks up receipts for all who wait, in one round trip each time: most participants are cold when
/// they book, and a round trip for each would cost more than the commit.
/// </summary>
internal sealed class LoadChannel : IAsyncDisposable
{
    private static readonly TimeSpan DeadlineMax = TimeSpan.FromHours(1);

    private readonly JournalOptions _options;
    private readonly TimeProvider _time;
    private readonly JournalMetrics _metrics;
    private readonly ImmutableArray<ReadConnection> _loaders;
    private readonly Lock _lock = new();
    private readonly Queue<LoadRequest> _pages = new();                                          // further pages of streams that are half read
    private readonly Queue<LoadRequest> _waiting = new();
    private readonly Stack<int> _idle;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _running;
    private bool _closed;

    public LoadChannel(NpgsqlDataSource database, JournalOptions options, TimeProvider time, JournalMetrics metrics)
    {
        (_options, _time, _metrics) = (options, time, metrics);
        _loaders = [.. Enumerable.Range(0, options.Loaders).Select(_ => new ReadConnection(database, options))];
        _idle = new Stack<int>(Enumerable.Range(0, options.Loaders));
    }

    public int Count => _waiting.Count;

    public ValueTask<ImmutableArray<JournalEntry>> Load(string stream, int after, DateTimeOffset deadline)
    {
        if (!UnitCheck.IsName(stream)) throw new ArgumentException("Not the name of a stream.", nameof(stream));
        ArgumentOutOfRangeException.ThrowIfNegative(after);
        var request = new LoadRequest(stream, after, deadline);
        Enqueue(request);
        return new ValueTask<ImmutableArray<JournalEntry>>(request.Entries.WaitAsync(Left(deadline), _time));
    }

    public ValueTask<Receipt?> Find(ReceiptKey key, DateTimeOffset deadline)
    {
        if (!UnitCheck.IsName(key.Network) || !UnitCheck.IsName(key.Subject)) throw new ArgumentException("Not the key of a receipt.", nameof(key));
        var request = new LoadRequest(key, deadline);
        Enqueue(request);
        return new ValueTask<Receipt?>(request.Receipt.WaitAsync(Left(deadline), _time));
    }

    public async ValueTask DisposeAsync()
    {
        bool wait;
        lock (_lock)
        {
            if (_closed) return;
            _closed = true;
            wait = _running > 0;
            foreach (var request in _pages.Concat(_waiting)) request.Fail(Closed());
            _pages.Clear();
            _waiting.Clear();
        }

        if (wait) await _ended.Task;
        foreach (var loader in _loaders) await loader.DisposeAsync();
    }

    private static JournalUnavailableException Closed() => new("The journal is closed.");

    private TimeSpan Left(DateTimeOffset deadline)
    {
        var left = deadline - _time.GetUtcNow();
        return left <= TimeSpan.Zero ? TimeSpan.Zero : left > DeadlineMax ? DeadlineMax : left;
    }

    private void Enqueue(LoadRequest request)
    {
        int loader;
        lock (_lock)
        {
            if (_closed) throw Closed();
            if (_waiting.Count >= _options.LoadsWaitingMax) throw new JournalUnavailableException($"{_options.LoadsWaitingMax} loads wait already.");
            _waiting.Enqueue(request);
            if ((_running > 0 && _waiting.Count < _options.WaitingForAnother) || !_idle.TryPop(out loader)) return;
            _running++;
        }

        Start(loader);
    }

    /// <summary>Starts a loader for requests that have waited long, while another has not come back.</summary>
    public void StartForLate()
    {
        int loader;
        lock (_lock)
        {
            if (_closed || _waiting.Count == 0 || !_idle.TryPop(out loader)) return;
            _running++;
        }

        Start(loader);
    }

    private void Start(int loader) =>
        ThreadPool.UnsafeQueueUserWorkItem(static start => _ = start.Channel.Run(start.Loader), (Channel: this, Loader: loader), preferLocal: false);

    private async Task Run(int loader)
    {
        List<LoadRequest> batch = [];
        while (Take(loader, batch))
        {
            _metrics.Loads(batch.Count);
            try
            {
                await _loaders[loader].Read(batch);
                foreach (var request in batch)
                {
                    if (!request.EndPage(_options.EntriesPerPage)) Again(request);
                }
            }
            catch (Exception e)
            {
                // An operating error is a JournalUnavailableException; anything else is a programmer's error, which the callers must see too.
                foreach (var request in batch) request.Fail(e);
            }

            batch.Clear();
        }
    }

    private bool Take(int loader, List<LoadRequest> batch)
    {
        var now = _time.GetUtcNow();
        lock (_lock)
        {
            while (batch.Count < _options.LoadsPerBatchMax && (_pages.TryDequeue(out var request) || _waiting.TryDequeue(out request)))
            {
                if (request.Deadline > now) batch.Add(request);
                else request.Fail(new TimeoutException("The deadline passed while the load waited."));
            }

            if (batch.Count > 0) return true;
            _idle.Push(loader);
            _running--;
            if (_closed && _running == 0) _ended.TrySetResult();
            return false;
        }
    }

    private void Again(LoadRequest request)
    {
        lock (_lock)
        {
            if (_closed) request.Fail(Closed());
            else _pages.Enqueue(request);
        }
    }
}
