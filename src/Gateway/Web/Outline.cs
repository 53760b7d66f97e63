using System.Globalization;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Web;

/// <summary>
/// A map that needs nobody's tiles: sites where they are, on the rough outline of the country that they are in, where there is one here. Degrees of longitude are as long as they are in
/// the middle of the picture; for a province that is near enough.
/// </summary>
internal sealed class Outline
{
    private const double Width = 480;
    private const double HeightMax = 420;
    private const double MarginDegrees = 0.6;

    /// <summary>Of the least: a single site is not all of the picture.</summary>
    private const double SpanDegreesMin = 3;

    /// <summary>British Columbia by some sixty corners, mainland and the large islands: longitude and latitude.</summary>
    private static readonly (double Longitude, double Latitude)[][] Lands =
    [
        [
            (-123.0, 49.0), (-123.2, 49.3), (-123.9, 49.6), (-124.6, 49.9), (-124.9, 50.3), (-125.9, 50.5), (-126.9, 50.9), (-127.6, 51.1), (-127.8, 51.7), (-128.1, 52.3), (-128.9, 53.0), (-129.6, 53.6),
            (-130.3, 54.2), (-130.2, 54.8), (-130.0, 55.3), (-130.1, 56.1), (-131.8, 56.6), (-132.3, 57.1), (-133.4, 58.4), (-134.3, 58.9), (-135.0, 59.4), (-135.5, 59.8), (-136.5, 59.5), (-137.5, 58.9),
            (-139.1, 60.0), (-120.0, 60.0), (-120.0, 53.8), (-119.2, 53.2), (-118.0, 52.4), (-116.9, 51.8), (-115.9, 51.1), (-115.2, 50.6), (-114.7, 49.8), (-114.1, 49.0),
        ],
        [
            (-123.3, 48.4), (-123.6, 48.9), (-124.0, 49.2), (-124.9, 49.7), (-125.3, 50.1), (-126.6, 50.5), (-127.5, 50.9), (-128.4, 50.7), (-127.9, 50.1), (-126.8, 49.6), (-126.1, 49.2), (-125.4, 48.8), (-124.7, 48.6), (-123.8, 48.35),
        ],
        [(-131.8, 53.9), (-131.7, 53.2), (-131.5, 52.6), (-131.1, 52.1), (-132.2, 52.7), (-132.7, 53.3), (-133.1, 53.9), (-132.6, 54.1)],
    ];

    private readonly double _west;
    private readonly double _north;
    private readonly double _scale;
    private readonly double _squeeze;

    private Outline(double west, double east, double south, double north)
    {
        _squeeze = Math.Cos((south + north) / 2 * Math.PI / 180);
        _scale = Math.Min(Width / ((east - west) * _squeeze), HeightMax / (north - south));
        (_west, _north) = (west, north);
        ViewBox = string.Create(CultureInfo.InvariantCulture, $"0 0 {(east - west) * _squeeze * _scale:0} {(north - south) * _scale:0}");
    }

    public string ViewBox { get; }

    /// <summary>One path for each land of which a part is in the picture.</summary>
    public IEnumerable<string> Paths => Lands.Select(land => $"M{string.Join('L', land.Select(p => At(p.Latitude, p.Longitude)).Select(p => $"{p.X} {p.Y}"))}Z");

    public static Outline? Around(IReadOnlyList<Site> sites)
    {
        var placed = sites.Where(s => s.HasLatitude && s.HasLongitude).ToList();
        if (placed.Count == 0) return null;
        var (west, east) = Widened(placed.Min(s => s.Longitude), placed.Max(s => s.Longitude), SpanDegreesMin * 1.5);
        var (south, north) = Widened(placed.Min(s => s.Latitude), placed.Max(s => s.Latitude), SpanDegreesMin);
        return new Outline(west, east, south, north);
    }

    /// <summary>Where a site is in the picture.</summary>
    public (string X, string Y) At(Site site) => At(site.Latitude, site.Longitude);

    /// <summary>True for a site whose name has more room on its left.</summary>
    public bool IsEastern(Site site) => X(site.Longitude) > Width / 2;

    private static (double From, double To) Widened(double from, double to, double spanMin)
    {
        var more = Math.Max(MarginDegrees, (spanMin - (to - from)) / 2);
        return (from - more, to + more);
    }

    private (string X, string Y) At(double latitude, double longitude) => (Text(X(longitude)), Text((_north - latitude) * _scale));

    private double X(double longitude) => (longitude - _west) * _squeeze * _scale;

    private static string Text(double number) => number.ToString("0.#", CultureInfo.InvariantCulture);
}
