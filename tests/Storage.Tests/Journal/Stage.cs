using System.Collections.Immutable;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using RttNetwork.Grains.Units;
using RttNetwork.Rig;
using RttNetwork.Storage.Journal;
using RttNetwork.Testing;

namespace RttNetwork.Storage.Tests.Journal;

/// <summary>A fresh database and as many journals on it as a test has silos.</summary>
internal sealed class Stage : IAsyncDisposable
{
    /// <summary>
    /// Nothing is given up for want of time: what a test wants to go wrong it makes go wrong, however slow the machine is.
    /// The bounds only turn a hang into a failure.
    /// </summary>
    public static readonly JournalOptions Patient = new()
    {
        StatementTimeout = TimeSpan.FromMinutes(1),
        LockTimeout = TimeSpan.FromMinutes(1),
        AnswerTimeout = TimeSpan.FromMinutes(2),
        ConnectTimeout = TimeSpan.FromMinutes(1),
        IdleBeforePing = TimeSpan.FromHours(1),
    };

    private readonly List<IAsyncDisposable> _open = [];

    private Stage(TestDatabase database) => Database = database;

    public TestDatabase Database { get; }

    public static async Task<Stage> Create(bool withProjection = true) => new(await PostgresFixture.CreateDatabase(withProjection));

    public NpgsqlJournal Journal(JournalOptions? options = null, string? connectionString = null, TimeProvider? time = null)
    {
        options ??= Patient;
        var source = JournalDataSource.Create(connectionString ?? Database.ConnectionString, options);
        var journal = new NpgsqlJournal(source, options, time ?? TimeProvider.System, NullLogger<NpgsqlJournal>.Instance);
        _open.Add(source);
        _open.Add(journal);
        return journal;
    }

    /// <summary>A journal whose connections go through a network that can fail.</summary>
    public (NpgsqlJournal Journal, TcpProxy Network) JournalBehindProxy(JournalOptions? options = null, TimeProvider? time = null)
    {
        var network = new TcpProxy(Database.Server.Port);
        _open.Add(network);
        var settings = new NpgsqlConnectionStringBuilder(Database.ConnectionString) { Port = network.Port };
        return (Journal(options, settings.ConnectionString, time), network);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var open in Enumerable.Reverse(_open)) await open.DisposeAsync();
        await Database.DisposeAsync();
    }

    /// <summary>A deadline that is not meant to pass.</summary>
    public static DateTimeOffset Soon => TimeProvider.System.GetUtcNow() + TimeSpan.FromMinutes(2);

    /// <summary>The commit of a <see cref="Unit(Guid?, ReadOnlySpan{ValueTuple{string, int}})"/>: nothing else that a journal sends has its entry.</summary>
    public static bool IsCommit(ReadOnlySpan<byte> request) => request.IndexOf("{\"request\":\""u8) >= 0;

    public static JournalUnit Unit(params ReadOnlySpan<(string Stream, int Version)> appends) => Unit(null, appends);

    public static JournalUnit Unit(Guid? request, params ReadOnlySpan<(string Stream, int Version)> appends)
    {
        var rows = ImmutableArray.CreateBuilder<Append>();
        var streams = ImmutableArray.CreateBuilder<string>();
        foreach (var (stream, version) in appends)
        {
            rows.Add(new Append(stream, version, Json($$"""{"request":"{{request}}"}""")));
            streams.Add($"{stream}@{version}");
        }

        return new JournalUnit(
            rows.ToImmutable(),
            request is { } id ? [new Receipt(Key(id), id.ToByteArray(), streams.ToImmutable(), Json($$"""{"ok":"{{id}}"}"""))] : [],
            [],
            Soon);
    }

    public static ReceiptKey Key(Guid request) => new("n1", "u-1", request);

    public static ReadOnlyMemory<byte> Json(string text) => Encoding.UTF8.GetBytes(text);

    public async Task<List<(string Stream, int Version, string Entry)>> Rows()
    {
        await using var connection = await Database.Open();
        await using var command = new NpgsqlCommand("select stream, version, entry::text from rtt.journal order by stream, version", connection);
        await using var reader = await command.ExecuteReaderAsync();
        List<(string, int, string)> rows = [];
        while (await reader.ReadAsync()) rows.Add((reader.GetString(0), reader.GetInt32(1), reader.GetString(2)));
        return rows;
    }

    public async Task<long> Count(string table)
    {
        await using var connection = await Database.Open();
        return await connection.Scalar<long>($"select count(*) from {table}");
    }
}
