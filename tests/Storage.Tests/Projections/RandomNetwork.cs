using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Facilitators;
using RttNetwork.Domain.Identities;
using RttNetwork.Domain.Participants;
using RttNetwork.Domain.Sites;
using RttNetwork.Grains.Units;

namespace RttNetwork.Storage.Tests.Projections;

/// <summary>
/// Two networks with the same ids, at work at random: every unit is one that the domain's rules accepted, or a fence.
/// What follows from a seed is the same each time.
/// </summary>
internal sealed class RandomNetwork(int seed)
{
    public static readonly ImmutableArray<string> Networks = ["bc", "bc-2"];
    public static readonly ImmutableArray<string> SiteIds = ["nanaimo", "mill-bay", "nanaimo-2"];
    public static readonly ImmutableArray<string> Regions = ["island", "coast"];
    public static readonly ImmutableArray<string> Programs = ["GRIP-8", "CARE-4"];

    /// <summary>Of languages and of what makes a site accessible alike.</summary>
    public static readonly ImmutableArray<string> Codes = ["en", "fr"];

    private static readonly Instant Start = Instant.FromUtc(2026, 12, 1, 17, 0);
    private static readonly DateTimeZone Zone = DateTimeZoneProviders.Tzdb["America/Vancouver"];

    private readonly Random _random = new(seed);
    private readonly Dictionary<string, int> _versions = [];
    private readonly Dictionary<string, SiteState> _sites = [];
    private readonly Dictionary<string, CohortState> _cohorts = [];
    private readonly Dictionary<string, FacilitatorState> _facilitators = [];
    private readonly Dictionary<string, ParticipantState> _people = [];
    private readonly Dictionary<string, IdentityState> _identities = [];

    /// <summary>The instant of the last command.</summary>
    public Instant Now { get; private set; } = Start;

    /// <summary>The next accepted unit.</summary>
    public JournalUnit Next()
    {
        while (true)
        {
            Now += Duration.FromTicks(_random.NextInt64(60 * NodaConstants.TicksPerSecond)) + Duration.FromNanoseconds(_random.Next(1000));
            var network = Pick(Networks);
            var unit = _random.Next(100) switch
            {
                < 6 => OpenSite(network),
                < 9 => ChangeSite(network),
                < 15 => OpenCohort(network),
                < 25 => Register(network),
                < 32 => Screen(network),
                < 36 => RegisterFacilitator(network),
                < 44 => ChangeStaff(network),
                < 46 => CopyRoom(network),
                < 48 => Fence(network),
                < 60 => Seat(network, Asked.Hold),
                < 88 => Seat(network, Asked.Book),
                < 95 => Seat(network, Asked.Cancel),
                _ => Seat(network, Asked.Release),
            };
            if (unit is not null) return unit;
        }
    }

    private enum Asked { Hold, Book, Cancel, Release }

    private JournalUnit? OpenSite(string network)
    {
        var key = Keys.Site(network, Pick(SiteIds));
        var site = Of(_sites, key);
        if (SiteRules.Open(site, new SiteOpened($"Site {_random.Next(100)} of {network}", Pick(Regions), "CA-BC", Zone.Id, Maybe() ? 49.1 : null, Maybe() ? -123.9 : null), SomeCodes(), SomeCodes()) is { Refusal: null } opened)
            return Unit((key, opened.Last));
        return SiteRules.OpenRoom(site, $"room-{_random.Next(2)}", "Room", _random.Next(2, 12)) is { Refusal: null } room ? Unit((key, room.Last)) : null;
    }

    private JournalUnit? ChangeSite(string network)
    {
        var key = Keys.Site(network, Pick(SiteIds));
        var site = Of(_sites, key);
        var room = $"room-{_random.Next(2)}";
        return One(key, _random.Next(7) switch
        {
            0 => SiteRules.BlockRoom(site, room, "flood"),
            1 => SiteRules.UnblockRoom(site, room),
            2 => SiteRules.Hide(site, "staff", HidingAgreedBy.Authority, Now),
            3 => SiteRules.Unhide(site),
            4 => SiteRules.Describe(site, _random.Next(-90, 91), _random.Next(-180, 181), SomeCodes(), SomeCodes()),
            5 => SiteRules.SetLimitedCapacity(site, true, "staff", Now.InZone(Zone).Date.PlusDays(_random.Next(3)), Zone, Now),
            _ => SiteRules.SetLimitedCapacity(site, Maybe(), "staff", null, Zone, Now),
        });
    }

    private ImmutableArray<string> SomeCodes() => [.. Codes.Where(_ => Maybe())];

    private JournalUnit? OpenCohort(string network)
    {
        var siteId = Pick(SiteIds);
        var siteKey = Keys.Site(network, siteId);
        var site = Of(_sites, siteKey);
        var key = Keys.Cohort(network, siteId, $"c{_random.Next(6)}");
        var cohort = Of(_cohorts, key);
        var room = $"room-{_random.Next(2)}";
        var first = new LocalDate(2026, 12, 2).PlusDays(_random.Next(40)).At(new LocalTime(_random.Next(8, 20), 0));
        ImmutableArray<SessionDraft> drafts = [.. Enumerable.Range(0, _random.Next(1, 5)).Select(w => new SessionDraft(w % 2 == 1 ? "medicine" : "small-group", first.PlusWeeks(w), Duration.FromMinutes(90), Duration.FromMinutes(30), false))];
        var (refusal, sessions) = SiteRules.Place(site, room, key, drafts, Zone);
        if (refusal is not null) return null;
        var facts = site.Rooms[room];
        ImmutableArray<StaffingRequirement> staffing = _random.Next(3) == 0 ? [new(Roles.Nurse, 3, 1)] : [];
        var plan = new CohortOpened(siteId, site.Profile!.Region, "CA-BC", Zone.Id, $"Cohort {_random.Next(100)}", Pick(Programs), 1,
            new RoomCopy(room, facts.Occupancy, facts.Blocked, VersionOf(siteKey)), 1, _random.Next(1, 7), Maybe() ? 5 : 0, staffing, sessions,
            sessions[0].StartsAt - Duration.FromHours(_random.Next(48)) + Duration.FromNanoseconds(_random.Next(1_000_000)), Maybe(), new HoldPolicy(Duration.FromMinutes(_random.Next(1, 30)), 4, 4));
        var decision = Plan.Open(cohort, key, plan);
        return decision.Refusal is null ? Unit((siteKey, decision.First), (key, decision.Last)) : null;
    }

    private JournalUnit? Register(string network)
    {
        var siteId = Pick(SiteIds);
        var participant = $"p{_random.Next(12)}";
        var key = Keys.Participant(network, participant);
        var hash = Keys.Identity(network, $"hash-{participant}");
        var identified = Maybe();
        ImmutableArray<string?> owners = identified ? [Of(_identities, hash).Owner] : [];
        var decision = Registration.Decide(Of(_people, key), participant, owners, siteId, "", "", false, false);
        if (decision.Refusal is not null || decision.OwnedByAnother) return null;
        var claimed = identified && decision.Claimed[0];
        if (decision.Participant.IsEmpty && !claimed) return null;
        return claimed ? Unit((hash, [new IdentityClaimed(participant)]), (key, decision.Participant)) : Unit((key, decision.Participant));
    }

    private JournalUnit? Screen(string network)
    {
        var key = Keys.Participant(network, $"p{_random.Next(12)}");
        var person = Of(_people, key);
        return One(key, _random.Next(5) == 0 ? ParticipantRules.ReadPersonalData(person) : ParticipantRules.SetEligibility(person, _random.Next(6) > 0, "screened"));
    }

    private JournalUnit? RegisterFacilitator(string network)
    {
        var key = Keys.Facilitator(network, $"f{_random.Next(4)}");
        ImmutableArray<string> roles = Maybe() ? [Roles.Nurse] : [Roles.Peer, Roles.Nurse];
        return One(key, FacilitatorRules.Register(Of(_facilitators, key), Pick(SiteIds), roles, [new Credential(Roles.Nurse, "CA-BC", new LocalDate(2020, 1, 1), null)]));
    }

    private JournalUnit? ChangeStaff(string network)
    {
        var id = $"f{_random.Next(4)}";
        var key = Keys.Facilitator(network, id);
        var facilitator = Of(_facilitators, key);
        var cohortKey = SomeCohort(network);
        var cohort = Of(_cohorts, cohortKey);
        return _random.Next(6) switch
        {
            0 => One(key, FacilitatorRules.WithdrawCredential(facilitator, Roles.Nurse, "CA-BC", "lapsed")),
            1 => One(key, FacilitatorRules.RecordCredential(facilitator, new Credential(Roles.Nurse, "CA-BC", new LocalDate(2020, 1, 1), null))),
            2 => Two(key, cohortKey, Staffing.Recount(facilitator, id, VersionOf(key), cohort, Now)),
            3 => Two(key, cohortKey, Staffing.Withdraw(id, cohort, cohortKey, "ill", Now)),
            _ => Two(key, cohortKey, Staffing.Assign(facilitator, id, VersionOf(key), cohort, cohortKey, Roles.Nurse, Now)),
        };
    }

    private JournalUnit? CopyRoom(string network)
    {
        var cohortKey = SomeCohort(network);
        var cohort = Of(_cohorts, cohortKey);
        if (cohort.Plan is not { } plan) return null;
        var siteKey = Keys.Site(network, plan.Site);
        var room = _sites[siteKey].Rooms[cohort.Room.Room];
        return Two(siteKey, cohortKey, Staffing.CopyRoom(new RoomCopy(room.Id, room.Occupancy, room.Blocked, VersionOf(siteKey)), cohort, Now));
    }

    private JournalUnit? Seat(string network, Asked asked)
    {
        var participant = $"p{_random.Next(12)}";
        var key = Keys.Participant(network, participant);
        var person = Of(_people, key);
        if (person.HomeSite is null) return null;
        var cohortKey = SomeCohort(network);
        var cohort = Of(_cohorts, cohortKey);
        return Two(key, cohortKey, asked switch
        {
            Asked.Hold => Booking.Hold(person.Facts(participant), cohort, cohortKey, "desk", Now),
            Asked.Book => Booking.Book(person.Facts(participant), cohort, cohortKey, Now),
            Asked.Cancel => Booking.Cancel(person.Facts(participant), cohort, cohortKey, "moved", Now),
            _ => Booking.Release(person.Facts(participant), cohort, cohortKey, Now),
        });
    }

    /// <summary>Also of streams in which nothing has happened yet: the unit that would have opened them never came.</summary>
    private JournalUnit Fence(string network) => Unit((_random.Next(4) switch
    {
        0 => Keys.Participant(network, $"p{_random.Next(12)}"),
        1 => Keys.Site(network, Pick(SiteIds)),
        _ => SomeCohort(network),
    }, [new Fenced()]));

    private string SomeCohort(string network) => Keys.Cohort(network, Pick(SiteIds), $"c{_random.Next(6)}");

    private JournalUnit? One(string stream, Decision decision) =>
        decision.Refusal is null && !decision.Last.IsEmpty ? Unit((stream, decision.Last)) : null;

    private JournalUnit? Two(string first, string last, Decision decision)
    {
        if (decision.Refusal is not null || decision.Last.IsEmpty) return null;
        return decision.First.IsEmpty ? Unit((last, decision.Last)) : Unit((first, decision.First), (last, decision.Last));
    }

    private JournalUnit Unit(params ReadOnlySpan<(string Stream, ImmutableArray<IEvent> Events)> streams)
    {
        var appends = ImmutableArray.CreateBuilder<Append>();
        foreach (var (stream, events) in streams)
        {
            var version = _versions[stream] = VersionOf(stream) + 1;
            // What was decided together is one entry of several acts.
            var act = new Act(new Guid(_random.Next(), 0, 0, new byte[8]), "desk", "site", "care", Now, events);
            appends.Add(new Append(stream, version, EntryCodec.Write(events.Length > 1 && Maybe() ? [act with { Events = [events[0]] }, act with { Events = events[1..] }] : [act])));
            foreach (var @event in events) Apply(stream, @event);
        }
        return new JournalUnit(appends.ToImmutable(), [], [], TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(20));
    }

    private void Apply(string stream, IEvent @event)
    {
        if (@event is Fenced) return;
        switch (Keys.KindOf(stream))
        {
            case StreamKind.Site: _sites[stream] = Of(_sites, stream).Apply(@event, Now); break;
            case StreamKind.Cohort: _cohorts[stream] = Of(_cohorts, stream).Apply(@event, Now); break;
            case StreamKind.Facilitator: _facilitators[stream] = Of(_facilitators, stream).Apply(@event, Now); break;
            case StreamKind.Participant: _people[stream] = Of(_people, stream).Apply(@event, Now); break;
            default: _identities[stream] = Of(_identities, stream).Apply(@event, Now); break;
        }
    }

    private int VersionOf(string stream) => _versions.GetValueOrDefault(stream);

    private static TState Of<TState>(Dictionary<string, TState> states, string stream) where TState : class, IFold<TState> =>
        states.GetValueOrDefault(stream) ?? TState.Empty;

    private T Pick<T>(ImmutableArray<T> from) => from[_random.Next(from.Length)];

    private bool Maybe() => _random.Next(2) == 0;
}
