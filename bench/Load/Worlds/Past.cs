using System.Collections.Immutable;
using System.Globalization;
using NodaTime;
using RttNetwork.Contracts;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Measures;
using RttNetwork.Domain.Participants;
using RttNetwork.Domain.Pathways;
using RttNetwork.Domain.Referrals;
using RttNetwork.Load.Targets;

namespace RttNetwork.Load.Worlds;

/// <summary>
/// What happened in the cohorts of a world's rushes over a year, decided by the product's own rules: people are registered, held seats for, booked, cancelled, referred to other
/// sites, accepted or declined there, and referred to a program. Each unit's entries stand side by side; the lives of thousands of people go on at one time.
/// </summary>
/// <param name="world">Its first cohorts, and its people, are left alone.</param>
/// <param name="entries">How many there are to be, at least, those of the world included.</param>
/// <param name="pace">When each was recorded.</param>
internal sealed class Past(World world, int entries, Pace pace)
{
    /// <summary>Entries of a life, and people who end up in a cohort, so that there are enough cohorts and no more.</summary>
    private const int PerLife = 6, PerCohort = 24;

    /// <summary>Cohorts that take people at one time.</summary>
    private const int Open = 400;

    /// <summary>A seat that is held is booked within so many entries of other lives.</summary>
    private const ulong Near = 8;

    /// <summary>Between two other steps of a life there are at most so many: a week.</summary>
    private readonly ulong _apart = (ulong)Math.Max(100, entries / 50);

    private static readonly PathwayPolicy Policy = new(
        World.Program, 1, [], 90, 0, [], [], null, 92, new FastingPreset("usual", Duration.Zero, Duration.Zero), [], new PreparationRule(0, Duration.Zero, 0), 3, 14, true, Duration.Zero, 75,
        ["phq-9"], [new MeasurePoint(MeasurePoint.Baseline, MeasureAnchors.Referral, 0, 30, 0)], new SafetyRegime("none", 0, 0));

    private readonly Dictionary<string, (CohortState State, int Version)> _cohorts = [];
    private readonly List<(string Stream, int Version, ImmutableArray<IEvent> Events)> _unit = [];
    private ulong _random = 1;
    private int _count;

    /// <summary>Cohorts that so many entries need.</summary>
    public static int Cohorts(int entries) => Math.Max(Open, entries / PerLife / PerCohort);

    private Instant Now => pace.At(_count);

    /// <summary>The entries, after those of the world.</summary>
    public IEnumerable<(string Stream, int Version, ImmutableArray<IEvent> Events)> Entries()
    {
        foreach (var (stream, version, events) in new JournalSeed(world).Entries())
        {
            if (Keys.KindOf(stream) is StreamKind.Cohort) _cohorts[stream] = (Fold(_cohorts.GetValueOrDefault(stream).State ?? CohortState.Empty, events, Now), version);
            _count++;
        }
        var lives = new PriorityQueue<Life, long>();
        for (var people = 0; _count < entries;)
        {
            var life = lives.TryPeek(out _, out var due) && due <= _count ? lives.Dequeue() : new Life(people++, Next());
            _unit.Clear();
            if (Step(life)) lives.Enqueue(life, _count + 1 + (long)(Next() % (life.Stage == Life.Holds ? Near : _apart)));
            foreach (var entry in _unit) yield return entry;
            _count += _unit.Count;
        }
    }

    /// <summary>The next unit of a life; false after the last.</summary>
    private bool Step(Life life)
    {
        switch (life.Stage++)
        {
            case 0:
                Person(life, new ParticipantRegistered(world.HomeSiteId(life.Number), false, World.Region, ""), new EligibilitySet(true, "screened"));
                return true;
            // One in eight comes by a referral to the program, and has no seat yet.
            case 1 when life.Is(0, 8):
                var opened = new PathwayOpened(World.Program, life.Person.HomeSite!, World.Jurisdiction, World.TimeZone, Policy, "self", Now);
                Screened(life, Screening.Refer(life.Facts, life.Evidence, opened, Now));
                life.Stage = 20;
                return true;
            // Two in five have a seat held first.
            case 1:
                if (life.Is(3, 5) || life.Is(4, 5)) Seat(life, (cohort, key) => Booking.Hold(life.Facts, cohort, key, "desk", Now));
                return true;
            case 2:
                return Seat(life, (cohort, key) => Booking.Book(life.Facts, cohort, key, Now));
            // One in four cancels, and books elsewhere.
            case 3 when life.Is(1, 4):
                return Seat(life, (cohort, key) => Booking.Cancel(life.Facts, cohort, key, "person-cancelled", Now));
            case 4 when life.Is(1, 4):
                life.Cohort = "";
                return Seat(life, (cohort, key) => Booking.Book(life.Facts, cohort, key, Now));
            // One in six is referred to another site, and one of five of those is declined there.
            case 5 when life.Is(2, 6):
                return Refer(life);
            case 6 when life.Is(2, 6):
                Add(life.Referral, 2, new ReferralReceived());
                return true;
            case 7 when life.Is(2, 6):
                return life.Is(0, 5) ? Decline(life) : Accept(life);
            case 20:
                Screened(life, Screening.Begin(life.Facts, life.Evidence, Now));
                return true;
            case 21:
                Add(Keys.Pathway(world.Network, life.Id), ++life.EvidenceVersion, new MeasureRecorded(1, "phq-9", MeasurePoint.Baseline, (int)(Next() % 28), Now, Now.InUtc().Date, 0, "desk"));
                return false;
            default:
                return life.Stage is > 1 and < 8;
        }
    }

    private bool Seat(Life life, Func<CohortState, string, Decision> decide)
    {
        if (life.Cohort.Length == 0) life.Cohort = Draw();
        var (state, version) = _cohorts[life.Cohort];
        var decision = decide(state, life.Cohort);
        if (decision.Refusal is not null) return false;
        Person(life, decision.First);
        Cohort(life.Cohort, state, version, decision.Last);
        return true;
    }

    private bool Refer(Life life)
    {
        if (life.Person.Enrolments.IsEmpty) return false;
        var target = Draw(notAt: SiteOf(life.Cohort));
        var (state, version) = _cohorts[target];
        var held = Relocation.Keep(life.Facts, state, target, new Leaving([life.Cohort]), new TemplateOf(World.Program, 1), "referrals", Now + Duration.FromDays(30), Now);
        (life.Referral, life.Target) = (Keys.Referral(world.Network, "past-" + life.Id), target);
        Person(life, [.. held.First, new ReferralOpened(life.Referral)]);
        Add(life.Referral, 1, new ReferralSent(
            new ReferralForm(
                life.Id, SiteOf(life.Cohort), World.Region, SiteOf(target), World.Region, World.Program, target, life.Cohort, Priority.Routine, "closer-to-home", "", Now, Now + Duration.FromDays(30), null, true),
            held.Refusal is null ? target : ""));
        if (held.Refusal is null) Cohort(target, state, version, held.Last);
        return true;
    }

    private bool Accept(Life life)
    {
        var (from, fromVersion) = _cohorts[life.Cohort];
        var (to, toVersion) = _cohorts[life.Target];
        var left = Relocation.Leave(life.Facts, from, life.Cohort, null, "referred", Now);
        var joined = Relocation.Join(life.Facts, to, life.Target, new Leaving([life.Cohort]), new TemplateOf(World.Program, 1), Now);
        if (left is not { Refusal: null } leaves || joined.Refusal is not null) return false;
        var accepted = new ReferralAccepted(life.Target, [life.Cohort], "");
        Person(life, [.. leaves.First, .. joined.First,
            .. Relocation.OfPerson(life.Facts, life.Person.Sites, life.Person.Referral, life.Referral, [accepted], SiteOf(life.Target), [SiteOf(life.Cohort)])]);
        Add(life.Referral, 3, accepted);
        Cohort(life.Cohort, from, fromVersion, leaves.Last);
        Cohort(life.Target, to, toVersion, joined.Last);
        return false;
    }

    private bool Decline(Life life)
    {
        var (state, version) = _cohorts[life.Target];
        var declined = new ReferralDeclined("no-capacity");
        var released = Booking.Release(life.Facts, state, life.Target, Now);
        var given = released.Refusal is null ? released : Decision.Already;
        Person(life, [.. given.First, .. Relocation.OfPerson(life.Facts, life.Person.Sites, life.Person.Referral, life.Referral, [declined], null, [])]);
        Add(life.Referral, 3, declined);
        if (!given.Last.IsEmpty) Cohort(life.Target, state, version, given.Last);
        return false;
    }

    private void Screened(Life life, Decision decision)
    {
        Person(life, decision.First);
        foreach (var @event in decision.Last) life.Evidence = life.Evidence.Apply(@event, Now);
        Add(Keys.Pathway(world.Network, life.Id), ++life.EvidenceVersion, decision.Last);
    }

    private void Person(Life life, params ImmutableArray<IEvent> events)
    {
        life.Person = Fold(life.Person, events, Now);
        Add(Keys.Participant(world.Network, life.Id), ++life.Version, events);
    }

    private void Cohort(string key, CohortState state, int version, ImmutableArray<IEvent> events)
    {
        _cohorts[key] = (Fold(state, events, Now), version + 1);
        Add(key, version + 1, events);
    }

    private void Add(string stream, int version, params ImmutableArray<IEvent> events) => _unit.Add((stream, version, events));

    /// <summary>One of the cohorts that take people now: as the year goes on, others do.</summary>
    /// <param name="notAt">The id of a site that it is not at; empty for any.</param>
    private string Draw(string notAt = "")
    {
        var first = world.Cohorts + (int)((long)(world.RushCohorts - Open) * _count / entries);
        while (true)
        {
            var cohort = Math.Min(first + (int)(Next() % Open), world.CohortsInAll - 1);
            if (World.SiteId(cohort) != notAt) return Keys.Cohort(world.Network, World.SiteId(cohort), World.CohortId(cohort));
        }
    }

    private static string SiteOf(string cohort) => Keys.CohortParts(cohort).Site;

    private ulong Next() => _random = Worlds.Draw.Mix(_random);

    private static TState Fold<TState>(TState state, ImmutableArray<IEvent> events, Instant at) where TState : IFold<TState>
    {
        foreach (var @event in events) state = state.Apply(@event, at);
        return state;
    }

    /// <summary>Somebody, with what was decided of them so far.</summary>
    private sealed class Life(int number, ulong fate)
    {
        public int Number => number;
        public string Id { get; } = string.Create(CultureInfo.InvariantCulture, $"past-{number:D7}");
        /// <summary>A seat is held, or none was asked for yet.</summary>
        public const int Holds = 2;

        public int Stage { get; set; }
        public ParticipantState Person { get; set; } = ParticipantState.Empty;
        public int Version { get; set; }
        public PathwayState Evidence { get; set; } = PathwayState.Empty;
        public int EvidenceVersion { get; set; }
        /// <summary>The key of the cohort in which they have a seat or hold; empty for none.</summary>
        public string Cohort { get; set; } = "";
        public string Referral { get; set; } = "";
        public string Target { get; set; } = "";
        public PersonFacts Facts => Person.Facts(Id);

        /// <summary>What is drawn for this person, once and for all: one of so many.</summary>
        public bool Is(ulong one, ulong of) => Worlds.Draw.Mix(fate + of) % of == one;
    }
}
