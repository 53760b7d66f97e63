using System.Security.Cryptography;
using System.Text;
using RttNetwork.Grains.Units;

namespace RttNetwork.Grains.Privacy;

/// <summary>
/// Encrypts what is personal with a key of the person's own (AES-256-GCM), which is itself encrypted with the network's
/// key from configuration. Deleting the person's wrapped key is erasure: the ciphertext, wherever a backup keeps it,
/// says nothing any more. The network and the person's id are bound in, so that one row cannot stand in for another.
/// </summary>
public sealed class PersonalCipher : IDisposable
{
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int KeyBytes = 32;
    private readonly byte[] _key;

    /// <param name="key">32 bytes, from configuration, never from the database.</param>
    public PersonalCipher(ReadOnlySpan<byte> key)
    {
        if (key.Length != KeyBytes) throw new ArgumentException($"The key of personal data must have {KeyBytes} bytes; it has {key.Length}.", nameof(key));
        _key = key.ToArray();
    }

    /// <summary>Encrypts with a fresh key of the person's own.</summary>
    public VaultChange Seal(string network, string subject, ReadOnlySpan<byte> plaintext)
    {
        var owner = Encoding.UTF8.GetBytes($"{network}/{subject}");
        Span<byte> dataKey = stackalloc byte[KeyBytes];
        RandomNumberGenerator.Fill(dataKey);
        using var wrapping = Wrapping();
        using var data = new AesGcm(dataKey, TagBytes);
        var change = new VaultChange(network, subject, Encrypt(wrapping, dataKey, owner), Encrypt(data, plaintext, owner));
        CryptographicOperations.ZeroMemory(dataKey);
        return change;
    }

    /// <summary>Decrypts what <see cref="Seal"/> made.</summary>
    /// <exception cref="CryptographicException">The row was changed, moved, or sealed under another key.</exception>
    public byte[] Open(SealedPersonalData sealedData, string network, string subject)
    {
        var owner = Encoding.UTF8.GetBytes($"{network}/{subject}");
        using var wrapping = Wrapping();
        var dataKey = Decrypt(wrapping, sealedData.WrappedKey.Span, owner);
        using var data = new AesGcm(dataKey, TagBytes);
        CryptographicOperations.ZeroMemory(dataKey);
        return Decrypt(data, sealedData.Ciphertext.Span, owner);
    }

    /// <inheritdoc/>
    public void Dispose() => CryptographicOperations.ZeroMemory(_key);

    // A new one each time: an AesGcm must not be used by two threads at once, and many grains share this cipher.
    private AesGcm Wrapping() => new(_key, TagBytes);

    private static byte[] Encrypt(AesGcm cipher, ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> owner)
    {
        var result = new byte[NonceBytes + TagBytes + plaintext.Length];
        var nonce = result.AsSpan(0, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        cipher.Encrypt(nonce, plaintext, result.AsSpan(NonceBytes + TagBytes), result.AsSpan(NonceBytes, TagBytes), owner);
        return result;
    }

    private static byte[] Decrypt(AesGcm cipher, ReadOnlySpan<byte> sealedBytes, ReadOnlySpan<byte> owner)
    {
        if (sealedBytes.Length < NonceBytes + TagBytes) throw new CryptographicException("The sealed data is too short.");
        var plaintext = new byte[sealedBytes.Length - NonceBytes - TagBytes];
        cipher.Decrypt(sealedBytes[..NonceBytes], sealedBytes[(NonceBytes + TagBytes)..], sealedBytes.Slice(NonceBytes, TagBytes), plaintext, owner);
        return plaintext;
    }
}

/// <summary>A person's row of the encrypted table.</summary>
public sealed record SealedPersonalData(ReadOnlyMemory<byte> WrappedKey, ReadOnlyMemory<byte> Ciphertext);

/// <summary>Reads the encrypted, erasable table; it is written with the units that change it.</summary>
public interface IPersonalVault
{
    /// <summary>The person's row; null when there is none, or when it was erased.</summary>
    ValueTask<SealedPersonalData?> Read(string network, string subject, CancellationToken cancel);
}
