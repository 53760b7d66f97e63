using Npgsql;
using RttNetwork.Contracts;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Programs;
using static RttNetwork.Storage.Projections.RowArrays;

namespace RttNetwork.Storage.Projections;

/// <summary>The weeks in which each cohort has sessions, and its medicine sessions: what figures by week read. Written with the calendar, and never by a booking.</summary>
internal static class WeekRows
{
    public const string TablesSql = """
        ;
        CREATE TABLE cohort_weeks
        (
            network         text COLLATE "C"   NOT NULL,
            id              text COLLATE "C"   NOT NULL,   -- site.cohort
            weeks           date[]             NOT NULL,   -- Mondays of the site's civil weeks, in order
            medicine_weeks  date[]             NOT NULL,   -- of each medicine session
            medicine_starts text[] COLLATE "C" NOT NULL,
            medicine_pods   integer[]          NOT NULL,   -- 0 for the whole cohort
            PRIMARY KEY (network, id)
        )
        """;

    private const string WeeksSql = """
        INSERT INTO cohort_weeks (network, id, weeks, medicine_weeks, medicine_starts, medicine_pods)
        SELECT network, id, string_to_array(weeks, ',')::date[], string_to_array(medicine_weeks, ',')::date[], string_to_array(medicine_starts, ','), string_to_array(medicine_pods, ',')::integer[]
        FROM unnest($1, $2, $3, $4, $5, $6) AS r (network, id, weeks, medicine_weeks, medicine_starts, medicine_pods)
        ON CONFLICT (network, id) DO UPDATE SET weeks = excluded.weeks, medicine_weeks = excluded.medicine_weeks, medicine_starts = excluded.medicine_starts, medicine_pods = excluded.medicine_pods
        """;

    public static void Add(NpgsqlBatch batch, IEnumerable<Change<CohortState>> changes)
    {
        var cohorts = changes.Where(c => c.After.Plan is not null && c.After.Appointment is null && (c.Before.Plan is null || c.Before.Revision != c.After.Revision)).ToList();
        if (cohorts.Count == 0) return;
        RowArrays.Add(batch, cohorts, WeeksSql, [
            Text(cohorts, c => Keys.NetworkOf(c.Stream)),
            Text(cohorts, c => Keys.IdOf(c.Stream)),
            .. WeeksOf(cohorts.ConvertAll(c => c.After))]);
    }

    /// <summary>weeks, medicine_weeks, medicine_starts, medicine_pods: the same as long as the cohort's revision is.</summary>
    public static NpgsqlParameter[] WeeksOf(List<CohortState> cohorts) => [
        Text(cohorts, c => string.Join(',', c.Plan!.Sessions.Select(s => StoredValues.Week(s.LocalStart)).Distinct().Order(StringComparer.Ordinal))),
        Text(cohorts, c => string.Join(',', Medicine(c).Select(i => StoredValues.Week(c.Plan!.Sessions[i].LocalStart)))),
        Text(cohorts, c => string.Join(',', Medicine(c).Select(i => StoredValues.Text(c.Plan!.Sessions[i].StartsAt)))),
        Text(cohorts, c => string.Join(',', Medicine(c).Select(i => c.Planned?.Sessions[i].Pod ?? 0)))];

    private static IEnumerable<int> Medicine(CohortState cohort) => Enumerable.Range(0, cohort.Plan!.Sessions.Length).Where(i => cohort.Plan.Sessions[i].Kind == SessionKinds.Medicine);
}
