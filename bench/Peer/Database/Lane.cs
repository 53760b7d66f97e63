using Npgsql;
using NpgsqlTypes;

namespace RttNetwork.Peer.Database;

/// <summary>One connection with its prepared statements and their parameters: one call at a time.</summary>
internal sealed class Lane : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;

    private Lane(NpgsqlConnection connection)
    {
        _connection = connection;
        Book = new Statement(connection, "SELECT peer.book($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)");
        BookCarefully = new Statement(connection, "SELECT peer.book_carefully($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)::text", NpgsqlDbType.Boolean);
        Hold = new Statement(connection, "SELECT peer.hold($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)::text", NpgsqlDbType.Boolean);
        Cancel = new Statement(connection, "SELECT peer.cancel($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12)", NpgsqlDbType.Boolean, NpgsqlDbType.Text);
        Release = new Statement(connection, "SELECT peer.release($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)::text", NpgsqlDbType.Boolean);
        Accept = new Statement(connection, "SELECT peer.accept($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)");
        AcceptCarefully = new Statement(connection, "SELECT peer.accept_carefully($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)::text");
        Profile = new NpgsqlCommand("SELECT profile FROM peer.referrals WHERE name = $1", connection) { Parameters = { new NpgsqlParameter<string> { NpgsqlDbType = NpgsqlDbType.Text } } };
        Replay = new NpgsqlCommand("SELECT peer.replay($1,$2,$3,$4)::text", connection)
        {
            Parameters =
            {
                new NpgsqlParameter<string> { NpgsqlDbType = NpgsqlDbType.Text },
                new NpgsqlParameter<string> { NpgsqlDbType = NpgsqlDbType.Text },
                new NpgsqlParameter<Guid> { NpgsqlDbType = NpgsqlDbType.Uuid },
                new NpgsqlParameter<byte[]> { NpgsqlDbType = NpgsqlDbType.Bytea },
            },
        };
        Sweep = new NpgsqlCommand("SELECT peer.sweep($1,$2)", connection)
        {
            Parameters = { new NpgsqlParameter<int> { NpgsqlDbType = NpgsqlDbType.Integer }, new NpgsqlParameter<DateTime> { NpgsqlDbType = NpgsqlDbType.TimestampTz } },
        };
        Read = new NpgsqlCommand(
            """
            SELECT c.booked,
                   CASE WHEN c.held = 0 OR c.holds_until > $2 THEN c.held
                        ELSE (SELECT count(*)::integer FROM peer.holds h WHERE h.cohort_id = c.id AND h.counted AND h.expires_at > $2) END,
                   c.usable, c.bound_by, f.profile
            FROM peer.cohorts c JOIN peer.cohort_profiles f ON f.cohort_id = c.id WHERE c.name = $1
            """, connection)
        {
            Parameters = { new NpgsqlParameter<string> { NpgsqlDbType = NpgsqlDbType.Text }, new NpgsqlParameter<DateTime> { NpgsqlDbType = NpgsqlDbType.TimestampTz } },
        };
    }

    public Statement Book { get; }
    public Statement BookCarefully { get; }
    public Statement Hold { get; }
    public Statement Cancel { get; }
    public Statement Release { get; }
    public Statement Accept { get; }
    public Statement AcceptCarefully { get; }
    public NpgsqlCommand Profile { get; }
    public NpgsqlCommand Replay { get; }
    public NpgsqlCommand Sweep { get; }
    public NpgsqlCommand Read { get; }

    /// <summary>False when the connection is gone and the lane must be opened anew.</summary>
    public bool IsGood => _connection.FullState.HasFlag(System.Data.ConnectionState.Open) && !_connection.FullState.HasFlag(System.Data.ConnectionState.Broken);

    public static async Task<Lane> Open(NpgsqlDataSource database, CancellationToken cancel = default)
    {
        var lane = new Lane(await database.OpenConnectionAsync(cancel));
        var statements = new[] { lane.Book, lane.BookCarefully, lane.Hold, lane.Cancel, lane.Release, lane.Accept, lane.AcceptCarefully };
        foreach (var command in statements.Select(s => s.Command).Concat([lane.Profile, lane.Replay, lane.Sweep, lane.Read])) await command.PrepareAsync(cancel);
        return lane;
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}

/// <summary>A prepared call of a stored function about one person's seat, with its ten common parameters and up to two of its own.</summary>
internal sealed class Statement
{
    private readonly NpgsqlParameter<string> _first = new() { NpgsqlDbType = NpgsqlDbType.Text };
    private readonly NpgsqlParameter<string> _second = new() { NpgsqlDbType = NpgsqlDbType.Text };
    private readonly NpgsqlParameter<string> _network = new() { NpgsqlDbType = NpgsqlDbType.Text };
    private readonly NpgsqlParameter<string> _subject = new() { NpgsqlDbType = NpgsqlDbType.Text };
    private readonly NpgsqlParameter<string> _scope = new() { NpgsqlDbType = NpgsqlDbType.Text };
    private readonly NpgsqlParameter<string> _purpose = new() { NpgsqlDbType = NpgsqlDbType.Text };
    private readonly NpgsqlParameter _sites = new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };
    private readonly NpgsqlParameter<Guid> _request = new() { NpgsqlDbType = NpgsqlDbType.Uuid };
    private readonly NpgsqlParameter<byte[]> _fingerprint = new() { NpgsqlDbType = NpgsqlDbType.Bytea };
    private readonly NpgsqlParameter<DateTime> _now = new() { NpgsqlDbType = NpgsqlDbType.TimestampTz };
    private readonly NpgsqlParameter<bool> _validateOnly = new() { NpgsqlDbType = NpgsqlDbType.Boolean };
    private readonly NpgsqlParameter<string> _reason = new() { NpgsqlDbType = NpgsqlDbType.Text };

    public Statement(NpgsqlConnection connection, string sql, params ReadOnlySpan<NpgsqlDbType> own)
    {
        Command = new NpgsqlCommand(sql, connection) { Parameters = { _first, _second, _network, _subject, _scope, _purpose, _sites, _request, _fingerprint, _now } };
        if (own.Length > 0) Command.Parameters.Add(_validateOnly);
        if (own.Length > 1) Command.Parameters.Add(_reason);
    }

    public NpgsqlCommand Command { get; }

    /// <summary>Calls the function; null is its short answer.</summary>
    public async ValueTask<object?> Run(SeatCommand command)
    {
        _first.TypedValue = command.First;
        _second.TypedValue = command.Second;
        _network.TypedValue = command.Caller.Network;
        _subject.TypedValue = command.Caller.Subject;
        _scope.TypedValue = command.Caller.Scope;
        _purpose.TypedValue = command.Caller.Purpose;
        _sites.Value = command.Caller.Sites is { } sites ? sites : DBNull.Value;
        _request.TypedValue = command.RequestId;
        _fingerprint.TypedValue = command.Fingerprint;
        _now.TypedValue = command.Now;
        _validateOnly.TypedValue = command.ValidateOnly;
        _reason.TypedValue = command.Reason;
        return await Command.ExecuteScalarAsync() is var answer and not DBNull ? answer : null;
    }
}
