using System.Collections.Immutable;
using Google.Protobuf.WellKnownTypes;
using Google.Type;
using NodaTime;
using RttNetwork.Client;
using RttNetwork.Wire.V1;
using DateTime = Google.Type.DateTime;
using Duration = Google.Protobuf.WellKnownTypes.Duration;

namespace RttNetwork.Rig.Chaos;

/// <summary>How a cohort of a stage differs from the others.</summary>
/// <param name="Seats">The template's maximum.</param>
/// <param name="Week">Weeks after the first; cohorts of one week overlap.</param>
/// <param name="MayOverlap">A person may be in it beside another program.</param>
/// <param name="Nurses">Facilitators that stand by, each of whom lets half of the seats be taken; 0 for a cohort without a ratio.</param>
/// <param name="IntakeCloses">True when intake closes in the middle of the run.</param>
public sealed record CohortPlan(int Seats, int Week, bool MayOverlap = false, int Nurses = 0, bool IntakeCloses = false)
{
    /// <summary>At which it meets: one beside another program meets at another, for nobody is in two places at once (rule 7).</summary>
    public int Hour => MayOverlap ? 20 : 17;
}

/// <summary>Few seats, many who want them, in programs that overlap: everything that can go wrong between two people does.</summary>
public static class Stages
{
    public const string Network = "bc";
    public const string Site = "nanaimo";
    public const string Role = "nurse";
    public const string CancelReason = "person-cancelled";
    public const string StaffingReason = "ill";
    public const string TransferReason = "person-asked";
    public const string Program = "GRIP-8";
    public const string ReferReason = "person-wishes";
    public const string DeclineReason = "no-capacity";
    public const string TakeBackReason = "seat-found-here";
    public const string Outcome = "attended";

    /// <summary>The shortest that a target is given in a run: it sees referrals expire.</summary>
    public static readonly TimeSpan DueMin = TimeSpan.FromSeconds(1);
    public const int WeeksOfCohort = 8;

    /// <summary>The shortest that a hold may last on the wire: a run of two minutes sees many expire.</summary>
    public static readonly TimeSpan HoldTtl = TimeSpan.FromMinutes(1);

    private const string SetUp = "chaos-set-up";
    private const int ReferringSites = 40;
    private const string Prescriber = "prescriber";
    private const string Therapist = "therapist";
    private static readonly ParallelOptions AtOnce = new() { MaxDegreeOfParallelism = 8 };

    public static readonly ImmutableArray<CohortPlan> Plans =
    [
        new(6, 0, Nurses: 2), new(5, 0), new(4, 0), new(6, 4, Nurses: 2),
        new(5, 20), new(3, 20), new(4, 20, MayOverlap: true), new(5, 0, IntakeCloses: true),
    ];

    /// <summary>Makes the site, the cohorts, their nurses and the people over the wire. The same again changes nothing.</summary>
    public static async Task<Stage> Open(RttClient client, int people, ImmutableArray<CohortPlan> plans, Instant intakeCloses)
    {
        await OpenSite(client, Site, "island");
        var cohorts = ImmutableArray.CreateBuilder<StageCohort>();
        for (var i = 0; i < plans.Length; i++) cohorts.Add(await OpenCohort(client, Site, $"cohort-{i}", plans[i], intakeCloses));
        return new Stage(Network, cohorts.ToImmutable(), await Register(client, people, [Site]), []);
    }

    /// <summary>
    /// Forty sites in five regions with a cohort each, all in the same weeks: whoever is in two of them is in two places. Half of the people have a seat,
    /// and two thirds of the seats are taken, so that some who are referred are held one and some wait. Every other site asks for the pathway, and its people are on it.
    /// </summary>
    /// <returns>The stage, and where everybody has a seat.</returns>
    public static async Task<(Stage Stage, ImmutableDictionary<string, string> Seats)> OpenReferring(RttClient client)
    {
        ImmutableArray<string> sites = [.. Enumerable.Range(0, ReferringSites).Select(i => $"site-{i}")];
        var cohorts = new StageCohort[ReferringSites];
        await Parallel.ForAsync(0, ReferringSites, AtOnce, async (i, cancel) =>
        {
            await OpenSite(client, sites[i], $"region-{i % 5}");
            cohorts[i] = await OpenCohort(client, sites[i], "cohort", new CohortPlan(6, 0, Nurses: i == 0 ? 1 : 0), default);
            if (i % 2 == 0) return;
            await client.Pathways.RequirePathwayAsync(new RequirePathwayRequest { Cohort = $"{SiteName(sites[i])}/cohorts/cohort", RequestId = Id("pathway", sites[i]) }, cancellationToken: cancel);
            cohorts[i] = cohorts[i] with { AsksForPathway = true };
        });
        var people = await Register(client, 8 * ReferringSites, sites);
        foreach (var role in new[] { Prescriber, Therapist }) await RegisterFacilitator(client, role, SiteName(sites[0]), role);
        await Parallel.ForAsync(0, people.Length, AtOnce, async (i, _) =>
        {
            if (cohorts[i % ReferringSites].AsksForPathway) await Admit(client, people[i], sites[i % ReferringSites]);
        });
        var seated = people.Length / 2;
        await Parallel.ForAsync(0, seated, AtOnce, async (i, cancel) => await client.Cohorts.BookSeatAsync(
            new BookSeatRequest
            {
                Cohort = $"{SiteName(sites[i % ReferringSites])}/cohorts/cohort",
                Participant = $"{ResourceName.Network(Network)}/participants/{people[i]}",
                RequestId = Id("seat", people[i]),
            },
            cancellationToken: cancel));
        var seats = Enumerable.Range(0, seated).ToImmutableDictionary(i => people[i], i => cohorts[i % ReferringSites].Id);
        var onPathway = Enumerable.Range(0, people.Length).Where(i => cohorts[i % ReferringSites].AsksForPathway).ToImmutableDictionary(i => people[i], i => sites[i % ReferringSites]);
        return (new Stage(Network, [.. cohorts], people, sites) { OnPathway = onPathway }, seats);
    }

    public static string SiteName(string site) => $"{ResourceName.Network(Network)}/sites/{site}";

    private static async Task OpenSite(RttClient client, string site, string region) => await client.Sites.CreateSiteAsync(new CreateSiteRequest
    {
        Parent = ResourceName.Network(Network),
        SiteId = site,
        Site = new Site { DisplayName = site, Region = $"regions/{region}", Jurisdiction = "CA-BC", TimeZone = "America/Vancouver" },
        RequestId = Id("site", site),
    });

    /// <summary>People of sites in turn.</summary>
    private static async Task<ImmutableArray<string>> Register(RttClient client, int people, ImmutableArray<string> sites)
    {
        var names = new string[people];
        await Parallel.ForAsync(0, people, AtOnce, async (i, cancel) => names[i] = await Register(client, SiteName(sites[i % sites.Length]), i, cancel));
        return [.. names];
    }

    /// <summary>The request id of a step of setting up.</summary>
    public static string Id(params ReadOnlySpan<string> parts) => RequestId.Derive([SetUp, .. parts]);

    private static async Task<StageCohort> OpenCohort(RttClient client, string siteId, string id, CohortPlan plan, Instant intakeCloses)
    {
        var site = SiteName(siteId);
        await client.Sites.CreateRoomAsync(new CreateRoomRequest { Parent = site, RoomId = $"room-{id}", Room = new Room { DisplayName = "Room", Occupancy = 40 }, RequestId = Id("room", siteId, id) });
        var cohort = new Cohort
        {
            DisplayName = "A cohort",
            Program = Program,
            TemplateVersion = 1,
            Room = $"{site}/rooms/room-{id}",
            SeatsMin = 1,
            SeatsMax = plan.Seats,
            MayOverlap = plan.MayOverlap,
            HoldPolicy = new HoldPolicy { Ttl = Duration.FromTimeSpan(HoldTtl), HoldsMax = plan.Seats, HoldsPerCallerMax = plan.Seats },
        };
        if (plan.IntakeCloses) cohort.IntakeCloseTime = Timestamp.FromDateTimeOffset(intakeCloses.ToDateTimeOffset());
        if (plan.Nurses > 0) cohort.Staffing.Add(new StaffingRequirement { Role = Role, ParticipantsPerMember = plan.Seats / plan.Nurses, MembersMin = 1 });
        for (var week = 0; week < WeeksOfCohort; week++)
        {
            var day = new LocalDate(2028, 6, 6).PlusWeeks(plan.Week + week);
            cohort.Sessions.Add(new Session { Kind = "small-group", LocalStart = new DateTime { Year = day.Year, Month = day.Month, Day = day.Day, Hours = plan.Hour }, Duration = Duration.FromTimeSpan(TimeSpan.FromMinutes(90)) });
        }
        await client.Cohorts.CreateCohortAsync(new CreateCohortRequest { Parent = site, CohortId = id, Cohort = cohort, RequestId = Id("cohort", siteId, id) });

        var nurses = ImmutableArray.CreateBuilder<string>();
        for (var i = 0; i < plan.Nurses; i++)
        {
            var nurse = $"nurse-{id}-{i}";
            await RegisterFacilitator(client, nurse, site, Role);
            await client.Cohorts.AssignFacilitatorAsync(new AssignFacilitatorRequest
            {
                Cohort = $"{site}/cohorts/{id}",
                Facilitator = $"{ResourceName.Network(Network)}/facilitators/{nurse}",
                Role = Role,
                RequestId = Id("assign", nurse),
            });
            nurses.Add(nurse);
        }
        return new StageCohort(siteId, id, nurses.ToImmutable());
    }

    private static async Task RegisterFacilitator(RttClient client, string id, string site, string role) => await client.Facilitators.CreateFacilitatorAsync(new CreateFacilitatorRequest
    {
        Parent = ResourceName.Network(Network),
        FacilitatorId = id,
        Facilitator = new Facilitator { HomeSite = site, Roles = { role }, Credentials = { new Credential { Role = role, Jurisdiction = "CA-BC", ValidFrom = new Date { Year = 2020, Month = 1, Day = 1 } } } },
        RequestId = Id("facilitator", id),
    });

    /// <summary>Somebody is led from the referral to the consents: as far as a seat asks.</summary>
    private static async Task Admit(RttClient client, string person, string site)
    {
        var name = $"{ResourceName.Network(Network)}/participants/{person}";
        await client.Pathways.ReferParticipantAsync(new ReferParticipantRequest { Participant = name, Site = SiteName(site), Program = Program, Source = "self", RequestId = Id("refer", person) });
        await client.Pathways.BeginScreeningAsync(new BeginScreeningRequest { Participant = name, RequestId = Id("screen", person) });
        foreach (var (kind, signer) in new[] { ("medical", Prescriber), ("psychological", Therapist) })
        {
            await client.Pathways.SignOffAsync(new SignOffRequest
            {
                Participant = name,
                Kind = kind,
                Clear = true,
                Facilitator = $"{ResourceName.Network(Network)}/facilitators/{signer}",
                RequestId = Id("sign-off", kind, person),
            });
        }
        foreach (var kind in new[] { "treatment", "sharing" })
            await client.Pathways.GiveConsentAsync(new GiveConsentRequest { Participant = name, Kind = kind, Version = 1, RequestId = Id("consent", kind, person) });
    }

    private static async Task<string> Register(RttClient client, string site, int number, CancellationToken cancel)
    {
        var name = $"{number}";
        var person = await client.Participants.RegisterParticipantAsync(
            new RegisterParticipantRequest
            {
                Parent = site,
                Identifiers = { new Identifier { System = "https://example.org/health-number", Value = $"chaos-{number}" } },
                PersonalData = new PersonalData { FamilyName = "Doe", BirthDate = new Date { Year = 1990, Month = 1, Day = 1 } },
                RequestId = Id("person", name),
            },
            cancellationToken: cancel);
        await client.Participants.SetEligibilityAsync(new SetEligibilityRequest { Name = person.Name, Eligible = true, Reason = "screened", RequestId = Id("eligible", name) }, cancellationToken: cancel);
        return ResourceName.Id(person.Name);
    }
}
