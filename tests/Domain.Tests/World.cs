using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Participants;
using RttNetwork.Domain.WaitLists;

namespace RttNetwork.Domain.Tests;

/// <summary>A few cohorts and people as folds, with the units that join them applied all or nothing, as the grains do.</summary>
internal sealed class World
{
    public static readonly Instant Start = Instant.FromUtc(2026, 12, 1, 17, 0);

    public Dictionary<string, CohortState> Cohorts { get; } = [];
    public Dictionary<string, ParticipantState> People { get; } = [];

    public static CohortOpened Plan(
        int seatsMax = 4, int occupancy = 100, int hardCap = 0, ImmutableArray<StaffingRequirement> staffing = default,
        bool mayOverlap = false, LocalDate? firstDay = null, Duration? holdTtl = null, int holdsMax = 2, int holdsPerCallerMax = 2, bool medicine = false)
    {
        var first = (firstDay ?? new LocalDate(2027, 1, 12)).At(new LocalTime(17, 30));
        var zone = DateTimeZoneProviders.Tzdb["America/Vancouver"];
        ImmutableArray<Session> sessions = [.. Enumerable.Range(0, 8).Select(week =>
        {
            var local = first.PlusWeeks(week);
            return new Session(medicine && week == 3 ? Session.Medicine : "small-group", local, local.InZoneStrictly(zone).ToInstant(), Duration.FromMinutes(90), Duration.FromMinutes(30), false);
        })];
        return new CohortOpened("nanaimo", "island", "CA-BC", "America/Vancouver", "A cohort", "GRIP-8", 1,
            new RoomCopy("hall", occupancy, false, 1), 2, seatsMax, hardCap, staffing.IsDefault ? [] : staffing, sessions,
            sessions[0].StartsAt - Duration.FromDays(7), mayOverlap,
            new HoldPolicy(holdTtl ?? Duration.FromMinutes(15), holdsMax, holdsPerCallerMax));
    }

    public CohortState Open(string cohort, CohortOpened plan) => Cohorts[cohort] = CohortState.Empty.Apply(plan, Start);

    public ParticipantState Register(string person, bool eligible = true, bool provisional = false)
    {
        var state = ParticipantState.Empty.Apply(new ParticipantRegistered("nanaimo", provisional, "", ""), Start);
        return People[person] = eligible ? state.Apply(new EligibilitySet(true, "screened"), Start) : state;
    }

    public Decision Hold(string person, string cohort, Instant now, string by = "desk") =>
        Unit(person, cohort, now, Booking.Hold(People[person].Facts(person), Cohorts[cohort], cohort, by, now));

    public Decision Book(string person, string cohort, Instant now) =>
        Unit(person, cohort, now, Booking.Book(People[person].Facts(person), Cohorts[cohort], cohort, now));

    public Decision Cancel(string person, string cohort, Instant now) =>
        Unit(person, cohort, now, Booking.Cancel(People[person].Facts(person), Cohorts[cohort], cohort, "person-cancelled", now));

    public Decision Release(string person, string cohort, Instant now) =>
        Unit(person, cohort, now, Booking.Release(People[person].Facts(person), Cohorts[cohort], cohort, now));

    public Decision Join(string person, string cohort, Instant now, int priority = ClinicalPriority.Routine, Instant? receivedAt = null) =>
        Unit(person, cohort, now, Waits.Join(People[person].Facts(person), null, Cohorts[cohort], cohort, priority, receivedAt, now));

    public Decision Leave(string person, string cohort, Instant now) =>
        Unit(person, cohort, now, Waits.Leave(People[person].Facts(person), Cohorts[cohort], cohort, "found-elsewhere", now));

    public Decision Offer(string person, string cohort, Instant now, string reason = "") =>
        Unit(person, cohort, now, Waits.Offer(People[person].Facts(person), Cohorts[cohort], cohort, reason, now));

    public Decision Accept(string person, string cohort, Instant now) =>
        Unit(person, cohort, now, Waits.Accept(People[person].Facts(person), Cohorts[cohort], cohort, now));

    public Decision Decline(string person, string cohort, Instant now) =>
        Unit(person, cohort, now, Waits.Decline(People[person].Facts(person), Cohorts[cohort], cohort, "not-now", now));

    public Decision Lapse(string person, string cohort, Instant now) =>
        Unit(person, cohort, now, Waits.Lapse(People[person].Facts(person), Cohorts[cohort], cohort, now));

    public Decision Reconsider(string person, string cohort, Instant now) =>
        Unit(person, cohort, now, Waits.Reconsider(People[person].Facts(person), Cohorts[cohort], cohort, now));

    /// <summary>The one pool there is: of the program and region of every cohort.</summary>
    public PoolState Pool { get; private set; } = PoolState.Empty;

    public int PoolVersion { get; private set; }

    public Decision JoinPool(string person, Instant now, int priority = ClinicalPriority.Routine, Instant? receivedAt = null) =>
        OfPool(person, now, Pools.Join(People[person].Facts(person), null, Pool, "pool", "nanaimo", priority, receivedAt, now));

    public Decision LeavePool(string person, Instant now) => OfPool(person, now, Pools.Leave(People[person].Facts(person), Pool, "pool", "person-asked"));

    /// <summary>What the dispatcher does when a cohort was opened, or somebody has joined or left.</summary>
    public Decision Tell(string cohort, Instant now)
    {
        var decision = Pools.Copy(Pool, PoolVersion, Cohorts[cohort], cohort, now);
        if (!decision.First.IsEmpty) PoolVersion++;
        foreach (var e in decision.First) Pool = Pool.Apply(e, now);
        foreach (var e in decision.Last) Tell(Cohorts, cohort, e, now);
        return decision;
    }

    private Decision OfPool(string person, Instant now, Decision decision)
    {
        foreach (var e in decision.First) Tell(People, person, e, now);
        if (!decision.Last.IsEmpty) PoolVersion++;
        foreach (var e in decision.Last)
        {
            Pool = Pool.Apply(e, now);
            Owed.Enqueue(("pool", e));
        }
        return decision;
    }

    public void SetEligible(string person, bool eligible, Instant now)
    {
        foreach (var e in ParticipantRules.SetEligibility(People[person], eligible, "screened").Last) Tell(People, person, e, now);
    }

    public void Erase(string person, Instant now)
    {
        foreach (var e in ParticipantRules.ErasePersonalData(People[person]).Last) Tell(People, person, e, now);
    }

    /// <summary>What the dispatcher does for every event that waits for it, until nothing follows any more.</summary>
    /// <param name="unitsMax">It is behind: so many events are followed, and no more.</param>
    public void React(Instant now, int unitsMax = int.MaxValue)
    {
        while (unitsMax-- > 0 && Owed.TryDequeue(out var owed))
        {
            if (owed.Event is WaitsAnew)
            {
                foreach (var cohort in ((WaitsAnew)owed.Event).Cohorts) Reconsider(owed.Stream, cohort, now);
            }
            else if (owed.Event is PoolsAnew)
            {
                foreach (var cohort in Pool.Cohorts) Reconsider(owed.Stream, cohort, now);
            }
            else if (owed.Event is PoolEnded ended)
            {
                OfPool(owed.Stream, now, Pools.Clear(People[owed.Stream].Facts(owed.Stream), Pool, "pool"));
                if (ended.OfferedIn is { } offeredIn) Reconsider(owed.Stream, offeredIn, now);
            }
            else if (owed.Event is PoolJoined or PoolLeft)
            {
                foreach (var cohort in owed.Event is PoolJoined joined ? joined.Cohorts : ((PoolLeft)owed.Event).Cohorts) Tell(cohort, now);
            }
            else if (Waits.First(Cohorts[owed.Stream], now) is { } first)
            {
                Unit(first, owed.Stream, now, Waits.OfferInTurn(People[first].Facts(first), Cohorts[owed.Stream], owed.Stream, now) ?? throw new InvalidOperationException("It is nobody's turn."));
            }
        }
    }

    /// <summary>Events that the dispatcher has yet to follow.</summary>
    public Queue<(string Stream, IEvent Event)> Owed { get; } = [];

    private void Tell<TState>(Dictionary<string, TState> states, string stream, IEvent e, Instant now)
        where TState : IFold<TState>
    {
        states[stream] = states[stream].Apply(e, now);
        if (e is SeatReserved or WaitsAnew or PoolsAnew or PoolEnded) Owed.Enqueue((stream, e));
    }

    private Decision Unit(string person, string cohort, Instant now, Decision decision)
    {
        foreach (var e in decision.First) Tell(People, person, e, now);
        foreach (var e in decision.Last) Tell(Cohorts, cohort, e, now);
        return decision;
    }
}
