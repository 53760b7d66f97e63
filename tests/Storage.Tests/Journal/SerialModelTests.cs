using System.Collections.Immutable;
using CsCheck;
using RttNetwork.Grains.Units;

namespace RttNetwork.Storage.Tests.Journal;

/// <summary>The journal against a plain model in memory that writes one unit after another.</summary>
public sealed class SerialModelTests
{
    private const string Seed = "0000Hk2pQ4Y1";
    private static readonly int[] BatchSizes = [1, 2, 5, 512];

    private sealed record Plan(int Writers, int BatchMax, ImmutableArray<PlannedUnit> Units);

    private sealed record PlannedUnit(int Request, ImmutableArray<(int Stream, int Skew)> Appends, bool Poisoned);

    private static readonly Gen<PlannedUnit> GenUnit =
        from request in Gen.Int[0, 30]
        from streams in Gen.Int[0, 5].HashSet[1, 3]
        from skews in Gen.Frequency((12, Gen.Const(0)), (2, Gen.Const(-1)), (1, Gen.Const(1))).Array[3]
        from poisoned in Gen.Frequency((15, Gen.Const(false)), (1, Gen.Const(true)))
        select new PlannedUnit(request, [.. streams.Select((s, i) => (s, skews[i]))], poisoned);

    private static readonly Gen<Plan> GenPlan =
        from writers in Gen.Int[1, 3]
        from batchMax in Gen.Int[0, 3].Select(i => BatchSizes[i])
        from units in GenUnit.Array[1, 40]
        select new Plan(writers, batchMax, [.. units]);

    [Fact]
    public async Task Whatever_the_grouping_each_unit_gets_the_outcome_of_writing_them_one_after_another()
    {
        await using var stage = await Stage.Create();
        var journals = (from writers in Enumerable.Range(1, 3) from batchMax in BatchSizes select (writers, batchMax))
            .ToDictionary(o => o, o => stage.Journal(Stage.Patient with { Writers = o.writers, UnitsPerBatchMax = o.batchMax }));
        var run = 0;

        await GenPlan.SampleAsync(async plan =>
        {
            var network = $"n{Interlocked.Increment(ref run)}";
            var model = new Model();
            List<(JournalUnit Unit, CommitOutcome Expected, Guid? Winner)> steps = [];
            foreach (var planned in plan.Units) steps.Add(model.Next(network, planned));

            var journal = journals[(plan.Writers, plan.BatchMax)];
            var results = await Task.WhenAll(steps.Select(s => journal.Commit(s.Unit).AsTask()));

            for (var i = 0; i < steps.Count; i++)
            {
                if (results[i].Outcome != steps[i].Expected) return false;
                if (results[i].Existing is { } existing && !existing.Fingerprint.Span.SequenceEqual(steps[i].Winner!.Value.ToByteArray())) return false;
            }

            foreach (var (stream, entries) in model.Streams)
            {
                var stored = await journal.Load(stream, 0, Stage.Soon);
                if (!stored.Select(e => System.Text.Encoding.UTF8.GetString(e.Entry.Span)).SequenceEqual(entries)) return false;
            }

            return true;
        }, seed: Seed, iter: 300, threads: 1);
    }

    /// <summary>The specification: a dictionary of lists, and one unit at a time.</summary>
    private sealed class Model
    {
        private readonly Dictionary<Guid, Guid> _receipts = [];
        private readonly Guid[] _requests = [.. Enumerable.Range(0, 31).Select(_ => Guid.NewGuid())];

        public Dictionary<string, List<string>> Streams { get; } = [];

        public (JournalUnit Unit, CommitOutcome Expected, Guid? Winner) Next(string network, PlannedUnit planned)
        {
            var me = Guid.NewGuid();
            var request = _requests[planned.Request];
            List<Append> appends = [];
            foreach (var (stream, skew) in planned.Appends)
            {
                var name = $"{network}/c-{stream}";
                var entries = Streams.TryGetValue(name, out var known) ? known : Streams[name] = [];
                appends.Add(new Append(name, Math.Max(1, entries.Count + 1 + skew), Stage.Json(planned.Poisoned ? """{"a":""" : $"\"{me}\"")));
            }

            var receipt = new Receipt(new ReceiptKey(network, "u-1", request), me.ToByteArray(), ["x@1"], Stage.Json("1"));
            var unit = new JournalUnit([.. appends], [receipt], [], Stage.Soon);
            if (planned.Poisoned) return (unit, CommitOutcome.Poison, null);
            if (_receipts.TryGetValue(request, out var winner)) return (unit, CommitOutcome.ReceiptExists, winner);
            if (appends.Any(a => a.Version != Streams[a.Stream].Count + 1)) return (unit, CommitOutcome.Conflict, null);
            foreach (var append in appends) Streams[append.Stream].Add($"\"{me}\"");
            _receipts[request] = me;
            return (unit, CommitOutcome.Committed, null);
        }
    }
}
