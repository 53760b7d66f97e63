using System.Globalization;
using RttNetwork.Grains.Units;

namespace RttNetwork.Storage.Projections;

/// <summary>A place in the feed as grains and views pass it on: "xid.position", the same as a unit's token.</summary>
internal static class Place
{
    public static string ToText(FeedPosition position) => string.Create(CultureInfo.InvariantCulture, $"{position.Xid}.{position.Position}");

    /// <summary>Null when the text names no place.</summary>
    public static FeedPosition? Parse(string text)
    {
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        return dot > 0
            && ulong.TryParse(text.AsSpan(0, dot), NumberStyles.None, CultureInfo.InvariantCulture, out var xid)
            && long.TryParse(text.AsSpan(dot + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var position)
                ? new FeedPosition(xid, position)
                : null;
    }
}
