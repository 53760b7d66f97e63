using System.Collections.Immutable;
using RttNetwork.Contracts.Views;

namespace RttNetwork.Gateway.Watches;

/// <summary>What has come for a stream and is not sent yet.</summary>
/// <param name="Changes">Each referral once, as it is now.</param>
/// <param name="Reached">The place that they lead to; null for none.</param>
/// <param name="Behind">Too much came: what is missing must be asked for.</param>
/// <param name="Anew">What was sent before says nothing any more.</param>
internal readonly record struct News(ImmutableArray<ReferralChange> Changes, FeedPlace? Reached, bool Behind, bool Anew);

/// <summary>
/// One stream's own. A reader that is slow has each referral once, the newest, and nothing that is older; when even that becomes too much, it is dropped, and the
/// stream asks for what has changed since its last place.
/// </summary>
/// <param name="begun">Done when what comes is complete from then on.</param>
/// <param name="silentFor">Since when nothing could be read.</param>
internal sealed class ReferralWatch(string? site, bool outgoing, int pendingMax, Task begun, Func<TimeSpan> silentFor, Action<ReferralWatch> close) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ReferralChange> _pending = new(StringComparer.Ordinal);
    private TaskCompletionSource _news = New();
    private FeedPlace? _reached;
    private bool _isWhole;
    private bool _isBehind;
    private bool _isAnew;

    public Task Begun => begun;

    public TimeSpan SilentFor => silentFor();

    public void Dispose() => close(this);

    /// <param name="reached">Where they lead to; null when more follow first.</param>
    public void Take(ImmutableArray<ReferralChange> changes, FeedPlace? reached)
    {
        lock (_lock)
        {
            if (_isBehind || _isAnew) return;
            foreach (var change in changes)
            {
                if (site is null || site == (outgoing ? change.Row.Source : change.Row.Target)) _pending[change.Row.Referral] = change;
            }
            (_isWhole, _reached) = (reached is not null, reached ?? _reached);
            if (_pending.Count > pendingMax)
            {
                _pending.Clear();
                _isBehind = true;
            }
            if (_isBehind || (_isWhole && _pending.Count > 0)) _news.TrySetResult();
        }
    }

    public void BeginAnew()
    {
        lock (_lock)
        {
            _pending.Clear();
            _isAnew = true;
            _news.TrySetResult();
        }
    }

    /// <summary>Waits for something to send, but no longer than <paramref name="patience"/>.</summary>
    public async Task Wait(TimeSpan patience, TimeProvider time, CancellationToken cancel)
    {
        Task news;
        lock (_lock) news = _news.Task;
        try
        {
            await news.WaitAsync(patience, time, cancel);
        }
        catch (TimeoutException)
        {
            // Nothing has come: the stream says so.
        }
    }

    /// <summary>Takes what has come. After <see cref="News.Behind"/> and <see cref="News.Anew"/> what comes is collected again: ask after this, not before.</summary>
    public News Drain()
    {
        lock (_lock)
        {
            _news = New();
            if (_isAnew || _isBehind)
            {
                var lost = new News([], null, _isBehind, _isAnew);
                (_isAnew, _isBehind, _isWhole, _reached) = (false, false, false, null);
                return lost;
            }
            if (!_isWhole) return new News([], null, false, false);
            var news = new News([.. _pending.Values], _reached, false, false);
            _pending.Clear();
            return news;
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
