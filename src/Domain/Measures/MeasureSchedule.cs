using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Participants;
using RttNetwork.Domain.Pathways;

namespace RttNetwork.Domain.Measures;

/// <summary>When one measure is due once.</summary>
/// <param name="Point">The point's name; of those that come again with a number: "monthly-2".</param>
/// <param name="Until">The last day on which it is not overdue.</param>
/// <param name="Record">The record that answers it; null while there is none.</param>
public sealed record DueMeasure(string Measure, string Point, LocalDate OpensOn, LocalDate Until, int? Record)
{
    public bool IsDueOn(LocalDate day) => Record is null && OpensOn <= day;

    public bool IsOverdueOn(LocalDate day) => Record is null && Until < day;
}

/// <summary>
/// When measures are due on one person's pathway: the policy's points, counted from the referral, from each medicine session and from the cohort's last
/// day (rule 44). Reckoned whenever it is asked for; nothing of it is stored.
/// </summary>
public static class MeasureSchedule
{
    /// <summary>A point that comes again is shown so many times.</summary>
    public const int TimesMax = 36;

    /// <summary>In the order in which they open. Of a person who has left, what was answered; nothing more is due.</summary>
    public static ImmutableArray<DueMeasure> Of(PersonFacts person, PathwayState pathway, LocalDate today)
    {
        if (pathway.Opened is not { } opened) return [];
        var hasLeft = person.Stage is Stage.Withdrawn or Stage.TransferredOut or Stage.Ineligible;
        var due = ImmutableArray.CreateBuilder<DueMeasure>();
        foreach (var point in opened.Policy.MeasurePoints)
        {
            foreach (var (name, opensOn) in Days(point, person, pathway, today))
            {
                foreach (var measure in point.Measures ?? opened.Policy.Measures)
                {
                    var record = pathway.ResultAt(measure, name)?.Record;
                    if (record is null && hasLeft) continue;
                    due.Add(new DueMeasure(measure, name, opensOn, opensOn.PlusDays(point.WindowDays), record));
                }
            }
        }
        due.Sort((a, b) => a.OpensOn.CompareTo(b.OpensOn) is var order and not 0 ? order : string.CompareOrdinal($"{a.Point}/{a.Measure}", $"{b.Point}/{b.Measure}"));
        return due.ToImmutable();
    }

    /// <summary>The measures that have a baseline and no answer to it, in order.</summary>
    public static ImmutableArray<string> BaselineMissing(PathwayState pathway)
    {
        var policy = pathway.Opened!.Policy;
        return [.. policy.MeasurePoints.Where(p => p.Code == MeasurePoint.Baseline).SelectMany(p => p.Measures ?? policy.Measures)
            .Where(m => pathway.ResultAt(m, MeasurePoint.Baseline) is null).Distinct()];
    }

    /// <summary>The times at which a point is due, as far as they are known.</summary>
    private static IEnumerable<(string Name, LocalDate OpensOn)> Days(MeasurePoint point, PersonFacts person, PathwayState pathway, LocalDate today)
    {
        if (point.Anchor == MeasureAnchors.Medicine)
        {
            var number = 0;
            foreach (var visit in pathway.Medicine.Where(v => v.Pathway == pathway.Number).Take(TimesMax))
                yield return ($"{point.Code}-{++number}", visit.Day.PlusDays(point.DaysAfter));
            yield break;
        }
        if (Anchor(point, person, pathway) is not { } anchor) yield break;
        var first = anchor.PlusDays(point.DaysAfter);
        if (point.EveryDays == 0)
        {
            yield return (point.Code, first);
            yield break;
        }
        for (var time = 1; time <= TimesMax; time++)
        {
            var opensOn = first.PlusDays((time - 1) * point.EveryDays);
            // The next one is shown too; once the pathway has ended none is added.
            if (opensOn > today.PlusDays(point.EveryDays) || (!person.Stage.IsOpen() && opensOn > today)) yield break;
            yield return ($"{point.Code}-{time}", opensOn);
        }
    }

    private static LocalDate? Anchor(MeasurePoint point, PersonFacts person, PathwayState pathway) => point.Anchor switch
    {
        MeasureAnchors.Referral => pathway.Opened!.ReceivedAt.InZone(DateTimeZoneProviders.Tzdb[pathway.Opened.TimeZone]).Date,
        MeasureAnchors.LastDay => person.Enrolments.FirstOrDefault(e => e.IsBooked && e.Cohort == person.Place?.Cohort)?.LastDay,
        _ => null,
    };
}
