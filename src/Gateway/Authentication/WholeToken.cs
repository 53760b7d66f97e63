namespace RttNetwork.Gateway.Authentication;

/// <summary>
/// Compares the whole text and hashes its end, which is the signature and different for every token. Only good tokens are
/// remembered, so nobody can make the hashes meet.
/// </summary>
internal sealed class WholeToken : IEqualityComparer<string>
{
    public static readonly WholeToken Comparer = new();
    private const int HashedLength = 24;

    public bool Equals(string? x, string? y) => string.Equals(x, y, StringComparison.Ordinal);

    public int GetHashCode(string text) => string.GetHashCode(text.AsSpan(Math.Max(0, text.Length - HashedLength)), StringComparison.Ordinal);
}
