using System.Collections.Immutable;
using System.Text.Json.Serialization;
using NodaTime;
using RttNetwork.Contracts;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Facilitators;
using RttNetwork.Domain.Participants;
using RttNetwork.Domain.Pathways;
using RttNetwork.Domain.Referrals;
using RttNetwork.Domain.WaitLists;
using RttNetwork.Grains.Units;

namespace RttNetwork.Rig;

/// <summary>What is wrong with a history.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ViolationKind>))]
public enum ViolationKind
{
    /// <summary>A stream's versions do not follow one another.</summary>
    Gap,
    /// <summary>An accepted command is not in the journal.</summary>
    Lost,
    /// <summary>A command took effect more than once.</summary>
    Duplicated,
    /// <summary>More seats are taken than are usable (I1).</summary>
    Overbooked,
    /// <summary>Somebody without an offer took a seat that was kept for those who wait (I8).</summary>
    Overtook,
    /// <summary>A person is offered two seats of one pool at once, or one of a pool in which they do not wait (I8).</summary>
    TwoOffers,
    /// <summary>A person has two seats or holds at one time, or a facilitator two places (I2, I3).</summary>
    TwoPlaces,
    /// <summary>The two sides of a seat, an assignment or a referral do not agree: a unit was split.</summary>
    OneSided,
    /// <summary>A referral that nobody has brought to its end.</summary>
    StillOpen,
    /// <summary>A referral has ended, and what it held is held on.</summary>
    HoldLeft,
    /// <summary>A referral was accepted after its time, or ended for want of a decision before it.</summary>
    OutOfTime,
    /// <summary>Somebody who was moved has fewer seats than before, or is nowhere (I2, rule 40).</summary>
    SeatLost,
    /// <summary>A repeat of an accepted command got another answer than the first (I6).</summary>
    SecondAnswer,
    /// <summary>A command that was finally refused had an effect (I6).</summary>
    RefusedWithEffect,
    /// <summary>A reply says something else than the journal.</summary>
    FalseReply,
    /// <summary>A client was told of a fact before it was durable.</summary>
    ToldTooEarly,
    /// <summary>An accepted command has no receipt.</summary>
    NoReceipt,
    /// <summary>The journal has a command that nobody gave.</summary>
    Phantom,
    /// <summary>A read shows something older than it may.</summary>
    StaleRead,
    /// <summary>A read shows figures that the journal never had.</summary>
    FalseRead,
    /// <summary>Somebody is not where their pathway says, or two sites lead them, or nobody does.</summary>
    OffPathway,
    /// <summary>A refusal that no state of its time justifies.</summary>
    UnjustifiedRefusal,
    /// <summary>A command has no answer though the network has recovered.</summary>
    Undecided,
    /// <summary>After the end a grain or a list does not show the fold of the journal.</summary>
    FalseEnd,
}

/// <param name="Sentence">What is wrong, and where.</param>
public sealed record Violation(ViolationKind Kind, string Sentence);

/// <summary>What must hold at every prefix of a journal that ends with a whole transaction.</summary>
public static class Invariants
{
    /// <summary>Every stream's versions are 1, 2, 3 …</summary>
    public static IEnumerable<Violation> Gaps(ImmutableArray<ReadEntry> journal)
    {
        foreach (var stream in journal.GroupBy(e => e.Stream))
        {
            var versions = stream.Select(e => e.Version).ToList();
            if (!versions.SequenceEqual(Enumerable.Range(1, versions.Count)))
                yield return new Violation(ViolationKind.Gap, $"{stream.Key} has the versions {string.Join(",", versions)}.");
        }
    }

    /// <summary>
    /// I1, I2 and I3, and the agreement of both sides of every seat and assignment. A breach that lasts is reported once.
    /// </summary>
    public static IEnumerable<Violation> AtEveryPrefix(ImmutableArray<ReadEntry> journal)
    {
        var world = new World();
        var reported = new HashSet<(ViolationKind, string)>();
        for (var i = 0; i < journal.Length;)
        {
            var xid = journal[i].Xid;
            var touched = new SortedSet<string>(StringComparer.Ordinal);
            var found = new List<(string Stream, Violation Violation)>();
            for (; i < journal.Length && journal[i].Xid == xid; i++)
            {
                // Who a stream names before or after may be wrong by it without being written to.
                touched.UnionWith(world.Named(journal[i].Stream));
                if (world.Fold(journal[i]) is { } wrong) found.Add((journal[i].Stream, wrong));
                touched.UnionWith(world.Named(journal[i].Stream));
                touched.Add(journal[i].Stream);
            }
            foreach (var stream in touched) found.AddRange(world.Check(stream).Select(v => (stream, v)));
            foreach (var (stream, violation) in found)
            {
                if (reported.Add((violation.Kind, stream))) yield return violation;
            }
            // Cured again: the next breach is a new one.
            foreach (var stream in touched) reported.RemoveWhere(r => r.Item2 == stream && found.All(f => f.Stream != stream || f.Violation.Kind != r.Item1));
        }
    }

    /// <summary>Every stream's state at a prefix.</summary>
    private sealed class World
    {
        private readonly Dictionary<string, CohortState> _cohorts = [];
        private readonly Dictionary<string, ParticipantState> _people = [];
        private readonly Dictionary<string, FacilitatorState> _facilitators = [];
        private readonly Dictionary<string, ReferralState> _referrals = [];
        private readonly Dictionary<string, PoolState> _pools = [];
        private readonly Dictionary<string, PathwayState> _pathways = [];
        // Referrals whose acceptance was looked at: what becomes of the seat later is another matter.
        private readonly HashSet<string> _decided = [];
        // Seats of people who were put off: a unit of its own gives each back, later.
        private readonly HashSet<(string Person, string Cohort)> _leaving = [];
        // The latest instant that anything was judged at: a command that was judged a moment earlier may be written later.
        private Instant _at = Instant.MinValue;

        public Violation? Fold(ReadEntry entry)
        {
            Violation? wrong = null;
            var key = entry.Stream;
            foreach (var act in entry.Acts)
            {
                _at = Instant.Max(act.At, _at);
                foreach (var e in act.Events.Where(e => e is not Fenced))
                {
                    switch (Keys.KindOf(key))
                    {
                        case StreamKind.Cohort:
                            var before = _cohorts.GetValueOrDefault(key, CohortState.Empty);
                            var after = _cohorts[key] = before.Apply(e, act.At);
                            if (Takes(before, e, _at) && Booking.TakenAt(after, _at) > after.Usable().Seats)
                                wrong = new Violation(ViolationKind.Overbooked, $"{key}@{entry.Version} takes a seat and then has {Booking.TakenAt(after, _at)} of {after.Usable().Seats} taken.");
                            if (before.WaitList is not null && e is SeatHeld or SeatBooked && Takes(before, e, act.At) && Waits.Keeps(before, e is SeatHeld held ? held.Participant : ((SeatBooked)e).Participant, act.At) is not null)
                                wrong = new Violation(ViolationKind.Overtook, $"{key}@{entry.Version} takes a seat that is kept for those who wait.");
                            break;
                        case StreamKind.Participant:
                            var person = _people[key] = _people.GetValueOrDefault(key, ParticipantState.Empty).Apply(e, act.At);
                            _leaving.RemoveWhere(l => l.Person == key && person.Enrolments.All(seat => seat.Cohort != l.Cohort));
                            break;
                        case StreamKind.Referral:
                            _referrals[key] = _referrals.GetValueOrDefault(key, ReferralState.Empty).Apply(e, act.At);
                            break;
                        case StreamKind.Pathway:
                            _pathways[key] = _pathways.GetValueOrDefault(key, PathwayState.Empty).Apply(e, act.At);
                            if (e is SeatLeft left) _leaving.Add((Keys.Participant(Keys.NetworkOf(key), Keys.IdOf(key)), left.Cohort));
                            break;
                        case StreamKind.WaitListPool:
                            _pools[key] = _pools.GetValueOrDefault(key, PoolState.Empty).Apply(e, act.At);
                            break;
                        case StreamKind.Facilitator:
                            _facilitators[key] = _facilitators.GetValueOrDefault(key, FacilitatorState.Empty).Apply(e, act.At);
                            break;
                        default:
                            break;
                    }
                }
            }
            return wrong;
        }

        /// <summary>The cohorts that somebody has a seat in, or leads.</summary>
        public IEnumerable<string> Named(string key) => Keys.KindOf(key) switch
        {
            StreamKind.Participant when _people.TryGetValue(key, out var person) => person.Enrolments.Select(e => e.Cohort),
            StreamKind.Facilitator when _facilitators.TryGetValue(key, out var facilitator) => facilitator.Assignments.Keys,
            _ => [],
        };

        public IEnumerable<Violation> Check(string key) => Keys.KindOf(key) switch
        {
            StreamKind.Cohort when _cohorts.TryGetValue(key, out var cohort) => Cohort(key, cohort, _at),
            StreamKind.Participant when _people.TryGetValue(key, out var person) => Person(key, person, _at),
            StreamKind.Facilitator when _facilitators.TryGetValue(key, out var facilitator) => Facilitator(key, facilitator),
            StreamKind.Referral when _referrals.TryGetValue(key, out var referral) => Referral(key, referral),
            _ => [],
        };

        /// <summary>The event takes a seat that the person did not have.</summary>
        private static bool Takes(CohortState cohort, IEvent @event, Instant at) => @event switch
        {
            SeatHeld e => cohort.SeatOf(e.Participant)?.IsTakenAt(at) != true,
            SeatBooked e => cohort.SeatOf(e.Participant)?.IsTakenAt(at) != true,
            SeatOffered e => cohort.SeatOf(e.Participant)?.IsTakenAt(at) != true,
            _ => false,
        };

        private IEnumerable<Violation> Cohort(string key, CohortState cohort, Instant at)
        {
            var taken = Booking.TakenAt(cohort, at);
            if (taken > cohort.Usable().Seats && !cohort.AtRisk)
                yield return new Violation(ViolationKind.Overbooked, $"{key} has {taken} seats taken of {cohort.Usable().Seats} and is not at risk.");
            var network = Keys.NetworkOf(key);
            // What is over is forgotten, so that numbers stay bounded: an appointment by whoever had it, sessions by whoever led them.
            var isOver = cohort.Appointment is not null && cohort.Plan!.Sessions[0].EndsAt < at;
            foreach (var seat in cohort.Seats.Values.Where(s => s.IsTakenAt(at) && !isOver))
            {
                var theirs = _people.GetValueOrDefault(Keys.Participant(network, seat.Participant))?.Enrolments.FirstOrDefault(e => e.Cohort == key);
                if (theirs is null || theirs.IsBooked != seat.IsBooked || theirs.HeldUntil != seat.HeldUntil)
                    yield return new Violation(ViolationKind.OneSided, $"{key} has a seat of {seat.Participant} that the person does not have.");
            }
            foreach (var assigned in cohort.Facilitators.Values.Where(a => LeadsStill(cohort, a, at)))
            {
                if (_facilitators.GetValueOrDefault(Keys.Facilitator(network, assigned.Facilitator))?.Assignments.ContainsKey(key) != true)
                    yield return new Violation(ViolationKind.OneSided, $"{key} is led by {assigned.Facilitator}, who does not know.");
            }
        }

        private static bool LeadsStill(CohortState cohort, AssignedFacilitator assigned, Instant at) => cohort.Planned is { } planned
            ? planned.Sessions.Any(s => assigned.Leads(s.Id) && s.FreeAt >= at)
            : cohort.Plan!.Sessions.Any(s => s.EndsAt >= at);

        private IEnumerable<Violation> Person(string key, ParticipantState person, Instant at)
        {
            var exclusive = person.Enrolments.Where(e => !e.MayOverlap).ToList();
            foreach (var (kind, taken) in new[] { ("seats", exclusive.Where(e => e.IsBooked).ToList()), ("holds", exclusive.Where(e => e.HeldUntil > at).ToList()) })
            {
                for (var i = 0; i < taken.Count; i++)
                {
                    for (var j = i + 1; j < taken.Count; j++)
                    {
                        if (taken[i].FirstDay <= taken[j].LastDay && taken[j].FirstDay <= taken[i].LastDay)
                            yield return new Violation(ViolationKind.TwoPlaces, $"{key} has two {kind} that overlap: in {taken[i].Cohort} and {taken[j].Cohort}.");
                    }
                }
            }
            if (person.Place is { } place && place.Stage.IsOpen())
            {
                if (place.Stage.HasSeat() && person.Enrolments.All(e => e.Cohort != place.Cohort || !e.IsBooked))
                    yield return new Violation(ViolationKind.OffPathway, $"{key} is {place.Stage.Code()} and has no seat in {place.Cohort}.");
                // The seat of a program that was completed stays: it is over.
                var over = person.PathwaySeats.Where(s => s.Pathway < person.Pathways).Select(s => s.Cohort).ToHashSet();
                foreach (var seat in person.Enrolments.Where(e => e.IsBooked && e.Cohort != (place.Stage.HasSeat() ? place.Cohort : null) && !over.Contains(e.Cohort) && !_leaving.Contains((key, e.Cohort)) && _cohorts.GetValueOrDefault(e.Cohort)?.Pathway is not null))
                    yield return new Violation(ViolationKind.OffPathway, $"{key} has a seat in {seat.Cohort} and is {place.Stage.Code()}.");
                var leads = _pathways.GetValueOrDefault(Keys.Pathway(Keys.NetworkOf(key), Keys.IdOf(key)))?.Opened?.Site;
                if (leads != place.Site) yield return new Violation(ViolationKind.OffPathway, $"{key} is led by {place.Site}, and the pathway by {leads ?? "nobody"}.");
            }
            foreach (var membership in person.Pools)
            {
                if (_pools.GetValueOrDefault(membership.Pool)?.Of(Keys.IdOf(key)) is null)
                    yield return new Violation(ViolationKind.OneSided, $"{key} waits in {membership.Pool}, which does not know.");
                // Each of these is a seat of the pool: what somebody is offered by name is by that cohort's list alone.
                var offers = person.Enrolments.Where(e => e.HeldUntil > at && OfPool(e.Cohort, key) == (membership.Program, membership.Region)).Select(e => e.Cohort).ToList();
                if (offers.Count > 1 || offers.Any(o => person.Enrolments.Any(e => e.Cohort == o && e.Pool != membership.Pool)))
                    yield return new Violation(ViolationKind.TwoOffers, $"{key} is offered {string.Join(" and ", offers)} of {membership.Pool}, or does not know of which pool.");
            }
            foreach (var enrolment in person.Enrolments.Where(e => e.IsBooked || e.HeldUntil > at))
            {
                var seat = _cohorts.GetValueOrDefault(enrolment.Cohort)?.SeatOf(Keys.IdOf(key));
                if (seat is null || seat.IsBooked != enrolment.IsBooked || seat.HeldUntil != enrolment.HeldUntil)
                    yield return new Violation(ViolationKind.OneSided, $"{key} has a seat in {enrolment.Cohort} that the cohort does not have.");
            }
        }

        /// <summary>The program and region of a cohort that offers a person a seat as one of its pool alone; nothing for another hold.</summary>
        private (string Program, string Region)? OfPool(string cohort, string person) =>
            _cohorts.GetValueOrDefault(cohort) is { Plan: { } plan } state && state.SeatOf(Keys.IdOf(person)) is { IsOffer: true } && state.WaitList?.Of(Keys.IdOf(person)) is { IsOwn: false, Pooled: not null } ? (plan.Program, plan.Region) : null;

        /// <summary>A referral is open at its person too; and whoever was accepted has the seat, and nothing that they gave up for it.</summary>
        private IEnumerable<Violation> Referral(string key, ReferralState referral)
        {
            if (referral.Form is not { } form) yield break;
            var person = _people.GetValueOrDefault(Keys.Participant(Keys.NetworkOf(key), form.Participant), ParticipantState.Empty);
            if (referral.IsOpen != (person.Referral == key))
                yield return new Violation(ViolationKind.OneSided, $"{key} is {ReferralRules.Code(referral.Status)}, and {form.Participant} has {person.Referral ?? "no referral"}.");
            if (referral is { SentAt: not null, Status: ReferralStatus.Expired or ReferralStatus.Declined or ReferralStatus.Withdrawn } && person.Enrolments.Any(e => e.Cohort == form.Cohort && e.HeldUntil == form.DueAt && e.HeldUntil > _at))
                yield return new Violation(ViolationKind.HoldLeft, $"{key} is {ReferralRules.Code(referral.Status)}, and {form.Participant} is still held the seat of {form.Cohort}.");
            if (referral.DecidedAt is { } decided && ((referral.Status is ReferralStatus.Accepted && decided >= form.DueAt) || (referral.Status is ReferralStatus.Expired && decided < form.DueAt)))
                yield return new Violation(ViolationKind.OutOfTime, $"{key} was {ReferralRules.Code(referral.Status)} at {decided}; it was to be decided by {form.DueAt}.");
            if (referral.Status is ReferralStatus.Accepted && _decided.Add(key))
            {
                if (person.Enrolments.All(e => e.Cohort != referral.AcceptedIn || !e.IsBooked))
                    yield return new Violation(ViolationKind.SeatLost, $"{key} is accepted, and {form.Participant} has no seat in {referral.AcceptedIn}.");
                if (person.Enrolments.Any(e => form.Leaves.Length > 0 && e.Cohort == form.Leaves))
                    yield return new Violation(ViolationKind.TwoPlaces, $"{key} is accepted, and {form.Participant} still has a seat in {form.Leaves}.");
            }
        }

        private IEnumerable<Violation> Facilitator(string key, FacilitatorState facilitator)
        {
            var times = facilitator.Assignments.Values.SelectMany(a => a.Times).ToList();
            for (var i = 0; i < times.Count; i++)
            {
                for (var j = i + 1; j < times.Count; j++)
                {
                    if (times[i].Cohort != times[j].Cohort && times[i].ConflictsWith(times[j]))
                        yield return new Violation(ViolationKind.TwoPlaces, $"{key} is in two places at {Instant.Max(times[i].From, times[j].From)}.");
                }
            }
            foreach (var cohort in facilitator.Assignments.Keys)
            {
                if (_cohorts.GetValueOrDefault(cohort)?.Facilitators.ContainsKey(Keys.IdOf(key)) != true)
                    yield return new Violation(ViolationKind.OneSided, $"{key} leads {cohort}, which does not know.");
            }
        }
    }
}
