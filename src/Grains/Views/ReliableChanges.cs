using RttNetwork.Contracts.Measures;
using RttNetwork.Contracts.Views;
using RttNetwork.Domain.Measures;
using RttNetwork.Domain.Pathways;
using RttNetwork.Grains.Measures;

namespace RttNetwork.Grains.Views;

/// <summary>How many people of a cohort are better, the same or worse than at their baseline, by measure and point.</summary>
internal static class ReliableChanges
{
    /// <param name="scores">Of one cohort.</param>
    public static IEnumerable<ChangeRow> Of(IReadOnlyCollection<CohortScore> scores, IEnumerable<MeasureDefinitionView> measures)
    {
        var baselines = scores.Where(s => s.Point == MeasurePoint.Baseline).ToDictionary(s => (s.Participant, s.Measure), s => s.Score);
        var known = measures.ToDictionary(m => m.Code, m => m.ToDomain(), StringComparer.Ordinal);
        return
            from score in scores
            where score.Point is not ("" or MeasurePoint.Baseline) && known.ContainsKey(score.Measure)
            group score by (score.Measure, score.Point) into point
            orderby point.Key.Measure, point.Key.Point
            let changes = point.Where(s => baselines.ContainsKey((s.Participant, s.Measure))).Select(s => ReliableChange.Of(known[s.Measure], baselines[(s.Participant, s.Measure)], s.Score)).ToList()
            select new ChangeRow(
                point.Key.Measure, point.Key.Point, changes.Count, changes.Count(c => c == Change.Improved), changes.Count(c => c == Change.NoChange), changes.Count(c => c == Change.Worsened),
                changes.Count(c => c == Change.NotClassified), point.Count() - changes.Count);
    }
}
