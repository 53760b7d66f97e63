using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Pathways;
using RttNetwork.Domain.WaitLists;

namespace RttNetwork.Domain.Referrals;

/// <summary>Why people must go elsewhere.</summary>
/// <param name="Kind">One of <see cref="RehomeCauses"/>.</param>
/// <param name="Subject">The key of the site, the cohort or the facilitator; of a room, of its site.</param>
/// <param name="Room">The room's id; empty for every other kind.</param>
public sealed record RehomeCause(string Kind, string Subject, string Room);

/// <summary>What may close, or leave.</summary>
public static class RehomeCauses
{
    public const string Site = "site";
    public const string Cohort = "cohort";
    public const string Room = "room";
    public const string Facilitator = "facilitator";

    /// <summary>The code for which the seats are given back.</summary>
    public static string ReasonOf(string kind) => kind is Facilitator ? "facilitator-left" : $"{kind}-closed";
}

/// <summary>A seat that its person loses.</summary>
/// <param name="Participant">The person's id.</param>
/// <param name="From">The key of the cohort.</param>
/// <param name="Week">The week of the program that the cohort is in; 0 before it begins.</param>
/// <param name="Stage">Where the person is on the pathway.</param>
/// <param name="Options">Cohorts of the program that have a seat.</param>
public sealed record Displaced(string Participant, string From, int Week, Stage Stage, Instant BookedAt, ImmutableArray<Option> Options);

/// <summary>A cohort as one person's way out.</summary>
/// <param name="Destination">Its place among the destinations.</param>
/// <param name="Km">Between the two sites; <see cref="Matching.Match.UnknownKm"/> when one of them has not said where it is.</param>
/// <param name="DaysApart">Between the first days of the two cohorts.</param>
/// <param name="Hindrance">The code of what stands against it, by the rules of a transfer; null when nothing does.</param>
public sealed record Option(int Destination, bool OtherRegion, int Km, bool OtherWeekday, int DaysApart, string? Hindrance);

/// <param name="SeatsOpen">Seats that nobody has and no list keeps.</param>
public sealed record Destination(string Cohort, int SeatsOpen);

/// <summary>What is proposed for one seat.</summary>
/// <param name="To">The destination's place among all; null for nowhere.</param>
/// <param name="Reason">Why nowhere: a code. With a place: <see cref="Rehoming.NeedsReviewer"/>, or null.</param>
public sealed record Placement(Displaced Person, int? To, string? Reason);

/// <summary>Where everybody can go whose cohort, site or room closes, or whose facilitator leaves: by the rules of a transfer (rule 42).</summary>
public static class Rehoming
{
    /// <summary>Seats of one plan: as many as are proposed in one entry, whatever the names are, and gathered in the time of one unit.</summary>
    public const int PeopleMax = 500;

    /// <summary>Cohorts that lose seats by one plan.</summary>
    public const int CohortsMax = 200;

    /// <summary>Cohorts that a plan looks at.</summary>
    public const int DestinationsMax = 200;

    /// <summary>No cohort of the program has a seat for anybody.</summary>
    public const string NoCohort = "no-cohort";

    /// <summary>There are seats that the person could have, and others who come first need them all.</summary>
    public const string NoSeatLeft = "no-seat-left";

    /// <summary>Another seat of the same person is in the plan: one at a time, for where the one goes may stand against the other.</summary>
    public const string SecondSeat = "second-seat";

    /// <summary>The place is in another jurisdiction, and a prescriber of there verifies first (rule 41): what <see cref="HandingOver.Transfer"/> says when nobody has.</summary>
    public static readonly string NeedsReviewer = Codes.Kebab(nameof(Reason.ClinicianMissing));

    /// <summary>
    /// Proposes a place for as many as can have one. Whoever is further on in the program comes first, then whoever booked first: nobody goes without so that
    /// somebody after them has a place. Among the places that a person can have: of the same region, nearest, of the same weekday, closest in time.
    /// </summary>
    /// <remarks>
    /// Maximum matching by augmenting paths, in that order: who was given a place keeps one, though it may become another. Whoever has none then is proposed what is left
    /// where a reviewer is needed, by the same rules.
    /// </remarks>
    public static ImmutableArray<Placement> Propose(ImmutableArray<Displaced> people, ImmutableArray<Destination> destinations)
    {
        ImmutableArray<Displaced> ordered =
        [
            .. people.OrderByDescending(p => p.Week).ThenByDescending(p => p.Stage.HasSeat() ? p.Stage : 0).ThenBy(p => p.BookedAt)
                .ThenBy(p => p.Participant, StringComparer.Ordinal).ThenBy(p => p.From, StringComparer.Ordinal),
        ];
        var seen = new HashSet<string>(StringComparer.Ordinal);
        ImmutableArray<bool> isFirst = [.. ordered.Select(p => seen.Add(p.Participant))];
        var seating = new Seating(ordered, [.. destinations.Select(d => d.SeatsOpen)], null);
        seating.Seat(i => isFirst[i]);
        var byHand = new Seating(ordered, seating.Left(), NeedsReviewer);
        byHand.Seat(i => isFirst[i] && seating.Of(i) is null);
        return
        [
            .. ordered.Select((p, i) => !isFirst[i] ? new Placement(p, null, SecondSeat)
                : seating.Of(i) is { } to ? new Placement(p, to, null)
                : byHand.Of(i) is { } reviewed ? new Placement(p, reviewed, NeedsReviewer)
                : new Placement(p, null, Why(p))),
        ];
    }

    /// <summary>True for a cohort that is concerned by the cause, whoever has a seat in it.</summary>
    /// <param name="kind">One of <see cref="RehomeCauses"/>.</param>
    /// <param name="what">The id of the room or of the facilitator; anything for the other kinds.</param>
    public static bool Concerns(CohortState cohort, string kind, string what, Instant now) =>
        cohort is { Plan: { } plan, Appointment: null, Training: null } && plan.Sessions.Any(s => s.EndsAt > now) && kind switch
        {
            RehomeCauses.Room => MeetsIn(cohort, what, now),
            RehomeCauses.Facilitator => cohort.Facilitators.ContainsKey(what),
            _ => true,
        };

    /// <summary>Whose booked seats a cohort loses, in the order in which they were booked: everybody's, or, when a facilitator leaves, theirs whom the others do not carry.</summary>
    /// <inheritdoc cref="Concerns"/>
    public static ImmutableArray<TakenSeat> LosesSeats(CohortState cohort, string kind, string what, Instant now)
    {
        if (!Concerns(cohort, kind, what, now)) return [];
        ImmutableArray<TakenSeat> booked = [.. cohort.Seats.Values.Where(s => s.IsBooked).OrderBy(s => s.BookedAt).ThenBy(s => s.Participant, StringComparer.Ordinal)];
        return kind is RehomeCauses.Facilitator ? NotCarriedWithout(cohort, what, booked, now) : booked;
    }

    /// <summary>The week of the program that a cohort is in; 0 before it begins.</summary>
    public static int WeekOf(CohortOpened plan, Instant now) => Relocation.WeekOf(plan.FirstDay(), now.InZone(DateTimeZoneProviders.Tzdb[plan.TimeZone]).Date);

    /// <summary>Seats that the cohort can give to people who come from elsewhere, whatever its intake says: only a group that is closed has none.</summary>
    public static int SeatsToGive(CohortState cohort, Instant now) =>
        !Concerns(cohort, RehomeCauses.Cohort, "", now) || Booking.NotOpen(cohort, lateAllowed: true, now) is not null
            ? 0
            : Math.Max(0, cohort.Usable().Seats - Booking.TakenAt(cohort, now) - Waits.KeptFrom(cohort, "", now));

    /// <summary>What stands against a person's going to a cohort, by the rule that will carry it out; null when nothing does.</summary>
    public static string? Hindrance(Participants.PersonFacts person, CohortState cohort, string cohortKey, string from, TemplateOf template, Instant now) =>
        Relocation.Join(person, cohort, cohortKey, new Leaving([from]), template, now).Refusal is { } refusal ? Codes.Kebab(refusal.Reason.ToString()) : null;

    private static string Why(Displaced person) => person.Options.IsEmpty ? NoCohort
        : person.Options.Any(o => o.Hindrance is null || o.Hindrance == NeedsReviewer) ? NoSeatLeft
        : InOrder(person).First().Hindrance!;

    private static IEnumerable<Option> InOrder(Displaced person) =>
        person.Options.OrderBy(o => o.OtherRegion).ThenBy(o => o.Km).ThenBy(o => o.OtherWeekday).ThenBy(o => o.DaysApart).ThenBy(o => o.Destination);

    private static bool MeetsIn(CohortState cohort, string room, Instant now) => cohort.Planned is { } planned
        ? planned.Sessions.Any(s => s.Room == room && s.EndsAt > now)
        : cohort.Room.Room == room;

    /// <summary>Whoever booked last gives way.</summary>
    private static ImmutableArray<TakenSeat> NotCarriedWithout(CohortState cohort, string facilitator, ImmutableArray<TakenSeat> booked, Instant now)
    {
        var reason = RehomeCauses.ReasonOf(RehomeCauses.Facilitator);
        var (left, gone) = (cohort.Apply(new FacilitatorWithdrawn(facilitator, reason), now), new HashSet<string>(StringComparer.Ordinal));
        foreach (var seat in booked.Reverse())
        {
            var pod = left.PodOf.GetValueOrDefault(seat.Participant);
            if (left.SeatsBooked <= left.Usable().Seats && (pod == 0 || left.JoinedIn(pod) <= left.SeatsOfPod(pod))) continue;
            left = left.Apply(new SeatCancelled(seat.Participant, reason), now);
            gone.Add(seat.Participant);
        }
        return [.. booked.Where(s => gone.Contains(s.Participant))];
    }

    /// <summary>Who has which place so far.</summary>
    /// <param name="hindrance">What may stand against the places that are given; null for nothing.</param>
    private sealed class Seating(ImmutableArray<Displaced> people, ImmutableArray<int> seats, string? hindrance)
    {
        private readonly List<int>[] _seated = [.. seats.Select(_ => new List<int>())];
        private readonly int?[] _places = new int?[people.Length];
        private readonly int[][] _fits = [.. people.Select(p => InOrder(p).Where(o => o.Hindrance == hindrance).Select(o => o.Destination).ToArray())];
        private bool[] _leadsNowhere = new bool[seats.Length];

        public int? Of(int person) => _places[person];

        /// <summary>Seats that nobody was given.</summary>
        public ImmutableArray<int> Left() => [.. seats.Select((s, i) => s - _seated[i].Count)];

        /// <summary>Gives a place to as many of these as can have one.</summary>
        public void Seat(Func<int, bool> isOne)
        {
            for (var person = 0; person < people.Length; person++)
            {
                if (!isOne(person)) continue;
                var tried = _leadsNowhere.ToArray();
                // What was tried in vain is full, of people who can go nowhere else: it need not be tried for anybody after.
                if (!Seat(person, tried)) _leadsNowhere = tried;
            }
        }

        private bool Seat(int person, bool[] tried)
        {
            // The best that is free. What is full stays full, whoever gives way to whom: nothing better becomes free for anybody afterwards.
            foreach (var place in _fits[person])
            {
                if (!IsFree(place)) continue;
                Put(person, place);
                return true;
            }
            foreach (var place in _fits[person])
            {
                if (tried[place]) continue;
                tried[place] = true;
                // Whoever comes last gives way first.
                for (var i = _seated[place].Count - 1; i >= 0; i--)
                {
                    if (!Seat(_seated[place][i], tried)) continue;
                    _seated[place].RemoveAt(i);
                    Put(person, place);
                    return true;
                }
            }
            return false;
        }

        private bool IsFree(int place) => _seated[place].Count < seats[place];

        private void Put(int person, int place)
        {
            _seated[place].Add(person);
            _places[person] = place;
        }
    }
}
