using System.Collections.Immutable;
using RttNetwork.Contracts.Measures;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;
using RttNetwork.Domain.Measures;

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
        return new Page<ChangeRow>([.. ReliableChanges.Of(scores.Rows, measures)], null, scores.Token, false);
    }

    public async Task<MeasureExport> ExportMeasures(Caller caller, PageRequest page, ExportRequest export)
    {
        if (!(export.Site is null ? caller.ReachesAll(Network) : caller.Reaches(Network, export.Site))) return new MeasureExport([], 0, null, "", false);
        if (page.AtLeast is not null && !await views.Reached(page.AtLeast, CancellationToken.None)) return new MeasureExport([], 0, null, "", Behind: true);
        var scores = await views.StudyScores(Network, export.Site, export.Program, CancellationToken.None);
        var (rows, leftOut) = Export.Of(scores.Rows, export.Key, region => Math.Max(export.PeopleMin, export.OfRegions?.Of(region) ?? 0));
        // A page is so many people, whole: in the order of their pseudonyms, which is the same at every call with the same secret.
        var people = rows.Select(r => r.Person).Distinct().Where(p => page.After is null || string.CompareOrdinal(p, page.After) > 0).Take(page.Size + 1).ToList();
        var shown = people.Take(page.Size).ToHashSet(StringComparer.Ordinal);
        return new MeasureExport(
            [.. rows.Where(r => shown.Contains(r.Person)).Select(r => new ExportedScore(r.Person, r.Cohort, r.Measure, r.Point, r.Days, r.Score))],
            leftOut, people.Count > page.Size ? people[page.Size - 1] : null, scores.Token, false);
    }
}
