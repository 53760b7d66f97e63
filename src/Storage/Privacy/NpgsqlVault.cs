using Npgsql;
using RttNetwork.Grains.Privacy;

namespace RttNetwork.Storage.Privacy;

/// <summary>Reads the encrypted table of personal data. It is written by the journal's writers, with the units that change it.</summary>
public sealed class NpgsqlVault(NpgsqlDataSource database) : IPersonalVault
{
    private const string Sql = """
        SELECT k.wrapped_key, d.ciphertext
        FROM rtt.personal_key k JOIN rtt.personal_data d USING (network, subject)
        WHERE k.network = $1 AND k.subject = $2
        """;

    public async ValueTask<SealedPersonalData?> Read(string network, string subject, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(Sql);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = network });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = subject });
        await using var rows = await command.ExecuteReaderAsync(cancel);
        return await rows.ReadAsync(cancel)
            ? new SealedPersonalData(await rows.GetFieldValueAsync<byte[]>(0, cancel), await rows.GetFieldValueAsync<byte[]>(1, cancel))
            : null;
    }
}
