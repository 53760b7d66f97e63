using Grpc.Core;

namespace RttNetwork.Gateway.Tests;

/// <summary>What one message of a stream says: of which place it is when it is the last of its place.</summary>
internal sealed record StreamPart<TRow>(bool Reset, IEnumerable<(string Name, TRow Row)> Changed, IEnumerable<string> Removed, string Token, string ResumeToken);

/// <summary>Whoever watches a list, and what they have of it: at every place at which the list was read too, it must be what the list said.</summary>
internal abstract class FoldedStream<TMessage, TRow> : IAsyncDisposable
{
    /// <summary>A test that waits for longer has failed.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, string> _ofStream = [];
    private readonly Dictionary<string, string> _ofList = [];
    private AsyncServerStreamingCall<TMessage>? _call;
    private Task<bool>? _next;
    private string _resume = "";

    public Dictionary<string, TRow> Known { get; } = [];
    public List<TMessage> All { get; } = [];
    public int Resets { get; private set; }
    public int Compared { get; private set; }

    public ValueTask DisposeAsync()
    {
        _call?.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>The connection is lost, with whatever was on its way.</summary>
    public async Task BreakOff()
    {
        _call?.Dispose();
        if (_next is not null) await _next.ContinueWith(_ => { }, TaskScheduler.Default);
        (_call, _next) = (null, null);
    }

    /// <summary>Reads until a message is as it is asked for.</summary>
    public async Task<TMessage> Read(Func<TMessage, bool> isIt)
    {
        while (true)
        {
            if (!await Begin().WaitAsync(Patience, TimeProvider.System)) throw new InvalidOperationException("The stream has ended.");
            var message = Take();
            if (isIt(message)) return message;
        }
    }

    /// <summary>Reads the list, and what the stream has brought. True when both are at one place.</summary>
    public async Task<bool> Look()
    {
        var (place, rows) = await List();
        _ofList[place] = Text(rows);
        while (Begin() is { IsCompletedSuccessfully: true }) Take();
        foreach (var (at, text) in _ofStream)
        {
            if (!_ofList.TryGetValue(at, out var expected)) continue;
            Compared++;
            Assert.Equal(expected, text);
        }
        return _ofStream.ContainsKey(place);
    }

    protected abstract AsyncServerStreamingCall<TMessage> Open(string resume);

    protected abstract Task<(string Place, Dictionary<string, TRow> Rows)> List();

    protected abstract StreamPart<TRow> Read(TMessage message);

    /// <summary>Without what time alone changes.</summary>
    protected abstract string Text(TRow row);

    private Task<bool> Begin()
    {
        _call ??= Open(_resume);
        return _next ??= _call.ResponseStream.MoveNext(default);
    }

    private TMessage Take()
    {
        var message = _call!.ResponseStream.Current;
        _next = null;
        All.Add(message);
        var part = Read(message);
        if (part.Reset)
        {
            Known.Clear();
            Resets++;
        }
        foreach (var (name, row) in part.Changed) Known[name] = row;
        foreach (var name in part.Removed) Known.Remove(name);
        if (part.Token.Length > 0)
        {
            _resume = part.ResumeToken;
            _ofStream[part.Token] = Text(Known);
        }
        return message;
    }

    private string Text(Dictionary<string, TRow> rows) => string.Join('\n', rows.OrderBy(r => r.Key, StringComparer.Ordinal).Select(r => $"{r.Key} {Text(r.Value)}"));
}
