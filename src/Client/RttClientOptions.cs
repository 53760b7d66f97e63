namespace RttNetwork.Client;

/// <summary>How a client reaches a network and how patient it is. Every limit has a default that suits a front desk.</summary>
public sealed record RttClientOptions
{
    /// <summary>The gateway: <c>http://</c> is HTTP/2 without TLS, <c>https://</c> with it.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>Gives the bearer token of the next attempt, or null for none. Asked before every attempt, so that a token may be renewed.</summary>
    public Func<CancellationToken, ValueTask<string?>>? Token { get; init; }

    /// <summary>
    /// Lets a token travel unencrypted to another machine. Off: whoever reads the wire could act as the caller. Loopback needs no leave.
    /// </summary>
    public bool TokenInPlaintextAllowed { get; init; }

    /// <summary>The time that a call may take, all its attempts together, when the caller gives no deadline.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Attempts of one call, the first included.</summary>
    public int AttemptsMax { get; init; } = 5;

    /// <summary>The longest wait before the first retry; each further one may be twice as long.</summary>
    public TimeSpan BackoffFirst { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>No wait between attempts is longer, unless the server asks for more.</summary>
    public TimeSpan BackoffMax { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Waits and tries again when the network says that it is too busy and when to come back (RESOURCE_EXHAUSTED with RetryInfo).
    /// Off by default: a person at a desk is better served by the answer; an import is not.
    /// </summary>
    public bool WaitWhenBusy { get; init; }

    /// <summary>Bytes in one message, either way. Lists are paged: nothing legitimate comes near.</summary>
    public int MessageBytesMax { get; init; } = 4 * 1024 * 1024;

    /// <summary>A connection with calls in flight that is silent for so long is asked whether it is alive.</summary>
    public TimeSpan KeepAlivePingDelay { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>And given up when it has not answered after so long.</summary>
    public TimeSpan KeepAlivePingTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a connection may take to come up.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The clock that waits are measured and slept by.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>The source of jitter; seed it to make the waits repeatable.</summary>
    public Random Jitter { get; init; } = new();
}
