using System.Threading.Channels;
using Npgsql;

namespace RttNetwork.Peer.Database;

/// <summary>A cohort's figures, and its profile as bytes of <c>rtt.v1.Cohort</c>.</summary>
internal readonly record struct CohortRow(int Booked, int Held, int Usable, string BoundBy, byte[] Profile);

/// <summary>The stored functions, over a fixed number of connections.</summary>
internal sealed class SeatStore : IAsyncDisposable
{
    private const int AttemptsMax = 5;

    /// <summary>The short answer of a function that leaves it to the careful one.</summary>
    private const string AskCarefully = "ASK_CAREFULLY";

    private readonly NpgsqlDataSource _database;
    private readonly Channel<Lane> _idle = Channel.CreateUnbounded<Lane>(new UnboundedChannelOptions { AllowSynchronousContinuations = false });

    private SeatStore(NpgsqlDataSource database) => _database = database;

    public static async Task<SeatStore> Open(PeerOptions options)
    {
        var connection = new NpgsqlConnectionStringBuilder(options.Connection)
        {
            MaxPoolSize = options.Connections,
            // Every statement is prepared, and a transaction of its own: there is nothing to reset.
            NoResetOnClose = true,
            CommandTimeout = 5,
            Timezone = "UTC",
            ApplicationName = "peer",
        };
        var store = new SeatStore(NpgsqlDataSource.Create(connection));
        for (var i = 0; i < options.Connections; i++) store._idle.Writer.TryWrite(await Lane.Open(store._database));
        return store;
    }

    public ValueTask<SeatAnswer> Book(SeatCommand command) => Run(
        command,
        static (lane, c, attempt) => attempt == 0 && !c.ValidateOnly ? lane.Book : lane.BookCarefully,
        new SeatAnswer(null, 2, command.Now));

    public ValueTask<SeatAnswer> Hold(SeatCommand command) => Run(command, static (lane, _, _) => lane.Hold, default);

    public ValueTask<SeatAnswer> Cancel(SeatCommand command) => Run(command, static (lane, _, _) => lane.Cancel, new SeatAnswer(null, 0, null));

    public ValueTask<SeatAnswer> Release(SeatCommand command) => Run(command, static (lane, _, _) => lane.Release, default);

    /// <summary>Accepts a referral; what is accepted comes with the referral as it was sent.</summary>
    public async ValueTask<SeatAnswer> Accept(SeatCommand command)
    {
        var answer = await Run(command, static (lane, _, attempt) => attempt == 0 ? lane.Accept : lane.AcceptCarefully, new SeatAnswer(AskCarefully, 0, null));
        return answer.Reason is null && answer.Profile is null ? answer with { Profile = await Profile(command.First) } : answer;
    }

    public async ValueTask<CohortRow?> Read(string cohort, DateTime now)
    {
        var lane = await _idle.Reader.ReadAsync();
        try
        {
            ((NpgsqlParameter<string>)lane.Read.Parameters[0]).TypedValue = cohort;
            ((NpgsqlParameter<DateTime>)lane.Read.Parameters[1]).TypedValue = now;
            await using var reader = await lane.Read.ExecuteReaderAsync(System.Data.CommandBehavior.SingleRow);
            if (!await reader.ReadAsync()) return null;
            return new CohortRow(reader.GetInt32(0), reader.GetInt32(1), reader.GetInt32(2), reader.GetString(3), reader.GetFieldValue<byte[]>(4));
        }
        finally
        {
            await Return(lane);
        }
    }

    public async ValueTask DisposeAsync()
    {
        while (_idle.Reader.TryRead(out var lane)) await lane.DisposeAsync();
        await _database.DisposeAsync();
    }

    /// <summary>Calls a function, and again when its first attempt ended with "somebody was there first", or with expired holds in the way.</summary>
    /// <param name="command">What is asked.</param>
    /// <param name="choose">Which function, by attempt.</param>
    /// <param name="done">What its short answer stands for.</param>
    private async ValueTask<SeatAnswer> Run(SeatCommand command, Func<Lane, SeatCommand, int, Statement> choose, SeatAnswer done)
    {
        var lane = await _idle.Reader.ReadAsync();
        try
        {
            for (var attempt = 0; ; attempt++)
            {
                try
                {
                    var answer = await choose(lane, command, attempt).Run(command) switch
                    {
                        string text => SeatAnswer.Parse(text),
                        byte[] profile => new SeatAnswer(null, 2, command.Now, Profile: profile),
                        _ => done,
                    };
                    if (answer.Reason == AskCarefully) continue;
                    if (answer.Reason != "SWEEP" || attempt >= AttemptsMax) return answer;
                    ((NpgsqlParameter<int>)lane.Sweep.Parameters[0]).TypedValue = answer.Booked;
                    ((NpgsqlParameter<DateTime>)lane.Sweep.Parameters[1]).TypedValue = command.Now;
                    await lane.Sweep.ExecuteNonQueryAsync();
                }
                catch (PostgresException e) when (attempt < AttemptsMax && IsRace(e.SqlState))
                {
                    // Nothing has happened. A receipt that was there first has the answer; everything else is found out by deciding again.
                    if (e.ConstraintName == "receipts_pkey" && await FindReceipt(lane, command) is { } receipt) return receipt;
                }
            }
        }
        finally
        {
            await Return(lane);
        }
    }

    private static bool IsRace(string sqlState) => sqlState is "RTT05"
        or PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.ExclusionViolation or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure;

    private static async ValueTask<SeatAnswer?> FindReceipt(Lane lane, SeatCommand command)
    {
        ((NpgsqlParameter<string>)lane.Replay.Parameters[0]).TypedValue = command.Caller.Network;
        ((NpgsqlParameter<string>)lane.Replay.Parameters[1]).TypedValue = command.Caller.Subject;
        ((NpgsqlParameter<Guid>)lane.Replay.Parameters[2]).TypedValue = command.RequestId;
        ((NpgsqlParameter<byte[]>)lane.Replay.Parameters[3]).TypedValue = command.Fingerprint;
        return await lane.Replay.ExecuteScalarAsync() is string text ? SeatAnswer.Parse(text) : null;
    }

    private async ValueTask<byte[]?> Profile(string referral)
    {
        var lane = await _idle.Reader.ReadAsync();
        try
        {
            ((NpgsqlParameter<string>)lane.Profile.Parameters[0]).TypedValue = referral;
            return await lane.Profile.ExecuteScalarAsync() as byte[];
        }
        finally
        {
            await Return(lane);
        }
    }

    private async ValueTask Return(Lane lane)
    {
        if (!lane.IsGood)
        {
            await lane.DisposeAsync();
            _ = Reopen();
            return;
        }
        _idle.Writer.TryWrite(lane);
    }

    private async Task Reopen()
    {
        while (true)
        {
            try
            {
                _idle.Writer.TryWrite(await Lane.Open(_database));
                return;
            }
            catch (NpgsqlException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
            }
        }
    }
}
