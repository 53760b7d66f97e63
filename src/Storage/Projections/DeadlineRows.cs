using Npgsql;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Referrals;
using RttNetwork.Grains.Dispatch;
using static RttNetwork.Storage.Projections.RowArrays;

namespace RttNetwork.Storage.Projections;

/// <summary>
/// What is due and when, of every stream that has anything to do at an instant: a stream's rows are written anew when they change. Cohorts without a list,
/// nearly all, have none and write nothing.
/// </summary>
internal static class DeadlineRows
{
    private const string ForgetSql = "DELETE FROM deadlines d USING unnest($1) AS r (stream) WHERE d.stream = r.stream";

    private const string AddSql = """
        INSERT INTO deadlines (stream, subject, kind, due_at)
        SELECT * FROM unnest($1, $2, $3, $4)
        """;

    public static void Add(NpgsqlBatch batch, IEnumerable<Change<CohortState>> changes) =>
        Add(batch, [.. changes.Where(c => c.Before.WaitList is not null || c.After.WaitList is not null).Select(c => (c.Stream, Of(c.Stream, c.Before).ToList(), Of(c.Stream, c.After).ToList()))]);

    public static void Add(NpgsqlBatch batch, IEnumerable<Change<ReferralState>> changes) => Add(batch, [.. changes.Select(c => (c.Stream, Of(c.Stream, c.Before).ToList(), Of(c.Stream, c.After).ToList()))]);

    /// <summary>A referral that nobody has decided ends at its deadline (rule 39).</summary>
    private static IEnumerable<Deadline> Of(string stream, ReferralState referral) =>
        referral is { IsOpen: true, Form: { } form } ? [new Deadline(stream, form.Participant, form.DueAt, DeadlineKinds.Referral)] : [];

    /// <summary>In a cohort with a list an offer lapses and a hold ends, and somebody must be told of it.</summary>
    private static IEnumerable<Deadline> Of(string stream, CohortState cohort)
    {
        if (cohort.WaitList is not { } list) yield break;
        foreach (var waiting in list.InOrder)
        {
            if (waiting.OfferUntil is { } until) yield return new Deadline(stream, waiting.Participant, until, DeadlineKinds.Offer);
        }
        foreach (var seat in cohort.Seats.Values)
        {
            if (seat is { IsOffer: false, HeldUntil: { } until }) yield return new Deadline(stream, seat.Participant, until, DeadlineKinds.Hold);
        }
    }

    private static void Add(NpgsqlBatch batch, List<(string Stream, List<Deadline> Before, List<Deadline> After)> streams)
    {
        streams.RemoveAll(s => s.Before.SequenceEqual(s.After));
        RowArrays.Add(batch, streams, ForgetSql, [Text(streams, s => s.Stream)]);
        var rows = streams.SelectMany(s => s.After).ToList();
        RowArrays.Add(batch, rows, AddSql, [Text(rows, r => r.Stream), Text(rows, r => r.Subject), Text(rows, r => r.Kind), Text(rows, r => StoredValues.Text(r.DueAt))]);
    }
}
