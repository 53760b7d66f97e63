using System.Collections.Immutable;
using System.Globalization;
using NodaTime;
using RttNetwork.Domain.Sites;

namespace RttNetwork.Domain.Matching;

/// <summary>
/// A cohort with an open seat as the answer to a search, and why it stands where it stands. The order of an answer: sites with
/// limited capacity after all others (rule 43), then by <see cref="Points"/>, fewest first, then by the cohort's name, site.cohort.
/// </summary>
/// <param name="FirstDay">The day of its first session at the site.</param>
/// <param name="Today">The day that waiting is counted from.</param>
/// <param name="DistanceKm">From the search's origin to the site, in whole kilometres; null when the site has no coordinates.</param>
/// <param name="HasOrigin">False for a search in which distance counts for nothing.</param>
/// <param name="Limit">The site's limited capacity; null when there is none at the time of the search.</param>
public sealed record Match(LocalDate FirstDay, LocalDate Today, int? DistanceKm, bool HasOrigin, int SeatsOpen, CapacityLimit? Limit)
{
    /// <summary>A day of waiting.</summary>
    public const int PointsPerDay = 10;

    /// <summary>A kilometre: ten of them are as bad as a day.</summary>
    public const int PointsPerKm = 1;

    /// <summary>A site whose coordinates nobody has said counts as so far away, whenever distance counts.</summary>
    public const int UnknownKm = 1000;

    /// <summary>The mean radius of the earth, for great circles.</summary>
    public const double EarthRadiusKm = 6371;

    /// <summary>Whole kilometres between two points along the great circle (haversine), to the nearest, and of two as near to the even one.</summary>
    public static int KmBetween(double latitude, double longitude, double otherLatitude, double otherLongitude)
    {
        var (north, east) = (Math.Sin(double.DegreesToRadians(otherLatitude - latitude) / 2), Math.Sin(double.DegreesToRadians(otherLongitude - longitude) / 2));
        var chord = (north * north) + (Math.Cos(double.DegreesToRadians(latitude)) * Math.Cos(double.DegreesToRadians(otherLatitude)) * east * east);
        return (int)Math.Round(2 * EarthRadiusKm * Math.Asin(Math.Min(1, Math.Sqrt(chord))), MidpointRounding.ToEven);
    }

    /// <summary>The expected wait: days until the first session, 0 when it has begun.</summary>
    public int WaitDays => Math.Max(0, Days);

    /// <summary>What the order goes by. Below zero for a cohort that has begun: the longer ago, the sooner it stands.</summary>
    public int Points => WaitPoints + DistancePoints;

    /// <summary>Everything that its place in the answer depends on, with the figures, and the seats that are open.</summary>
    public ImmutableArray<MatchReason> Reasons()
    {
        var reasons = ImmutableArray.CreateBuilder<MatchReason>(4);
        if (Limit is { } limit)
        {
            var until = limit.Until is { } day ? $" until {Text(day)}" : "";
            reasons.Add(new("limited-capacity", 0, $"limited capacity since {Text(limit.Since.InUtc().Date)}{until}: {limit.Reason}; after every other site"));
        }
        reasons.Add(new("wait", WaitPoints, Days < 0 ? $"has begun on {Text(FirstDay)}" : $"{Of(Days, "day")} to wait: begins on {Text(FirstDay)}"));
        if (HasOrigin) reasons.Add(DistanceKm is { } km ? new("distance", DistancePoints, $"{Number(km)} km away") : new("distance-unknown", DistancePoints, $"nobody has said where the site is: counts as {Number(UnknownKm)} km"));
        reasons.Add(new("seats-open", 0, $"{Of(SeatsOpen, "seat")} open"));
        return reasons.DrainToImmutable();
    }

    private int Days => Period.DaysBetween(Today, FirstDay);

    private int WaitPoints => Days * PointsPerDay;

    private int DistancePoints => HasOrigin ? (DistanceKm ?? UnknownKm) * PointsPerKm : 0;

    private static string Text(LocalDate day) => day.ToString("uuuu-MM-dd", CultureInfo.InvariantCulture);

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Of(int number, string what) => number == 1 ? $"1 {what}" : $"{Number(number)} {what}s";
}

/// <summary>One of the things that a match's place depends on.</summary>
/// <param name="Code">"limited-capacity", "wait", "distance", "distance-unknown", "seats-open".</param>
/// <param name="Points">What it adds to the match's points.</param>
/// <param name="Text">Its figures in words.</param>
public sealed record MatchReason(string Code, int Points, string Text);
