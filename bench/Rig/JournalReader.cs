using System.Collections.Immutable;
using Npgsql;
using RttNetwork.Contracts;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Participants;
using RttNetwork.Grains.Units;

namespace RttNetwork.Rig;

/// <summary>One entry of the journal with its acts read.</summary>
public sealed record ReadEntry(string Stream, int Version, ulong Xid, ImmutableArray<Act> Acts);

/// <summary>Reads a whole journal, in the order in which it became true.</summary>
public static class JournalReader
{
    public static async Task<ImmutableArray<ReadEntry>> ReadAll(string connectionString)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("select stream, version, xid::text::numeric::bigint, entry::text from rtt.journal order by xid, position", connection);
        await using var rows = await command.ExecuteReaderAsync();
        var entries = ImmutableArray.CreateBuilder<ReadEntry>();
        while (await rows.ReadAsync())
            entries.Add(new ReadEntry(rows.GetString(0), rows.GetInt32(1), (ulong)rows.GetInt64(2), EntryCodec.Read(System.Text.Encoding.UTF8.GetBytes(rows.GetString(3)))));
        return entries.ToImmutable();
    }

    public static async Task<int> CountReceipts(string connectionString)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("select count(*)::int from rtt.receipt", connection);
        return (int)(await command.ExecuteScalarAsync())!;
    }
}

/// <summary>The invariants as checks over a journal, at every prefix that ends with a whole transaction.</summary>
public static class JournalChecks
{
    /// <summary>Every stream's versions are 1, 2, 3 …</summary>
    public static void StreamsHaveNoGap(ImmutableArray<ReadEntry> journal)
    {
        foreach (var stream in journal.GroupBy(e => e.Stream))
        {
            var versions = stream.Select(e => e.Version).ToList();
            if (!versions.SequenceEqual(Enumerable.Range(1, versions.Count)))
                throw new InvalidOperationException($"{stream.Key} has versions {string.Join(",", versions)}.");
        }
    }

    /// <summary>
    /// I1 and I2: after each transaction no cohort has more seats taken than usable without being at risk, no person has two seats or two
    /// holds in programs that overlap, and the two sides of every seat agree.
    /// </summary>
    public static void SeatsHold(ImmutableArray<ReadEntry> journal)
    {
        var cohorts = new Dictionary<string, CohortState>();
        var people = new Dictionary<string, ParticipantState>();
        for (var i = 0; i < journal.Length;)
        {
            var xid = journal[i].Xid;
            var touched = new HashSet<string>();
            var at = NodaTime.Instant.MinValue;
            for (; i < journal.Length && journal[i].Xid == xid; i++)
            {
                var entry = journal[i];
                foreach (var act in entry.Acts)
                {
                    at = NodaTime.Instant.Max(at, act.At);
                    foreach (var e in act.Events.Where(e => e is not Fenced))
                    {
                        if (Keys.KindOf(entry.Stream) == StreamKind.Cohort)
                            cohorts[entry.Stream] = cohorts.GetValueOrDefault(entry.Stream, CohortState.Empty).Apply(e, act.At);
                        else if (Keys.KindOf(entry.Stream) == StreamKind.Participant)
                            people[entry.Stream] = people.GetValueOrDefault(entry.Stream, ParticipantState.Empty).Apply(e, act.At);
                    }
                }
                touched.Add(entry.Stream);
            }
            Check(cohorts, people, touched, at);
        }
    }

    private static void Check(Dictionary<string, CohortState> cohorts, Dictionary<string, ParticipantState> people, HashSet<string> touched, NodaTime.Instant at)
    {
        foreach (var key in touched)
        {
            if (cohorts.TryGetValue(key, out var cohort))
            {
                var taken = Booking.TakenAt(cohort, at);
                if (taken > cohort.Usable().Seats && !cohort.AtRisk) throw new InvalidOperationException($"I1: {key} has {taken} seats taken of {cohort.Usable().Seats}.");
                foreach (var seat in cohort.Seats.Values.Where(s => s.IsBooked))
                {
                    var person = people[Keys.Participant(Keys.NetworkOf(key), seat.Participant)];
                    if (!person.Enrolments.Any(e => e.Cohort == key && e.IsBooked)) throw new InvalidOperationException($"{seat.Participant} has a seat in {key} on one side only.");
                }
            }
            if (people.TryGetValue(key, out var p))
            {
                var exclusive = p.Enrolments.Where(e => !e.MayOverlap).ToList();
                foreach (var enrolment in exclusive.Where(e => e.IsBooked))
                {
                    if (exclusive.Any(o => o.IsBooked && o != enrolment && o.FirstDay <= enrolment.LastDay && enrolment.FirstDay <= o.LastDay))
                        throw new InvalidOperationException($"I2: {key} has two seats that overlap.");
                    if (cohorts[enrolment.Cohort].SeatOf(Keys.IdOf(key)) is not { IsBooked: true })
                        throw new InvalidOperationException($"{key} has a seat in {enrolment.Cohort} on one side only.");
                }
                if (exclusive.Count(e => e.HeldUntil > at) > 1) throw new InvalidOperationException($"I2: {key} has two holds.");
            }
        }
    }
}
