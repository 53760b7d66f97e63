using Npgsql;
using NpgsqlTypes;
using RttNetwork.Contracts;
using RttNetwork.Domain.Cohorts;
using static RttNetwork.Storage.Projections.RowArrays;

namespace RttNetwork.Storage.Projections;

/// <summary>
/// The sessions of every cohort, and who leads or led each of them: what calendars and the list of appointments read. Written when a plan, its staff or
/// its times change, and never by a booking.
/// </summary>
internal static class CalendarRows
{
    // No session of a plan goes away; whoever leads it does.
    private const string SessionsSql = """
        INSERT INTO sessions (network, id, session, number, site, program, kind, display_name, local_start, time_zone, starts_at, ends_at, room, pod, withdrawn, revision, revised_at)
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
        ON CONFLICT (network, id, session) DO UPDATE SET starts_at = excluded.starts_at, ends_at = excluded.ends_at, withdrawn = excluded.withdrawn, revision = excluded.revision, revised_at = excluded.revised_at
        """;

    private const string NobodySql = "DELETE FROM session_staff s USING unnest($1, $2) AS r (network, id) WHERE s.network = r.network AND s.id = r.id";

    private const string StaffSql = """
        INSERT INTO session_staff (network, facilitator, id, session, starts_at, leads)
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6)
        """;

    public static void Add(NpgsqlBatch batch, IEnumerable<Change<CohortState>> changes)
    {
        var cohorts = changes.Where(c => c.After.Plan is not null && (c.Before.Plan is null || c.Before.Revision != c.After.Revision)).ToList();
        if (cohorts.Count == 0) return;
        var sessions = cohorts.SelectMany(c => SessionsOf(c.After).Select(s => (Network: Keys.NetworkOf(c.Stream), Id: Keys.IdOf(c.Stream), Cohort: c.After, Session: s))).ToList();
        RowArrays.Add(batch, sessions, SessionsSql, [
            Text(sessions, r => r.Network),
            Text(sessions, r => r.Id),
            Text(sessions, r => r.Session.Id),
            Column(sessions, NpgsqlDbType.Integer, r => r.Session.Number),
            Text(sessions, r => r.Cohort.Plan!.Site),
            Text(sessions, r => r.Cohort.Plan!.Program),
            Text(sessions, r => r.Session.Kind),
            Text(sessions, r => r.Session.DisplayName),
            Text(sessions, r => StoredValues.Text(r.Session.At.LocalStart)),
            Text(sessions, r => r.Cohort.Plan!.TimeZone),
            Text(sessions, r => StoredValues.Text(r.Session.At.StartsAt)),
            Text(sessions, r => StoredValues.Text(r.Session.At.EndsAt)),
            Text(sessions, r => r.Session.Room),
            Column(sessions, NpgsqlDbType.Integer, r => r.Session.Pod),
            Column(sessions, NpgsqlDbType.Boolean, r => r.Cohort.Appointment is { Withdrawn: true }),
            Column(sessions, NpgsqlDbType.Integer, r => r.Cohort.Revision),
            Text(sessions, r => StoredValues.Text(r.Cohort.RevisedAt))]);
        RowArrays.Add(batch, cohorts, NobodySql, [Text(cohorts, c => Keys.NetworkOf(c.Stream)), Text(cohorts, c => Keys.IdOf(c.Stream))]);
        var staff = (from s in sessions
                     from f in s.Cohort.Facilitators.Keys.Union(s.Cohort.Former.Keys)
                     let leads = s.Cohort.Facilitators.GetValueOrDefault(f)?.Leads(s.Session.Id) == true
                     where leads || s.Cohort.LedOnce(f, s.Session.Id)
                     select (s.Network, Facilitator: f, s.Id, s.Session, Leads: leads)).ToList();
        RowArrays.Add(batch, staff, StaffSql, [
            Text(staff, r => r.Network),
            Text(staff, r => r.Facilitator),
            Text(staff, r => r.Id),
            Text(staff, r => r.Session.Id),
            Text(staff, r => StoredValues.Text(r.Session.At.StartsAt)),
            Column(staff, NpgsqlDbType.Boolean, r => r.Leads)]);
    }

    /// <summary>The sessions in order of time; of a cohort in the simple form they are named by their place.</summary>
    private static IEnumerable<Row> SessionsOf(CohortState cohort) => cohort.Plan!.Sessions.Select((s, i) => cohort.Planned is { } planned
        ? new Row(planned.Sessions[i].Id, i, s.Kind, planned.Sessions[i].DisplayName, s, planned.Sessions[i].Room, planned.Sessions[i].Pod)
        : new Row($"s{i + 1}", i, s.Kind, "", s, s.IsVirtual ? "" : cohort.Room.Room, 0));

    private sealed record Row(string Id, int Number, string Kind, string DisplayName, Session At, string Room, int Pod);
}
