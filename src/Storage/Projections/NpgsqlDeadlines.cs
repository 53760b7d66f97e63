using System.Collections.Immutable;
using NodaTime;
using Npgsql;
using RttNetwork.Grains.Dispatch;

namespace RttNetwork.Storage.Projections;

/// <summary>Reads what is due from the projection.</summary>
public sealed class NpgsqlDeadlines(NpgsqlDataSource database) : IDeadlines
{
    private const string DueSql = $"SELECT stream, subject, kind, due_at FROM {CapacityProjector.SchemaName}.deadlines WHERE due_at <= $1 ORDER BY due_at, stream, subject, kind LIMIT $2";

    /// <inheritdoc/>
    public async ValueTask<ImmutableArray<Deadline>> Due(Instant by, int max, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var command = new NpgsqlCommand(DueSql, connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = StoredValues.Text(by) });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = max });
        try
        {
            await using var reader = await command.ExecuteReaderAsync(cancel);
            var due = ImmutableArray.CreateBuilder<Deadline>();
            while (await reader.ReadAsync(cancel)) due.Add(new Deadline(reader.GetString(0), reader.GetString(1), StoredValues.ToInstant(reader.GetString(3)), reader.GetString(2)));
            return due.DrainToImmutable();
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName)
        {
            // The projection is built for the first time, or anew by a newer build: until then nothing is known to be due.
            return [];
        }
    }
}
