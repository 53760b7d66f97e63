namespace RttNetwork.Client;

/// <summary>The network did not do what was asked; <see cref="Refusal"/> says why.</summary>
public sealed class RttException : Exception
{
    /// <summary>A refusal, after so many attempts with one request id.</summary>
    public RttException(Refusal refusal, string? requestId, int attempts, Exception? inner = null)
        : base($"{refusal?.Reason}: {refusal?.Message}", inner)
    {
        ArgumentNullException.ThrowIfNull(refusal);
        Refusal = refusal;
        RequestId = requestId;
        Attempts = attempts;
    }

    /// <summary>The rule, its numbers and what could be had instead.</summary>
    public Refusal Refusal { get; }

    /// <summary>The id that was sent; null for a read. After an unknown outcome, send this one again and no other.</summary>
    public string? RequestId { get; }

    /// <summary>How often it was sent.</summary>
    public int Attempts { get; }
}
