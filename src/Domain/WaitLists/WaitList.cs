using System.Collections.Immutable;
using NodaTime;

namespace RttNetwork.Domain.WaitLists;

/// <summary>How soon a person needs the program, as a clinician says: the first thing by which a list is ordered (rule 38).</summary>
public static class ClinicalPriority
{
    /// <summary>Waiting is a danger to the person.</summary>
    public const int Urgent = 1;

    /// <summary>Waiting makes the person worse.</summary>
    public const int Soon = 2;

    /// <summary>As most people.</summary>
    public const int Routine = 3;

    /// <summary>The person can or would rather wait.</summary>
    public const int Later = 4;
}

/// <summary>Why a person did not get a seat when it was their turn, and when.</summary>
/// <param name="Reason">A code.</param>
public sealed record Pass(string Reason, Instant At)
{
    public const string Declined = "declined";
    public const string Lapsed = "lapsed";

    /// <summary>Somebody came before by hand; the reason is in the event of the offer.</summary>
    public const string Overtaken = "overtaken";
}

/// <summary>Somebody who waits.</summary>
/// <param name="Number">Rises with each who joins: it decides between people of one priority whose referrals came at one instant.</param>
public sealed record Waiting(string Participant, int Priority, Instant ReferralReceivedAt, int Number, Instant JoinedAt)
{
    /// <summary>Passes that are kept of one person: the journal has all.</summary>
    public const int PassesKept = 8;

    /// <summary>True for somebody who waits for this cohort by name, and not as one of its pool alone.</summary>
    public bool IsOwn { get; init; } = true;

    /// <summary>The person's place in the cohort's pool; null for somebody who is not in it, as far as the cohort knows.</summary>
    public PoolPlace? Pooled { get; init; }

    /// <summary>Until when the person may accept; null without an offer. It stands until somebody has recorded what became of it.</summary>
    public Instant? OfferUntil { get; init; }

    /// <summary>True when the person was passed over for the seats that are open now.</summary>
    public bool IsPassed { get; init; }

    /// <summary>The last ones, the newest last.</summary>
    public ImmutableArray<Pass> Passes { get; init; } = [];

    /// <summary>True for somebody who declined the seats that are open now, or let the offer lapse.</summary>
    public bool HasLetGo => IsPassed && Passes.LastOrDefault(p => p.Reason != Pass.Overtaken)?.Reason is Pass.Declined or Pass.Lapsed;

    internal Waiting Noted(string reason, Instant at) => this with { Passes = [.. Passes.Length < PassesKept ? Passes : Passes.RemoveAt(0), new Pass(reason, at)] };
}

/// <summary>A place in a pool, as a cohort has copied it.</summary>
/// <param name="Number">The pool's.</param>
public sealed record PoolPlace(int Number, int Priority, Instant ReferralReceivedAt);

/// <summary>Who waits for a seat of a cohort, in the one order there is: clinical priority, when the referral was received, who joined first (rule 38). The
/// people of its pool stand in it too: of one rank, whoever the cohort has heard of first comes first.</summary>
/// <param name="InOrder">Never empty: nobody waits where there is no list.</param>
/// <param name="Numbered">How many have joined.</param>
public sealed record WaitList(ImmutableArray<Waiting> InOrder, int Numbered)
{
    /// <summary>People who may wait for one cohort by name.</summary>
    public const int PeopleMax = 200;

    public static WaitList Empty { get; } = new([], 0);

    public Waiting? Of(string participant)
    {
        foreach (var waiting in InOrder)
        {
            if (waiting.Participant == participant) return waiting;
        }
        return null;
    }

    /// <summary>From 1; 0 for somebody who does not wait.</summary>
    public int PositionOf(string participant)
    {
        for (var i = 0; i < InOrder.Length; i++)
        {
            if (InOrder[i].Participant == participant) return i + 1;
        }
        return 0;
    }

    internal WaitList Joined(WaitJoined e, Instant at)
    {
        var before = Of(e.Participant);
        return Placed(before, before is null
            ? new Waiting(e.Participant, e.Priority, e.ReferralReceivedAt, Numbered + 1, at)
            // Who stood here for the pool alone may have been passed over because they had left it: by name they are considered anew.
            : before with { Priority = e.Priority, ReferralReceivedAt = e.ReferralReceivedAt, IsOwn = true, IsPassed = before.IsPassed && before.IsOwn });
    }

    /// <summary>Null when nobody is left. Who is in the pool too waits on as one of it.</summary>
    internal WaitList? Left(string participant) => Of(participant) is { Pooled: { } place } waiting
        ? Placed(waiting, waiting with { IsOwn = false, OfferUntil = null, Priority = place.Priority, ReferralReceivedAt = place.ReferralReceivedAt })
        : Without(participant);

    /// <summary>Null when nobody is left.</summary>
    internal WaitList? Without(string participant)
    {
        if (Of(participant) is not { } waiting) return this;
        return InOrder.Length == 1 ? null : this with { InOrder = InOrder.Remove(waiting) };
    }

    /// <summary>With the pool as it was copied; null when nobody is left. Who has an offer stays until it is known what became of that.</summary>
    internal WaitList? Copied(PoolCopied e, Instant at)
    {
        WaitList list = this;
        foreach (var left in e.Left)
        {
            if (list.Of(left) is { } waiting) list = list with { InOrder = list.InOrder.Replace(waiting, waiting with { Pooled = null }) };
        }
        foreach (var joined in e.Joined)
        {
            var (before, place) = (list.Of(joined.Participant), new PoolPlace(joined.Number, joined.Priority, joined.ReferralReceivedAt));
            list = list.Placed(before, before switch
            {
                null => new Waiting(joined.Participant, joined.Priority, joined.ReferralReceivedAt, list.Numbered + 1, at) { IsOwn = false, Pooled = place },
                { IsOwn: true } => before with { Pooled = place },
                // Who has joined anew is considered anew.
                _ => before with { Priority = joined.Priority, ReferralReceivedAt = joined.ReferralReceivedAt, Pooled = place, IsPassed = before.IsPassed && before.Pooled?.Number == place.Number },
            });
        }
        return list.OfSomebody();
    }

    internal WaitList Offered(SeatOffered e, Instant at) => this with
    {
        InOrder = [.. InOrder.Select(w => w.Participant == e.Participant ? w with { OfferUntil = e.ExpiresAt, IsPassed = false } : e.Overtaken.Contains(w.Participant) ? w.Noted(Pass.Overtaken, at) : w)],
    };

    /// <summary>Null when nobody is left: who has left the pool meanwhile goes with the offer.</summary>
    internal WaitList? PassedOver(string participant, string reason, Instant at) => (this with
    {
        InOrder = [.. InOrder.Select(w => w.Participant == participant ? w.Noted(reason, at) with { IsPassed = true, OfferUntil = null } : w)],
    }).OfSomebody();

    internal WaitList ConsideredAnew() => ConsideredAnew(Again.Everybody);

    internal WaitList ConsideredAnew(string again) => again == Again.Nobody
        ? this
        : this with { InOrder = [.. InOrder.Select(w => w.IsPassed && (again == Again.Everybody || !w.HasLetGo) ? w with { IsPassed = false } : w)] };

    private WaitList Placed(Waiting? before, Waiting joined)
    {
        var others = before is null ? InOrder : InOrder.Remove(before);
        var at0 = 0;
        while (at0 < others.Length && ComesBefore(others[at0], joined)) at0++;
        return new WaitList(others.Insert(at0, joined), before is null ? Numbered + 1 : Numbered);
    }

    /// <summary>Without those who belong to the list no more, neither by name nor by a pool.</summary>
    private WaitList? OfSomebody()
    {
        var left = InOrder.RemoveAll(w => !w.IsOwn && w.Pooled is null && w.OfferUntil is null);
        return left.IsEmpty ? null : left.Length == InOrder.Length ? this : this with { InOrder = left };
    }

    private static bool ComesBefore(Waiting a, Waiting b) =>
        a.Priority != b.Priority ? a.Priority < b.Priority
        : a.ReferralReceivedAt != b.ReferralReceivedAt ? a.ReferralReceivedAt < b.ReferralReceivedAt
        : a.Number < b.Number;
}
