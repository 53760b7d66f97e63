using System.Net;
using RttNetwork.Gateway.Management;
using RttNetwork.Grains.Webhooks;
using RttNetwork.Storage;

namespace RttNetwork.Silo;

/// <summary>Everything about a silo that is not the same everywhere.</summary>
public sealed record SiloOptions
{
    private const int PersonalKeyBytes = 32;

    /// <summary>The database: one PostgreSQL, 15 or newer, migrated by <c>./rtt migrate</c>.</summary>
    public required StorageOptions Storage { get; init; }

    /// <summary>The key that wraps every person's own key: 32 bytes, kept outside the database. Losing it loses all personal data.</summary>
    public required byte[] PersonalKey { get; init; }

    /// <summary>The cluster that this silo joins; two clusters on one database do not see each other.</summary>
    public string ClusterId { get; init; } = "rtt";

    /// <summary>The service whose snapshots and reminders this silo uses; it outlives clusters.</summary>
    public string ServiceId { get; init; } = "rtt";

    /// <summary>The name of this silo in the cluster; null for one of its own making.</summary>
    public string? Name { get; init; }

    /// <summary>The address that other silos and gateways reach this one at.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>The port for other silos. Keep it over a restart: the silo that comes back then evicts its own dead predecessor at once.</summary>
    public int SiloPort { get; init; } = 11111;

    /// <summary>The port for gateways. Whoever reaches it can call any grain: never expose it.</summary>
    public int OrleansGatewayPort { get; init; } = 30000;

    /// <summary>Where the process says how it is.</summary>
    public ManagementOptions Management { get; init; } = new();

    /// <summary>
    /// How long a silo waits for a sign of life of another; three in a row that do not come make it suspect. Short enough that
    /// the grains of a dead silo are elsewhere within seconds, long enough for a busy machine (docs/adr/0005).
    /// </summary>
    public TimeSpan ProbeTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>True for Orleans' distributed grain directory in place of its default one (docs/adr/0005).</summary>
    public bool DistributedDirectory { get; init; }

    /// <summary>The limits of webhooks, and whether they may be sent to this machine: in development and tests only.</summary>
    public WebhookOptions Webhooks { get; init; } = new();

    /// <summary>True to host the gateway in the same process, as in development.</summary>
    public bool HostGateway { get; init; }

    /// <summary>Reads the section <c>Rtt</c> of the configuration.</summary>
    /// <exception cref="InvalidOperationException">Something is missing, or not as it must be.</exception>
    public static SiloOptions From(IConfiguration configuration)
    {
        var rtt = configuration.GetSection("Rtt");
        var silo = rtt.GetSection("Silo");
        if (silo["ManagementPort"] is not null) throw new InvalidOperationException("Rtt:Silo:ManagementPort is Rtt:Management:Port now, with Rtt:Management:Address beside it.");
        return new SiloOptions
        {
            Storage = new StorageOptions(rtt["Database"] ?? throw new InvalidOperationException("Rtt:Database is missing: the connection string of PostgreSQL.")),
            PersonalKey = PersonalKeyFrom(rtt["PersonalKey"]),
            ClusterId = rtt["ClusterId"] ?? "rtt",
            ServiceId = rtt["ServiceId"] ?? "rtt",
            Name = silo["Name"],
            Address = IPAddress.Parse(silo["Address"] ?? "127.0.0.1"),
            SiloPort = silo.GetValue("Port", 11111),
            OrleansGatewayPort = silo.GetValue("GatewayPort", 30000),
            Management = ManagementOptions.From(configuration, port: 5090),
            ProbeTimeout = silo.GetValue("ProbeTimeout", TimeSpan.FromSeconds(2)),
            DistributedDirectory = (silo["Directory"] ?? "default") switch
            {
                "default" => false,
                "distributed" => true,
                var other => throw new InvalidOperationException($"Rtt:Silo:Directory is \"default\" or \"distributed\", not \"{other}\"."),
            },
            HostGateway = silo.GetValue("HostGateway", false),
            Webhooks = new WebhookOptions { AllowLoopback = rtt.GetValue("Webhooks:AllowHttp", false) },
        };
    }

    private static byte[] PersonalKeyFrom(string? configured)
    {
        var key = new byte[PersonalKeyBytes];
        return configured is not null && Convert.TryFromBase64String(configured, key, out var length) && length == PersonalKeyBytes
            ? key
            : throw new InvalidOperationException($"Rtt:PersonalKey must be {PersonalKeyBytes} bytes as base64: the key that wraps every person's own key.");
    }
}
