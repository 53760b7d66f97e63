using System.Collections.Immutable;
using System.Security.Cryptography;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using NodaTime;
using RttNetwork.Client;
using RttNetwork.Wire.V1;
using Date = Google.Type.Date;
using Duration = Google.Protobuf.WellKnownTypes.Duration;

namespace RttNetwork.Cli.NetworkFiles;

/// <summary>One request of a plan.</summary>
/// <param name="Kind">What it makes, in the plural: sites, rooms ...</param>
/// <param name="Name">Which one.</param>
/// <param name="RequestId">What it is called, for ever.</param>
/// <param name="Send">Sends it and gives the name of what there is then.</param>
internal sealed record SeedStep(string Kind, string Name, string RequestId, Func<RttClient, CancellationToken, Task<string>> Send)
{
    /// <summary>
    /// Looks for what the step would make, and fails when it is not there. For a cohort: when it is there already, another caller's seed is
    /// told that its own sessions have the room, before anybody comes to see that it is the same cohort.
    /// </summary>
    public Func<RttClient, CancellationToken, Task>? Find { get; init; }
}

/// <summary>
/// The requests that make a network as a file describes it. Each has a request id that follows from the network, what it is about and its
/// content, so that the same file applied again, whole or in part, by whoever and whenever, asks for nothing new.
/// </summary>
internal static class SeedPlan
{
    /// <summary>Phases, one after the other: within one, nothing needs anything else of it.</summary>
    public static ImmutableArray<ImmutableArray<SeedStep>> Of(NetworkFile file)
    {
        var network = file.Network;
        return
        [
            [.. file.Sites.Select(s => Step(network, "sites", s.Id, SiteRequest(network, s), static (c, r, cancel) => c.Sites.CreateSiteAsync(r, cancellationToken: cancel).ResponseAsync))],
            [
                .. file.Sites.SelectMany(s => s.Rooms.Select(r =>
                    Step(network, "rooms", $"{s.Id}/{r.Id}", RoomRequest(network, s, r), static (c, q, cancel) => c.Sites.CreateRoomAsync(q, cancellationToken: cancel).ResponseAsync))),
                .. file.Sites.SelectMany(s => s.Accreditations.Select(a =>
                    Step(network, "accreditations", $"{s.Id}/{a.Code}", AccreditationRequest(network, s, a), static (c, q, cancel) => c.Sites.GrantAccreditationAsync(q, cancellationToken: cancel).ResponseAsync))),
            ],
            [.. file.Facilitators.Select(f =>
                Step(network, "facilitators", f.Id, FacilitatorRequest(network, f), static (c, r, cancel) => c.Facilitators.CreateFacilitatorAsync(r, cancellationToken: cancel).ResponseAsync))],
            [.. file.Cohorts.Select(k =>
                Step(network, "cohorts", $"{k.Site}/{k.Id}", CohortRequest(network, k), static (c, r, cancel) => c.Cohorts.CreateCohortAsync(r, cancellationToken: cancel).ResponseAsync) with
                {
                    Find = (client, cancel) => client.Cohorts.GetCohortAsync(new GetCohortRequest { Name = ResourceName.Cohort(network, k.Site, k.Id) }, cancellationToken: cancel).ResponseAsync,
                })],
            [.. file.Cohorts.SelectMany(k => k.Staff.Select(a =>
                Step(network, "assignments", $"{k.Site}/{k.Id}/{a.Facilitator}", AssignmentRequest(network, k, a), static (c, r, cancel) => c.Cohorts.AssignFacilitatorAsync(r, cancellationToken: cancel).ResponseAsync)))],
            [.. file.People.Select((p, i) => Person(network, p, i))],
        ];
    }

    private static SeedStep Step<TRequest, TReply>(string network, string kind, string name, TRequest request, Func<RttClient, TRequest, CancellationToken, Task<TReply>> send)
        where TRequest : IMessage<TRequest>
        where TReply : IMessage<TReply>
    {
        return new SeedStep(kind, name, Identify(network, kind, name, request), async (client, cancel) =>
        {
            var reply = await send(client, request, cancel);
            return (string)reply.Descriptor.FindFieldByName("name").Accessor.GetValue(reply);
        });
    }

    private static SeedStep Person(string network, PersonEntry person, int index)
    {
        var request = PersonRequest(network, person);
        // Not the name: what a step is called may be printed.
        var name = $"{person.Site}/{index + 1}";
        return new SeedStep("participants", name, Identify(network, "participants", name, request), async (client, cancel) => (await Commands.Registration.Register(client, request, person.Eligible, cancel)).Name);
    }

    public static string Identify(string network, string kind, string name, IMessage request)
    {
        var content = Convert.ToHexStringLower(SHA256.HashData(request.ToByteArray()));
        var id = RequestId.Derive(network, kind, name, content);
        request.Descriptor.FindFieldByName("request_id").Accessor.SetValue(request, id);
        return id;
    }

    private static CreateSiteRequest SiteRequest(string network, SiteEntry site)
    {
        var message = new Site
        {
            DisplayName = site.DisplayName,
            Region = ResourceName.Region(site.Region),
            Jurisdiction = site.Jurisdiction,
            TimeZone = site.Zone.Id,
            Languages = { site.Languages },
            Accessibility = { site.Accessibility },
        };
        if (site is { Latitude: { } latitude, Longitude: { } longitude })
        {
            message.Latitude = latitude;
            message.Longitude = longitude;
        }

        return new CreateSiteRequest { Parent = ResourceName.Network(network), SiteId = site.Id, Site = message };
    }

    private static CreateRoomRequest RoomRequest(string network, SiteEntry site, RoomEntry room) => new()
    {
        Parent = ResourceName.Site(network, site.Id),
        RoomId = room.Id,
        Room = new Room { DisplayName = room.DisplayName, Occupancy = room.Occupancy },
    };

    private static GrantAccreditationRequest AccreditationRequest(string network, SiteEntry site, AccreditationEntry accreditation) => new()
    {
        Name = ResourceName.Site(network, site.Id),
        Accreditation = new Accreditation { Code = accreditation.Code, ValidFrom = Day(accreditation.ValidFrom), ValidUntil = Day(accreditation.ValidUntil) },
    };

    private static CreateFacilitatorRequest FacilitatorRequest(string network, FacilitatorEntry facilitator) => new()
    {
        Parent = ResourceName.Network(network),
        FacilitatorId = facilitator.Id,
        Facilitator = new Facilitator
        {
            HomeSite = ResourceName.Site(network, facilitator.HomeSite),
            Roles = { facilitator.Roles },
            Credentials =
            {
                facilitator.Credentials.Select(c => new Credential { Role = c.Role, Jurisdiction = c.Jurisdiction, ValidFrom = Day(c.ValidFrom), ValidUntil = Day(c.ValidUntil) }),
            },
        },
    };

    private static CreateCohortRequest CohortRequest(string network, CohortEntry cohort) => new()
    {
        Parent = ResourceName.Site(network, cohort.Site),
        CohortId = cohort.Id,
        Cohort = new Cohort
        {
            DisplayName = cohort.DisplayName,
            Program = cohort.Program,
            TemplateVersion = cohort.TemplateVersion,
            Room = ResourceName.Room(network, cohort.Site, cohort.Room),
            SeatsMin = cohort.SeatsMin,
            SeatsMax = cohort.SeatsMax,
            HardCap = cohort.HardCap,
            MayOverlap = cohort.MayOverlap,
            HoldPolicy = cohort.HoldLength is { } length ? new HoldPolicy { Ttl = Length(length) } : null,
            IntakeCloseTime = Timestamp.FromDateTime(cohort.IntakeClosesAt.ToDateTimeUtc()),
            Staffing = { cohort.Staffing.Select(s => new StaffingRequirement { Role = s.Role, ParticipantsPerMember = s.ParticipantsPerMember, MembersMin = s.MembersMin }) },
            Sessions = { cohort.Sessions.Select(Session) },
        },
    };

    private static Session Session(SessionEntry session) => new()
    {
        Kind = session.Kind,
        LocalStart = new Google.Type.DateTime
        {
            Year = session.LocalStart.Year,
            Month = session.LocalStart.Month,
            Day = session.LocalStart.Day,
            Hours = session.LocalStart.Hour,
            Minutes = session.LocalStart.Minute,
        },
        Duration = Length(session.Length),
        Turnover = Length(session.Turnover),
        Virtual = session.IsVirtual,
    };

    private static AssignFacilitatorRequest AssignmentRequest(string network, CohortEntry cohort, AssignmentEntry assignment) => new()
    {
        Cohort = ResourceName.Cohort(network, cohort.Site, cohort.Id),
        Facilitator = ResourceName.Facilitator(network, assignment.Facilitator),
        Role = assignment.Role,
    };

    private static RegisterParticipantRequest PersonRequest(string network, PersonEntry person) => new()
    {
        Parent = ResourceName.Site(network, person.Site),
        Identifiers = { person.Identifiers.Select(i => new Identifier { System = i.System, Value = i.Value }) },
        PersonalData = new PersonalData
        {
            FamilyName = person.FamilyName,
            GivenName = person.GivenName,
            BirthDate = Day(person.BirthDate),
            Language = person.Language,
            Phone = person.Phone,
            Email = person.Email,
        },
    };

    private static Date? Day(LocalDate? day) => day is { } d ? new Date { Year = d.Year, Month = d.Month, Day = d.Day } : null;

    private static Duration Length(NodaTime.Duration length) => Duration.FromTimeSpan(length.ToTimeSpan());
}
