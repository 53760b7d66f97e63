using Npgsql;

namespace RttNetwork.Rig.Chaos;

/// <summary>The cluster as its members see it: who is one of them stands in the database.</summary>
/// <param name="connectionString">Where the membership is, by no proxy.</param>
public sealed class Members(Func<string> connectionString)
{
    // Of the incarnations on a port the last one is the process that runs. 3 is Orleans' Active.
    private const string Sql = "select status = 3 from OrleansMembershipTable where Port = $1 order by Generation desc limit 1";

    /// <summary>True when the silo is a member; false when it is not yet, or not any more, or when nobody can say.</summary>
    public async Task<bool> IsMember(SiloProcess silo, CancellationToken cancel)
    {
        try
        {
            await using var connection = new NpgsqlConnection(connectionString() + ";Pooling=false");
            await connection.OpenAsync(cancel);
            await using var command = new NpgsqlCommand(Sql, connection) { Parameters = { new NpgsqlParameter<int> { TypedValue = silo.Ports.SiloPort } } };
            return await command.ExecuteScalarAsync(cancel) is true;
        }
        catch (NpgsqlException)
        {
            return false;                                                                        // the database has been killed, too
        }
    }
}
