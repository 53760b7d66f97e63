using System.Collections.Immutable;
using RttNetwork.Grains.Units;

namespace RttNetwork.Storage.Journal;

/// <summary>One waiting load of a stream's tail, or one look-up of a receipt.</summary>
internal sealed class LoadRequest
{
    private readonly TaskCompletionSource<ImmutableArray<JournalEntry>>? _entries;
    private readonly TaskCompletionSource<Receipt?>? _receipt;
    private ImmutableArray<JournalEntry>.Builder? _read;
    private Receipt? _found;
    private int _confirmed;                                                                      // entries of the pages before this one
    private int _rows;
    private int? _next;
    private JournalGapException? _gap;

    public LoadRequest(string stream, int after, DateTimeOffset deadline)
    {
        (Stream, Head, Deadline) = (stream, after, deadline);
        _entries = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public LoadRequest(ReceiptKey key, DateTimeOffset deadline)
    {
        (Key, Deadline) = (key, deadline);
        _receipt = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>The stream to load; null for a look-up.</summary>
    public string? Stream { get; }
    public ReceiptKey Key { get; }
    public DateTimeOffset Deadline { get; }

    /// <summary>The last version that the caller, or the pages so far, have.</summary>
    public int Head { get; private set; }

    public Task<ImmutableArray<JournalEntry>> Entries => _entries!.Task;
    public Task<Receipt?> Receipt => _receipt!.Task;

    /// <summary>Starts a page, or starts it again after a broken connection.</summary>
    public void BeginPage()
    {
        if (_read is { } read) read.Count = Math.Min(read.Count, _confirmed);
        (_rows, _next, _gap) = (0, null, null);
    }

    /// <summary>Takes one row; the first is the one that the caller holds already, unless it holds none.</summary>
    public void AddRow(int version, ReadOnlyMemory<byte>? entry)
    {
        _rows++;
        var expected = _next ?? (Head == 0 ? 1 : Head);
        if (version != expected) _gap ??= new JournalGapException(Stream!, expected, version);
        _next = version + 1;
        if (entry is not { } bytes) return;
        _read ??= ImmutableArray.CreateBuilder<JournalEntry>();
        _read.Add(new JournalEntry(Stream!, version, bytes));
    }

    public void FoundReceipt(Receipt receipt) => _found = receipt;

    /// <summary>Answers the caller, or says that another page is needed.</summary>
    public bool EndPage(int entriesPerPage)
    {
        if (_receipt is not null)
        {
            _receipt.TrySetResult(_found);
            return true;
        }

        if (_gap is null && _rows == 0 && Head > 0) _gap = new JournalGapException(Stream!, Head, 0);
        if (_gap is not null)
        {
            _entries!.TrySetException(_gap);
            return true;
        }

        // The row that the caller holds already comes on top of a page.
        if (_rows == entriesPerPage + Math.Min(Head, 1))
        {
            Head = _next!.Value - 1;
            _confirmed = _read?.Count ?? 0;
            return false;
        }

        _entries!.TrySetResult(_read?.DrainToImmutable() ?? []);
        return true;
    }

    public void Fail(Exception why)
    {
        if (_entries is not null) _entries.TrySetException(why);
        else _receipt!.TrySetException(why);
    }
}
