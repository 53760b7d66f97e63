using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Participants;
using RttNetwork.Domain.Pathways;
using RttNetwork.Domain.WaitLists;

namespace RttNetwork.Domain.Referrals;

/// <summary>One version of a program's template: people move between its cohorts, and no others (rule 42).</summary>
/// <param name="Version">0 for any: of a person who has no seat to give up.</param>
public sealed record TemplateOf(string Program, int Version);

/// <summary>What a person gives up when they move.</summary>
/// <param name="Cohorts">The keys of the cohorts whose seat or hold they give back in the same unit.</param>
public sealed record Leaving(ImmutableArray<string> Cohorts)
{
    public static readonly Leaving Nothing = new([]);
}

/// <summary>
/// The seats of a person who moves: each cohort decides its own part, with the person as they will be when the others have given back what they hold. The
/// parts are appended together or not at all, so that nobody holds fewer seats than before for a moment, and never two (rule 40, I2).
/// </summary>
public static class Relocation
{
    /// <summary>Weeks by which the cohorts of a transfer may differ once one of them has begun (rule 42; the network's own value).</summary>
    public const int WeeksApartMax = 1;

    /// <summary>What joining comes to: the events of the person first, then the cohort's.</summary>
    /// <param name="template">The template that the person's other cohort is of, or the program that they were referred to.</param>
    public static Decision Join(PersonFacts person, CohortState cohort, string cohortKey, Leaving leaving, TemplateOf template, Instant now)
    {
        if (MayNotJoin(person, cohort, template, now) is { } refusal) return refusal;
        var moves = person.Stage.HasSeat();
        var decision = Booking.Book(As(person, cohort, leaving), cohort, cohortKey, moves, now);
        if (decision.Refusal is not null) return decision;
        if (decision.Last.IsEmpty) return new Refusal(Reason.AlreadyEnrolled, "The person has a seat in this cohort already.", 40);
        // Who was somewhere on the way stays there: it is the seat that changes.
        return moves ? decision with { First = [.. decision.First.Where(e => e is not PathwayMoved), Stays(person, cohortKey)] } : decision;
    }

    /// <summary>A seat is kept for a person who is referred, until the target has decided.</summary>
    /// <param name="template">The program that they are referred to.</param>
    /// <param name="by">Whom the hold counts for: holds are limited for each.</param>
    public static Decision Keep(PersonFacts person, CohortState cohort, string cohortKey, Leaving leaving, TemplateOf template, string by, Instant until, Instant now)
    {
        if (MayNotJoin(person, cohort, template, now) is { } refusal) return refusal;
        if (cohort.SeatOf(person.Participant) is { } seat && seat.IsTakenAt(now))
            return new Refusal(Reason.AlreadyEnrolled, "The person has a seat or hold in this cohort already.", 40);
        return Booking.Hold(As(person, cohort, leaving), cohort, cohortKey, by, until, now);
    }

    /// <summary>True when a seat cannot be kept for want of room, or because the person is not far enough: then the referral waits, and nothing is refused (rule 39).</summary>
    public static bool MayWait(Refusal refusal) => refusal.Reason is
        Reason.SeatFull or Reason.SeatHeldByOther or Reason.SeatKeptForList or Reason.RatioWouldBreak or Reason.HoldsMaxReached or Reason.CohortAtRisk or Reason.RoomBlocked
        or Reason.NotEligible or Reason.ConsentMissing or Reason.ScreeningExpired or Reason.IllegalTransition;

    /// <summary>
    /// What leaving comes to: the cohort's events last. Null when the cohort does not know of the seat or hold that the person has: one of the two is not
    /// looked at as it is now, and nothing is decided on that. A cohort that is left always changes, for only so does its version say that it was.
    /// </summary>
    public static Decision? Leave(PersonFacts person, CohortState cohort, string cohortKey, TemplateOf? template, string reason, Instant now)
    {
        if (cohort.Plan is not { } plan) return Refusal.NotFound;
        if (template is not null && Differs(plan, template) is { } differs) return differs;
        if (cohort.SeatOf(person.Participant) is not { } seat || !seat.IsTakenAt(now)) return null;
        var decision = seat.IsBooked ? Booking.Cancel(person, cohort, cohortKey, reason, now)
            : seat.IsOffer ? Waits.Decline(person, cohort, cohortKey, reason, now)
            : Booking.Release(person, cohort, cohortKey, now);
        return decision.Refusal is not null ? decision : Decision.Of([new EnrolmentEnded(cohortKey)], decision.Last);
    }

    /// <summary>Why the person cannot be referred; null when they can. One referral at a time, by the site that leads the pathway if there is one.</summary>
    public static Refusal? MayNotBeReferred(ParticipantState person, ReferralForm form)
    {
        if (person.Referral is not null) return new Refusal(Reason.ReferralOpen, "A referral of this person is open: it ends before another is sent.", 40);
        if (person.Place is { } place && place.Stage.IsOpen())
        {
            return place.Site != form.Source || place.Program != form.Program
                ? new Refusal(Reason.NotEligible, $"The person is on no pathway of {form.Program} at the site that refers.", 40)
                : null;
        }
        return form.SharingAttested
            ? null
            : new Refusal(Reason.SharingNotConsented, "The person is on no pathway: the site says that they consented to being referred.", 41)
            {
                Violations = [new Violation(41, "sharing_consented", "must be true: the person consented to what is known of them being shared")],
            };
    }

    /// <summary>Why the person cannot move; null when they can.</summary>
    public static Refusal? MayNotMove(ParticipantState person, string? referral, ImmutableArray<string> leaves, Instant now)
    {
        if (referral is not null && person.Referral != referral) return new Refusal(Reason.ReferralNotOpen, "The person has no such referral any more.", 40);
        if (leaves.Any(l => person.Enrolments.All(e => e.Cohort != l || e.HeldUntil <= now)))
            return new Refusal(Reason.SeatNotFound, "The person has no seat or hold in the cohort that they are to leave.", 42);
        return leaves.IsEmpty ? ParticipantRules.MayTakeSeat(person, now) : null;
    }

    /// <summary>The seats and holds that a person gives back when they are accepted: the pathway's, or the one that the referral named.</summary>
    public static ImmutableArray<string> GivenBack(ImmutableArray<Enrolment> enrolments, Place? place, string named, string heldIn, string joins, Instant now) =>
        [.. new[] { place is { Cohort: { } seat } && place.Stage.HasSeat() ? seat : named, heldIn }
            .Where(c => c.Length > 0 && c != joins && enrolments.Any(e => e.Cohort == c && !(e.HeldUntil <= now))).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>What else happens to the person: who has access, who leads, and whether the referral is open.</summary>
    /// <param name="sites">The sites that have access.</param>
    /// <param name="open">The key of the referral that is open; null when none is.</param>
    /// <param name="referral">The key of the referral of this unit; null for a transfer without one.</param>
    /// <param name="ofReferral">What happens to it.</param>
    /// <param name="joinedSite">The id of the site where the person has got a seat; null when they have got none, or a hold.</param>
    /// <param name="goneFrom">The ids of sites where the person has nothing any more.</param>
    public static ImmutableArray<IEvent> OfPerson(
        PersonFacts person, ImmutableArray<string> sites, string? open, string? referral, ImmutableArray<IEvent> ofReferral, string? joinedSite, IEnumerable<string> goneFrom)
    {
        var events = ImmutableArray.CreateBuilder<IEvent>();
        if (joinedSite is not null && !sites.Contains(joinedSite)) events.Add(new AccessGranted(joinedSite));
        if (joinedSite is not null) events.AddRange(goneFrom.Where(s => s != joinedSite && sites.Contains(s)).Distinct().Select(s => new AccessEnded(s)));
        if (joinedSite is not null && person.Place is { } place && place.Stage.IsOpen() && place.Site != joinedSite) events.Add(new PathwayHandedOver(joinedSite));
        if (referral is not null && ofReferral.Any(e => e is ReferralSent)) events.Add(new ReferralOpened(referral));
        if (referral is not null && referral == open && ofReferral.Any(e => e is ReferralAccepted or ReferralDeclined or ReferralExpired or ReferralWithdrawn)) events.Add(new ReferralClosed(referral));
        return events.DrainToImmutable();
    }

    private static Refusal? MayNotJoin(PersonFacts person, CohortState cohort, TemplateOf template, Instant now)
    {
        if (cohort.Plan is not { } plan) return Refusal.NotFound;
        if (cohort.Appointment is not null || cohort.Training is not null)
            return new Refusal(Reason.ProgramMismatch, "Nobody is moved to an appointment or a training.", 42);
        if (cohort.Guests.ContainsKey(person.Participant))
            return new Refusal(Reason.AlreadyEnrolled, "The person is expected there as a guest: that ends first.", 36);
        if (Differs(plan, template) is { } differs) return differs;
        if (person.Place is not { } place || !place.Stage.IsOpen()) return null;
        if (cohort.Pathway is not { } policy || policy.Program != place.Program)
            return new Refusal(Reason.ProgramMismatch, "The cohort does not ask for the pathway that the person is on.", 42);
        if (!place.Stage.HasSeat()) return null;
        if (place.Stage is Stage.InMedicine)
            return new Refusal(Reason.IllegalTransition, "The person is in a medicine session: they are discharged first.", 27);
        if (policy.Version != place.PolicyVersion)
            return Refusal.Of(Reason.ProgramMismatch, 42, $"The person goes by version {place.PolicyVersion} of the program, the cohort by {policy.Version}.", ("version", policy.Version), ("version_needed", place.PolicyVersion));
        return person.Enrolments.FirstOrDefault(e => e.Cohort == place.Cohort) is { } seat ? WeeksApart(seat, plan, now) : null;
    }

    /// <summary>People go on where they are: a cohort that is weeks ahead, or weeks behind, is another program to them (rule 42).</summary>
    private static Refusal? WeeksApart(Enrolment seat, CohortOpened plan, Instant now)
    {
        var today = now.InZone(DateTimeZoneProviders.Tzdb[plan.TimeZone]).Date;
        var (left, joined) = (WeekOf(seat.FirstDay, today), WeekOf(plan.FirstDay(), today));
        if (Math.Max(left, joined) == 0 || Math.Abs(left - joined) <= WeeksApartMax) return null;
        return Refusal.Of(Reason.WeeksNotCompatible, 42, $"The person is in week {left} of the program, the cohort in week {joined}: at most {WeeksApartMax} apart.",
            ("week", left), ("cohort_week", joined), ("weeks_apart_max", WeeksApartMax));
    }

    /// <summary>1 for the first seven days; 0 before.</summary>
    internal static int WeekOf(LocalDate firstDay, LocalDate today) => today < firstDay ? 0 : (Period.DaysBetween(firstDay, today) / 7) + 1;

    private static Refusal? Differs(CohortOpened plan, TemplateOf template) =>
        plan.Program == template.Program && (template.Version == 0 || plan.TemplateVersion == template.Version)
            ? null
            : new Refusal(Reason.ProgramMismatch, $"The cohort is none of {template.Program}{(template.Version > 0 ? $" version {template.Version}" : "")}.", 42,
                [("program", template.Program), ("version", template.Version.ToString(System.Globalization.CultureInfo.InvariantCulture))]);

    /// <summary>The person as the cohort will find them: without what they leave, led by its site, and before a seat.</summary>
    private static PersonFacts As(PersonFacts person, CohortState cohort, Leaving leaving) => person with
    {
        Enrolments = person.Enrolments.RemoveAll(e => leaving.Cohorts.Contains(e.Cohort)),
        Place = person.Place is { } place && place.Stage.IsOpen()
            ? place with { Site = cohort.Plan!.Site, Stage = place.Stage.HasSeat() ? Stage.Consented : place.Stage, Cohort = null }
            : person.Place,
    };

    private static PathwayMoved Stays(PersonFacts person, string cohortKey) => new(person.Stage.Code(), person.Stage.Code(), "transferred", cohortKey);
}

/// <summary>What a pathway says of its person's going elsewhere (rule 41).</summary>
public static class HandingOver
{
    /// <summary>To have what is known of a person shared with another site.</summary>
    public const string Sharing = "sharing";

    /// <summary>What is known of the person may be shown to another site.</summary>
    public static Decision Share(PathwayState pathway, string referral, string site) =>
        NotShared(pathway) is { } hidden ? hidden : Decision.Of(new EvidenceShared(referral, site, pathway.Consents[Sharing]));

    /// <summary>
    /// The person goes on at another cohort. What depends on a jurisdiction holds there only when one of its own prescribers says so; the referral form is one
    /// that its program takes; and the person wants it known.
    /// </summary>
    /// <param name="joined">The cohort that they join.</param>
    /// <param name="reviewer">Who verified it; null for nobody.</param>
    public static Decision Transfer(PathwayState pathway, ImmutableArray<string> from, JoinedCohort joined, Signer? reviewer, Instant now)
    {
        var opened = pathway.Opened!;
        if (joined.Site != opened.Site && NotShared(pathway) is { } hidden) return hidden;
        if (!joined.ReferralSources.IsEmpty && !joined.ReferralSources.Contains(opened.Source))
            return new Refusal(Reason.ReferralRequired, $"The program takes nobody without a referral by {string.Join(", ", joined.ReferralSources)}.", 41);
        if (joined.Jurisdiction != opened.Jurisdiction && reviewer is null)
        {
            return new Refusal(Reason.ClinicianMissing, $"The sign-offs were made in {opened.Jurisdiction}: a prescriber of {joined.Jurisdiction} verifies them.", 41)
            {
                Violations = [new Violation(41, "reviewer", $"must name a prescriber with a credential that is valid in {joined.Jurisdiction}")],
            };
        }
        var today = now.InZone(DateTimeZoneProviders.Tzdb[joined.TimeZone]).Date;
        if (reviewer?.MayNot(Roles.Prescriber, joined.Jurisdiction, today) is { } unfit) return unfit;
        return Decision.Of(new Transferred(from, joined.Cohort, joined.Site, joined.Jurisdiction, joined.TimeZone, reviewer?.Facilitator ?? "", reviewer?.Version ?? 0));
    }

    private static Refusal? NotShared(PathwayState pathway) => pathway.Consents.ContainsKey(Sharing)
        ? null
        : new Refusal(Reason.SharingNotConsented, "The person has not consented to sharing what is known of them with another site, or does so no more.", 41);
}

/// <summary>What the pathway must know of a cohort that its person joins.</summary>
/// <param name="Cohort">The cohort's key.</param>
/// <param name="ReferralSources">Who may refer to its program; empty when a person may come by themself.</param>
public sealed record JoinedCohort(string Cohort, string Site, string Jurisdiction, string TimeZone, ImmutableArray<string> ReferralSources);
