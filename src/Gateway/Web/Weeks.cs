using NodaTime;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Web;

/// <param name="Number">Its place in the plan, from 0.</param>
/// <param name="Week">From 1.</param>
/// <param name="Row">0 for the whole cohort, else the pod.</param>
/// <param name="Offset">How far into its week it begins: 0 on Monday, 1 at the end of Sunday.</param>
internal sealed record SessionMark(int Number, int Week, int Row, double Offset, Wire.V1.Session Session);

/// <summary>A cohort's sessions as a picture: weeks beside each other, the whole cohort and each pod in a row of its own.</summary>
internal sealed class Weeks
{
    public Weeks(Cohort cohort, LocalDateTime now)
    {
        var sessions = cohort.Sessions;
        var first = sessions.Count == 0 ? now.Date : sessions.Min(s => s.Begins().Date);
        Monday = first.PlusDays(1 - (int)first.DayOfWeek);
        Marks = [.. sessions.Select((s, i) => new SessionMark(i, WeekOf(s.Begins()), s.Pod, OffsetOf(s.Begins()), s))];
        Count = Math.Max(1, Marks.Count == 0 ? 1 : Marks.Max(m => m.Week));
        Pods = Math.Max(cohort.Plan?.Pods.Count ?? 0, Marks.Count == 0 ? 0 : Marks.Max(m => m.Row));
        var next = Marks.Where(m => m.Session.Ends() > now).OrderBy(m => m.Session.Begins()).FirstOrDefault();
        Next = next?.Number;
        if (WeekOf(now) is var week && week >= 1 && week <= Count) Now = week - 1 + OffsetOf(now);
    }

    /// <summary>Of the first week.</summary>
    public LocalDate Monday { get; }
    public int Count { get; }
    public int Pods { get; }
    public IReadOnlyList<SessionMark> Marks { get; }

    /// <summary>The next session's place in the plan; null when all are over.</summary>
    public int? Next { get; }

    /// <summary>Where now is, in weeks from the left; null before and after.</summary>
    public double? Now { get; }

    private int WeekOf(LocalDateTime at) => (int)Math.Floor(Period.DaysBetween(Monday, at.Date) / 7.0) + 1;

    private static double OffsetOf(LocalDateTime at) => ((int)at.DayOfWeek - 1 + (at.Hour / 24.0)) / 7;
}
