using System.Collections.Immutable;
using System.Net;

namespace RttNetwork.Grains.Webhooks;

/// <summary>The limits of webhooks, each beside what it limits.</summary>
public sealed record WebhookOptions
{
    /// <summary>The port that receivers are on: another one would tell whoever makes a webhook what is open elsewhere.</summary>
    public int Port { get; init; } = 443;

    /// <summary>True to send to this machine, and there without TLS: in development and tests only.</summary>
    public bool AllowLoopback { get; init; }

    /// <summary>From the first byte sent to the status that comes back.</summary>
    public TimeSpan AnswerWithin { get; init; } = TimeSpan.FromSeconds(15);

    public TimeSpan ConnectWithin { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Deliveries under way at one time.</summary>
    public int AtOnceMax { get; init; } = 64;

    /// <summary>Of which to one webhook.</summary>
    public int PerWebhookAtOnceMax { get; init; } = 4;

    /// <summary>Of which to all webhooks whose last delivery failed; to each of these one at a time.</summary>
    public int FailingAtOnceMax { get; init; } = 16;

    /// <summary>How often to look for what is due.</summary>
    public TimeSpan Look { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How long after each failure it is tried again (Standard Webhooks); up to a fifth longer, so that not all come back at once. After the last it is given up.</summary>
    public ImmutableArray<TimeSpan> Retries { get; init; } =
    [
        TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2), TimeSpan.FromHours(5),
        TimeSpan.FromHours(10), TimeSpan.FromHours(14), TimeSpan.FromHours(20), TimeSpan.FromHours(24),
    ];

    /// <summary>How long a delivery that was given up is kept.</summary>
    public TimeSpan FailedKeptFor { get; init; } = TimeSpan.FromDays(30);

    /// <summary>
    /// An event that was recorded longer ago is not sent: after a restore everything is followed once more, and nobody wants to be told a network's whole past.
    /// </summary>
    public TimeSpan ToldWithin { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Where a host is.</summary>
    public Func<string, CancellationToken, Task<IPAddress[]>> Resolve { get; init; } = Dns.GetHostAddressesAsync;
}
