using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Pathways;
using RttNetwork.Domain.Referrals;
using RttNetwork.Domain.WaitLists;

namespace RttNetwork.Domain.Participants;

/// <summary>A person was registered in the network. Opaque: what is personal is kept elsewhere, encrypted.</summary>
/// <param name="Provisional">True while no identifier is known.</param>
[EventName("participant-registered/1")]
public sealed record ParticipantRegistered(string HomeSite, bool Provisional, string ResidenceRegion, string GoverningNation) : IEvent;

/// <summary>A provisional participant got an identifier.</summary>
[EventName("participant-matched/1")]
public sealed record ParticipantMatched : IEvent;

/// <summary>A further site knows the person and has access from now on.</summary>
[EventName("access-granted/1")]
public sealed record AccessGranted(string Site) : IEvent;

/// <summary>A site where the person has nothing any more has no access from now on: they went on elsewhere.</summary>
[EventName("access-ended/1")]
public sealed record AccessEnded(string Site) : IEvent;

/// <summary>Whether the person may take part, as a site says it of a person who is on no pathway.</summary>
[EventName("eligibility-set/1")]
public sealed record EligibilitySet(bool Eligible, string Reason) : IEvent;

/// <summary>The person has a hold in a cohort.</summary>
[EventName("enrolment-held/1")]
public sealed record EnrolmentHeld(string Cohort, LocalDate FirstDay, LocalDate LastDay, bool MayOverlap, Instant ExpiresAt) : IEvent;

/// <summary>The person has a seat in a cohort.</summary>
[EventName("enrolment-booked/1")]
public sealed record EnrolmentBooked(string Cohort, LocalDate FirstDay, LocalDate LastDay, bool MayOverlap) : IEvent;

/// <summary>The person's seat or hold in a cohort has ended.</summary>
[EventName("enrolment-ended/1")]
public sealed record EnrolmentEnded(string Cohort) : IEvent;

/// <summary>Someone read the personal fields; the act that carries this event says who and why.</summary>
[EventName("personal-data-read/1")]
public sealed record PersonalDataRead : IEvent;

/// <summary>The person's key was deleted: the personal fields are gone for ever.</summary>
[EventName("personal-data-erased/1")]
public sealed record PersonalDataErased : IEvent;

/// <summary>A seat or hold, seen from the person.</summary>
/// <param name="Cohort">The cohort's key.</param>
/// <param name="HeldUntil">Null for a booked seat.</param>
public sealed record Enrolment(string Cohort, LocalDate FirstDay, LocalDate LastDay, bool MayOverlap, Instant? HeldUntil)
{
    public bool IsBooked => HeldUntil is null;

    /// <summary>When it takes the person, by the clock of <see cref="TimeZone"/>; empty for one of before that was kept.</summary>
    public ImmutableArray<WallTime> Times { get; init; } = [];
    public string TimeZone { get; init; } = "";
    public bool IsAppointment { get; init; }

    /// <summary>The key of the pool for whose people it is offered; null for any other hold, and for a seat.</summary>
    public string? Pool { get; init; }

    /// <summary>True when some of its days may be some of a plan's: a day more on either side, for sites are in many zones.</summary>
    public bool IsNear(CohortOpened plan) => FirstDay.PlusDays(-1) <= plan.LastDay() && plan.FirstDay() <= LastDay.PlusDays(1);

    /// <summary>True for an appointment that is over wherever it was.</summary>
    public bool IsOver(Instant at) => IsAppointment && LastDay.PlusDays(2) < at.InUtc().Date;

    public bool OverlapsWith(CohortOpened plan) =>
        !MayOverlap && !plan.MayOverlap && FirstDay <= plan.LastDay() && plan.FirstDay() <= LastDay;
}

/// <summary>Where a person was enrolled on one of their pathways.</summary>
/// <param name="Pathway">Which of the person's, from 1.</param>
/// <param name="Cohort">The cohort's key; null once the seat was given back for another one.</param>
public sealed record PathwaySeat(int Pathway, string? Cohort, Instant EnrolledAt);

/// <summary>What a cohort's rules must know of a person.</summary>
/// <param name="Place">Where the person is on the pathway; null for one who was never referred.</param>
public sealed record PersonFacts(string Participant, bool Eligible, bool Provisional, ImmutableArray<Enrolment> Enrolments, Place? Place)
{
    /// <summary>The keys of the cohorts for which the person waits.</summary>
    public ImmutableArray<string> Lists { get; init; } = [];

    /// <summary>The pools in which the person waits.</summary>
    public ImmutableArray<PoolMembership> Pools { get; init; } = [];

    /// <summary>The ids of the sites that have access; empty where nothing depends on them.</summary>
    public ImmutableArray<string> Sites { get; init; } = [];

    /// <summary>True when the person is on a list or in a pool.</summary>
    public bool Waits => !Lists.IsEmpty || !Pools.IsEmpty;

    /// <summary>The one place of the pathway in which the person is (I9).</summary>
    public Stage Stage => Place?.Stage ?? Stage.NotReferred;

    /// <summary>The same facts after something has happened to the person.</summary>
    public PersonFacts After(ImmutableArray<IEvent> events, Instant at)
    {
        var person = ParticipantState.Empty with { Eligible = Eligible, Provisional = Provisional, Enrolments = Enrolments, Place = Place, Lists = Lists, Pools = Pools };
        foreach (var @event in events) person = person.Apply(@event, at);
        return person.Facts(Participant);
    }

    /// <summary>True when the person has a seat in another cohort at an overlapping time (I2).</summary>
    public bool OverlappingSeat(string cohort, CohortOpened plan) =>
        Enrolments.Any(e => e.IsBooked && e.Cohort != cohort && e.OverlapsWith(plan));

    /// <summary>True when the person has a standing hold in another cohort at an overlapping time (I2).</summary>
    public bool OverlappingHold(string cohort, CohortOpened plan, Instant now) =>
        Enrolments.Any(e => e.HeldUntil > now && e.Cohort != cohort && e.OverlapsWith(plan));

    /// <summary>When the person's hold in this cohort expired, if it did.</summary>
    public Instant? ExpiredHold(string cohort, Instant now) =>
        Enrolments.FirstOrDefault(e => e.Cohort == cohort && e.HeldUntil <= now)?.HeldUntil;
}

/// <summary>A participant as the fold of its stream.</summary>
public sealed record ParticipantState : IFold<ParticipantState>
{
    /// <summary>Seats and holds that one person may have at once.</summary>
    public const int EnrolmentsMax = 32;

    /// <summary>Cohorts for which one person may wait at once.</summary>
    public const int ListsMax = 8;

    /// <summary>Pools in which one person may wait at once.</summary>
    public const int PoolsMax = 4;

    public static ParticipantState Empty { get; } = new();
    public static int FoldVersion => 1;

    /// <summary>Null until the person is registered.</summary>
    public string? HomeSite { get; init; }
    public bool Provisional { get; init; }
    public bool Eligible { get; init; }
    public bool PersonalDataErased { get; init; }
    /// <summary>The sites that have access, the home site included.</summary>
    public ImmutableArray<string> Sites { get; init; } = [];
    public ImmutableArray<Enrolment> Enrolments { get; init; } = [];
    /// <summary>The keys of the cohorts for which the person waits.</summary>
    public ImmutableArray<string> Lists { get; init; } = [];
    /// <summary>The pools in which the person waits.</summary>
    public ImmutableArray<PoolMembership> Pools { get; init; } = [];
    /// <summary>Null until the person is referred to a program.</summary>
    public Place? Place { get; init; }
    /// <summary>The key of the referral to another site that is open; null when none is.</summary>
    public string? Referral { get; init; }
    /// <summary>How many pathways the person was on, the one that is open included.</summary>
    public int Pathways { get; init; }
    /// <summary>The seat of each pathway that led to one, in order: for whoever counts people by cohort.</summary>
    public ImmutableArray<PathwaySeat> PathwaySeats { get; init; } = [];

    public PersonFacts Facts(string participant) => new(participant, Eligible, Provisional, Enrolments, Place) { Lists = Lists, Pools = Pools };

    /// <inheritdoc/>
    public ParticipantState Apply(IEvent @event, Instant at) => @event switch
    {
        ParticipantRegistered e => this with { HomeSite = e.HomeSite, Provisional = e.Provisional, Sites = [e.HomeSite] },
        ParticipantMatched => this with { Provisional = false },
        AccessGranted e => this with { Sites = Sites.Add(e.Site) },
        AccessEnded e => this with { Sites = Sites.Remove(e.Site) },
        EligibilitySet e => this with { Eligible = e.Eligible },
        EnrolmentHeld e => With(new Enrolment(e.Cohort, e.FirstDay, e.LastDay, e.MayOverlap, e.ExpiresAt), at),
        EnrolmentBooked e => With(new Enrolment(e.Cohort, e.FirstDay, e.LastDay, e.MayOverlap, null), at) with { Lists = Lists.Remove(e.Cohort) },
        TimesTaken e => Takes(e.Cohort, e.TimeZone, e.Appointment, e.Times()),
        TimesTakenInWords e => Takes(e.Cohort, e.TimeZone, e.Appointment, e.Times),
        EnrolmentEnded e => this with { Enrolments = Enrolments.RemoveAll(x => x.Cohort == e.Cohort) },
        PathwayEntered e => this with { Pathways = Pathways + 1, Place = new Place(e.Program, e.PolicyVersion, e.Site, Place?.Stage ?? Stage.NotReferred, null, ClearanceSet.None) },
        PathwayMoved e => Moved(Stages.Of(e.To), e.Cohort, at),
        ClearanceSet e => this with { Place = Place! with { Clearance = e } },
        PathwayHandedOver e => this with { Place = Place! with { Site = e.Site } },
        ReferralOpened e => this with { Referral = e.Referral },
        // A draft that was taken back was never open.
        ReferralClosed e => e.Referral == Referral ? this with { Referral = null } : this,
        ListJoined e => this with { Lists = Lists.Remove(e.Cohort).Add(e.Cohort) },
        ListLeft e => this with { Lists = Lists.Remove(e.Cohort) },
        WaitsAnew or PoolsAnew => this,
        PoolEntered e => this with { Pools = Pools.Add(new PoolMembership(e.Pool, e.Program, e.Region)) },
        PoolEnded e => this with { Pools = Pools.RemoveAll(m => m.Pool == e.Pool) },
        PoolOffered e => this with { Enrolments = [.. Enrolments.Select(x => x.Cohort == e.Cohort ? x with { Pool = e.Pool } : x)] },
        PersonalDataRead => this,
        Participants.PersonalDataErased => this with { PersonalDataErased = true },
        _ => throw new InvalidOperationException($"A participant does not fold {@event.GetType().Name}."),
    };

    /// <summary>From the referral on, the pathway says whether the person may take part.</summary>
    private ParticipantState Moved(Stage to, string? cohort, Instant at) => this with
    {
        Place = Place! with { Stage = to, Cohort = cohort },
        Eligible = to is >= Stage.Consented and <= Stage.FollowUp or Stage.Eligible,
        PathwaySeats = PathwaySeats is [.., var last] && last.Pathway == Pathways
            ? to is Stage.Enrolled || last.Cohort != cohort ? PathwaySeats.SetItem(PathwaySeats.Length - 1, to is Stage.Enrolled ? new PathwaySeat(Pathways, cohort, at) : last with { Cohort = cohort }) : PathwaySeats
            : to is Stage.Enrolled ? PathwaySeats.Add(new PathwaySeat(Pathways, cohort, at)) : PathwaySeats,
    };

    private ParticipantState Takes(string cohort, string timeZone, bool isAppointment, ImmutableArray<WallTime> times) =>
        this with { Enrolments = [.. Enrolments.Select(e => e.Cohort == cohort ? e with { TimeZone = timeZone, Times = times, IsAppointment = isAppointment } : e)] };

    /// <summary>Adds a seat or hold, and forgets holds that had expired and appointments that were over by then: so their number stays bounded.</summary>
    private ParticipantState With(Enrolment enrolment, Instant at) =>
        this with { Enrolments = Enrolments.RemoveAll(e => e.Cohort == enrolment.Cohort || e.HeldUntil <= at || e.IsOver(at)).Add(enrolment) };
}

/// <summary>The rules that concern one participant alone.</summary>
public static class ParticipantRules
{
    /// <summary>From the referral on, the flag that a site sets counts for nothing (docs/adr/0006).</summary>
    public static readonly Refusal PathwayDecides = new(Reason.PathwayDecides, "The person is on a pathway, whose screening decides whether they may take part.", 28);

    /// <summary>What a person's own stream refuses before the cohort is asked.</summary>
    public static Refusal? MayTakeSeat(ParticipantState person, Instant now)
    {
        if (person.HomeSite is null) return Refusal.NotFound;
        var enrolments = person.Enrolments.Count(e => e.IsBooked || e.HeldUntil > now);
        if (enrolments >= ParticipantState.EnrolmentsMax)
            return Refusal.Of(Reason.EnrolmentsMaxReached, 0, $"A person has at most {ParticipantState.EnrolmentsMax} seats and holds.", ("enrolments", enrolments));
        return null;
    }

    /// <summary>Records whether the person may take part: what a site says of a person of whom the pathway says nothing (docs/adr/0006).</summary>
    public static Decision SetEligibility(ParticipantState person, bool eligible, string reason)
    {
        if (person.HomeSite is null) return Refusal.NotFound;
        if (person.Place is { } place && place.Stage.IsOpen()) return PathwayDecides;
        if (person.Eligible == eligible) return Decision.Already;
        return Decision.Of([new EligibilitySet(eligible, reason), .. Waits.Anew(person.Lists, person.Pools)]);
    }

    /// <summary>Records that the personal fields are read.</summary>
    public static Decision ReadPersonalData(ParticipantState person)
    {
        if (person.HomeSite is null) return Refusal.NotFound;
        return person.PersonalDataErased
            ? new Refusal(Reason.PersonalDataErased, "The person's data was erased.")
            : Decision.Of(new PersonalDataRead());
    }

    /// <summary>Erases the personal fields; once is for ever. Nobody could call the person any more: they wait in no pool.</summary>
    public static Decision ErasePersonalData(ParticipantState person)
    {
        if (person.HomeSite is null) return Refusal.NotFound;
        return person.PersonalDataErased ? Decision.Already : Decision.Of([new PersonalDataErased(), .. Pools.Ending(person.Facts(""), null, null, "erased")]);
    }
}
