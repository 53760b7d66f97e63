using System.Diagnostics.Metrics;
using RttNetwork.Grains.Units;

namespace RttNetwork.Storage.Journal;

/// <summary>What the journal counts, in the meter "Rtt".</summary>
internal sealed class JournalMetrics : IDisposable
{
    private static readonly KeyValuePair<string, object?>[] OutcomeTags =
        [.. Enum.GetValues<CommitOutcome>().Select(o => new KeyValuePair<string, object?>("outcome", o.ToString()))];

    private static readonly InstrumentAdvice<double> Seconds = new() { HistogramBucketBoundaries = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10] };
    private static readonly InstrumentAdvice<int> Numbers = new() { HistogramBucketBoundaries = [1, 2, 3, 5, 8, 12, 20, 40, 80, 160] };

    private readonly Meter _meter = new("Rtt");
    private readonly Histogram<int> _batchUnits;
    private readonly Histogram<int> _unitStreams;
    private readonly Histogram<double> _commitSeconds;
    private readonly Counter<long> _outcomes;
    private readonly Histogram<int> _loadBatch;
    private readonly Counter<long> _secondAttempts;

    public JournalMetrics(Func<int> unitsWaiting, Func<int> loadsWaiting)
    {
        _batchUnits = _meter.CreateHistogram<int>("rtt.journal.batch.units", "{unit}", "Units written together", tags: null, Numbers);
        _unitStreams = _meter.CreateHistogram<int>("rtt.journal.unit.streams", "{stream}", "Streams of one unit that was written", tags: null, Numbers);
        _commitSeconds = _meter.CreateHistogram<double>("rtt.journal.commit.duration", "s", "From the call to the outcome of a unit", tags: null, Seconds);
        _outcomes = _meter.CreateCounter<long>("rtt.journal.outcomes", "{unit}", "Units by what became of them");
        _loadBatch = _meter.CreateHistogram<int>("rtt.journal.load.batch", "{load}", "Loads and receipt look-ups asked together", tags: null, Numbers);
        _secondAttempts = _meter.CreateCounter<long>("rtt.journal.batches.contended", "{batch}", "Batches that had to be written again, filtered or unit by unit");
        _meter.CreateObservableGauge("rtt.journal.queue.units", unitsWaiting, "{unit}", "Units that wait for a writer");
        _meter.CreateObservableGauge("rtt.journal.queue.loads", loadsWaiting, "{load}", "Loads and look-ups that wait for a loader");
    }

    public void Batch(int units) => _batchUnits.Record(units);

    public void Loads(int loads) => _loadBatch.Record(loads);

    public void Contended() => _secondAttempts.Add(1);

    /// <param name="streams">Of a unit that was written: how many it appended to.</param>
    public void Outcome(CommitOutcome outcome, TimeSpan took, int streams = 0)
    {
        if (outcome == CommitOutcome.Committed) _unitStreams.Record(streams);
        _outcomes.Add(1, OutcomeTags[(int)outcome]);
        _commitSeconds.Record(took.TotalSeconds);
    }

    public void Dispose() => _meter.Dispose();
}
