using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Common;

namespace RttNetwork.Domain.Referrals;

/// <summary>Where everybody affected can go was proposed, for the first time or anew: one item for each seat.</summary>
/// <param name="Revision">1, 2, 3 ...: each takes the place of the one before.</param>
/// <param name="Cohorts">The cohorts that items name, by their place in this list.</param>
[EventName("rehome-proposed/1")]
public sealed record RehomeProposed(RehomeCause Cause, int Revision, ImmutableArray<RehomeCohort> Cohorts, ImmutableArray<RehomeItem> Items) : IEvent;

/// <param name="Cohort">The cohort's key.</param>
public sealed record RehomeCohort(string Cohort, string Program, int TemplateVersion);

/// <param name="From">The cohort that is left, by its place in the list of cohorts.</param>
/// <param name="To">Null for nowhere.</param>
/// <param name="Reason">Why nowhere: a code.</param>
public sealed record RehomeItem(string Participant, int From, int? To, string? Reason);

/// <summary>An operator has reviewed a revision: it is carried out.</summary>
[EventName("rehome-approved/1")]
public sealed record RehomeApproved(int Revision, string By) : IEvent;

/// <summary>These items are being carried out from now on: whoever comes after a crash asks what became of them before anything else.</summary>
[EventName("rehome-items-begun/1")]
public sealed record RehomeItemsBegun(ImmutableArray<int> Items) : IEvent;

/// <summary>What became of items.</summary>
[EventName("rehome-items-ended/1")]
public sealed record RehomeItemsEnded(ImmutableArray<RehomeEnd> Ends) : IEvent;

/// <param name="Reason">Why the person was not moved: the code of the refusal; null when they were.</param>
public sealed record RehomeEnd(int Item, string? Reason);

/// <summary>Nothing more is begun.</summary>
[EventName("rehome-cancelled/1")]
public sealed record RehomeCancelled(string Reason, string By) : IEvent;

/// <summary>Every item has ended.</summary>
[EventName("rehome-finished/1")]
public sealed record RehomeFinished : IEvent;

public enum RehomeStatus
{
    /// <summary>There is none.</summary>
    None,
    Proposed,
    Executing,
    Finished,
    Cancelled,
}

/// <summary>Where one item of a plan is.</summary>
public enum RehomeItemStatus
{
    /// <summary>There is a place for it.</summary>
    Proposed,
    /// <summary>There is none, and the reason says why.</summary>
    Unplaced,
    Begun,
    Moved,
    /// <summary>By a rule, when it was carried out.</summary>
    Refused,
    /// <summary>The plan was cancelled before.</summary>
    Skipped,
}

/// <param name="Reason">Of an item that is unplaced, refused or skipped: a code; else empty.</param>
/// <param name="At">When it began, or ended.</param>
public sealed record RehomeProgress(RehomeItemStatus Status, string Reason, Instant At);

/// <summary>A plan as the fold of its stream.</summary>
public sealed record RehomeState : IFold<RehomeState>
{
    public static RehomeState Empty { get; } = new();
    public static int FoldVersion => 1;

    /// <summary>Null until it is proposed.</summary>
    public RehomeCause? Cause { get; init; }
    public int Revision { get; init; }
    public RehomeStatus Status { get; init; }
    public ImmutableArray<RehomeCohort> Cohorts { get; init; } = [];
    public ImmutableArray<RehomeItem> Items { get; init; } = [];
    /// <summary>Of each item, in their order.</summary>
    public ImmutableArray<RehomeProgress> Progress { get; init; } = [];
    public string ApprovedBy { get; init; } = "";
    /// <summary>Why it was cancelled: a code; empty for a plan that was not.</summary>
    public string CancelReason { get; init; } = "";
    public Instant? ProposedAt { get; init; }
    public Instant? ApprovedAt { get; init; }
    public Instant? EndedAt { get; init; }

    /// <summary>True while somebody must carry items out, or ask what became of them.</summary>
    public bool IsExecuting => Status is RehomeStatus.Executing || (Status is RehomeStatus.Cancelled && Count(RehomeItemStatus.Begun) > 0);

    public int Count(RehomeItemStatus status) => Progress.Count(p => p.Status == status);

    /// <summary>Items for which there was a place in the proposal.</summary>
    public int Placed => Items.Count(i => i.To is not null);

    /// <inheritdoc/>
    public RehomeState Apply(IEvent @event, Instant at) => @event switch
    {
        RehomeProposed e => this with
        {
            Cause = e.Cause,
            Revision = e.Revision,
            Status = RehomeStatus.Proposed,
            Cohorts = e.Cohorts,
            Items = e.Items,
            Progress = [.. e.Items.Select(i => new RehomeProgress(i.To is null ? RehomeItemStatus.Unplaced : RehomeItemStatus.Proposed, i.Reason ?? "", at))],
            ProposedAt = at,
        },
        RehomeApproved e => this with { Status = RehomeStatus.Executing, ApprovedBy = e.By, ApprovedAt = at },
        RehomeItemsBegun e => With(e.Items.Select(i => (i, new RehomeProgress(RehomeItemStatus.Begun, "", at)))),
        RehomeItemsEnded e => With(e.Ends.Select(i => (i.Item, new RehomeProgress(i.Reason is null ? RehomeItemStatus.Moved : RehomeItemStatus.Refused, i.Reason ?? "", at)))),
        RehomeCancelled e => With(Progress.Select((p, i) => (Item: i, Progress: p)).Where(p => p.Progress.Status is RehomeItemStatus.Proposed)
            .Select(p => (p.Item, new RehomeProgress(RehomeItemStatus.Skipped, e.Reason, at)))) with
        { Status = RehomeStatus.Cancelled, CancelReason = e.Reason, EndedAt = at },
        RehomeFinished => this with { Status = RehomeStatus.Finished, EndedAt = at },
        _ => throw new InvalidOperationException($"A plan does not fold {@event.GetType().Name}."),
    };

    private RehomeState With(IEnumerable<(int Item, RehomeProgress Progress)> changed)
    {
        var progress = Progress.ToBuilder();
        foreach (var (item, now) in changed) progress[item] = now;
        return this with { Progress = progress.ToImmutable() };
    }
}

/// <summary>The rules of a plan: proposed, reviewed, carried out item by item, and always ended.</summary>
public static class RehomeRules
{
    /// <summary>Items that are carried out at once.</summary>
    public const int AtOnceMax = 8;

    /// <summary>Proposes, or proposes anew while nobody has approved it.</summary>
    public static Decision Propose(RehomeState plan, RehomeCause cause, ImmutableArray<RehomeCohort> cohorts, ImmutableArray<RehomeItem> items)
    {
        if (plan.Status is not (RehomeStatus.None or RehomeStatus.Proposed)) return NotOpen(plan, "proposed anew");
        if (items.IsEmpty) return new Refusal(Reason.NotNeeded, "Nobody has a seat that would be lost by it.", 42);
        return TooLarge(items.Length) is { } tooLarge ? tooLarge : Decision.Of(new RehomeProposed(cause, plan.Revision + 1, cohorts, items));
    }

    /// <summary>Why a plan of so many is not made; null when it is.</summary>
    public static Refusal? TooLarge(int people) => people <= Rehoming.PeopleMax ? null
        : Refusal.Of(Reason.RehomeTooLarge, 42, $"{people} seats would be lost, and a plan has at most {Rehoming.PeopleMax}: make one for each room or cohort.", ("people", people), ("people_max", Rehoming.PeopleMax));

    /// <summary>Approves what was reviewed, and nothing that came after it.</summary>
    public static Decision Approve(RehomeState plan, int revision, string by)
    {
        if (plan.Cause is null) return Refusal.NotFound;
        if (plan.Status is RehomeStatus.Executing or RehomeStatus.Finished && plan.Revision == revision) return Decision.Already;
        if (plan.Status is not RehomeStatus.Proposed) return NotOpen(plan, "approved");
        if (plan.Revision != revision)
            return Refusal.Of(Reason.RehomeRevised, 42, $"The plan was proposed anew: revision {plan.Revision} is the one to review, not {revision}.", ("revision", plan.Revision));
        return plan.Placed == 0 ? Decision.Of(new RehomeApproved(revision, by), new RehomeFinished()) : Decision.Of(new RehomeApproved(revision, by));
    }

    /// <summary>Records what became of items that were begun, begins the next ones, and ends the plan when there are none. What is known already is recorded once.</summary>
    public static Decision Step(RehomeState plan, ImmutableArray<RehomeEnd> ends, Instant now)
    {
        if (plan.Cause is null) return Refusal.NotFound;
        var events = ImmutableArray.CreateBuilder<IEvent>();
        // That somebody was moved is durable elsewhere: it is true also after another one has said that they were not.
        ImmutableArray<RehomeEnd> news = [.. ends.Where(e => plan.Progress[e.Item].Status is RehomeItemStatus.Begun || (plan.Progress[e.Item].Status is RehomeItemStatus.Refused && e.Reason is null))];
        if (!news.IsEmpty) events.Add(new RehomeItemsEnded(news));
        var after = news.IsEmpty ? plan : plan.Apply(events[0], now);
        if (plan.Status is RehomeStatus.Executing)
        {
            var begun = after.Count(RehomeItemStatus.Begun);
            ImmutableArray<int> next = [.. Enumerable.Range(0, after.Items.Length).Where(i => after.Progress[i].Status is RehomeItemStatus.Proposed).Take(AtOnceMax - begun)];
            if (!next.IsEmpty) events.Add(new RehomeItemsBegun(next));
            else if (begun == 0) events.Add(new RehomeFinished());
        }
        return Decision.Of(events.ToImmutable());
    }

    /// <summary>Begins nothing more: what was begun comes to its end, and the rest is skipped.</summary>
    public static Decision Cancel(RehomeState plan, string reason, string by)
    {
        if (plan.Cause is null) return Refusal.NotFound;
        return plan.Status switch
        {
            RehomeStatus.Cancelled => Decision.Already,
            RehomeStatus.Finished => NotOpen(plan, "cancelled"),
            _ => Decision.Of(new RehomeCancelled(reason, by)),
        };
    }

    private static Refusal NotOpen(RehomeState plan, string what) =>
        new(Reason.RehomeNotOpen, $"The plan is {Codes.Kebab(plan.Status.ToString())}: it is not {what} any more.", 42, [("status", Codes.Kebab(plan.Status.ToString()))]);
}
