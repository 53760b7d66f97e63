using System.Collections.Immutable;
using RttNetwork.Grains.Units;

namespace RttNetwork.Storage.Journal;

/// <summary>
/// The units that wait for a writer, in the order in which they came. A unit is handed out only while no other unit in
/// a writer's hands touches one of its streams, receipts or persons, so units that want the same never share a batch,
/// nor wait for each other inside the database: the first is written, and the later ones are judged on what it left.
/// So, whatever the grouping, each unit of this silo gets the outcome that writing them one after another would give.
/// </summary>
internal sealed class UnitQueue(JournalOptions options)
{
    private readonly Lock _lock = new();
    private readonly HashSet<string> _streams = new(StringComparer.Ordinal);                     // in a writer's hands
    private readonly HashSet<ReceiptKey> _receipts = [];
    private readonly HashSet<(string, string)> _persons = [];
    private readonly HashSet<string> _streamsPassedOver = new(StringComparer.Ordinal);           // wanted by a unit that came before and has to wait
    private readonly HashSet<ReceiptKey> _receiptsPassedOver = [];
    private readonly HashSet<(string, string)> _personsPassedOver = [];
    private bool _passedOver;
    private WaitingUnit? _first;
    private WaitingUnit? _last;
    private int _count;
    private long _bytes;
    private readonly Stack<int> _idleWriters = new(Enumerable.Range(0, options.Writers));
    private bool _closed;

    public int Count => Volatile.Read(ref _count);

    /// <summary>Adds a unit; says whether it fitted, and which idle writer the caller has to start, if any: it counts as started.</summary>
    public (bool Accepted, int? Start) Enqueue(WaitingUnit unit)
    {
        lock (_lock)
        {
            if (_closed || _count >= options.UnitsWaitingMax || (_count > 0 && _bytes + unit.Bytes > options.BytesWaitingMax)) return (false, null);
            unit.Previous = _last;
            if (_last is null) _first = unit;
            else _last.Next = unit;
            _last = unit;
            _count++;
            _bytes += unit.Bytes;
            return (true, TakeIdleWriter());
        }
    }

    /// <summary>
    /// Moves the next batch into <paramref name="batch"/>, and units whose deadline has passed into <paramref name="expired"/>.
    /// With an empty batch the calling writer counts as idle and must not be used any more.
    /// </summary>
    /// <returns>A further writer that the caller has to start for what is left, if any.</returns>
    public int? Take(int writer, List<WaitingUnit> batch, List<WaitingUnit> expired, DateTimeOffset now)
    {
        lock (_lock)
        {
            ForgetPassedOver();
            long bytes = 0;
            for (var unit = _first; unit is not null && batch.Count < options.UnitsPerBatchMax;)
            {
                var next = unit.Next;
                if (unit.Unit.Deadline <= now)
                {
                    Remove(unit);
                    expired.Add(unit);
                }
                else if (!MayGo(unit.Unit))
                {
                    PassOver(unit.Unit);
                }
                else
                {
                    if (batch.Count > 0 && bytes + unit.Bytes > options.BytesPerBatchMax) break;
                    Remove(unit);
                    Hold(unit.Unit);
                    batch.Add(unit);
                    bytes += unit.Bytes;
                }

                unit = next;
            }

            if (batch.Count > 0) return _count > 0 ? TakeIdleWriter() : null;
            _idleWriters.Push(writer);
            return null;
        }
    }

    /// <summary>Lets go of what a batch touched: waiting units that want the same may go.</summary>
    public void Release(List<WaitingUnit> batch)
    {
        lock (_lock)
        {
            foreach (var unit in batch) LetGo(unit.Unit);
        }
    }

    /// <summary>A writer for units that have waited long, while another has not come back; it counts as started.</summary>
    public int? TakeWriterForLate()
    {
        lock (_lock) return _count > 0 && _idleWriters.TryPop(out var writer) ? writer : null;
    }

    /// <summary>Takes out every unit whose deadline has passed.</summary>
    public void Expire(List<WaitingUnit> expired, DateTimeOffset now)
    {
        lock (_lock)
        {
            for (var unit = _first; unit is not null;)
            {
                var next = unit.Next;
                if (unit.Unit.Deadline <= now)
                {
                    Remove(unit);
                    expired.Add(unit);
                }

                unit = next;
            }
        }
    }

    /// <summary>Takes out every unit and accepts no more.</summary>
    public ImmutableArray<WaitingUnit> Close()
    {
        lock (_lock)
        {
            _closed = true;
            var left = ImmutableArray.CreateBuilder<WaitingUnit>(_count);
            while (_first is { } unit)
            {
                Remove(unit);
                left.Add(unit);
            }

            return left.ToImmutable();
        }
    }

    private int? TakeIdleWriter() =>
        (_idleWriters.Count == options.Writers || _count >= options.WaitingForAnother) && _idleWriters.TryPop(out var writer) ? writer : null;

    private bool MayGo(JournalUnit unit)
    {
        foreach (var append in unit.Appends)
        {
            if (_streams.Contains(append.Stream) || (_passedOver && _streamsPassedOver.Contains(append.Stream))) return false;
        }

        foreach (var receipt in unit.Receipts)
        {
            if (_receipts.Contains(receipt.Key) || (_passedOver && _receiptsPassedOver.Contains(receipt.Key))) return false;
        }

        foreach (var change in unit.Vault)
        {
            var person = (change.Network, change.Subject);
            if (_persons.Contains(person) || (_passedOver && _personsPassedOver.Contains(person))) return false;
        }

        return true;
    }

    private void PassOver(JournalUnit unit)
    {
        _passedOver = true;
        foreach (var append in unit.Appends) _streamsPassedOver.Add(append.Stream);
        foreach (var receipt in unit.Receipts) _receiptsPassedOver.Add(receipt.Key);
        foreach (var change in unit.Vault) _personsPassedOver.Add((change.Network, change.Subject));
    }

    private void ForgetPassedOver()
    {
        if (!_passedOver) return;
        _passedOver = false;
        _streamsPassedOver.Clear();
        _receiptsPassedOver.Clear();
        _personsPassedOver.Clear();
    }

    private void Hold(JournalUnit unit)
    {
        foreach (var append in unit.Appends) _streams.Add(append.Stream);
        foreach (var receipt in unit.Receipts) _receipts.Add(receipt.Key);
        foreach (var change in unit.Vault) _persons.Add((change.Network, change.Subject));
    }

    private void LetGo(JournalUnit unit)
    {
        foreach (var append in unit.Appends) _streams.Remove(append.Stream);
        foreach (var receipt in unit.Receipts) _receipts.Remove(receipt.Key);
        foreach (var change in unit.Vault) _persons.Remove((change.Network, change.Subject));
    }

    private void Remove(WaitingUnit unit)
    {
        if (unit.Previous is null) _first = unit.Next;
        else unit.Previous.Next = unit.Next;
        if (unit.Next is null) _last = unit.Previous;
        else unit.Next.Previous = unit.Previous;
        (unit.Previous, unit.Next) = (null, null);
        _count--;
        _bytes -= unit.Bytes;
    }
}
