using System.Collections.Immutable;
using Npgsql;
using RttNetwork.Contracts;
using RttNetwork.Grains.Dispatch;

namespace RttNetwork.Storage.Projections;

/// <summary>Reads from the projection which plans are being carried out.</summary>
public sealed class NpgsqlRehomePlans(NpgsqlDataSource database) : IRehomePlans
{
    private const string ExecutingSql = $"""
        SELECT network, rehome FROM {CapacityProjector.SchemaName}.rehomes
        WHERE is_executing
        ORDER BY (network, rehome) <= ($1, $2), network, rehome LIMIT $3
        """;

    /// <inheritdoc/>
    public async ValueTask<ImmutableArray<string>> Executing(string? after, int max, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var command = new NpgsqlCommand(ExecutingSql, connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = after is null ? "" : Keys.NetworkOf(after) });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = after is null ? "" : Keys.IdOf(after) });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = max });
        try
        {
            await using var reader = await command.ExecuteReaderAsync(cancel);
            var plans = ImmutableArray.CreateBuilder<string>();
            while (await reader.ReadAsync(cancel)) plans.Add(Keys.Rehome(reader.GetString(0), reader.GetString(1)));
            return plans.DrainToImmutable();
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName)
        {
            // The projection is built for the first time, or anew by a newer build: until then nothing is known to be carried out.
            return [];
        }
    }
}
