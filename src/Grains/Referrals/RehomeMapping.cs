using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Referrals;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Pathways;
using RttNetwork.Domain.Referrals;
using RttNetwork.Grains.Participants;

namespace RttNetwork.Grains.Referrals;

/// <summary>Between the contracts of plans and their domain.</summary>
internal static class RehomeMapping
{
    private const string SeatedOtherwise = "seated-otherwise";

    private static readonly ImmutableHashSet<string> NotMoved =
        [.. new[] { RehomeItemStatus.NeedsReviewer, RehomeItemStatus.Refused, RehomeItemStatus.Failed, RehomeItemStatus.Skipped }.Select(s => Codes.Kebab(s.ToString()))];

    public static RehomeCause ToDomain(this RehomeCauseView cause) => new(cause.Kind, cause.Subject, cause.Room);

    public static RehomeCauseView ToView(this RehomeCause cause) => new(cause.Kind, cause.Subject, cause.Room);

    public static RehomeView ToView(this RehomeState plan, string key, int version) => new(
        Keys.NetworkOf(key),
        Keys.IdOf(key),
        plan.Cause!.ToView(),
        plan.Revision,
        Codes.Kebab(plan.Status.ToString()),
        plan.Items.Length,
        plan.Placed,
        plan.Count(RehomeItemStatus.Begun),
        plan.Count(RehomeItemStatus.Moved),
        plan.Count(RehomeItemStatus.Refused),
        plan.Count(RehomeItemStatus.Skipped),
        plan.ApprovedBy,
        plan.CancelReason,
        plan.ProposedAt,
        plan.ApprovedAt,
        plan.EndedAt,
        version,
        plan.Count(RehomeItemStatus.Failed),
        plan.Count(RehomeItemStatus.NeedsReviewer));

    /// <summary>The items with what became of them; where their people are now is asked of these.</summary>
    public static RehomeReport ToReport(this RehomeState plan, string key, int version) => new(
        plan.ToView(key, version),
        [.. plan.Items.Select((item, i) => new RehomeItemView(
            item.Participant,
            plan.Cohorts[item.From].Cohort,
            item.To is { } to ? plan.Cohorts[to].Cohort : "",
            Codes.Kebab(plan.Progress[i].Status.ToString()),
            plan.Progress[i].Reason,
            []))]);

    /// <summary>The report with where the people are now, in the order of its items. Whom the plan did not move and who is where it proposed nevertheless was moved by hand, or by an attempt of which nobody heard.</summary>
    /// <param name="now">The keys of the cohorts in which each has a seat.</param>
    public static RehomeReport With(this RehomeReport report, IEnumerable<ImmutableArray<string>> now)
    {
        ImmutableArray<RehomeItemView> items =
        [
            .. report.Items.Zip(now, (item, seats) => item with
            {
                Now = seats,
                Status = NotMoved.Contains(item.Status) && seats.Contains(item.To) ? SeatedOtherwise : item.Status,
            }),
        ];
        return new RehomeReport(
            report.Rehome with
            {
                Refused = Count(RehomeItemStatus.Refused),
                Skipped = Count(RehomeItemStatus.Skipped),
                Failed = Count(RehomeItemStatus.Failed),
                NeedsReviewer = Count(RehomeItemStatus.NeedsReviewer),
            },
            items);

        int Count(RehomeItemStatus status) => items.Count(i => i.Status == Codes.Kebab(status.ToString()));
    }

    /// <summary>What was begun and has not ended.</summary>
    public static RehomeStepView ToStep(this RehomeState plan, string key) => new(
        plan.Revision,
        plan.Cause!.Kind,
        [.. Enumerable.Range(0, plan.Items.Length).Where(i => plan.Progress[i].Status is RehomeItemStatus.Begun).Select(i =>
        {
            var (item, to) = (plan.Items[i], plan.Cohorts[plan.Items[i].To!.Value]);
            return new RehomeMoveView(i, Keys.Participant(Keys.NetworkOf(key), item.Participant), plan.Cohorts[item.From].Cohort, to.Cohort, to.Program, to.TemplateVersion, plan.Progress[i].Attempt);
        })]);

    public static SeatsLostView ToSeatsLost(this CohortState cohort, string key, RehomeCauseView cause, Instant now)
    {
        var (plan, what) = (cohort.Plan!, cause.Kind is RehomeCauses.Facilitator ? Keys.IdOf(cause.Subject) : cause.Room);
        return new SeatsLostView(
            key,
            plan.Program,
            plan.TemplateVersion,
            plan.Region,
            plan.FirstDay(),
            Rehoming.WeekOf(plan, now),
            [.. Rehoming.LosesSeats(cohort, cause.Kind, what, now).Select(s => new SeatLostView(s.Participant, s.BookedAt!.Value))],
            Rehoming.Concerns(cohort, cause.Kind, what, now));
    }

    public static DestinationView ToDestination(this CohortState cohort, string key, Instant now) => new(
        key, cohort.Plan!.Region, cohort.Plan.Jurisdiction, cohort.Plan.TimeZone, cohort.Pathway?.ReferralSources ?? [], cohort.Plan.FirstDay(), Rehoming.SeatsToGive(cohort, now));

    public static Hindrances Judge(this WouldTake ask, CohortState cohort, string key, Instant now)
    {
        var template = new TemplateOf(ask.Program, ask.TemplateVersion);
        return new Hindrances([.. ask.People.Select((p, i) => Rehoming.Hindrance(p.ToDomain(), cohort, key, ask.From[i], template, now))]);
    }

    /// <summary>What the evidence of a pathway says against going there: nobody else verifies anything when a plan is carried out.</summary>
    public static string? HindranceOf(this DestinationView destination, PathwayState pathway, Instant now)
    {
        var joined = new JoinedCohort(destination.Cohort, Keys.CohortParts(destination.Cohort).Site, destination.Jurisdiction, destination.TimeZone, destination.ReferralSources);
        return HandingOver.Transfer(pathway, [], joined, null, now).Refusal is { } refusal ? Codes.Kebab(refusal.Reason.ToString()) : null;
    }
}
