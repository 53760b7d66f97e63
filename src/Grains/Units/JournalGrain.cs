using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using NodaTime;
using RttNetwork.Contracts.Units;
using RttNetwork.Domain.Common;

namespace RttNetwork.Grains.Units;

/// <summary>
/// A mailbox around a pure decision. Every command replays (was it accepted before?), decides, commits and applies;
/// nothing is acknowledged and no state is changed before the append is durable. The state is the fold of the grain's
/// own stream, whose name is the grain's key.
/// </summary>
/// <remarks>
/// The grain is reentrant so that reads are answered from confirmed state while a write is in flight; the
/// <see cref="Turnstile"/> keeps commands apart. Derived classes carry Orleans' attributes, this one the guarantees:
/// <list type="bullet">
/// <item>Two activations may run; only one of them can append a version, and the other finds out before it answers
/// with a refusal or a figure (<see cref="UnitLimits.FreshFor"/>), or when its append conflicts.</item>
/// <item>After an unknown outcome the grain appends <see cref="Fenced"/> at the version that the unit would have taken.
/// Until that has succeeded or conflicted it answers nothing.</item>
/// <item>A grain that has appended nothing since it was loaded fences likewise before its first refusal, because a unit of an
/// earlier activation may still be on its way.</item>
/// </list>
/// </remarks>
public abstract class JournalGrain<TState> : Grain
    where TState : class, IFold<TState>
{
    private readonly UnitServices _services;
    private readonly IPersistentState<Snapshot>? _snapshot;
    private readonly Turnstile _turn;
    private Queue<Finishing>? _finishing;
    private KnownRequests _known = new();
    private Task? _reloading;
    private long _verifiedAt;
    private int _eventsSinceSnapshot;
    private bool _writingSnapshot;
    private bool _appendedSinceLoad;
    private bool _unsettled;
    private bool _draining;

    protected JournalGrain(UnitServices services, IPersistentState<Snapshot>? snapshot = null)
    {
        _services = services;
        _snapshot = snapshot;
        _turn = new Turnstile(services.Time);
        Stream = this.GetPrimaryKeyString();
        Network = Contracts.Keys.NetworkOf(Stream);
    }

    /// <summary>The stream's name: the grain's key.</summary>
    protected string Stream { get; }

    /// <summary>The tenant.</summary>
    protected string Network { get; }

    /// <summary>The confirmed state: the fold of the stream up to <see cref="Version"/>.</summary>
    protected TState State { get; private set; } = TState.Empty;

    /// <summary>The version of the last entry that is confirmed; 0 before anything happened.</summary>
    protected int Version { get; private set; }

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await LoadSnapshot();
        if (Version == 0) await Reload();
    }

    /// <summary>
    /// Sees to it that this grain holds a version that the caller has read in the journal: another activation may have
    /// written it. For facts that no append of this stream will fence.
    /// </summary>
    protected async Task<bool> Holds(int version)
    {
        try
        {
            if (Version < version) await ReloadAnew();
        }
        catch (Exception e) when (IsOperating(e))
        {
            return false;
        }
        return Version >= version;
    }

    /// <summary>
    /// A grain's part in a chain that ends further down: holds the turn, refuses what its own state forbids, sends its
    /// facts down and folds what comes back up.
    /// </summary>
    /// <param name="unit">The unit so far.</param>
    /// <param name="guard">What this grain alone can refuse; null lets the unit pass.</param>
    /// <param name="facts">What the grains below must know; may be null.</param>
    /// <param name="next">Calls the next grain of the chain.</param>
    protected async Task<UnitAnswer<TReply>> Enlist<TReply>(
        Unit unit, Func<TState, Contracts.Units.Refusal?> guard, Func<TState, Facts?> facts, Func<Unit, Task<UnitAnswer<TReply>>> next)
        where TReply : class
    {
        if (_turn.IsFull) return UnitAnswer<TReply>.Of(UnitOutcome.Overloaded);
        if (!await _turn.Enter(Remaining(unit))) return UnitAnswer<TReply>.Of(UnitOutcome.Expired);
        var sent = false;
        try
        {
            // Only the first grain of a chain starts anew: it alone can gather every fact again.
            var attempts = unit.Enlisted.IsEmpty ? UnitLimits.AttemptsMax : 1;
            for (var attempt = 1; ; attempt++)
            {
                if (!await Settled()) return UnitAnswer<TReply>.Of(UnitOutcome.Unavailable);
                if (await Replay<TReply>(unit, mustLook: unit.Attempt > 0 && attempt == 1) is { } earlier) return earlier;
                if (await RefuseByItself<TReply>(unit, guard) is { } refused) return refused;
                if (Remaining(unit) <= TimeSpan.Zero) return UnitAnswer<TReply>.Of(UnitOutcome.Expired);

                sent = true;
                var (asked, sentVersion) = (_services.Time.GetTimestamp(), Version);
                var answer = await Ask(unit, next(unit.With(new Enlistment(Stream, Version, facts(State)))));
                switch (answer.Outcome)
                {
                    case UnitOutcome.Accepted:
                        FoldIn(answer.Entries, asked);
                        return answer;
                    case UnitOutcome.Refused:
                        // It was judged on these facts too: they must have been the newest.
                        if (!await Fresh()) return UnitAnswer<TReply>.Of(UnitOutcome.Unavailable);
                        if (Version == sentVersion) return answer;
                        break;
                    case UnitOutcome.Unknown:
                        if (!await Settle()) return answer;
                        if (await Replay<TReply>(unit, mustLook: true) is { } landed) return landed;
                        break;
                    case UnitOutcome.Conflict:
                        await ReloadAnew();
                        break;
                    case UnitOutcome.Replayed:
                        // Accepted by a unit whose entry did not come up this chain: it may be in this stream.
                        await ReloadAnew();
                        return answer;
                    default:
                        return answer;
                }
                sent = false;
                if (attempt >= attempts) return UnitAnswer<TReply>.Of(UnitOutcome.Conflict);
            }
        }
        catch (Exception e) when (IsOperating(e))
        {
            return UnitAnswer<TReply>.Of(sent ? UnitOutcome.Unknown : UnitOutcome.Unavailable);
        }
        finally
        {
            _turn.Leave();
        }
    }

    /// <summary>
    /// The end of a chain: decides over every fact that came down and this grain's own state, commits all streams as one
    /// unit, and sends each grain's entry back up. Commands that wait while a write is in flight are decided one after
    /// the other and committed together; if that unit does not stand, each is decided again by itself.
    /// </summary>
    protected async Task<UnitAnswer<TReply>> Finish<TReply>(Unit unit, Func<TState, UnitDecision<TState, TReply>> decide)
        where TReply : class
    {
        _finishing ??= new Queue<Finishing>();
        if (_finishing.Count >= UnitLimits.WaitingMax) return UnitAnswer<TReply>.Of(UnitOutcome.Overloaded);
        var finishing = new Finishing<TReply>(unit, decide);
        _finishing.Enqueue(finishing);
        if (!_draining)
        {
            _draining = true;
            _ = Drain();
        }
        return await finishing.Answer.Task;
    }

    /// <summary>
    /// A read of the confirmed state. It never waits for a commit, and is never older than <see cref="UnitLimits.FreshFor"/>:
    /// a process that was paused asks the journal first.
    /// </summary>
    protected async Task<ReadAnswer<TView>> Read<TView>(Func<TState, int, TView?> view)
        where TView : class
    {
        if (_unsettled && !await SettledByItself()) return new ReadAnswer<TView>(null, true);
        if (!await Fresh()) return new ReadAnswer<TView>(null, true);
        return new ReadAnswer<TView>(view(State, Version), false);
    }

    /// <summary>
    /// A refusal from the confirmed state without the turn, for a question that comes before a unit. Null when the unit
    /// must decide: there is nothing to refuse, or the command may have been accepted before, or the state is not vouched for.
    /// </summary>
    protected async Task<Contracts.Units.Refusal?> RefuseAtAGlance(Unit unit, Func<TState, Contracts.Units.Refusal?> guard)
    {
        if (guard(State) is null || MayHaveAccepted(unit) || _unsettled || (!_appendedSinceLoad && Version > 0)) return null;
        return await Fresh() && (_appendedSinceLoad || Version == 0) ? guard(State) : null;
    }

    /// <summary>True when the command says that it is a repeat, or when this grain remembers it.</summary>
    private bool IsRepeat(Unit unit) => unit.Attempt > 0 || _known.Contains(unit.Caller.Subject, unit.RequestId);

    /// <summary>True when the command may stand in the receipts, for all that this grain knows: it is not refused before they were asked.</summary>
    private bool MayHaveAccepted(Unit unit) => !_known.IsComplete || IsRepeat(unit);

    private async Task Drain()
    {
        await _turn.Enter(Timeout.InfiniteTimeSpan);
        try
        {
            while (_finishing!.Count > 0) await DecideTogether(_finishing);
        }
        finally
        {
            _draining = false;
            _turn.Leave();
        }
    }

    /// <summary>Takes the commands that wait, decides them in order, and commits what was accepted as one unit.</summary>
    private async Task DecideTogether(Queue<Finishing> waiting)
    {
        var group = new List<Finishing>(Math.Min(waiting.Count, UnitLimits.CommandsTogetherMax));
        while (group.Count < UnitLimits.CommandsTogetherMax && waiting.TryDequeue(out var next)) group.Add(next);
        try
        {
            if (!await Settled())
            {
                foreach (var finishing in group) finishing.End(UnitOutcome.Unavailable);
                return;
            }
            while (group.Count > 0)
            {
                var stood = await Decide(group);
                // A command that shares a stream with an earlier one of the draft waits for the next draft.
                group.RemoveAll(f => f.IsAnswered);
                if (stood) continue;
                // The unit of several did not stand, and which of them was at fault cannot be told: one by one.
                foreach (var finishing in group) await Decide([finishing]);
            }
        }
        catch (Exception e) when (IsOperating(e))
        {
            foreach (var finishing in group) finishing.End(UnitOutcome.Unavailable);
        }
        catch (Exception e)
        {
            // A programmer's error ends this activation; what was sent is settled by the next one.
            _services.Log.LogError(e, "{Stream} failed while it decided.", Stream);
            foreach (var finishing in group) finishing.Fail(e);
            DeactivateOnIdle();
        }
    }

    /// <summary>Decides a group in order on the state as it would become, and commits it as one unit.</summary>
    /// <returns>False when the unit of several did not stand and each must be decided again by itself.</returns>
    private async Task<bool> Decide(List<Finishing> group)
    {
        while (true)
        {
            var draft = new Draft(State, Version);
            foreach (var finishing in group)
            {
                if (finishing.IsAnswered) continue;
                if (Remaining(finishing.Unit) <= TimeSpan.Zero)
                    finishing.End(UnitOutcome.Expired);
                else if (IsRepeat(finishing.Unit) && await FindReceipt(finishing.Unit) is { } receipt)
                    finishing.Replay(receipt);
                else if (Version == draft.BaseVersion)
                    finishing.DecideOn(draft);
            }
            if (Version != draft.BaseVersion) continue;
            if (draft.Accepted.Count > 0) return await Commit(draft, group);
            if (draft.Refused.Count > 0 && !await VouchForRefusals(draft)) continue;
            await Refuse(draft.Refused);
            return true;
        }
    }

    /// <summary>
    /// Before a refusal counts, the state that it was judged on must be the stream's newest, and no unit of an earlier
    /// activation may still be on its way. False when the group must be decided again.
    /// </summary>
    private async Task<bool> VouchForRefusals(Draft draft)
    {
        if (!await Fresh()) throw new JournalUnavailableException("The stream's head could not be read.");
        if (Version != draft.BaseVersion) return false;
        if (_appendedSinceLoad || draft.Refused.All(f => NeedsNoFence(f.Unit, f.Refusal))) return true;
        if (!await Settle()) throw new JournalUnavailableException("The stream could not be fenced.");
        return false;
    }

    /// <summary>
    /// Tells the refused, unless a command was accepted so long ago that this grain has forgotten it. (One that was and is
    /// decided anew instead is caught by the receipt's key when it is committed.)
    /// </summary>
    private async Task Refuse(List<Finishing> refused)
    {
        if (_known.IsComplete)
        {
            foreach (var finishing in refused) finishing.Refuse();
            return;
        }
        await Task.WhenAll(refused.Select(async finishing =>
        {
            if (await FindReceipt(finishing.Unit) is { } receipt) finishing.Replay(receipt);
            else finishing.Refuse();
        }));
    }

    private async Task<bool> Commit(Draft draft, List<Finishing> group)
    {
        var unit = draft.Seal(Stream);
        var asked = _services.Time.GetTimestamp();
        var result = unit.Appends.Any(a => a.Entry.Length > UnitLimits.EntryBytesMax)
            ? new CommitResult(CommitOutcome.Poison)
            : await _services.Journal.Commit(unit);
        switch (result.Outcome)
        {
            case CommitOutcome.Committed:
                Confirm(draft, asked);
                var token = $"{result.Token.Xid}.{result.Token.Position}";
                foreach (var finishing in draft.Accepted) finishing.Accept(token);
                SnapshotSoon();
                await Refuse(draft.Refused);
                return true;
            case CommitOutcome.ReceiptExists when group.Count == 1:
                await ReloadAnew();
                group[0].Replay(result.Existing!);
                return true;
            case CommitOutcome.Conflict when group.Count == 1:
                await ReloadAnew();
                group[0].End(UnitOutcome.Conflict);
                return true;
            case CommitOutcome.Poison when group.Count == 1:
                group[0].End(Refusals.UnitTooLarge);
                return true;
            case CommitOutcome.Conflict or CommitOutcome.ReceiptExists or CommitOutcome.Poison:
                await ReloadAnew();
                return false;
            case CommitOutcome.Expired when group.Count > 1:
                // The group had the deadline of its most hurried member.
                return false;
            case CommitOutcome.Unknown:
                return await AfterUnknown(group);
            default:
                var outcome = result.Outcome switch
                {
                    CommitOutcome.Overloaded => UnitOutcome.Overloaded,
                    CommitOutcome.Expired => UnitOutcome.Expired,
                    _ => UnitOutcome.Unavailable,
                };
                foreach (var finishing in group) finishing.End(outcome);
                return true;
        }
    }

    /// <summary>Settles; then each command either landed (its receipt says so), or is dead and its chain starts anew.</summary>
    private async Task<bool> AfterUnknown(List<Finishing> group)
    {
        try
        {
            if (await Settle())
            {
                foreach (var finishing in group)
                {
                    if (finishing.IsAnswered) continue;
                    if (await FindReceipt(finishing.Unit) is { } receipt) finishing.Replay(receipt);
                    else finishing.End(UnitOutcome.Conflict);
                }
            }
        }
        catch (Exception e) when (IsOperating(e))
        {
            _services.Log.LogWarning("What became of a unit of {Stream} could not be asked ({Error}).", Stream, e.GetType().Name);
        }
        foreach (var finishing in group) finishing.End(UnitOutcome.Unknown);
        return true;
    }

    /// <summary>Asks the next grain of a chain; no answer is an unknown outcome, never a failure.</summary>
    private async Task<UnitAnswer<TReply>> Ask<TReply>(Unit unit, Task<UnitAnswer<TReply>> next)
        where TReply : class
    {
        try
        {
            return await next.WaitAsync(Remaining(unit) + UnitLimits.Hop, _services.Time);
        }
        catch (Exception e)
        {
            // Whatever it was, the unit may have been sent before it happened.
            _services.Log.LogWarning("A unit from {Stream} got no answer ({Error}): settling.", Stream, e.GetType().Name);
            return UnitAnswer<TReply>.Of(UnitOutcome.Unknown);
        }
    }

    /// <summary>
    /// True when no earlier attempt of the command can be on its way here: it only asks, there is nothing by that name, or nothing
    /// that this caller may see, so that a stranger's question writes nothing.
    /// </summary>
    private bool NeedsNoFence(Unit unit, Contracts.Units.Refusal? refusal) =>
        Version == 0 || unit.ValidateOnly || refusal?.Reason == Refusals.NotFound.Reason;

    /// <summary>
    /// What this grain refuses by itself, on its newest state; null when it lets the unit pass. A command that was accepted
    /// before gets its first answer, and a grain that has appended nothing since it was loaded fences first and judges again.
    /// </summary>
    private async Task<UnitAnswer<TReply>?> RefuseByItself<TReply>(Unit unit, Func<TState, Contracts.Units.Refusal?> guard)
        where TReply : class
    {
        while (guard(State) is not null)
        {
            if (Remaining(unit) <= TimeSpan.Zero) return UnitAnswer<TReply>.Of(UnitOutcome.Expired);
            if (!await Fresh()) return UnitAnswer<TReply>.Of(UnitOutcome.Unavailable);
            if (guard(State) is not { } refusal) break;
            if (MayHaveAccepted(unit) && await Replay<TReply>(unit, mustLook: true) is { } earlier) return earlier;
            if (_appendedSinceLoad || NeedsNoFence(unit, refusal)) return UnitAnswer<TReply>.Of(refusal);
            if (!await Settle()) return UnitAnswer<TReply>.Of(UnitOutcome.Unavailable);
        }
        return null;
    }

    /// <summary>The first answer again, when the command was accepted before; null when it was not.</summary>
    private async Task<UnitAnswer<TReply>?> Replay<TReply>(Unit unit, bool mustLook)
        where TReply : class
    {
        if (!mustLook && !_known.Contains(unit.Caller.Subject, unit.RequestId)) return null;
        return await FindReceipt(unit) is { } receipt ? AnswerOf<TReply>(unit, receipt) : null;
    }

    private ValueTask<Receipt?> FindReceipt(Unit unit) =>
        _services.Journal.FindReceipt(KeyOf(unit), _services.Time.GetUtcNow() + UnitLimits.Hop);

    private static ReceiptKey KeyOf(Unit unit) => new(unit.Caller.Network, unit.Caller.Subject, unit.RequestId);

    private static UnitAnswer<TReply> AnswerOf<TReply>(Unit unit, Receipt receipt)
        where TReply : class =>
        receipt.Fingerprint.Span.SequenceEqual(unit.Fingerprint)
            ? UnitAnswer<TReply>.Of(UnitOutcome.Replayed, JsonSerializer.Deserialize<TReply>(receipt.Reply.Span, EventCatalog.Json))
            : UnitAnswer<TReply>.Of(Refusals.RequestIdReused);

    /// <summary>True when nothing of unknown outcome is open, settling it if need be.</summary>
    private async ValueTask<bool> Settled() => !_unsettled || await Settle();

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
    private async Task<bool> Settle()
    {
        _unsettled = true;
        var now = Instant.FromDateTimeOffset(_services.Time.GetUtcNow());
        var fence = new Append(Stream, Version + 1, EntryCodec.Write([new Act(Guid.Empty, "", "system", "settle", now, [new Fenced()])]));
        var asked = _services.Time.GetTimestamp();
        var result = await _services.Journal.Commit(new JournalUnit([fence], [], [], (now + Duration.FromTimeSpan(UnitLimits.Unit)).ToDateTimeOffset()));
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
        return true;
    }

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
    private void Verified(long asked) => _verifiedAt = Math.Max(_verifiedAt, asked);

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

    private TimeSpan Remaining(Unit unit) => unit.Deadline.ToDateTimeOffset() - _services.Time.GetUtcNow();

    /// <summary>What can go wrong in operation without anybody's error: the journal cannot be asked in time.</summary>
    private static bool IsOperating(Exception e) => e is JournalUnavailableException or TimeoutException;

    /// <summary>Commands that are decided together, and what they would append.</summary>
    private sealed class Draft(TState state, int baseVersion)
    {
        private readonly HashSet<string> _streams = [];

        public TState State { get; set; } = state;
        public int BaseVersion { get; } = baseVersion;
        public List<Finishing> Accepted { get; } = [];
        /// <summary>Commands that change nothing: refused, or asking for what is so already.</summary>
        public List<Finishing> Refused { get; } = [];
        public List<Act> Acts { get; } = [];
        public List<Append> Appends { get; } = [];
        public List<Receipt> Receipts { get; } = [];
        public List<VaultChange> Vault { get; } = [];
        public Instant Deadline { get; private set; } = Instant.MaxValue;

        /// <summary>False when another command of the draft writes to one of these streams: it waits for the next draft.</summary>
        public bool Takes(ImmutableArray<(string Stream, ImmutableArray<IEvent> Events)> others)
        {
            if (_streams.Count + others.Length >= UnitLimits.StreamsMax) return false;
            foreach (var (stream, _) in others)
            {
                if (_streams.Contains(stream)) return false;
            }
            foreach (var (stream, _) in others) _streams.Add(stream);
            return true;
        }

        public void Until(Instant deadline) => Deadline = Instant.Min(Deadline, deadline);

        public JournalUnit Seal(string stream)
        {
            Appends.Add(new Append(stream, BaseVersion + 1, EntryCodec.Write(Acts)));
            return new JournalUnit([.. Appends], [.. Receipts], [.. Vault], Deadline.ToDateTimeOffset());
        }
    }

    /// <summary>A command that waits at the end of its chain.</summary>
    private abstract class Finishing(Unit unit)
    {
        public Unit Unit { get; } = unit;
        public abstract bool IsAnswered { get; }
        public abstract void DecideOn(Draft draft);
        public abstract void Accept(string token);
        public abstract Contracts.Units.Refusal? Refusal { get; }
        public abstract void Refuse();
        public abstract void Replay(Receipt receipt);
        public abstract void End(UnitOutcome outcome);
        public abstract void End(Contracts.Units.Refusal refusal);
        public abstract void Fail(Exception error);
    }

    private sealed class Finishing<TReply>(Unit unit, Func<TState, UnitDecision<TState, TReply>> decide) : Finishing(unit)
        where TReply : class
    {
        private UnitAnswer<TReply>? _unchanged;
        private TReply? _reply;
        private ImmutableArray<AppendedEntry> _entries = [];

        public TaskCompletionSource<UnitAnswer<TReply>> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public override bool IsAnswered => Answer.Task.IsCompleted;

        public override void DecideOn(Draft draft)
        {
            var decision = decide(draft.State);
            if (decision.Refusal is { } refusal)
            {
                Unchanged(draft, UnitAnswer<TReply>.Of(refusal));
                return;
            }
            if (decision.Others.Length >= UnitLimits.StreamsMax)
            {
                Unchanged(draft, UnitAnswer<TReply>.Of(Refusals.UnitTooLarge));
                return;
            }
            if (decision.LookAgain)
            {
                End(UnitOutcome.Conflict);
                return;
            }
            if (decision.IsAlready && Unit.Caller.Scope == CallerScope.System)
            {
                Unchanged(draft, UnitAnswer<TReply>.Of(UnitOutcome.Already, decision.Reply(draft.State, draft.BaseVersion)));
                return;
            }
            var act = ActOf(decision.Own);
            var state = FoldAct(draft.State, act);
            _reply = decision.Reply(state, draft.BaseVersion + 1);
            if (Unit.ValidateOnly)
            {
                Answer.TrySetResult(UnitAnswer<TReply>.Of(UnitOutcome.WouldBeAccepted, _reply));
                return;
            }
            if (!draft.Takes(decision.Others)) return;
            var others = ImmutableArray.CreateBuilder<AppendedEntry>(decision.Others.Length);
            foreach (var (stream, events) in decision.Others)
            {
                var entry = new AppendedEntry(stream, VersionOf(stream) + 1, EntryCodec.Write([ActOf(events)]));
                others.Add(entry);
                draft.Appends.Add(new Append(stream, entry.Version, entry.Entry));
            }
            _entries = others.MoveToImmutable();
            draft.State = state;
            draft.Acts.Add(act);
            draft.Vault.AddRange(decision.Vault);
            draft.Until(Unit.Deadline);
            draft.Accepted.Add(this);
            draft.Receipts.Add(new Receipt(KeyOf(Unit), Unit.Fingerprint,
                [.. _entries.Select(e => $"{e.Stream}@{e.Version}")], JsonSerializer.SerializeToUtf8Bytes(_reply, EventCatalog.Json)));
        }

        public override void Accept(string token) =>
            Answer.TrySetResult(new UnitAnswer<TReply>(UnitOutcome.Accepted, _reply, null, _entries, token));

        public override Contracts.Units.Refusal? Refusal => _unchanged?.Refusal;
        public override void Refuse() => Answer.TrySetResult(_unchanged!);

        public override void Replay(Receipt receipt) => Answer.TrySetResult(AnswerOf<TReply>(Unit, receipt));
        public override void End(UnitOutcome outcome) => Answer.TrySetResult(UnitAnswer<TReply>.Of(outcome));
        public override void End(Contracts.Units.Refusal refusal) => Answer.TrySetResult(UnitAnswer<TReply>.Of(refusal));
        public override void Fail(Exception error) => Answer.TrySetException(error);

        /// <summary>An answer that changes nothing counts once the state that it was judged on is confirmed and the newest.</summary>
        private void Unchanged(Draft draft, UnitAnswer<TReply> answer)
        {
            _unchanged = answer;
            draft.Refused.Add(this);
        }

        private Act ActOf(ImmutableArray<IEvent> events) =>
            new(Unit.RequestId, Unit.Caller.Subject, ScopeName(Unit.Caller.Scope), Unit.Caller.Purpose, Unit.Now, events);

        private int VersionOf(string stream)
        {
            foreach (var enlistment in Unit.Enlisted)
            {
                if (enlistment.Stream == stream) return enlistment.Version;
            }
            throw new InvalidOperationException($"{stream} was not enlisted.");
        }

        private static string ScopeName(CallerScope scope) => scope switch
        {
            CallerScope.System => "system",
            CallerScope.Site => "site",
            CallerScope.Operator => "operator",
            CallerScope.Authority => "authority",
            _ => throw new InvalidOperationException($"Unknown scope {scope}."),
        };
    }
}
