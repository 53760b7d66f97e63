using Npgsql;
using RttNetwork.Grains.Views;

namespace RttNetwork.Storage.Reports;

/// <summary>Published reports, in a table of their own: durable when they are returned, and never changed.</summary>
public sealed class NpgsqlReports(NpgsqlDataSource database) : IReports
{
    private const string FindSql = "SELECT report FROM rtt.region_report WHERE network = $1 AND region = $2 AND period = $3";
    private const string KeepSql = "INSERT INTO rtt.region_report (network, region, period, report) VALUES ($1, $2, $3, $4) ON CONFLICT (network, region, period) DO NOTHING";

    /// <inheritdoc/>
    public async ValueTask<string?> Find(string network, string region, string period, CancellationToken cancel)
    {
        await using var command = Command(FindSql, network, region, period);
        return (string?)await command.ExecuteScalarAsync(cancel);
    }

    /// <inheritdoc/>
    public async ValueTask<string> Keep(string network, string region, string period, string report, CancellationToken cancel)
    {
        await using (var command = Command(KeepSql, network, region, period, report)) await command.ExecuteNonQueryAsync(cancel);
        return await Find(network, region, period, cancel) ?? throw new InvalidOperationException("A report that was kept is not there.");
    }

    private NpgsqlCommand Command(string sql, params ReadOnlySpan<string> values)
    {
        var command = database.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = value });
        return command;
    }
}
