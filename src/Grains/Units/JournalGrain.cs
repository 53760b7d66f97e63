using System.Text.Json;
using Microsoft.Extensions.Logging;
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
/// <item>Every grain fences before it refuses a command that says that it is a repeat: another activation may have an earlier
/// attempt in its hands, or a frozen gateway in its buffers, and the reason may have come with time alone. That fence names the
/// command and the attempt, and whoever appends next has read it: an earlier attempt is not accepted any more, whenever it begins.</item>
/// </list>
/// </remarks>
public abstract partial class JournalGrain<TState> : Grain
    where TState : class, IFold<TState>
{
    private readonly UnitServices _services;
    private readonly IPersistentState<Snapshot>? _snapshot;
    private readonly Turnstile _turn;
    private Queue<Finishing>? _finishing;
    private KnownRequests _known = new();
    private RefusedRepeats? _refusedRepeats;
    private Task? _reloading;
    private volatile Vouched? _forOthers;
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

    /// <summary>True when other threads of the process may read this grain's confirmed state (<see cref="ForOthers"/>).</summary>
    protected virtual bool IsSeenByOthers => false;

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
    /// <param name="attests">
    /// True when this grain only says how things are, and no unit of this kind appends to it: its version then fences nothing, and what it says is
    /// at most <see cref="UnitLimits.FreshFor"/> old instead.
    /// </param>
    protected async Task<UnitAnswer<TReply>> Enlist<TReply>(
        Unit unit, Func<TState, Contracts.Units.Refusal?> guard, Func<TState, Facts?> facts, Func<Unit, Task<UnitAnswer<TReply>>> next, bool attests = false)
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
                if (!await Settled() || (attests && !await Fresh())) return UnitAnswer<TReply>.Of(UnitOutcome.Unavailable);
                if (await Replay<TReply>(unit, mustLook: unit.Attempt > 0 && attempt == 1) is { } earlier) return earlier;
                if (IsOvertaken(unit)) return UnitAnswer<TReply>.Of(UnitOutcome.Conflict);
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
                    case UnitOutcome.Refused or UnitOutcome.Already:
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

    /// <summary>The same for a reader on another thread, from what <see cref="ForOthers"/> gave it.</summary>
    protected Contracts.Units.Refusal? RefuseAtAGlance(Unit unit, Vouched vouched, Func<TState, Contracts.Units.Refusal?> guard) =>
        vouched.MayRefuse && guard(vouched.State) is { } refusal && !MayHaveAccepted(unit) ? refusal : null;

    /// <summary>
    /// The first answer to a command that was accepted before, for a grain that would have to ask many others before it decides; null when nothing is known of it. One
    /// that is on its way still is found when it is decided.
    /// </summary>
    protected async Task<UnitAnswer<TReply>?> AcceptedBefore<TReply>(Unit unit)
        where TReply : class
    {
        try
        {
            return MayHaveAccepted(unit) ? await Replay<TReply>(unit, mustLook: true) : null;
        }
        catch (Exception e) when (IsOperating(e))
        {
            return UnitAnswer<TReply>.Of(UnitOutcome.Unavailable);
        }
    }

    /// <summary>True when the command says that it is a repeat, or when this grain remembers it.</summary>
    private bool IsRepeat(Unit unit) => unit.Attempt > 0 || _known.Contains(unit.Caller.Subject, unit.RequestId);

    /// <summary>True when a later attempt of this command was refused, here or by another activation: this one must not be accepted any more.</summary>
    private bool IsOvertaken(Unit unit) => _refusedRepeats?.Overtook(unit.Caller.Subject, unit.RequestId, unit.Attempt) == true;

    /// <summary>True when the command may stand in the receipts, for all that this grain knows: it is not refused before they were asked.</summary>
    private bool MayHaveAccepted(Unit unit) => !_known.IsComplete || IsRepeat(unit);

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
    /// before gets its first answer. A grain that has appended nothing since it was loaded, or that is asked by a repeat, fences
    /// first and judges again.
    /// </summary>
    private async Task<UnitAnswer<TReply>?> RefuseByItself<TReply>(Unit unit, Func<TState, Contracts.Units.Refusal?> guard)
        where TReply : class
    {
        var firstIsDead = unit.Attempt == 0;
        while (guard(State) is not null)
        {
            if (Remaining(unit) <= TimeSpan.Zero) return UnitAnswer<TReply>.Of(UnitOutcome.Expired);
            if (!await Fresh()) return UnitAnswer<TReply>.Of(UnitOutcome.Unavailable);
            if (guard(State) is not { } refusal) break;
            if (MayHaveAccepted(unit) && await Replay<TReply>(unit, mustLook: true) is { } earlier) return earlier;
            if ((_appendedSinceLoad && firstIsDead) || NeedsNoFence(unit, refusal)) return UnitAnswer<TReply>.Of(refusal);
            if (!await Settle(unit)) return UnitAnswer<TReply>.Of(UnitOutcome.Unavailable);
            // Or somebody else took the version: then this grain has appended nothing since, and fences once more.
            firstIsDead = true;
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

    private TimeSpan Remaining(Unit unit) => unit.Deadline.ToDateTimeOffset() - _services.Time.GetUtcNow();

    /// <summary>What can go wrong in operation without anybody's error: the journal cannot be asked in time.</summary>
    private static bool IsOperating(Exception e) => e is JournalUnavailableException or TimeoutException;

    /// <summary>A confirmed state that the journal vouches for.</summary>
    /// <param name="At">When the journal was asked: a time stamp of the clock.</param>
    /// <param name="MayRefuse">No unit of an earlier activation can be on its way: a refusal needs no fence.</param>
    protected sealed record Vouched(TState State, int Version, long At, bool MayRefuse);
}
