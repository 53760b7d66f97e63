using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using NodaTime;
using RttNetwork.Contracts.Units;
using RttNetwork.Domain.Common;

namespace RttNetwork.Grains.Units;

// Deciding: the commands that wait at the end of their chains are decided in order, committed as one unit, and answered.
public abstract partial class JournalGrain<TState>
{
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
                else if (IsOvertaken(finishing.Unit))
                    finishing.End(UnitOutcome.Conflict);
                else if (Version == draft.BaseVersion)
                    finishing.DecideOn(draft);
            }
            if (draft.Unfounded.Count > 0 && Version == draft.BaseVersion)
            {
                await ReloadAnew();
                if (Version == draft.BaseVersion) foreach (var finishing in draft.Unfounded) finishing.End(UnitOutcome.Conflict);
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
    /// activation may still be on its way, nor the first attempt of a repeat at another one. False when the group must be
    /// decided again.
    /// </summary>
    private async Task<bool> VouchForRefusals(Draft draft)
    {
        if (!await Fresh()) throw new JournalUnavailableException("The stream's head could not be read.");
        if (Version != draft.BaseVersion) return false;
        if (draft.Refused.All(f => (_appendedSinceLoad && f.FirstIsDead) || NeedsNoFence(f.Unit, f.Refusal))) return true;
        if (!await Settle([.. draft.Refused.Select(f => f.Unit)])) throw new JournalUnavailableException("The stream could not be fenced.");
        foreach (var finishing in draft.Refused) finishing.FirstIsDead = true;
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
        // A repeat that is refused beside others that are accepted is named in their entry: its fence costs no write of its own.
        draft.Acts.AddRange(FencesOf(draft.Refused.Where(f => !NeedsNoFence(f.Unit, f.Refusal)).Select(f => f.Unit)));
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

    /// <summary>Commands that are decided together, and what they would append.</summary>
    private sealed class Draft(TState state, int baseVersion)
    {
        private readonly HashSet<string> _streams = [];

        public TState State { get; set; } = state;
        public int BaseVersion { get; } = baseVersion;
        public List<Finishing> Accepted { get; } = [];
        /// <summary>Commands that change nothing: refused, or asking for what is so already.</summary>
        public List<Finishing> Refused { get; } = [];
        /// <summary>Commands whose facts do not fit together: not all of them are the newest.</summary>
        public List<Finishing> Unfounded { get; } = [];
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

        /// <summary>No first attempt of the command can be accepted any more: there was none, or this repeat of it has been fenced.</summary>
        public bool FirstIsDead { get; set; } = unit.Attempt == 0;

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
                draft.Unfounded.Add(this);
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
