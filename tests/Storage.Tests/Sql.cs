using Npgsql;

namespace RttNetwork.Storage.Tests;

/// <summary>One statement on a connection, for setting a stage and for looking behind it.</summary>
internal static class Sql
{
    public static async Task<int> Execute(this NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteNonQueryAsync();
    }

    public static async Task<T> Scalar<T>(this NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }
}
