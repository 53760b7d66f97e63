using Grpc.Core;

namespace RttNetwork.Load.Http2;

/// <summary>What came back for one call. Only good while it is being handled.</summary>
internal readonly ref struct Reply(StatusCode status, ReadOnlySpan<byte> message, ReadOnlySpan<byte> details)
{
    public StatusCode Status => status;

    /// <summary>The message's bytes; empty unless one came.</summary>
    public ReadOnlySpan<byte> Message { get; } = message;

    /// <summary>The header <c>grpc-status-details-bin</c> as it came: base64.</summary>
    public ReadOnlySpan<byte> Details { get; } = details;
}

/// <summary>Whoever waits for a call.</summary>
internal interface ICall
{
    /// <summary>
    /// The call has ended. Called on the connection's own thread: whatever is sent from here on the same connection goes out
    /// in one piece with everything else that this moment brings.
    /// </summary>
    void End(in Reply reply);
}
