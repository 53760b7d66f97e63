using NodaTime;
using Npgsql;
using NpgsqlTypes;
using RttNetwork.Contracts;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Facilitators;
using RttNetwork.Domain.Participants;
using RttNetwork.Domain.Programs;
using RttNetwork.Domain.Sites;
using static RttNetwork.Storage.Projections.RowArrays;

namespace RttNetwork.Storage.Projections;

/// <summary>
/// What a batch writes: one statement for many rows of a table, a parameter array for each column. Commands are made
/// anew each time: one that is sent again on another connection takes the first one's prepared statement along.
/// </summary>
internal static class CapacityRows
{
    private const string SitesSql = """
        INSERT INTO sites (network, site, display_name, region, jurisdiction, time_zone, latitude, longitude, languages, accessibility, hidden,
            limited_until, limited_since, limited_last_day, limited_reason, nation, authorised_from, authorised_until)
        SELECT network, site, display_name, region, jurisdiction, time_zone, latitude, longitude, string_to_array(languages, ','), string_to_array(accessibility, ','), hidden,
            limited_until, limited_since, limited_last_day, limited_reason, nation, authorised_from, authorised_until
        FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) AS r (network, site, display_name, region, jurisdiction, time_zone, latitude, longitude,
            languages, accessibility, hidden, limited_until, limited_since, limited_last_day, limited_reason, nation, authorised_from, authorised_until)
        ON CONFLICT (network, site) DO UPDATE SET latitude = excluded.latitude, longitude = excluded.longitude, languages = excluded.languages,
            accessibility = excluded.accessibility, hidden = excluded.hidden, limited_until = excluded.limited_until, limited_since = excluded.limited_since,
            limited_last_day = excluded.limited_last_day, limited_reason = excluded.limited_reason,
            nation = excluded.nation, authorised_from = excluded.authorised_from, authorised_until = excluded.authorised_until
        """;

    private const string OpenedCohortsSql = """
        INSERT INTO cohorts (network, id, tick, usable, bound_by, booked, holds_until, at_risk, waiting, pods_open, risk_weeks, risk_starts, intake_closes_at, site, cohort, region, program,
            display_name, seats_max, first_day, last_day, appointment, for_cohort, routes)
        SELECT r.network, r.id, r.tick, r.usable, r.bound_by, r.booked, string_to_array(r.holds_until, ','), r.at_risk, r.waiting, string_to_array(r.pods_open, ',')::integer[],
            string_to_array(r.risk_weeks, ',')::date[], string_to_array(r.risk_starts, ','), r.intake_closes_at, r.site, r.cohort, r.region, r.program,
            r.display_name, r.seats_max, r.first_day, r.last_day, r.appointment, r.for_cohort, string_to_array(r.routes, ',')
        FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24) AS r (network, id, tick, usable, bound_by, booked, holds_until,
            at_risk, waiting, pods_open, risk_weeks, risk_starts, intake_closes_at, site, cohort, region, program, display_name, seats_max, first_day, last_day, appointment, for_cohort, routes)
        """;

    // Of a plan only the instants ever change, with the zone database: a booking writes the figures, and no value that an index has.
    private const string ChangedCohortsSql = """
        UPDATE cohorts c
        SET tick = r.tick, usable = r.usable, bound_by = r.bound_by, booked = r.booked, holds_until = string_to_array(r.holds_until, ','), at_risk = r.at_risk, waiting = r.waiting,
            pods_open = string_to_array(r.pods_open, ',')::integer[], risk_weeks = string_to_array(r.risk_weeks, ',')::date[], risk_starts = string_to_array(r.risk_starts, ','),
            intake_closes_at = r.intake_closes_at
        FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) AS r (network, id, tick, usable, bound_by, booked, holds_until, at_risk, waiting, pods_open, risk_weeks, risk_starts,
            intake_closes_at)
        WHERE c.network = r.network AND c.id = r.id
        """;

    private const string FacilitatorsSql = """
        INSERT INTO facilitators (network, facilitator, home_site, roles)
        SELECT network, facilitator, home_site, string_to_array(roles, ',')
        FROM unnest($1, $2, $3, $4) AS r (network, facilitator, home_site, roles)
        ON CONFLICT (network, facilitator) DO UPDATE SET home_site = excluded.home_site, roles = excluded.roles
        """;

    private const string ParticipantsSql = """
        INSERT INTO participant_sites (network, participant, site, home_site, provisional, eligible)
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6)
        ON CONFLICT (network, site, participant) DO UPDATE SET provisional = excluded.provisional, eligible = excluded.eligible
        """;

    private const string AccessEndedSql = """
        DELETE FROM participant_sites p USING unnest($1, $2, $3) AS r (network, participant, site)
        WHERE p.network = r.network AND p.participant = r.participant AND p.site = r.site
        """;

    private const string ProgramsSql = """
        INSERT INTO programs (network, id, program, version, display_name, audience, weeks, effective_from)
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (network, id) DO UPDATE SET version = excluded.version, display_name = excluded.display_name,
            audience = excluded.audience, weeks = excluded.weeks, effective_from = excluded.effective_from
        """;

    public static void AddSites(NpgsqlBatch batch, IEnumerable<Change<SiteState>> changes)
    {
        var rows = changes.Where(c => c.After.Profile is not null).ToList();
        Add(batch, rows, SitesSql, [
            Network(rows), Id(rows),
            Text(rows, r => r.After.Profile!.DisplayName),
            Text(rows, r => r.After.Profile!.Region),
            Text(rows, r => r.After.Profile!.Jurisdiction),
            Text(rows, r => r.After.Profile!.TimeZone),
            Column(rows, NpgsqlDbType.Double, r => r.After.Profile!.Latitude),
            Column(rows, NpgsqlDbType.Double, r => r.After.Profile!.Longitude),
            Text(rows, r => string.Join(',', r.After.Languages)),
            Text(rows, r => string.Join(',', r.After.Accessibility)),
            Column(rows, NpgsqlDbType.Boolean, r => r.After.Hidden is not null),
            Column(rows, NpgsqlDbType.Text, r => r.After.Limit is { } limit ? StoredValues.Text(limit.EndsAt ?? StoredValues.Never) : null),
            Column(rows, NpgsqlDbType.Text, r => r.After.Limit is { } limit ? StoredValues.Text(limit.Since) : null),
            Column(rows, NpgsqlDbType.Date, r => r.After.Limit?.Until is { } day ? StoredValues.Day(day) : (DateOnly?)null),
            Column(rows, NpgsqlDbType.Text, r => r.After.Limit is { } limit ? StoredValues.Text(limit.Reason) : null),
            Text(rows, r => r.After.Governance?.Nation ?? ""),
            Column(rows, NpgsqlDbType.Text, r => r.After.Governance?.Authorisation is { } given ? StoredValues.Text(given.From) : null),
            Column(rows, NpgsqlDbType.Text, r => r.After.Governance?.Authorisation is { } given ? StoredValues.Text(given.Until) : null)]);
    }

    public static void AddCohorts(NpgsqlBatch batch, IEnumerable<Change<CohortState>> changes)
    {
        var rows = changes.Where(c => c.After.Plan is not null).ToLookup(c => c.Before.Plan is null);
        var opened = rows[true].ToList();
        Add(batch, opened, OpenedCohortsSql, [
            .. Figures(opened),
            Text(opened, r => Keys.CohortParts(r.Stream).Site),
            Text(opened, r => Keys.CohortParts(r.Stream).Cohort),
            Text(opened, r => r.After.Plan!.Region),
            Text(opened, r => r.After.Plan!.Program),
            Text(opened, r => r.After.Plan!.DisplayName),
            Column(opened, NpgsqlDbType.Integer, r => r.After.Plan!.SeatsMax),
            Column(opened, NpgsqlDbType.Date, r => StoredValues.Day(r.After.Plan!.FirstDay())),
            Column(opened, NpgsqlDbType.Date, r => StoredValues.Day(r.After.Plan!.LastDay())),
            Text(opened, r => r.After.Appointment?.Kind ?? ""),
            Text(opened, r => r.After.Appointment?.ForCohort is { Length: > 0 } intake ? Keys.IdOf(intake) : ""),
            Text(opened, r => string.Join(',', r.After.Routes()))]);
        var changed = rows[false].ToList();
        Add(batch, changed, ChangedCohortsSql, Figures(changed));
    }

    public static void AddFacilitators(NpgsqlBatch batch, IEnumerable<Change<FacilitatorState>> changes)
    {
        var rows = changes.Where(c => c.After.HomeSite is not null).ToList();
        Add(batch, rows, FacilitatorsSql, [Network(rows), Id(rows), Text(rows, r => r.After.HomeSite!), Text(rows, r => string.Join(',', r.After.Roles))]);
    }

    /// <summary>One row for each site that has access to a person, written when it is new or says something else.</summary>
    public static void AddParticipants(NpgsqlBatch batch, IEnumerable<Change<ParticipantState>> people)
    {
        var changes = people.ToList();
        var gone = (from c in changes from site in c.Before.Sites.Distinct() where !c.After.Sites.Contains(site) select (c.Stream, Site: site)).ToList();
        Add(batch, gone, AccessEndedSql, [Text(gone, r => Keys.NetworkOf(r.Stream)), Text(gone, r => Keys.IdOf(r.Stream)), Text(gone, r => r.Site)]);
        var rows = (from c in changes
                    where c.After.HomeSite is not null
                    let same = (c.Before.Provisional, c.Before.Eligible) == (c.After.Provisional, c.After.Eligible)
                    from site in c.After.Sites.Distinct()
                    where !same || !c.Before.Sites.Contains(site)
                    select (c.Stream, c.After, Site: site)).ToList();
        Add(batch, rows, ParticipantsSql, [
            Text(rows, r => Keys.NetworkOf(r.Stream)),
            Text(rows, r => Keys.IdOf(r.Stream)),
            Text(rows, r => r.Site),
            Text(rows, r => r.After.HomeSite!),
            Column(rows, NpgsqlDbType.Boolean, r => r.After.Provisional),
            Column(rows, NpgsqlDbType.Boolean, r => r.After.Eligible)]);
    }

    public static void AddPrograms(NpgsqlBatch batch, IEnumerable<Change<ProgramState>> changes)
    {
        var rows = changes.Where(c => !c.After.Versions.IsEmpty).ToList();
        Add(batch, rows, ProgramsSql, [
            Network(rows), Id(rows),
            Text(rows, r => r.After.Versions[^1].Program),
            Column(rows, NpgsqlDbType.Integer, r => r.After.Versions[^1].Version),
            Text(rows, r => r.After.Versions[^1].DisplayName),
            Text(rows, r => r.After.Versions[^1].Audience),
            Column(rows, NpgsqlDbType.Integer, r => r.After.Versions[^1].Weeks),
            Column(rows, NpgsqlDbType.Date, r => StoredValues.Day(r.After.Versions[^1].EffectiveFrom))]);
    }

    /// <summary>What bookings and staffing change of a cohort.</summary>
    private static NpgsqlParameter[] Figures(List<Change<CohortState>> rows) => [Network(rows), Id(rows), Column(rows, NpgsqlDbType.Integer, r => r.Tick), .. FiguresOf(rows.ConvertAll(r => r.After))];

    /// <summary>usable, bound_by, booked, holds_until, at_risk, waiting, pods_open, risk_weeks, risk_starts, intake_closes_at</summary>
    public static NpgsqlParameter[] FiguresOf(List<CohortState> cohorts)
    {
        var usable = cohorts.ConvertAll(c => c.Usable());
        var risks = cohorts.ConvertAll(c => Cures.AtRisk(c).ToList());
        return [
            Column(usable, NpgsqlDbType.Integer, u => u.Seats),
            Text(usable, u => u.BoundBy),
            Column(cohorts, NpgsqlDbType.Integer, c => c.SeatsBooked),
            Text(cohorts, HoldsUntil),
            Column(cohorts, NpgsqlDbType.Boolean, c => c.AtRisk),
            Column(cohorts, NpgsqlDbType.Integer, c => c.WaitList?.InOrder.Count(w => w.IsOwn) ?? 0),
            Text(cohorts, PodsOpen),
            Text(risks, r => string.Join(',', r.Select(s => StoredValues.Week(s.LocalStart)))),
            Text(risks, r => string.Join(',', r.Select(s => StoredValues.Text(s.StartsAt)))),
            Text(cohorts, c => StoredValues.Text(c.Plan!.IntakeClosesAt))];
    }

    private static string PodsOpen(CohortState cohort) =>
        cohort.Capacity is { Pods.IsEmpty: false } capacity ? string.Join(',', Enumerable.Range(1, capacity.Pods.Keys.Max()).Select(pod => capacity.Pods.ContainsKey(pod) ? cohort.OpenInPod(pod) : 0)) : "";

    /// <summary>Every hold that the fold has not forgotten, expired or not: a read judges them at its own instant.</summary>
    private static string HoldsUntil(CohortState cohort)
    {
        var left = cohort.Seats.Count - cohort.SeatsBooked;
        if (left == 0) return "";
        var until = new List<Instant>(left);
        foreach (var (_, seat) in cohort.Seats)
        {
            if (seat.HeldUntil is { } instant) until.Add(instant);
        }
        until.Sort();
        return string.Join(',', until.ConvertAll(StoredValues.Text));
    }

    private static NpgsqlParameter<List<string>> Network<TState>(List<Change<TState>> rows) where TState : class => Text(rows, r => Keys.NetworkOf(r.Stream));

    private static NpgsqlParameter<List<string>> Id<TState>(List<Change<TState>> rows) where TState : class => Text(rows, r => Keys.IdOf(r.Stream));
}
