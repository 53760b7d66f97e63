using System.Collections.Immutable;
using RttNetwork.Contracts.Measures;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;
using RttNetwork.Domain.Measures;
using RttNetwork.Domain.Pathways;
using RttNetwork.Grains.Measures;

namespace RttNetwork.Grains.Views;

// Safety events and measures.
public sealed partial class ViewsGrain
{
    public Task<Page<SafetyEventRow>> SafetyEvents(Caller caller, PageRequest page, string? site, bool closed) =>
        (site is null ? caller.ReachesAll(Network) : caller.Reaches(Network, site)) ? Answer(page, p => views.SafetyEvents(Network, p, site, closed, CancellationToken.None)) : Nothing<SafetyEventRow>();

    public async Task<Page<ChangeRow>> ReliableChange(Caller caller, string? atLeast, string site, string cohort, ImmutableArray<MeasureDefinitionView> measures)
    {
        if (!caller.Reaches(Network, site)) return await Nothing<ChangeRow>();
        if (atLeast is not null && !await views.Reached(atLeast, CancellationToken.None)) return new Page<ChangeRow>([], null, "", Behind: true);
        var scores = await views.ScoresOfCohort(Network, site, cohort, CancellationToken.None);
        var baselines = scores.Rows.Where(s => s.Point == MeasurePoint.Baseline).ToDictionary(s => (s.Participant, s.Measure), s => s.Score);
        var known = measures.ToDictionary(m => m.Code, m => m.ToDomain(), StringComparer.Ordinal);
        var rows =
            from score in scores.Rows
            where score.Point is not ("" or MeasurePoint.Baseline) && known.ContainsKey(score.Measure)
            group score by (score.Measure, score.Point) into point
            orderby point.Key.Measure, point.Key.Point
            let changes = point.Where(s => baselines.ContainsKey((s.Participant, s.Measure))).Select(s => Domain.Measures.ReliableChange.Of(known[s.Measure], baselines[(s.Participant, s.Measure)], s.Score)).ToList()
            select new ChangeRow(
                point.Key.Measure, point.Key.Point, changes.Count, changes.Count(c => c == Change.Improved), changes.Count(c => c == Change.NoChange), changes.Count(c => c == Change.Worsened),
                changes.Count(c => c == Change.NotClassified), point.Count() - changes.Count);
        return new Page<ChangeRow>([.. rows], null, scores.Token, false);
    }

    public async Task<MeasureExport> ExportMeasures(Caller caller, PageRequest page, ExportRequest export)
    {
        if (!(export.Site is null ? caller.ReachesAll(Network) : caller.Reaches(Network, export.Site))) return new MeasureExport([], 0, null, "", false);
        if (page.AtLeast is not null && !await views.Reached(page.AtLeast, CancellationToken.None)) return new MeasureExport([], 0, null, "", Behind: true);
        var scores = await views.StudyScores(Network, export.Site, export.Program, CancellationToken.None);
        var (rows, leftOut) = Export.Of(scores.Rows, export.Key, export.PeopleMin);
        // A page is so many people, whole: in the order of their pseudonyms, which is the same at every call with the same secret.
        var people = rows.Select(r => r.Person).Distinct().Where(p => page.After is null || string.CompareOrdinal(p, page.After) > 0).Take(page.Size + 1).ToList();
        var shown = people.Take(page.Size).ToHashSet(StringComparer.Ordinal);
        return new MeasureExport(
            [.. rows.Where(r => shown.Contains(r.Person)).Select(r => new ExportedScore(r.Person, r.Cohort, r.Measure, r.Point, r.Days, r.Score))],
            leftOut, people.Count > page.Size ? people[page.Size - 1] : null, scores.Token, false);
    }
}
