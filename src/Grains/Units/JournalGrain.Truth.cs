using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using NodaTime;
using RttNetwork.Contracts.Units;

namespace RttNetwork.Grains.Units;

// The truth about the stream: settling what is unknown, staying fresh, the one fold, and snapshots.
public abstract partial class JournalGrain<TState>
{
    /// <summary>True when nothing of unknown outcome is open, settling it if need be.</summary>
    private async ValueTask<bool> Settled() => !_unsettled || await Settle();

    /// <summary>
    /// The confirmed state for a reader on another thread, when it may be answered from without asking the journal: nothing of
    /// unknown outcome is open, and the journal has vouched for it within <see cref="UnitLimits.FreshFor"/>. Null otherwise.
    /// </summary>
    protected Vouched? ForOthers() =>
        _forOthers is { } vouched && _services.Time.GetElapsedTime(vouched.At) < UnitLimits.FreshFor ? vouched : null;

    /// <summary>Shows other threads the state as it is now, all of it at once; nothing while it is unsettled.</summary>
    private void Show()
    {
        if (IsSeenByOthers) _forOthers = _unsettled ? null : new Vouched(State, Version, _verifiedAt, _appendedSinceLoad || Version == 0);
    }

    private async Task<bool> SettledByItself()
    {
        if (!await _turn.Enter(UnitLimits.Hop)) return false;
        try
        {
            return await Settled();
        }
        finally
        {
            _turn.Leave();
        }
    }

    /// <summary>
    /// Takes the next version with a fence. If that succeeds, whatever was sent for it is dead; if it conflicts, something
    /// landed and is loaded. Anything else leaves the grain unsettled, and it answers nothing.
    /// </summary>
    /// <param name="refused">What is about to be refused: the fence names those of it that are repeats.</param>
    private async Task<bool> Settle(params IReadOnlyList<Unit> refused)
    {
        _unsettled = true;
        Show();
        List<Act> acts = [.. FencesOf(refused)];
        if (acts.Count == 0) acts.Add(FenceOf(Guid.Empty, "", null));
        var fence = new Append(Stream, Version + 1, EntryCodec.Write(acts));
        var asked = _services.Time.GetTimestamp();
        var result = await _services.Journal.Commit(new JournalUnit([fence], [], [], _services.Time.GetUtcNow() + UnitLimits.Unit));
        if (result.Outcome == CommitOutcome.Committed)
        {
            FoldIn(fence.Version, fence.Entry.Span);
            _appendedSinceLoad = true;
            Verified(asked);
        }
        else if (result.Outcome == CommitOutcome.Conflict)
        {
            await ReloadAnew();
        }
        else
        {
            _services.Log.LogWarning("{Stream} could not be settled ({Outcome}).", Stream, result.Outcome);
            return false;
        }
        _unsettled = false;
        Show();
        return true;
    }

    /// <summary>What an entry says of repeats that are refused with it: no earlier attempt of theirs is accepted any more, whenever it begins.</summary>
    private IEnumerable<Act> FencesOf(IEnumerable<Unit> refused) => refused.Where(u => u.Attempt > 0).Select(u => FenceOf(u.RequestId, u.Caller.Subject, u.Attempt));

    private Act FenceOf(Guid requestId, string subject, int? attempt) =>
        new(requestId, subject, "system", "settle", Instant.FromDateTimeOffset(_services.Time.GetUtcNow()), [new Fenced(attempt)]);

    /// <summary>True when the journal has vouched for this state within <see cref="UnitLimits.FreshFor"/>, asking it if need be.</summary>
    private async ValueTask<bool> Fresh()
    {
        var now = _services.Time.GetTimestamp();
        try
        {
            // A read that runs already may have been made before this was asked, and its answer may come after a long pause.
            while (_verifiedAt < now && _services.Time.GetElapsedTime(_verifiedAt) >= UnitLimits.FreshFor) await Reload();
            return true;
        }
        catch (Exception e) when (IsOperating(e))
        {
            return false;
        }
    }

    /// <summary>
    /// The journal has vouched for this state, by an answer to what was asked then: how long the answer took, or the process
    /// slept before it read it, is not known, so the state is as old as the question.
    /// </summary>
    private void Verified(long asked)
    {
        _verifiedAt = Math.Max(_verifiedAt, asked);
        Show();
    }

    /// <summary>Reads the tail after all that has happened until now: a read that is under way may be older than that.</summary>
    private async Task ReloadAnew()
    {
        if (_reloading is { IsCompleted: false } running) await running;
        await Reload();
    }

    /// <summary>Reads the tail of the stream; several who need it at once share one read.</summary>
    private Task Reload()
    {
        if (_reloading is { IsCompleted: false } running) return running;
        return _reloading = ReadTail();

        async Task ReadTail()
        {
            var asked = _services.Time.GetTimestamp();
            ImmutableArray<JournalEntry> tail;
            try
            {
                tail = await _services.Journal.Load(Stream, Version, _services.Time.GetUtcNow() + UnitLimits.Unit);
                // Nobody waits from here on, and a grain that keeps a finished task keeps an eighth of a kilobyte.
                _reloading = null;
            }
            catch (JournalGapException gap) when (Version > 0)
            {
                // The journal does not hold what this activation holds, as after a restore: the next one starts from the journal.
                _services.Log.LogError("{Stream} is ahead of the journal: {Message}", Stream, gap.Message);
                DeactivateOnIdle();
                throw new JournalUnavailableException("The stream is being loaded anew.", gap);
            }
            var before = Version;
            foreach (var entry in tail) FoldIn(entry.Version, entry.Entry.Span);
            // Somebody else appended: units of theirs may still be on their way.
            if (Version != before) _appendedSinceLoad = false;
            Verified(asked);
        }
    }

    private void FoldIn(ImmutableArray<AppendedEntry> entries, long asked)
    {
        foreach (var entry in entries)
        {
            if (entry.Stream != Stream) continue;
            FoldIn(entry.Version, entry.Entry);
            if (Version != entry.Version) continue;
            _appendedSinceLoad = true;
            Verified(asked);
        }
        SnapshotSoon();
    }

    /// <summary>The one fold, live and on load. An entry that is in the state already changes nothing.</summary>
    private void FoldIn(int version, ReadOnlySpan<byte> entry)
    {
        if (version <= Version) return;
        if (version != Version + 1) throw new JournalGapException(Stream, Version + 1, version);
        foreach (var act in EntryCodec.Read(entry))
        {
            Remember(act);
            State = FoldAct(State, act);
        }
        Version = version;
    }

    private void Remember(Act act)
    {
        _known.Add(act.Subject, act.RequestId);
        if (act.RefusedAttempt is { } attempt) (_refusedRepeats ??= new RefusedRepeats()).Add(act.Subject, act.RequestId, attempt);
        _eventsSinceSnapshot += Math.Max(1, act.Events.Length);
    }

    private static TState FoldAct(TState state, Act act)
    {
        foreach (var @event in act.Events)
        {
            if (@event is not Fenced) state = state.Apply(@event, act.At);
        }
        return state;
    }

    private void Confirm(Draft draft, long asked)
    {
        if (Version == draft.BaseVersion)
        {
            State = draft.State;
            Version = draft.BaseVersion + 1;
            foreach (var act in draft.Acts) Remember(act);
        }
        // A read that ran meanwhile may have found this entry, and somebody else's after it.
        if (Version != draft.BaseVersion + 1) return;
        _appendedSinceLoad = true;
        Verified(asked);
    }

    private async Task LoadSnapshot()
    {
        if (_snapshot is not { RecordExists: true, State: { Version: > 0 } kept } || kept.FoldVersion != TState.FoldVersion) return;
        // One above the journal's head is refused: the entry at its version must be there.
        var asked = _services.Time.GetTimestamp();
        ImmutableArray<JournalEntry> tail;
        try
        {
            tail = await _services.Journal.Load(Stream, kept.Version - 1, _services.Time.GetUtcNow() + UnitLimits.Unit);
        }
        catch (JournalGapException)
        {
            return;
        }
        if (tail.IsEmpty || kept.State.Deserialize<TState>(EventCatalog.Json) is not { } state) return;
        (State, Version, _known) = (state, kept.Version, KnownRequests.From(kept.KnownRequests, kept.KnownRequestsComplete));
        _refusedRepeats = RefusedRepeats.From(kept.RefusedRepeats, kept.RefusedAttempts);
        kept.State = default;
        foreach (var entry in tail) FoldIn(entry.Version, entry.Entry.Span);
        Verified(asked);
    }

    /// <summary>Writes a snapshot of the confirmed state, after the reply and without anybody waiting for it.</summary>
    private void SnapshotSoon()
    {
        if (_snapshot is null || _writingSnapshot || _eventsSinceSnapshot < UnitLimits.EventsPerSnapshot) return;
        _writingSnapshot = true;
        _eventsSinceSnapshot = 0;
        _snapshot.State = new Snapshot
        {
            Version = Version,
            FoldVersion = TState.FoldVersion,
            State = JsonSerializer.SerializeToElement(State, EventCatalog.Json),
            KnownRequests = _known.ToArray(),
            KnownRequestsComplete = _known.IsComplete,
            RefusedRepeats = _refusedRepeats?.Marks ?? [],
            RefusedAttempts = _refusedRepeats?.Attempts ?? [],
        };
        _ = Write();

        async Task Write()
        {
            try
            {
                await _snapshot.WriteStateAsync();
            }
            catch (Exception e)
            {
                // A snapshot is a saving, never a fact: the next one tries again.
                _services.Log.LogWarning("The snapshot of {Stream} was not written ({Error}).", Stream, e.GetType().Name);
            }
            _snapshot.State.State = default;
            _writingSnapshot = false;
        }
    }
}
