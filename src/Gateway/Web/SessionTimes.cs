using NodaTime;

namespace RttNetwork.Gateway.Web;

/// <summary>A session's wall time: the site's, as it is stored, and never reckoned in the browser.</summary>
internal static class SessionTimes
{
    private const string Medicine = "medicine";

    public static LocalDateTime Begins(this Wire.V1.Session session) =>
        new(session.LocalStart.Year, session.LocalStart.Month, session.LocalStart.Day, session.LocalStart.Hours, session.LocalStart.Minutes);

    public static LocalDateTime Ends(this Wire.V1.Session session) => session.Begins().PlusSeconds(session.Duration?.Seconds ?? 0);

    public static bool IsMedicine(this Wire.V1.Session session) => session.Kind.Contains(Medicine, StringComparison.Ordinal);
}
