using System.Collections.Immutable;
using NodaTime;
using Orleans.Concurrency;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;

namespace RttNetwork.Grains.Views;

/// <summary>Reads of the projections, for whoever may see them. Key: the network.</summary>
[GrainType("views"), StatelessWorker, Reentrant]
public sealed partial class ViewsGrain(IViews views, IReports reports, TimeProvider time) : Grain, IViewsGrain
{
    /// <summary>Alternatives are advice: in a rush every refusal would ask for the same ones.</summary>
    private static readonly TimeSpan AlternativesKeptFor = TimeSpan.FromSeconds(1);
    private const int AlternativesKeptMax = 1000;
    private const int AlternativesMax = 3;
    private const int InRoleMax = 200;
    private readonly Dictionary<string, (long At, Task<ImmutableArray<CohortRow>> Rows)> _alternatives = [];

    private string Network => this.GetPrimaryKeyString();
    private Instant Now => Instant.FromDateTimeOffset(time.GetUtcNow());

    /// <summary>Every site of the network is in its directory; an authority sees those of the region it names, if that is its own.</summary>
    public Task<Page<SiteRow>> Sites(Caller caller, PageRequest page, string? region) =>
        MayAsk(caller, region) ? Answer(page, p => views.Sites(Network, p, region, Now, CancellationToken.None)) : Nothing<SiteRow>();

    public Task<Page<CohortRow>> Cohorts(Caller caller, PageRequest page, string site) =>
        caller.Reaches(Network, site) ? Answer(page, p => views.Cohorts(Network, p, site, Now, CancellationToken.None)) : Nothing<CohortRow>();

    public Task<Page<AppointmentRow>> Appointments(Caller caller, PageRequest page, AppointmentSearch search) =>
        caller.Reaches(Network, search.Site) ? Answer(page, p => views.Appointments(Network, p, search, CancellationToken.None)) : Nothing<AppointmentRow>();

    public Task<Page<FacilitatorRow>> Facilitators(Caller caller, PageRequest page, string site) =>
        caller.Reaches(Network, site) ? Answer(page, p => views.Facilitators(Network, p, site, CancellationToken.None)) : Nothing<FacilitatorRow>();

    public Task<Page<ParticipantRow>> Participants(Caller caller, PageRequest page, string site) =>
        caller.Reaches(Network, site) ? Answer(page, p => views.Participants(Network, p, site, CancellationToken.None)) : Nothing<ParticipantRow>();

    public Task<ImmutableArray<FacilitatorRow>> FacilitatorsInRole(Caller caller, string role) =>
        caller.Network == Network && caller.Scope != CallerScope.Authority ? views.FacilitatorsInRole(Network, role, InRoleMax, CancellationToken.None).AsTask() : Task.FromResult(ImmutableArray<FacilitatorRow>.Empty);

    /// <summary>Every site of the network may see what programs it has.</summary>
    public Task<Page<ProgramRow>> Programs(Caller caller, PageRequest page) =>
        caller.Network == Network && caller.Scope != CallerScope.Authority ? Answer(page, p => views.Programs(Network, p, CancellationToken.None)) : Nothing<ProgramRow>();

    /// <summary>Every site of the network is in its directory; an authority knows those of its own regions.</summary>
    public async Task<SiteLocation> LocationOf(Caller caller, string? atLeast, string site)
    {
        if (caller.Network != Network) return new SiteLocation(null, "", Behind: false, "");
        if (atLeast is not null && !await views.Reached(atLeast, CancellationToken.None)) return new SiteLocation(null, "", Behind: true, "");
        return await views.LocationOf(Network, site, caller.Scope == CallerScope.Authority ? caller.Regions : null, CancellationToken.None) ?? new SiteLocation(null, "", Behind: false, "");
    }

    public async Task<Page<CohortRow>> SearchSeats(Caller caller, PageRequest page, SeatSearch search)
    {
        if (!MayAsk(caller, search.Region)) return await Nothing<CohortRow>();
        return await Answer(page, async p => await SeenBy(caller, search.Region) is { } seen
            ? await views.SearchSeats(Network, p, search with { Without = seen.Withheld }, CancellationToken.None) with { Withheld = seen.Withheld }
            : new Page<CohortRow>([], null, "", Behind: true));
    }

    public Task<Page<CalendarRow>> Calendar(CalendarSearch search) => views.Calendar(Network, search, CancellationToken.None).AsTask();

    public Task<ImmutableArray<CohortRow>> Alternatives(Caller caller, string cohort, Instant now)
    {
        if (caller.Network != Network || caller.Scope == CallerScope.Authority) return Task.FromResult(ImmutableArray<CohortRow>.Empty);
        if (_alternatives.TryGetValue(cohort, out var kept) && time.GetElapsedTime(kept.At) < AlternativesKeptFor) return kept.Rows;
        if (_alternatives.Count >= AlternativesKeptMax) _alternatives.Clear();
        var rows = views.Alternatives(Network, cohort, AlternativesMax, now, CancellationToken.None).AsTask();
        _alternatives[cohort] = (time.GetTimestamp(), rows);
        return rows;
    }

    /// <summary>An authority names one of its own regions (rule 50).</summary>
    private bool MayAsk(Caller caller, string? region) =>
        caller.Network == Network && (caller.Scope != CallerScope.Authority || (region is not null && caller.Regions.Contains(region)));

    private async Task<Page<TRow>> Answer<TRow>(PageRequest page, Func<PageRequest, ValueTask<Page<TRow>>> read) =>
        page.AtLeast is null || await views.Reached(page.AtLeast, CancellationToken.None)
            ? await read(page)
            : new Page<TRow>([], null, "", Behind: true);

    private static Task<Page<TRow>> Nothing<TRow>() => Task.FromResult(new Page<TRow>([], null, "", false));
}
