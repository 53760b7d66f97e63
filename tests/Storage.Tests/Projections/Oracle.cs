using System.Collections.Immutable;
using System.Text.Json;
using NodaTime;
using Npgsql;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Views;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Facilitators;
using RttNetwork.Domain.Participants;
using RttNetwork.Domain.Sites;
using RttNetwork.Grains.Units;

namespace RttNetwork.Storage.Tests.Projections;

/// <summary>What every list and search must say at a place in the journal: the domain's folds and plain C#, with no SQL.</summary>
internal sealed class Oracle
{
    private readonly Dictionary<string, SiteState> _sites = [];
    private readonly Dictionary<string, CohortState> _cohorts = [];
    private readonly Dictionary<string, FacilitatorState> _facilitators = [];
    private readonly Dictionary<string, ParticipantState> _people = [];

    /// <summary>The whole journal in the feed's order.</summary>
    public static async Task<ImmutableArray<FeedEntry>> Journal(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand("select xid, position, stream, version, recorded_at, entry from rtt.journal order by xid, position", connection);
        await using var reader = await command.ExecuteReaderAsync();
        var entries = ImmutableArray.CreateBuilder<FeedEntry>();
        while (await reader.ReadAsync())
            entries.Add(new FeedEntry(new FeedPosition(reader.GetFieldValue<ulong>(0), reader.GetInt64(1)), reader.GetString(2), reader.GetInt32(3), reader.GetFieldValue<DateTimeOffset>(4), reader.GetFieldValue<byte[]>(5)));
        return entries.ToImmutable();
    }

    /// <summary>The journal up to the place that a page carries.</summary>
    public static Oracle At(IEnumerable<FeedEntry> journal, string token)
    {
        var parts = token.Split('.');
        var place = new FeedPosition(ulong.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture), long.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture));
        var oracle = new Oracle();
        foreach (var entry in journal.TakeWhile(e => e.Position <= place)) oracle.Take(entry);
        return oracle;
    }

    public IEnumerable<SiteRow> Sites(string network, string? region) =>
        from s in Of(_sites, network)
        let p = s.State.Profile
        where p is not null && (region is null || p.Region == region)
        select new SiteRow(s.Id, p.DisplayName, p.Region, p.Jurisdiction, p.TimeZone, p.Latitude, p.Longitude, s.State.LimitedCapacity);

    public IEnumerable<CohortRow> Cohorts(string network, string site, Instant now) =>
        Rows(network, now).Where(r => r.Site == site).OrderBy(r => r.Cohort, StringComparer.Ordinal);

    public IEnumerable<FacilitatorRow> Facilitators(string network, string site) =>
        Of(_facilitators, network).Where(f => f.State.HomeSite == site).Select(f => new FacilitatorRow(f.Id, site, f.State.Roles));

    public IEnumerable<ParticipantRow> Participants(string network, string site) =>
        Of(_people, network).Where(p => p.State.Sites.Contains(site)).Select(p => new ParticipantRow(p.Id, p.State.HomeSite!, p.State.Provisional, p.State.Eligible));

    public IEnumerable<CohortRow> SearchSeats(string network, SeatSearch search) =>
        from r in Rows(network, search.Now)
        where (search.Program is null || r.Program == search.Program) && (search.Region is null || r.Region == search.Region)
        where (search.Earliest is null || r.FirstDay >= search.Earliest) && (search.Latest is null || r.FirstDay <= search.Latest)
        where r.Seats.Open >= Math.Max(1, search.SeatsOpenMin) && r.IntakeClosesAt > search.Now
        orderby r.LimitedCapacity, r.FirstDay
        select r;

    public IEnumerable<CohortRow> Alternatives(string network, string cohort, int max, Instant now)
    {
        if (Rows(network, now).SingleOrDefault(r => Keys.Cohort(network, r.Site, r.Cohort) == cohort) is not { } own) return [];
        return SearchSeats(network, new SeatSearch(own.Program, null, null, null, 1, now))
            .Where(r => (r.Site, r.Cohort) != (own.Site, own.Cohort))
            .OrderBy(r => r.Site != own.Site).ThenBy(r => Math.Abs(Period.DaysBetween(own.FirstDay, r.FirstDay))).ThenBy(r => $"{r.Site}.{r.Cohort}", StringComparer.Ordinal)
            .Take(max);
    }

    public static string Text<TRow>(IEnumerable<TRow> rows) => string.Join('\n', rows.Select(r => JsonSerializer.Serialize(r, EventCatalog.Json)));

    private IEnumerable<CohortRow> Rows(string network, Instant now) =>
        from c in Of(_cohorts, network)
        let plan = c.State.Plan
        where plan is not null
        let site = _sites.GetValueOrDefault(Keys.Site(network, plan.Site))
        let usable = c.State.Usable()
        let held = c.State.SeatsHeldAt(now)
        select new CohortRow(plan.Site, site?.Profile?.DisplayName ?? "", plan.Region, Keys.CohortParts(c.Stream).Cohort, plan.DisplayName, plan.Program, plan.SeatsMax,
            new SeatCountView(usable.Seats, c.State.SeatsBooked, held, Math.Max(0, usable.Seats - c.State.SeatsBooked - held), usable.BoundBy),
            c.State.AtRisk, plan.FirstDay(), plan.LastDay(), plan.IntakeClosesAt, site?.LimitedCapacity ?? false);

    private static IEnumerable<(string Stream, string Id, TState State)> Of<TState>(Dictionary<string, TState> states, string network) =>
        states.Where(s => Keys.NetworkOf(s.Key) == network).OrderBy(s => Keys.IdOf(s.Key), StringComparer.Ordinal).Select(s => (s.Key, Keys.IdOf(s.Key), s.Value));

    private void Take(FeedEntry entry)
    {
        foreach (var act in EntryCodec.Read(entry.Entry.Span))
        {
            foreach (var @event in act.Events)
            {
                if (@event is Fenced) continue;
                switch (Keys.KindOf(entry.Stream))
                {
                    case StreamKind.Site: Fold(_sites, entry.Stream, @event, act.At); break;
                    case StreamKind.Cohort: Fold(_cohorts, entry.Stream, @event, act.At); break;
                    case StreamKind.Facilitator: Fold(_facilitators, entry.Stream, @event, act.At); break;
                    case StreamKind.Participant: Fold(_people, entry.Stream, @event, act.At); break;
                }
            }
        }
    }

    private static void Fold<TState>(Dictionary<string, TState> states, string stream, IEvent @event, Instant at) where TState : class, IFold<TState> =>
        states[stream] = (states.GetValueOrDefault(stream) ?? TState.Empty).Apply(@event, at);
}
