using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Facilitators;
using RttNetwork.Domain.Participants;
using RttNetwork.Domain.Referrals;
using RttNetwork.Grains.Units;

namespace RttNetwork.Rig.Chaos;

/// <summary>All there is to judge by: what clients saw, and what the database holds.</summary>
public sealed record History(Stage Stage, ImmutableArray<Step> Steps, ImmutableArray<ReadEntry> Journal, ImmutableArray<ReadReceipt> Receipts)
{
    public string KeyOf(string cohort) => StageCohort.KeyOf(Stage.Network, cohort);

    /// <summary>The stream of whoever a wish is for.</summary>
    public string KeyOf(Wish wish) => wish.IsStaffing ? Keys.Facilitator(Stage.Network, wish.Who) : Keys.Participant(Stage.Network, wish.Who);
}

/// <summary>What came of checking a history.</summary>
/// <param name="Acknowledged">Commands whose client had been told that they were accepted when it went on.</param>
/// <param name="Refused">Commands whose client had been told that they were refused when it went on.</param>
/// <param name="Unknown">Commands whose client went on without an answer; each must have one at the end.</param>
/// <param name="Referrals">How many referrals ended how, by the code of their status.</param>
public sealed record Verdict(int Acknowledged, int Refused, int Unknown, ImmutableArray<Violation> Violations, ImmutableSortedDictionary<string, int> Referrals)
{
    public int Lost => Count(ViolationKind.Lost);
    public int Duplicated => Count(ViolationKind.Duplicated);
    public int Overbooked => Count(ViolationKind.Overbooked);

    public int Count(ViolationKind kind) => Violations.Count(v => v.Kind == kind);
}

/// <summary>A stream's state after each of its entries.</summary>
internal sealed class Fold<TState>
    where TState : class, IFold<TState>
{
    private readonly List<(int Version, TState State, Instant RecordedAt, ImmutableArray<TState> Within)> _states = [(0, TState.Empty, Instant.MinValue, [])];

    public static readonly Fold<TState> Nothing = new();

    /// <summary>The version of the last entry.</summary>
    public int Head => _states[^1].Version;

    /// <summary>The state after it.</summary>
    public TState Final => _states[^1].State;

    public void Add(ReadEntry entry)
    {
        var state = _states[^1].State;
        var within = ImmutableArray.CreateBuilder<TState>();
        foreach (var act in entry.Acts) within.Add(state = Apply(state, act));
        _states.Add((entry.Version, state, entry.RecordedAt, within.ToImmutable()));
    }

    public static TState Apply(TState state, Act act)
    {
        foreach (var e in act.Events)
        {
            if (e is not Fenced) state = state.Apply(e, act.At);
        }
        return state;
    }

    /// <summary>The state at a version; null when the stream has none such.</summary>
    public TState? At(int version)
    {
        foreach (var (v, state, _, _) in _states)
        {
            if (v == version) return state;
        }
        return null;
    }

    /// <summary>When an entry was recorded.</summary>
    public Instant RecordedAt(int version) => _states.First(s => s.Version == version).RecordedAt;

    /// <summary>
    /// Every state from a version on that was recorded by then; at least the one of the version itself. Also those between
    /// the commands that were decided one after the other and written as one entry: another may have been refused there.
    /// </summary>
    public IEnumerable<TState> Between(int version, Instant until)
    {
        for (var i = _states.Count - 1; i >= 0; i--)
        {
            if (_states[i].Version < version) break;
            if (_states[i].RecordedAt > until && _states[i].Version != version) continue;
            yield return _states[i].State;
            if (_states[i].Version == version) continue;
            foreach (var state in _states[i].Within) yield return state;
        }
    }
}

/// <summary>Every stream of a journal, folded.</summary>
internal sealed class Folds
{
    private readonly Dictionary<string, Fold<CohortState>> _cohorts = [];
    private readonly Dictionary<string, Fold<ParticipantState>> _people = [];
    private readonly Dictionary<string, Fold<FacilitatorState>> _facilitators = [];
    private readonly Dictionary<string, Fold<ReferralState>> _referrals = [];

    public Folds(ImmutableArray<ReadEntry> journal)
    {
        foreach (var entry in journal)
        {
            switch (Keys.KindOf(entry.Stream))
            {
                case StreamKind.Cohort: Add(_cohorts, entry); break;
                case StreamKind.Participant: Add(_people, entry); break;
                case StreamKind.Facilitator: Add(_facilitators, entry); break;
                case StreamKind.Referral: Add(_referrals, entry); break;
                default: break;
            }
        }
    }

    public Fold<CohortState> Cohort(string key) => _cohorts.GetValueOrDefault(key, Fold<CohortState>.Nothing);
    public Fold<ParticipantState> Person(string key) => _people.GetValueOrDefault(key, Fold<ParticipantState>.Nothing);
    public Fold<FacilitatorState> Facilitator(string key) => _facilitators.GetValueOrDefault(key, Fold<FacilitatorState>.Nothing);
    public Fold<ReferralState> Referral(string key) => _referrals.GetValueOrDefault(key, Fold<ReferralState>.Nothing);

    /// <summary>Every referral as it is at the end, by its key.</summary>
    public IEnumerable<(string Key, ReferralState State)> Referrals => _referrals.Select(r => (r.Key, r.Value.Final));

    private static void Add<TState>(Dictionary<string, Fold<TState>> folds, ReadEntry entry)
        where TState : class, IFold<TState>
    {
        if (!folds.TryGetValue(entry.Stream, out var fold)) folds.Add(entry.Stream, fold = new Fold<TState>());
        fold.Add(entry);
    }
}

/// <summary>The highest version of each stream that anybody had been told of, at any instant.</summary>
internal sealed class Told
{
    private readonly Dictionary<string, List<(Instant At, int Version)>> _told = [];

    public void Add(string stream, int version, Instant at)
    {
        if (!_told.TryGetValue(stream, out var list)) _told.Add(stream, list = []);
        list.Add((at, version));
    }

    /// <summary>Call once, after the last <see cref="Add"/>.</summary>
    public void Order()
    {
        foreach (var list in _told.Values)
        {
            list.Sort();
            for (var i = 1; i < list.Count; i++) list[i] = (list[i].At, Math.Max(list[i].Version, list[i - 1].Version));
        }
    }

    public int Before(string stream, Instant at)
    {
        if (!_told.TryGetValue(stream, out var list)) return 0;
        var (low, high) = (0, list.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (list[middle].At < at) low = middle + 1;
            else high = middle;
        }
        return low == 0 ? 0 : list[low - 1].Version;
    }
}
