using System.Security.Cryptography;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace RttNetwork.Gateway.Authentication;

/// <summary>What a development token says of its bearer.</summary>
/// <param name="Subject">Who it is: <c>sub</c>. Request ids are remembered per subject.</param>
/// <param name="Network">The tenant: <c>net</c>.</param>
/// <param name="Scope"><c>site</c>, <c>operator</c> or <c>authority</c>: <c>scope</c>.</param>
public sealed record TokenRequest(string Subject, string Network, string Scope)
{
    /// <summary>The sites that a site client reaches: <c>sites</c>.</summary>
    public IReadOnlyList<string> Sites { get; init; } = [];

    /// <summary>The regions that an authority reads: <c>regions</c>.</summary>
    public IReadOnlyList<string> Regions { get; init; } = [];

    /// <summary>Why the caller acts, as a code: <c>purpose</c>; empty leaves it out, which means care.</summary>
    public string Purpose { get; init; } = "";

    /// <summary>How long it lives.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromHours(8);
}

/// <summary>
/// Mints tokens on a developer's machine, with a key that never leaves it. A network that serves people gets its tokens from an identity
/// provider: in an environment called Production this class refuses to exist.
/// </summary>
public sealed class DevTokenIssuer
{
    /// <summary>The <c>iss</c> of every development token.</summary>
    public const string Issuer = "rtt-dev";

    /// <summary>The <c>aud</c> of every token that a gateway takes.</summary>
    public const string Audience = "rtt";

    private const int KeyLength = 32;

    /// <summary>How long a process waits for another one that is making the key.</summary>
    private static readonly TimeSpan CreateMax = TimeSpan.FromSeconds(10);
    private static readonly JsonWebTokenHandler Handler = new() { SetDefaultTimesOnTokenCreation = false };

    private readonly SymmetricSecurityKey _key;
    private readonly TimeProvider _time;

    private DevTokenIssuer(byte[] key, TimeProvider time)
    {
        _key = new SymmetricSecurityKey(key);
        _time = time;
    }

    /// <summary>What the gateway checks the signature with.</summary>
    public SecurityKey Key => _key;

    internal byte[] KeyBytes() => _key.Key;

    /// <summary>Reads the signing key, or makes one when there is none, readable by this user only.</summary>
    /// <exception cref="InvalidOperationException">This is Production, or the key is not as it was made.</exception>
    public static DevTokenIssuer Load(string keyFile, TimeProvider? time = null)
    {
        foreach (var variable in new[] { "DOTNET_ENVIRONMENT", "ASPNETCORE_ENVIRONMENT" })
        {
            if (string.Equals(Environment.GetEnvironmentVariable(variable), "Production", StringComparison.OrdinalIgnoreCase))
            {
                throw new InvalidOperationException($"{variable} is Production: development tokens are not for a network that serves people. Configure an identity provider.");
            }
        }

        var path = Path.GetFullPath(keyFile);
        if (!File.Exists(path))
        {
            Create(path);
        }

        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite)) != UnixFileMode.None)
        {
            throw new InvalidOperationException($"{path} can be read by others: whoever reads it can act as anybody. Delete it, and a new one is made.");
        }

        var key = File.ReadAllBytes(path);
        return key.Length == KeyLength
            ? new DevTokenIssuer(key, time ?? TimeProvider.System)
            : throw new InvalidOperationException($"{path} is not a signing key ({key.Length} bytes, not {KeyLength}). Delete it, and a new one is made.");
    }

    /// <summary>A signed token (JWT, HS256).</summary>
    public string Mint(TokenRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var now = _time.GetUtcNow().UtcDateTime;
        var claims = new Dictionary<string, object>
        {
            ["sub"] = request.Subject,
            ["net"] = request.Network,
            ["scope"] = request.Scope,
            ["sites"] = request.Sites.ToArray(),
            ["regions"] = request.Regions.ToArray(),
            ["jti"] = Guid.NewGuid().ToString("N"),
        };
        if (request.Purpose.Length > 0) claims["purpose"] = request.Purpose;
        return Handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = Issuer,
            Audience = Audience,
            IssuedAt = now,
            NotBefore = now,
            Expires = now + request.Lifetime,
            SigningCredentials = new SigningCredentials(_key, SecurityAlgorithms.HmacSha256),
            Claims = claims,
        });
    }

    private static void Create(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        // A move that is told not to replace a file looks first and renames then: of processes that come at once only one may do it.
        using var turn = new Mutex(initiallyOwned: false, $@"Global\rtt-{Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(path)))}");
        try
        {
            if (!turn.WaitOne(CreateMax)) throw new InvalidOperationException($"Another process has been making {path} for {CreateMax.TotalSeconds:F0} s.");
        }
        catch (AbandonedMutexException)
        {
            // Whoever had the turn ended in the middle of it: it is this process's now.
        }
        try
        {
            if (!File.Exists(path)) Write(path);
        }
        finally
        {
            turn.ReleaseMutex();
        }
    }

    /// <summary>Written whole beside its place, then moved: nobody reads a part of a key.</summary>
    private static void Write(string path)
    {
        var half = $"{path}.{Guid.NewGuid():N}.new";
        var mode = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            mode.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var file = new FileStream(half, mode))
        {
            file.Write(RandomNumberGenerator.GetBytes(KeyLength));
            file.Flush(flushToDisk: true);
        }

        File.Move(half, path, overwrite: false);
    }
}
