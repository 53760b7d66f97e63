using System.Security.Cryptography;
using System.Text;
using RttNetwork.Gateway.Authentication;
using RttNetwork.Gateway.Management;

namespace RttNetwork.Gateway;

/// <summary>Everything about a gateway that is not the same everywhere.</summary>
public sealed record GatewayOptions
{
    /// <summary>The shortest key for identities, in bytes.</summary>
    public const int IdentityKeyBytesMin = 32;

    /// <summary>The environment's name: in <c>Production</c> nothing that is only for development is accepted.</summary>
    public required string EnvironmentName { get; init; }

    /// <summary>
    /// The key that identifiers of persons are hashed with. It lives outside the database, and losing it means that nobody
    /// who comes again is recognised: back it up.
    /// </summary>
    public required byte[] IdentityKey { get; init; }

    /// <summary>Whose tokens are believed.</summary>
    public required TokenOptions Tokens { get; init; }

    /// <summary>How people sign in to the pages; null for a gateway that serves none.</summary>
    public SignInOptions? SignIn { get; init; }

    /// <summary>The age from which a person may take part, in years: 18, in some provinces and states 19 or 21.</summary>
    public int AdultAge { get; init; } = 18;

    /// <summary>The shortest time that a site which is referred to is given to decide (rule 39).</summary>
    public TimeSpan ReferralDueMin { get; init; } = TimeSpan.FromHours(1);

    /// <summary>A file of the operator's own in the form of <c>programs/pathways.json</c>; null for the one that comes with the gateway.</summary>
    public string? PathwaysFile { get; init; }

    /// <summary>A file of the operator's own in the form of <c>programs/measures.json</c>; null for the one that comes with the gateway.</summary>
    public string? MeasuresFile { get; init; }

    /// <summary>A file of the operator's own in the form of <c>programs/safety.json</c>; null for the one that comes with the gateway.</summary>
    public string? SafetyFile { get; init; }

    /// <summary>A file of the operator's own in the form of <c>programs/disclosure.json</c>; null for the one that comes with the gateway.</summary>
    public string? DisclosureFile { get; init; }

    /// <summary>The address to listen on.</summary>
    public string Address { get; init; } = "127.0.0.1";

    /// <summary>The port of gRPC (HTTP/2 without TLS); 0 takes a free one.</summary>
    public int GrpcPort { get; init; } = 5080;

    /// <summary>The port of JSON over HTTP/1.1; 0 takes a free one.</summary>
    public int HttpPort { get; init; } = 5081;

    /// <summary>Where a gateway in a process of its own says how it is; one in a silo says it with the silo.</summary>
    public ManagementOptions Management { get; init; } = new() { Port = 5082 };

    /// <summary>Calls that one client may make in a second over a longer time.</summary>
    public int CallsPerSecondMax { get; init; } = 20_000;

    /// <summary>Calls that one client may make at once after a pause.</summary>
    public int CallsBurstMax { get; init; } = 40_000;

    /// <summary>Calls that this process works on at one time, over all clients.</summary>
    public int CallsInFlightMax { get; init; } = 8_192;

    /// <summary>Streams that this process keeps open at one time, over all clients.</summary>
    public int WatchesMax { get; init; } = 2000;

    /// <summary>Streams that one client has open at one time.</summary>
    public int WatchesPerClientMax { get; init; } = 16;

    /// <summary>Changes that wait for the reader of one stream; of more it is told only when it reads on.</summary>
    public int WatchPendingMax { get; init; } = 1000;

    /// <summary>How often a network that is watched is looked at, while few watch.</summary>
    public TimeSpan WatchInterval { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The same while many do: a look costs a message to each of them, and the processor is that of bookings.</summary>
    public TimeSpan WatchIntervalMax { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The pause that each who watches adds, between these two.</summary>
    public TimeSpan WatchIntervalEach { get; init; } = TimeSpan.FromMilliseconds(2.5);

    /// <summary>The longest that a stream is silent, and that its caller's token is not judged again.</summary>
    public TimeSpan WatchHeartbeat { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>True when anyone may ask for the schema over gRPC.</summary>
    public bool Reflection { get; init; } = true;

    /// <summary>Reads the section <c>Rtt</c> of the configuration.</summary>
    /// <exception cref="InvalidOperationException">Something is missing, or not as it must be.</exception>
    public static GatewayOptions From(IConfiguration configuration, string environmentName)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var rtt = configuration.GetSection("Rtt");
        var tokens = new TokenOptions
        {
            DevKeyFile = rtt["Tokens:DevKeyFile"],
            Authority = rtt["Tokens:Authority"],
            JwksFile = rtt["Tokens:JwksFile"],
            Issuer = rtt["Tokens:Issuer"],
            Audience = rtt["Tokens:Audience"] ?? DevTokenIssuer.Audience,
        };
        tokens.Check(environmentName);
        var gateway = rtt.GetSection("Gateway");
        var options = new GatewayOptions
        {
            EnvironmentName = environmentName,
            Tokens = tokens,
            SignIn = SignInOptions.From(rtt.GetSection("SignIn")),
            IdentityKey = IdentityKeyFrom(rtt["IdentityKey"], tokens, environmentName),
            AdultAge = rtt.GetValue("AdultAge", 18),
            ReferralDueMin = rtt.GetValue("ReferralDueMin", TimeSpan.FromHours(1)),
            PathwaysFile = rtt["PathwaysFile"],
            MeasuresFile = rtt["MeasuresFile"],
            SafetyFile = rtt["SafetyFile"],
            DisclosureFile = rtt["DisclosureFile"],
            Address = gateway["Address"] ?? "127.0.0.1",
            GrpcPort = gateway.GetValue("GrpcPort", 5080),
            HttpPort = gateway.GetValue("HttpPort", 5081),
            Management = ManagementOptions.From(configuration, port: 5082),
            CallsPerSecondMax = gateway.GetValue("CallsPerSecondMax", 20_000),
            CallsBurstMax = gateway.GetValue("CallsBurstMax", 40_000),
            CallsInFlightMax = gateway.GetValue("CallsInFlightMax", 8_192),
            Reflection = gateway.GetValue("Reflection", true),
        };
        options.Check();
        return options;
    }

    /// <summary>Throws when a gateway with these options must not start.</summary>
    /// <exception cref="InvalidOperationException">It says which setting, and what it must be.</exception>
    public void Check()
    {
        Require(IdentityKey.Length >= IdentityKeyBytesMin, $"Rtt:IdentityKey must have at least {IdentityKeyBytesMin} bytes.");
        Require(AdultAge is >= 0 and <= 30, "Rtt:AdultAge must be 0 to 30.");
        Require(ReferralDueMin > TimeSpan.Zero && ReferralDueMin <= TimeSpan.FromDays(7), "Rtt:ReferralDueMin must be above zero and at most seven days.");
        Require(GrpcPort is >= 0 and <= 65535 && HttpPort is >= 0 and <= 65535, "The ports of Rtt:Gateway must be 0 to 65535.");
        Require(CallsPerSecondMax > 0 && CallsBurstMax > 0 && CallsInFlightMax > 0, "The limits of Rtt:Gateway must be positive.");
        Tokens.Check(EnvironmentName);
        SignIn?.Check(EnvironmentName);
    }

    internal static bool IsProduction(string environmentName) => string.Equals(environmentName, "Production", StringComparison.OrdinalIgnoreCase);

    internal static void Require(bool condition, string message)
    {
        if (!condition) throw new InvalidOperationException(message);
    }

    /// <summary>In development, without a key of its own, one that follows from the development tokens' key.</summary>
    private static byte[] IdentityKeyFrom(string? configured, TokenOptions tokens, string environmentName)
    {
        if (!string.IsNullOrEmpty(configured))
        {
            var bytes = new byte[configured.Length];
            Require(Convert.TryFromBase64String(configured, bytes, out var length), "Rtt:IdentityKey must be base64.");
            return bytes[..length];
        }
        Require(tokens.DevKeyFile is not null && !IsProduction(environmentName), $"Rtt:IdentityKey is missing: {IdentityKeyBytesMin} random bytes as base64.");
        return HMACSHA256.HashData(DevTokenIssuer.Load(tokens.DevKeyFile!).KeyBytes(), Encoding.ASCII.GetBytes("rtt identity key of a development network"));
    }
}
