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

    /// <summary>A webhook whose last delivery took longer is slow, though it succeeded.</summary>
    public TimeSpan SlowAfter { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Deliveries under way at one time, <see cref="SlowAtOnceMax"/> included.</summary>
    public int AtOnceMax { get; init; } = 64;

    /// <summary>Of which to the webhooks of one network that are not slow: four networks whose receivers all hang, for the first time, are needed to stop the others.</summary>
    public int PerNetworkAtOnceMax { get; init; } = 12;

    /// <summary>Of which to one webhook.</summary>
    public int PerWebhookAtOnceMax { get; init; } = 4;

    /// <summary>Places that are kept for webhooks whose last delivery failed or was slow; to each of these one at a time. The others have the rest.</summary>
    public int SlowAtOnceMax { get; init; } = 16;

    /// <summary>Of which for those of one network.</summary>
    public int SlowPerNetworkAtOnceMax { get; init; } = 4;

    /// <summary>Deliveries that wait for one webhook. What comes then is given up at once, and listed.</summary>
    public int WaitingMax { get; init; } = 10_000;

    /// <summary>Deliveries that are listed as given up for one webhook by the follower. What comes then is counted.</summary>
    public int GivenUpMax { get; init; } = 10_000;

    /// <summary>Rows that one statement removes.</summary>
    public int TidyMax { get; init; } = 1000;

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
    /// An event that was recorded longer ago is given up unsent, and listed: after a restore everything is followed once more, and nobody wants to be told a network's
    /// whole past; whoever comes back after so long must see what there was.
    /// </summary>
    public TimeSpan ToldWithin { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How long to wait for where a host is.</summary>
    public TimeSpan LookUpWithin { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// Hosts that are looked up at one time. A look-up keeps its place until it has ended, also when nobody waits for it any more: each takes a thread of the pool, which
    /// no cancellation gives back. More than one network's deliveries can ask for.
    /// </summary>
    public int LookUpsAtOnceMax { get; init; } = 32;

    /// <summary>Addresses of one host that are tried, of both families in turn.</summary>
    public int AddressesTriedMax { get; init; } = 4;

    /// <summary>Where a host is.</summary>
    public Func<string, CancellationToken, Task<IPAddress[]>> Resolve { get; init; } = Dns.GetHostAddressesAsync;
}
