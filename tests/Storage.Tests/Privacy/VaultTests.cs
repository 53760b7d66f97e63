using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Npgsql;
using RttNetwork.Grains.Privacy;
using RttNetwork.Grains.Units;
using RttNetwork.Storage.Privacy;
using RttNetwork.Storage.Tests.Journal;

namespace RttNetwork.Storage.Tests.Privacy;

public sealed class VaultTests
{
    private static readonly byte[] NetworkKey = SHA256.HashData("a key for tests"u8);

    [Fact]
    public async Task Personal_data_stand_and_fall_with_their_unit_and_erasing_the_key_erases_them()
    {
        await using var stage = await Stage.Create();
        await using var source = NpgsqlDataSource.Create(stage.Database.ConnectionString);
        var journal = stage.Journal();
        var vault = new NpgsqlVault(source);
        using var cipher = new PersonalCipher(NetworkKey);

        var registered = Stage.Unit(("n1/p-1", 1)) with { Vault = [cipher.Seal("n1", "p-1", "Ana"u8), cipher.Seal("n1", "p-2", "Bo"u8)] };
        Assert.Equal(CommitOutcome.Committed, (await journal.Commit(registered)).Outcome);
        var refused = Stage.Unit(("n1/p-1", 1)) with { Vault = [cipher.Seal("n1", "p-1", "Eve"u8)] };
        Assert.Equal(CommitOutcome.Conflict, (await journal.Commit(refused)).Outcome);
        Assert.Equal("Ana", await Name("p-1"));

        Assert.Equal(CommitOutcome.Committed, (await journal.Commit(Stage.Unit(("n1/p-1", 2)) with { Vault = [cipher.Seal("n1", "p-1", "Anna"u8)] })).Outcome);
        Assert.Equal("Anna", await Name("p-1"));

        Assert.Equal(CommitOutcome.Committed, (await journal.Commit(Stage.Unit(("n1/p-1", 3)) with { Vault = [new VaultChange("n1", "p-1", null, default)] })).Outcome);
        Assert.Null(await Name("p-1"));
        Assert.Equal("Bo", await Name("p-2"));
        Assert.Equal(1L, await stage.Count("rtt.personal_key"));
        Assert.Equal(1L, await stage.Count("rtt.personal_data"));
        Assert.Equal(3, (await journal.Load("n1/p-1", 0, Stage.Soon)).Length);                    // the facts stay

        async Task<string?> Name(string subject) =>
            await vault.Read("n1", subject, CancellationToken.None) is { } row ? Encoding.UTF8.GetString(cipher.Open(row, "n1", subject)) : null;
    }

    [Fact]
    public async Task Changes_of_one_person_that_wait_together_are_written_in_their_order()
    {
        await using var stage = await Stage.Create();
        await using var source = NpgsqlDataSource.Create(stage.Database.ConnectionString);
        var journal = stage.Journal();
        using var cipher = new PersonalCipher(NetworkKey);

        var results = await Task.WhenAll(Enumerable.Range(1, 30).Select(i =>
            journal.Commit(Stage.Unit(($"n1/x-{i}", 1)) with { Vault = [cipher.Seal("n1", "p-1", Encoding.UTF8.GetBytes($"{i}"))] }).AsTask()));

        Assert.All(results, r => Assert.Equal(CommitOutcome.Committed, r.Outcome));
        var row = await new NpgsqlVault(source).Read("n1", "p-1", CancellationToken.None);
        Assert.Equal("30", Encoding.UTF8.GetString(cipher.Open(row!, "n1", "p-1")));
    }

    [Fact]
    public void What_is_sealed_opens_for_its_person_under_its_key_and_no_other_and_no_bit_of_it_may_change()
    {
        using var cipher = new PersonalCipher(NetworkKey);
        using var other = new PersonalCipher(SHA256.HashData("another"u8));
        Gen.Select(Gen.Byte.Array[0, 300], Gen.Int[0, 10_000]).Sample((plaintext, place) =>
        {
            var change = cipher.Seal("n1", "p-1", plaintext);
            var row = new SealedPersonalData(change.WrappedKey!.Value, change.Ciphertext);
            Assert.Equal(plaintext, cipher.Open(row, "n1", "p-1"));
            Assert.ThrowsAny<CryptographicException>(() => cipher.Open(row, "n1", "p-2"));
            Assert.ThrowsAny<CryptographicException>(() => cipher.Open(row, "n2", "p-1"));
            Assert.ThrowsAny<CryptographicException>(() => other.Open(row, "n1", "p-1"));
            Assert.ThrowsAny<CryptographicException>(() => cipher.Open(row with { Ciphertext = Flip(row.Ciphertext, place) }, "n1", "p-1"));
            Assert.ThrowsAny<CryptographicException>(() => cipher.Open(row with { WrappedKey = Flip(row.WrappedKey, place) }, "n1", "p-1"));
            Assert.ThrowsAny<CryptographicException>(() => cipher.Open(row with { Ciphertext = row.Ciphertext[..5] }, "n1", "p-1"));
            var again = cipher.Seal("n1", "p-1", plaintext);
            Assert.False(again.WrappedKey!.Value.Span.SequenceEqual(change.WrappedKey.Value.Span));
        }, seed: "0000Hk2pQ4Y1", iter: 200);
    }

    [Fact]
    public void A_key_of_the_wrong_length_is_refused() => Assert.Throws<ArgumentException>(() => new PersonalCipher(new byte[16]));

    private static byte[] Flip(ReadOnlyMemory<byte> bytes, int place)
    {
        var copy = bytes.ToArray();
        copy[place % copy.Length] ^= 1;
        return copy;
    }
}
