using Npgsql;
using NpgsqlTypes;

namespace RttNetwork.Storage.Projections;

/// <summary>How rows are written: one statement for many, each column an array of its values.</summary>
internal static class RowArrays
{
    public static NpgsqlParameter<List<string>> Text<TRow>(List<TRow> rows, Converter<TRow, string> value) =>
        Column(rows, NpgsqlDbType.Text, r => StoredValues.Text(value(r)));

    public static NpgsqlParameter<List<T>> Column<TRow, T>(List<TRow> rows, NpgsqlDbType type, Converter<TRow, T> value) =>
        new() { TypedValue = rows.ConvertAll(value), NpgsqlDbType = NpgsqlDbType.Array | type };

    /// <summary>Adds the statement, when there are rows for it.</summary>
    public static void Add<TRow>(NpgsqlBatch batch, List<TRow> rows, string sql, ReadOnlySpan<NpgsqlParameter> columns)
    {
        if (rows.Count == 0) return;
        var command = new NpgsqlBatchCommand(sql);
        foreach (var column in columns) command.Parameters.Add(column);
        batch.BatchCommands.Add(command);
    }
}
