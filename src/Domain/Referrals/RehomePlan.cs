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
/// <param name="Reason">Why nowhere, or why only by hand: a code; null for a place that the plan moves the person to.</param>
public sealed record RehomeItem(string Participant, int From, int? To, string? Reason);

/// <summary>An operator has reviewed a revision: it is carried out.</summary>
[EventName("rehome-approved/1")]
public sealed record RehomeApproved(int Revision, string By) : IEvent;

/// <summary>
/// These items are being carried out from now on, each for the first time or once more: how often an item stands in such an event is the number of its attempt, which
/// nobody else gives and no clock does.
/// </summary>
[EventName("rehome-items-begun/1")]
public sealed record RehomeItemsBegun(ImmutableArray<int> Items) : IEvent;

/// <summary>What became of items.</summary>
[EventName("rehome-items-ended/1")]
public sealed record RehomeItemsEnded(ImmutableArray<RehomeEnd> Ends) : IEvent;

/// <param name="Reason">Why the person was not moved: the code of the refusal; null when they were.</param>
public sealed record RehomeEnd(int Item, string? Reason);

/// <summary>Nobody asks for these items any more: of none of their attempts an answer came.</summary>
[EventName("rehome-items-given-up/1")]
public sealed record RehomeItemsGivenUp(ImmutableArray<int> Items) : IEvent;

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
    /// <summary>There is one in another jurisdiction: it is a transfer by hand, with a prescriber of there who verifies (rule 41). The plan does not move the person.</summary>
    NeedsReviewer,
    Begun,
    Moved,
    /// <summary>By a rule, when it was carried out.</summary>
    Refused,
    /// <summary>No attempt got an answer, and no other is made.</summary>
    Failed,
    /// <summary>The plan was cancelled before.</summary>
    Skipped,
}

/// <param name="Reason">Of an item that is unplaced, needs a reviewer, was refused, has failed or was skipped: a code; else empty.</param>
/// <param name="At">When it began, or ended.</param>
/// <param name="Attempt">Of an item that has begun: 0 for its first attempt.</param>
public sealed record RehomeProgress(RehomeItemStatus Status, string Reason, Instant At, int Attempt = 0);

/// <summary>What became of one attempt of an item.</summary>
/// <param name="Attempt">As the plan numbered it.</param>
/// <param name="Reason">Why the person was not moved: the code of the refusal; null when they were.</param>
public sealed record RehomeAnswer(int Item, int Attempt, string? Reason);

/// <summary>A plan as the fold of its stream.</summary>
public sealed record RehomeState : IFold<RehomeState>
{
    public static RehomeState Empty { get; } = new();
    public static int FoldVersion => 2;

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

    /// <summary>Items whose people the plan moves to a place.</summary>
    public int Placed => Items.Count(i => i is { To: not null, Reason: null });

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
            Progress =
            [
                .. e.Items.Select(i => new RehomeProgress(
                    i.To is null ? RehomeItemStatus.Unplaced : i.Reason is null ? RehomeItemStatus.Proposed : RehomeItemStatus.NeedsReviewer, i.Reason ?? "", at)),
            ],
            ProposedAt = at,
        },
        RehomeApproved e => this with { Status = RehomeStatus.Executing, ApprovedBy = e.By, ApprovedAt = at },
        RehomeItemsBegun e => With(e.Items.Select(i => (i, new RehomeProgress(RehomeItemStatus.Begun, "", at, Progress[i].Status is RehomeItemStatus.Begun ? Progress[i].Attempt + 1 : 0)))),
        RehomeItemsEnded e => With(e.Ends.Select(i => (i.Item, new RehomeProgress(i.Reason is null ? RehomeItemStatus.Moved : RehomeItemStatus.Refused, i.Reason ?? "", at, Progress[i.Item].Attempt)))),
        RehomeItemsGivenUp e => With(e.Items.Select(i => (i, new RehomeProgress(RehomeItemStatus.Failed, RehomeRules.NoAnswer, at, Progress[i].Attempt)))),
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

    /// <summary>Attempts of one item, after which it is given up: a plan ends.</summary>
    public const int AttemptsMax = 10;

    /// <summary>Why an item has failed.</summary>
    public const string NoAnswer = "no-answer";

    /// <summary>Why nothing can be proposed, whatever there is to propose; null when it can.</summary>
    /// <param name="cause">Null for the one that the plan was made for.</param>
    public static Refusal? MayNotPropose(RehomeState plan, RehomeCause? cause)
    {
        if (plan.Cause is null) return cause is null ? Refusal.NotFound : null;
        if (cause is not null && cause != plan.Cause) return new Refusal(Reason.RehomeNotOpen, "The plan is for something else: make one of its own.", 42);
        return plan.Status is RehomeStatus.Proposed ? null : NotOpen(plan, "proposed anew");
    }

    /// <summary>Proposes, or proposes anew while nobody has approved it.</summary>
    public static Decision Propose(RehomeState plan, RehomeCause cause, ImmutableArray<RehomeCohort> cohorts, ImmutableArray<RehomeItem> items)
    {
        if (MayNotPropose(plan, cause) is { } refusal) return refusal;
        if (items.IsEmpty) return new Refusal(Reason.NotNeeded, "Nobody has a seat that would be lost by it.", 42);
        return TooLarge(items.Length, items.DistinctBy(i => i.From).Count()) is { } tooLarge ? tooLarge : Decision.Of(new RehomeProposed(cause, plan.Revision + 1, cohorts, items));
    }

    /// <summary>Why a plan of so many is not made; null when it is.</summary>
    /// <param name="cohorts">In how many cohorts seats would be lost.</param>
    public static Refusal? TooLarge(int people, int cohorts) => people <= Rehoming.PeopleMax && cohorts <= Rehoming.CohortsMax ? null
        : Refusal.Of(Reason.RehomeTooLarge, 42,
            $"{people} seats would be lost in {cohorts} cohorts, and a plan has at most {Rehoming.PeopleMax} in {Rehoming.CohortsMax}: make one for each room or cohort.",
            ("people", people), ("people_max", Rehoming.PeopleMax), ("cohorts", cohorts), ("cohorts_max", Rehoming.CohortsMax));

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

    /// <summary>
    /// Records what became of attempts, begins the next items and, once more, those of which no answer came; gives up what had all of its attempts, and ends the plan
    /// when nothing is left. What is known already is recorded once.
    /// </summary>
    public static Decision Step(RehomeState plan, ImmutableArray<RehomeAnswer> answers, Instant now)
    {
        if (plan.Cause is null) return Refusal.NotFound;
        var events = ImmutableArray.CreateBuilder<IEvent>();
        ImmutableArray<RehomeEnd> news = [.. answers.Where(a => IsNews(plan.Progress[a.Item], a)).Select(a => new RehomeEnd(a.Item, a.Reason)).DistinctBy(e => e.Item)];
        if (!news.IsEmpty) events.Add(new RehomeItemsEnded(news));
        var after = news.IsEmpty ? plan : plan.Apply(events[0], now);
        if (!after.IsExecuting) return Decision.Of(events.ToImmutable());

        ImmutableArray<int> open = [.. Items(after, RehomeItemStatus.Begun)];
        ImmutableArray<int> over = [.. open.Where(i => after.Progress[i].Attempt + 1 >= AttemptsMax)];
        if (!over.IsEmpty) events.Add(new RehomeItemsGivenUp(over));
        ImmutableArray<int> again = open.RemoveRange(over);
        ImmutableArray<int> next = plan.Status is RehomeStatus.Executing ? [.. again, .. Items(after, RehomeItemStatus.Proposed).Take(AtOnceMax - again.Length)] : again;
        if (!next.IsEmpty) events.Add(new RehomeItemsBegun(next));
        else if (plan.Status is RehomeStatus.Executing) events.Add(new RehomeFinished());
        return Decision.Of(events.ToImmutable());
    }

    /// <summary>
    /// That somebody was moved is durable elsewhere: it is true whoever says so, and whatever was said before. That they were not is true of the latest attempt alone:
    /// its refusal is fenced, and one of an earlier attempt says nothing of those after it.
    /// </summary>
    private static bool IsNews(RehomeProgress item, RehomeAnswer answer) => answer.Reason is null
        ? item.Status is RehomeItemStatus.Begun or RehomeItemStatus.Refused or RehomeItemStatus.Failed
        : item.Status is RehomeItemStatus.Begun && item.Attempt == answer.Attempt;

    private static IEnumerable<int> Items(RehomeState plan, RehomeItemStatus status) => Enumerable.Range(0, plan.Items.Length).Where(i => plan.Progress[i].Status == status);

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
