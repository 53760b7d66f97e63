using System.Collections.Immutable;
using NodaTime;
using Npgsql;
using RttNetwork.Contracts.Views;
using RttNetwork.Grains.Views;

namespace RttNetwork.Storage.Projections;

// What Nations govern (rule 53, docs/adr/0026).
public sealed partial class NpgsqlViews
{
    /// <inheritdoc/>
    public async ValueTask<ImmutableArray<WithheldSite>?> Withheld(string network, Instant now, CancellationToken cancel)
    {
        var query = new Query(network, One);
        var at = query.Add(StoredValues.Text(now));
        var sql = $"""
            SELECT s.site, s.region FROM {Schema}.sites s
            WHERE s.network = $1 AND s.nation <> '' AND (
                NOT coalesce(s.authorised_from <= {at} COLLATE "C" AND {at} COLLATE "C" < s.authorised_until, false)
                OR EXISTS (SELECT FROM ({PlaceWithAgeSql}) AS p WHERE p.waits_since < clock_timestamp() - {StaleAfter}))
            ORDER BY s.site
            """;
        try
        {
            await using var command = Command(sql);
            foreach (var parameter in query.Parameters) command.Parameters.Add(parameter);
            await using var reader = await command.ExecuteReaderAsync(cancel);
            var sites = ImmutableArray.CreateBuilder<WithheldSite>();
            while (await reader.ReadAsync(cancel)) sites.Add(new WithheldSite(reader.GetString(0), reader.GetString(1)));
            return sites.DrainToImmutable();
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn)
        {
            // The tables are not there yet, or are those of the build before.
            return null;
        }
    }

    /// <inheritdoc/>
    public IViews Without(ImmutableArray<string> sites) => sites.IsEmpty ? this : new NpgsqlViews(this, _snapshot, [.. sites]);
}
