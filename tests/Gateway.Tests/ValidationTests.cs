using System.Collections.Immutable;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using RttNetwork.Gateway.Authentication;
using RttNetwork.Gateway.Authorization;
using RttNetwork.Gateway.Tests.Hosting;
using RttNetwork.Wire.V1;
using static RttNetwork.Gateway.Tests.Hosting.Samples;

namespace RttNetwork.Gateway.Tests;

/// <summary>Requests in which everything is wrong that can be: all of it is named at once, and no grain is asked.</summary>
public sealed class ValidationTests : IClassFixture<ValidationTests.Fixture>
{
    private static readonly Scene Scene = new("demo", "north", "fraser", "room-1", "c1", "f1", "p1");
    private readonly Fixture _fixture;

    public ValidationTests(Fixture fixture) => _fixture = fixture;

    public sealed class Fixture : IAsyncLifetime
    {
        public FakeGrains Grains { get; } = new();
        public GatewayHost Host { get; private set; } = null!;
        public async Task InitializeAsync() => Host = await GatewayHost.Start(Grains);
        public Task DisposeAsync() => Host.DisposeAsync().AsTask();
    }

    private static readonly Google.Type.Date NoDay = new() { Year = 2026, Month = 2, Day = 30 };
    private static readonly string Long = new('x', 300);
    private static readonly (IMessage, string[]) NoMove = (new MovePathwayRequest { Participant = "networks/demo", Reason = "Because" }, ["request_id", "participant", "reason"]);

    /// <summary>For each method a request with every field wrong, and the fields that must be named.</summary>
    private static readonly ImmutableDictionary<string, (IMessage Request, string[] Fields)> Wrong = new Dictionary<string, (IMessage, string[])>
    {
        ["/rtt.v1.Sites/CreateSite"] = (
            new CreateSiteRequest
            {
                Parent = "demo",
                SiteId = "-No-",
                RequestId = "1",
                Site = new Site
                {
                    Name = "networks/demo/sites/other",
                    DisplayName = " x",
                    Region = "fraser",
                    Jurisdiction = "British Columbia",
                    TimeZone = "Pacific Time",
                    Latitude = 91,
                    Rooms = { Room() },
                    Accreditations = { new Accreditation() },
                    LimitedCapacity = true,
                    Hidden = true,
                    Languages = { "en-CA" },
                    Accessibility = { "wheelchair", "wheelchair" },
                },
            },
            ["request_id", "parent", "site_id", "site.name", "site.display_name", "site.region", "site.jurisdiction", "site.time_zone", "site.latitude", "site.longitude", "site.rooms", "site.accreditations", "site.limited_capacity", "site.hidden", "site.languages[0]", "site.accessibility"]),
        ["/rtt.v1.Sites/GetSite"] = (new GetSiteRequest { Name = "sites/north" }, ["name"]),
        ["/rtt.v1.Sites/ListSites"] = (
            new ListSitesRequest { Parent = "", Region = "fraser", PageSize = -1, PageToken = "abc", AtLeast = "1" },
            ["parent", "region", "page_size", "page_token", "at_least"]),
        ["/rtt.v1.Sites/CreateRoom"] = (
            new CreateRoomRequest { Parent = "north", RoomId = "r", RequestId = "x", Room = new Room { Name = "n", DisplayName = "", Occupancy = 201, Blocked = true } },
            ["request_id", "parent", "room_id", "room.name", "room.display_name", "room.occupancy", "room.blocked"]),
        ["/rtt.v1.Sites/BlockRoom"] = (new BlockRoomRequest { Name = "networks/demo/sites/north", Reason = "Flood!", RequestId = "" }, ["request_id", "name", "reason"]),
        ["/rtt.v1.Sites/UnblockRoom"] = (new UnblockRoomRequest { Name = "networks/demo/sites/north/rooms/r!", RequestId = Guid.Empty.ToString() }, ["request_id", "name"]),
        ["/rtt.v1.Sites/SetLimitedCapacity"] = (new SetLimitedCapacityRequest { Name = "x", LimitedCapacity = true, Until = NoDay }, ["request_id", "until", "name", "reason"]),
        ["/rtt.v1.Sites/DescribeSite"] = (
            new DescribeSiteRequest { Name = "x", Latitude = 91, Languages = { "English" }, Accessibility = { "wheelchair", "wheelchair" } },
            ["request_id", "name", "latitude", "longitude", "languages[0]", "accessibility"]),
        ["/rtt.v1.Sites/HideSite"] = (new HideSiteRequest { Name = "x", Reason = "Flood!", AgreedBy = "site" }, ["request_id", "agreed_by", "name", "reason"]),
        ["/rtt.v1.Sites/SetNationGovernance"] = (
            new SetNationGovernanceRequest
            {
                Name = "x",
                Nation = "A Nation",
                Authorisation = new FiguresAuthorisation { FromTime = new Google.Protobuf.WellKnownTypes.Timestamp { Seconds = 1_900_000_000 }, UntilTime = new Google.Protobuf.WellKnownTypes.Timestamp { Seconds = 1_900_000_000 } },
            },
            ["request_id", "nation", "name", "authorisation.given_by", "authorisation.until_time"]),
        ["/rtt.v1.Sites/UnhideSite"] = (new UnhideSiteRequest { Name = "x" }, ["request_id", "name"]),
        ["/rtt.v1.Sites/GrantAccreditation"] = (
            new GrantAccreditationRequest { Name = "", Accreditation = new Accreditation { Code = "Hospital", ValidFrom = NoDay, ValidUntil = new Google.Type.Date { Year = 2026 } } },
            ["request_id", "name", "accreditation.code", "accreditation.valid_from", "accreditation.valid_until"]),
        ["/rtt.v1.Sites/WithdrawAccreditation"] = (new WithdrawAccreditationRequest { Name = "", Code = Long }, ["request_id", "name", "code"]),
        ["/rtt.v1.Facilitators/CreateFacilitator"] = (
            new CreateFacilitatorRequest
            {
                Parent = "demo",
                FacilitatorId = "F",
                Facilitator = new Facilitator
                {
                    Name = "f",
                    HomeSite = "north",
                    Roles = { "Nurse", "Nurse" },
                    Credentials = { new Credential { Role = "elder", Jurisdiction = "bc", ValidFrom = Day(2026, 1, 2), ValidUntil = Day(2026, 1, 1) }, new Credential { Role = "elder", Jurisdiction = "bc" } },
                },
            },
            ["request_id", "parent", "facilitator_id", "facilitator.name", "facilitator.home_site", "facilitator.roles[0]", "facilitator.roles[1]", "facilitator.roles",
                "facilitator.credentials[0].jurisdiction", "facilitator.credentials[0].valid_until", "facilitator.credentials[0].role",
                "facilitator.credentials[1].jurisdiction", "facilitator.credentials[1].valid_from", "facilitator.credentials[1].role", "facilitator.credentials"]),
        ["/rtt.v1.Facilitators/GetFacilitator"] = (new GetFacilitatorRequest(), ["name"]),
        ["/rtt.v1.Facilitators/ListFacilitators"] = (new ListFacilitatorsRequest { Parent = "networks/demo", PageSize = int.MinValue }, ["parent", "page_size"]),
        ["/rtt.v1.Facilitators/RecordCredential"] = (
            new RecordCredentialRequest { Name = "f1", Credential = new Credential { Role = "", Jurisdiction = "C", ValidUntil = NoDay } },
            ["request_id", "name", "credential.role", "credential.jurisdiction", "credential.valid_from", "credential.valid_until"]),
        ["/rtt.v1.Facilitators/WithdrawCredential"] = (new WithdrawCredentialRequest { Name = "f1" }, ["request_id", "name", "role", "jurisdiction", "reason"]),
        ["/rtt.v1.Participants/RegisterParticipant"] = (
            new RegisterParticipantRequest
            {
                Parent = "north",
                Identifiers = { new Identifier { System = "", Value = " - " }, new Identifier { System = "é", Value = Long }, new Identifier { System = "urn:x", Value = "--" } },
                PersonalData = new PersonalData
                {
                    FamilyName = "a\u0007b",
                    GivenName = Long,
                    BirthDate = Day(2999, 1, 1),
                    Phone = "call me",
                    Email = "nobody",
                    Language = "-",
                },
                ResidenceRegion = "fraser",
                GoverningNation = "The Nation",
            },
            ["request_id", "parent", "identifiers[0].system", "identifiers[1].system", "identifiers[1].value", "identifiers[2].value",
                "personal_data.family_name", "personal_data.given_name", "personal_data.birth_date", "personal_data.phone", "personal_data.email", "personal_data.language",
                "residence_region", "governing_nation"]),
        ["/rtt.v1.Participants/GetParticipant"] = (new GetParticipantRequest { Name = "p1" }, ["name"]),
        ["/rtt.v1.Participants/ListParticipants"] = (new ListParticipantsRequest { Parent = "", AtLeast = "1.-1" }, ["parent", "at_least"]),
        ["/rtt.v1.Participants/SetEligibility"] = (new SetEligibilityRequest { Name = "p1", Reason = "" }, ["request_id", "name", "reason"]),
        ["/rtt.v1.Participants/GetPersonalData"] = (new GetPersonalDataRequest { Name = "p1" }, ["name"]),
        ["/rtt.v1.Participants/ErasePersonalData"] = (new ErasePersonalDataRequest { Name = "networks/demo/participants/p1/x", RequestId = "no" }, ["request_id", "name"]),
        ["/rtt.v1.Pathways/GetPathway"] = (new GetPathwayRequest { Participant = "p1" }, ["participant"]),
        ["/rtt.v1.Pathways/ReferParticipant"] = (
            new ReferParticipantRequest { Participant = "p1", Site = "north", Program = "RTT", Source = "A friend", ReceiveTime = new Timestamp { Seconds = -1 } },
            ["request_id", "participant", "site", "program", "source", "receive_time"]),
        ["/rtt.v1.Pathways/BeginScreening"] = (new BeginScreeningRequest(), ["request_id", "participant"]),
        ["/rtt.v1.Pathways/RecordFindings"] = (
            new RecordFindingsRequest { Participant = "p1", Conditions = { "Bad", "Bad" }, BloodPressure = new BloodPressureReading { Systolic = 20, Diastolic = 400 } },
            ["request_id", "participant", "conditions[0]", "conditions[1]", "conditions", "blood_pressure.systolic", "blood_pressure.diastolic"]),
        ["/rtt.v1.Pathways/DecideCondition"] = (new DecideConditionRequest { Facilitator = "f1" }, ["request_id", "participant", "facilitator", "condition"]),
        ["/rtt.v1.Pathways/SignOff"] = (new SignOffRequest { Kind = "both", Facilitator = "networks/demo/f1" }, ["request_id", "participant", "kind", "facilitator"]),
        ["/rtt.v1.Pathways/GiveConsent"] = (new GiveConsentRequest { Kind = "All of it", Version = 0 }, ["request_id", "participant", "kind", "version"]),
        ["/rtt.v1.Pathways/RevokeConsent"] = (new RevokeConsentRequest(), ["request_id", "participant", "kind"]),
        ["/rtt.v1.Pathways/JoinWaitList"] = NoMove,
        ["/rtt.v1.Pathways/LeaveWaitList"] = NoMove,
        ["/rtt.v1.Pathways/DeferParticipant"] = NoMove,
        ["/rtt.v1.Pathways/WithdrawParticipant"] = NoMove,
        ["/rtt.v1.Pathways/TransferOut"] = NoMove,
        ["/rtt.v1.Pathways/CompletePathway"] = NoMove,
        ["/rtt.v1.Pathways/BeginFollowUp"] = NoMove,
        ["/rtt.v1.Pathways/OverrideRule"] = (
            new OverrideRuleRequest { Participant = "x", Rule = 99, Facilitator = "f1", Reason = "" },
            ["request_id", "participant", "rule", "facilitator", "reason", "until_time"]),
        ["/rtt.v1.Pathways/RecordAttendance"] = (new RecordAttendanceRequest { Cohort = "c1", Session = -1 }, ["request_id", "participant", "cohort", "session"]),
        ["/rtt.v1.Pathways/ReviewAttendance"] = (new ReviewAttendanceRequest { Outcome = "Well" }, ["request_id", "participant", "outcome"]),
        ["/rtt.v1.Pathways/CheckIn"] = (
            new CheckInRequest
            {
                Cohort = "c1",
                Session = 200,
                Facilitator = "f1",
                Checklist = new PreSessionChecklist { BloodPressure = new BloodPressureReading(), OxygenPercent = 101, LastFoodTime = new Timestamp { Nanos = -1 }, LastClearFluidTime = new Timestamp { Seconds = -1 } },
            },
            ["request_id", "participant", "cohort", "session", "facilitator", "checklist.blood_pressure.systolic", "checklist.blood_pressure.diastolic", "checklist.oxygen_percent",
                "checklist.last_food_time", "checklist.last_clear_fluid_time"]),
        ["/rtt.v1.Pathways/RecordDose"] = (new RecordDoseRequest { Route = "by mouth" }, ["request_id", "participant", "facilitator", "route"]),
        ["/rtt.v1.Pathways/DischargeParticipant"] = (
            new DischargeParticipantRequest { Session = 200, OxygenPercent = -1, Deviation = "Felt fine" },
            ["request_id", "participant", "facilitator", "cohort", "session", "oxygen_percent", "deviation"]),
        ["/rtt.v1.Pathways/ArrangeMakeUp"] = (new ArrangeMakeUpRequest { Session = 200 }, ["request_id", "participant", "cohort", "session"]),
        ["/rtt.v1.Pathways/CancelMakeUp"] = (new CancelMakeUpRequest { Session = 200 }, ["request_id", "participant", "cohort", "session"]),
        ["/rtt.v1.Measures/ListMeasureDefinitions"] = (new ListMeasureDefinitionsRequest { Parent = "demo" }, ["parent"]),
        ["/rtt.v1.Measures/GetParticipantMeasures"] = (new GetParticipantMeasuresRequest { Participant = "p1" }, ["participant"]),
        ["/rtt.v1.Measures/RecordMeasure"] = (
            new RecordMeasureRequest { Participant = "p1", Measure = "phq-10", Items = { -2, 0, 1001 }, Score = -1, AlertItemAnswer = -1, Point = "Base line", TakeTime = new Timestamp { Seconds = 1 }, Corrects = -1, Clinician = "nan" },
            ["request_id", "participant", "measure", "items[0]", "items[2]", "score", "alert_item_answer", "point", "take_time", "corrects", "clinician"]),
        ["/rtt.v1.Measures/AssessRisk"] = (new AssessRiskRequest { Participant = "p1", Outcome = "Fine" }, ["request_id", "participant", "clinician", "outcome"]),
        ["/rtt.v1.Measures/GetReliableChange"] = (new GetReliableChangeRequest { Cohort = "c1", AtLeast = "1" }, ["cohort", "at_least"]),
        ["/rtt.v1.Measures/ExportMeasures"] = (
            new ExportMeasuresRequest { Parent = "sites/-", Program = "A B", PseudonymKey = ByteString.CopyFrom(new byte[31]), PeopleMin = -1, PageSize = -1, PageToken = "abc", AtLeast = "1" },
            ["parent", "program", "pseudonym_key", "people_min", "page_size", "page_token", "at_least"]),
        ["/rtt.v1.Safety/RecordSafetyEvent"] = (
            new RecordSafetyEventRequest { Parent = "north", Participant = "p1", Kind = "bad", Severity = "very", SeriousCriteria = { "scary" }, Session = 200, OccurTime = new Timestamp { Seconds = 1 } },
            ["request_id", "parent", "participant", "kind", "severity", "serious_criteria[0]", "session", "session", "occur_time"]),
        ["/rtt.v1.Webhooks/CreateWebhook"] = (
            new CreateWebhookRequest { Parent = "networks/demo", Url = "https://user@hooks.example/", EventTypes = { "offer.made", "offer.made", "offer.unmade" } },
            ["request_id", "parent", "url", "event_types[2]", "event_types"]),
        ["/rtt.v1.Webhooks/ListWebhooks"] = (new ListWebhooksRequest { Parent = "networks/demo", PageSize = -1, PageToken = "abc" }, ["parent", "page_size", "page_token"]),
        ["/rtt.v1.Webhooks/DeleteWebhook"] = (new DeleteWebhookRequest { Name = "w1" }, ["request_id", "name"]),
        ["/rtt.v1.Webhooks/RotateWebhookSecret"] = (new RotateWebhookSecretRequest { Name = "networks/demo/webhooks/W!" }, ["request_id", "name"]),
        ["/rtt.v1.Webhooks/ListFailedDeliveries"] = (new ListFailedDeliveriesRequest { Parent = "sites/-", PageSize = -1, PageToken = Long }, ["parent", "page_size", "page_token"]),
        ["/rtt.v1.Webhooks/RedeliverWebhook"] = (new RedeliverWebhookRequest { Name = "w1", Delivery = Long }, ["request_id", "name", "delivery"]),
        ["/rtt.v1.Referrals/CreateReferral"] = (
            new CreateReferralRequest { Parent = "north", Participant = "p1", Target = "south", Program = "RTT KaT", Cohort = "c1", Leaves = "c2", Priority = (ReferralPriority)9, Reason = "Because", Form = "A doctor", ReceiveTime = new Timestamp { Seconds = 1 }, DueTime = new Timestamp { Seconds = 1 } },
            ["request_id", "parent", "participant", "target", "program", "cohort", "leaves", "priority", "reason", "form", "receive_time", "due_time"]),
        ["/rtt.v1.Referrals/SendReferral"] = (new SendReferralRequest { Name = "r1", DueTime = new Timestamp { Seconds = 1 } }, ["request_id", "name", "due_time"]),
        ["/rtt.v1.Referrals/GetReferral"] = (new GetReferralRequest { Name = "networks/demo/referrals/R!" }, ["name"]),
        ["/rtt.v1.Referrals/ListReferrals"] = (new ListReferralsRequest { Parent = "networks/demo", PageSize = -1, PageToken = Long, AtLeast = "x" }, ["parent", "page_size", "page_token", "at_least"]),
        ["/rtt.v1.Capacity/GetCapacity"] = (new GetCapacityRequest { Parent = "demo", Region = "island", Site = "north", Cohort = "c1", AtLeast = "x" }, ["parent", "region", "site", "cohort", "at_least"]),
        ["/rtt.v1.Capacity/GetCapacityAt"] = (
            new GetCapacityAtRequest { Parent = "demo", Region = "island", Site = "north", Cohort = "c1" }, ["parent", "region", "site", "cohort", "time"]),
        ["/rtt.v1.Capacity/ListCapacityHistory"] = (
            new ListCapacityHistoryRequest { Parent = "demo", By = CapacityBy.ByWeek, Region = "island", Site = "north", Program = "RTT KaT", Grain = (HistoryGrain)9, From = NoDay, PageSize = -1, PageToken = Long },
            ["parent", "by", "region", "site", "program", "grain", "from", "to", "page_size", "page_token"]),
        ["/rtt.v1.Capacity/GetRegionReport"] = (new GetRegionReportRequest { Parent = "demo", Region = "island", Period = "2026-Q5" }, ["parent", "region", "period"]),
        ["/rtt.v1.Capacity/GetWaits"] = (
            new GetWaitsRequest { Parent = "demo", Region = "island", Site = "north", Program = "RTT KaT", From = new Google.Type.Date { Year = 2026, Month = 13, Day = 1 }, AtLeast = "x" },
            ["parent", "region", "site", "program", "from", "to", "at_least"]),
        ["/rtt.v1.Operations/GetStatus"] = (new GetStatusRequest { Parent = "demo" }, ["parent"]),
        ["/rtt.v1.Capacity/ListCapacity"] = (
            new ListCapacityRequest { Parent = "demo", By = (CapacityBy)99, Region = "island", Site = "north", Program = "RTT KaT", Week = "2027-W54", PageSize = -1, PageToken = Long, AtLeast = "x" },
            ["parent", "by", "region", "site", "program", "week", "page_size", "page_token", "at_least"]),
        ["/rtt.v1.Capacity/WatchCapacity"] = (
            new WatchCapacityRequest { Parent = "demo", By = CapacityBy.ByWeek, Region = "island", Site = "north", Program = "RTT KaT", ResumeToken = Long }, ["parent", "by", "region", "site", "program", "resume_token"]),
        ["/rtt.v1.Referrals/WatchReferrals"] = (new WatchReferralsRequest { Parent = "networks/demo", ResumeToken = Long }, ["parent", "resume_token"]),
        ["/rtt.v1.Referrals/ListReferralFlows"] = (new ListReferralFlowsRequest { Parent = "demo", Region = "island", AtLeast = "x", From = NoDay }, ["parent", "region", "at_least", "from", "to"]),
        ["/rtt.v1.Referrals/ReceiveReferral"] = (new ReceiveReferralRequest { Name = "r1" }, ["request_id", "name"]),
        ["/rtt.v1.Referrals/TriageReferral"] = (new TriageReferralRequest { Name = "r1" }, ["request_id", "name", "priority"]),
        ["/rtt.v1.Referrals/AcceptReferral"] = (new AcceptReferralRequest { Name = "r1", Cohort = "c1", Reviewer = "doc" }, ["request_id", "name", "cohort", "reviewer"]),
        ["/rtt.v1.Referrals/DeclineReferral"] = (new DeclineReferralRequest { Name = "r1", Reason = "No" }, ["request_id", "name", "reason"]),
        ["/rtt.v1.Referrals/WithdrawReferral"] = (new WithdrawReferralRequest { Name = "r1" }, ["request_id", "name", "reason"]),
        ["/rtt.v1.Referrals/ConfirmWithdrawal"] = (new ConfirmWithdrawalRequest { Name = "r1" }, ["request_id", "name"]),
        ["/rtt.v1.Referrals/CompleteReferral"] = (new CompleteReferralRequest { Name = "r1", Outcome = "It went well" }, ["request_id", "name", "outcome"]),
        ["/rtt.v1.Referrals/TransferSeat"] = (
            new TransferSeatRequest { From = "c1", To = "c2", Participant = "p1", Reason = "Because", Reviewer = "doc" }, ["request_id", "from", "to", "participant", "reason", "reviewer"]),
        ["/rtt.v1.Rehoming/ProposeRehome"] = (
            new ProposeRehomeRequest { Parent = "demo", Site = "north", Cohort = "c1", Room = "hall", Facilitator = "f1", Rehome = "m1", AtLeast = "x" },
            ["request_id", "parent", "site", "rehome", "site", "cohort", "room", "facilitator", "at_least"]),
        ["/rtt.v1.Rehoming/GetRehome"] = (new GetRehomeRequest { Name = "networks/demo/rehomes/M!" }, ["name"]),
        ["/rtt.v1.Rehoming/ListRehomes"] = (new ListRehomesRequest { Parent = "demo", PageSize = -1, PageToken = Long, AtLeast = "x" }, ["parent", "page_size", "page_token", "at_least"]),
        ["/rtt.v1.Rehoming/ApproveRehome"] = (new ApproveRehomeRequest { Name = "m1" }, ["request_id", "name", "revision"]),
        ["/rtt.v1.Rehoming/CancelRehome"] = (new CancelRehomeRequest { Name = "m1", Reason = "Not needed" }, ["request_id", "name", "reason"]),
        ["/rtt.v1.Safety/GetSafetyEvent"] = (new GetSafetyEventRequest { Name = "networks/demo/sites/north/safetyEvents/E!" }, ["name"]),
        ["/rtt.v1.Safety/ListSafetyEvents"] = (new ListSafetyEventsRequest { Parent = "networks/demo", PageSize = -1, PageToken = Long, AtLeast = "x" }, ["parent", "page_size", "page_token", "at_least"]),
        ["/rtt.v1.Safety/AcknowledgeSafetyEvent"] = (new AcknowledgeSafetyEventRequest { Name = "e1", MedicalLead = "doc" }, ["request_id", "name", "medical_lead"]),
        ["/rtt.v1.Safety/ReportSafetyEvent"] = (new ReportSafetyEventRequest { Name = "e1", Regime = "CA" }, ["request_id", "name", "regime"]),
        ["/rtt.v1.Safety/CloseSafetyEvent"] = (new CloseSafetyEventRequest { Name = "e1", Outcome = "All well" }, ["request_id", "name", "clinician", "outcome"]),
        ["/rtt.v1.Pathways/RequirePathway"] = (new RequirePathwayRequest { Cohort = "north/c1" }, ["request_id", "cohort"]),
        ["/rtt.v1.Sessions/GetSession"] = (new GetSessionRequest { Cohort = "c1", Session = 200 }, ["cohort", "session"]),
        ["/rtt.v1.Cohorts/CreateCohort"] = (
            new CreateCohortRequest
            {
                Parent = "north",
                CohortId = "!",
                Cohort = new Cohort
                {
                    Name = "n",
                    DisplayName = "\u202eevil",
                    Program = "",
                    TemplateVersion = -1,
                    Room = "room-1",
                    SeatsMin = 500,
                    SeatsMax = 0,
                    HardCap = -1,
                    Staffing = { new StaffingRequirement { Role = "R", ParticipantsPerMember = 0, MembersMin = 99 } },
                    Sessions =
                    {
                        new Session { Kind = "", LocalStart = At(2026, 13, 1, 0, 0), Duration = new Google.Protobuf.WellKnownTypes.Duration { Seconds = long.MaxValue }, Turnover = new Google.Protobuf.WellKnownTypes.Duration { Seconds = -1 } },
                        new Session { Kind = "medicine", LocalStart = new Google.Type.DateTime { Year = 2026, Month = 1, Day = 1, Hours = 24 }, Duration = new Google.Protobuf.WellKnownTypes.Duration { Nanos = 5 } },
                        new Session { Kind = "medicine", LocalStart = new Google.Type.DateTime { Year = 2026, Month = 1, Day = 1, TimeZone = new Google.Type.TimeZone { Id = "Europe/Paris" } } },
                    },
                    IntakeCloseTime = new Timestamp { Seconds = long.MinValue },
                    HoldPolicy = new HoldPolicy { Ttl = new Google.Protobuf.WellKnownTypes.Duration { Seconds = 59 }, HoldsMax = -1, HoldsPerCallerMax = 1000 },
                },
            },
            ["request_id", "parent", "cohort_id", "cohort.name", "cohort.room", "cohort.seats_max", "cohort.seats_min", "cohort.hold_policy.ttl", "cohort.hold_policy.holds_max", "cohort.hold_policy.holds_per_caller_max",
                "cohort.display_name", "cohort.program", "cohort.template_version", "cohort.hard_cap",
                "cohort.staffing[0].role", "cohort.staffing[0].participants_per_member", "cohort.staffing[0].members_min",
                "cohort.sessions[0].kind", "cohort.sessions[0].local_start", "cohort.sessions[0].duration", "cohort.sessions[0].turnover",
                "cohort.sessions[1].local_start", "cohort.sessions[1].duration",
                "cohort.sessions[2].local_start", "cohort.sessions[2].duration", "cohort.intake_close_time"]),
        ["/rtt.v1.Cohorts/GetCohort"] = (new GetCohortRequest { Name = "c1" }, ["name"]),
        ["/rtt.v1.Programs/CreateProgramVersion"] = (
            new CreateProgramVersionRequest
            {
                Parent = "demo",
                RequestId = "x",
                Template = new ProgramTemplate
                {
                    Program = "A B",
                    Version = 0,
                    DisplayName = "",
                    EffectiveFrom = NoDay,
                    EffectiveUntil = NoDay,
                    Audience = "Everybody",
                    Sizes = new GroupSizes(),
                    Routes = { "IM" },
                    Medicine = new MedicineRules(),
                    Intake = new IntakeRules { Entry = "", ClosedAt = "Never", FastingPreset = "A B" },
                    FacilitatorRoles = { "therapist", "therapist" },
                    Sessions = { new SessionTemplate { Id = "X", Kind = "K", DisplayName = "", Scope = "", Mode = "", Staffing = { new StaffingNeed { Role = "A" } }, Activities = { "A b" }, Attached = { new AttachedRole() } } },
                    Measures = { new MeasureTemplate { Measure = "", Due = { new DuePoint() } } },
                    Award = new TrainingAward { Membership = "A" },
                    TrainingLevel = "A b",
                },
            },
            ["request_id", "parent", "template.program", "template.version", "template.display_name", "template.effective_from", "template.effective_until", "template.audience", "template.routes[0]",
                "template.intake.entry", "template.intake.closed_at", "template.intake.fasting_preset", "template.facilitator_roles", "template.sessions[0].id", "template.sessions[0].kind",
                "template.sessions[0].display_name", "template.sessions[0].scope", "template.sessions[0].mode", "template.sessions[0].staffing[0].role", "template.sessions[0].activities[0]",
                "template.sessions[0].attached[0].role", "template.measures[0].measure", "template.measures[0].due[0].id", "template.measures[0].due[0].anchor",
                "template.award.role", "template.award.level", "template.award.membership", "template.training_level"]),
        ["/rtt.v1.Programs/GetProgram"] = (
            new GetProgramRequest { Name = "networks/demo/programs/A B", Version = 1, EffectiveOn = NoDay }, ["name", "effective_on"]),
        ["/rtt.v1.Programs/ListPrograms"] = (new ListProgramsRequest { Parent = "demo", PageSize = -1, PageToken = "abc", AtLeast = "1" }, ["parent", "page_size", "page_token", "at_least"]),
        ["/rtt.v1.Programs/CreateRulePackVersion"] = (
            new CreateRulePackVersionRequest
            {
                Parent = "demo",
                RulePack = new RulePack
                {
                    Pack = "P!",
                    Jurisdiction = "Oregon",
                    Site = "north",
                    Source = " ",
                    Ratios = { new RatioRule { SessionKind = "A", Route = "B", Role = "" } },
                    Caps = { new CapRule { SessionKind = "A", Route = "B" } },
                    Routes = { new RouteRule { Route = "A", AccreditationAnyOf = { "B" } } },
                },
            },
            ["request_id", "parent", "rule_pack.pack", "rule_pack.version", "rule_pack.display_name", "rule_pack.jurisdiction", "rule_pack.site", "rule_pack.effective_from", "rule_pack.source",
                "rule_pack.ratios[0].session_kind", "rule_pack.ratios[0].route", "rule_pack.ratios[0].role", "rule_pack.caps[0].session_kind", "rule_pack.caps[0].route", "rule_pack.routes[0].route", "rule_pack.routes[0].accreditation_any_of[0]"]),
        ["/rtt.v1.Programs/ListRulePacks"] = (new ListRulePacksRequest { Parent = "north" }, ["parent"]),
        ["/rtt.v1.Plans/PlanCohort"] = (
            new PlanCohortRequest
            {
                Parent = "north",
                CohortId = "C",
                RequestId = "x",
                Plan = new PlanDraft
                {
                    DisplayName = "",
                    Program = "A B",
                    TemplateVersion = -1,
                    StartsOn = NoDay,
                    Seats = 0,
                    Pods = -1,
                    Slots = { new Slot { Session = "", Pod = -1, At = new Google.Type.TimeOfDay { Hours = 24 }, Room = "R!", Weeks = { 0 } } },
                    Roster = { new RosterEntry { Facilitator = "F!", Role = "Nurse", Pods = { 0 } } },
                    Moves = { new Move { Session = "", Pod = -1, On = NoDay, To = new Google.Type.DateTime { Year = 2027, Month = 2, Day = 30 }, Room = "R!" } },
                    ClosedDays = { NoDay },
                    Given = { new Intended { Route = "IM", DoseMicrograms = -1 } },
                    HoldPolicy = new HoldPolicy { HoldsMax = -1, HoldsPerCallerMax = -1 },
                    BelowMinReason = "Because!",
                },
            },
            ["request_id", "parent", "cohort_id", "plan.display_name", "plan.program", "plan.template_version", "plan.starts_on", "plan.seats", "plan.pods", "plan.slots[0].session", "plan.slots[0].pod",
                "plan.slots[0].weekday", "plan.slots[0].at", "plan.slots[0].room", "plan.slots[0].weeks[0]", "plan.roster[0].facilitator", "plan.roster[0].role", "plan.roster[0].pods[0]", "plan.moves[0].session",
                "plan.moves[0].pod", "plan.moves[0].on", "plan.moves[0].to", "plan.moves[0].room", "plan.closed_days[0]", "plan.given[0].route", "plan.given[0].dose_micrograms",
                "plan.hold_policy.holds_max", "plan.hold_policy.holds_per_caller_max", "plan.below_min_reason"]),
        ["/rtt.v1.Appointments/OfferAppointment"] = (
            new OfferAppointmentRequest
            {
                Parent = "north",
                AppointmentId = "A",
                RequestId = "x",
                Appointment = new Appointment
                {
                    Name = "networks/demo/sites/other/cohorts/a",
                    DisplayName = " x",
                    Program = "A B",
                    TemplateVersion = -1,
                    Session = "S!",
                    LocalStart = new Google.Type.DateTime { Year = 2027, Month = 2, Day = 30 },
                    Room = "R!",
                    Roster = { new RosterEntry { Facilitator = "F!", Role = "Nurse" } },
                    ForCohort = "c1",
                    HoldPolicy = new HoldPolicy { HoldsMax = -1, HoldsPerCallerMax = -1 },
                },
            },
            ["request_id", "parent", "appointment_id", "appointment.name", "appointment.display_name", "appointment.program", "appointment.template_version", "appointment.session", "appointment.local_start",
                "appointment.room", "appointment.roster[0].facilitator", "appointment.roster[0].role", "appointment.for_cohort", "appointment.hold_policy.holds_max", "appointment.hold_policy.holds_per_caller_max"]),
        ["/rtt.v1.Appointments/ListAppointments"] = (
            new ListAppointmentsRequest { Parent = "north", Program = "A B", Kind = "K", Earliest = Day(2027, 1, 2), Latest = Day(2027, 1, 1), PageSize = -1, PageToken = "abc", AtLeast = "1" },
            ["parent", "program", "kind", "latest", "page_size", "page_token", "at_least"]),
        ["/rtt.v1.WaitLists/JoinCohortList"] = (
            new JoinCohortListRequest { Cohort = "c1", Participant = "p1", Priority = 5, ReceiveTime = new Timestamp { Seconds = 1 } }, ["request_id", "cohort", "participant", "priority", "receive_time"]),
        ["/rtt.v1.WaitLists/LeaveCohortList"] = (new LeaveCohortListRequest { Cohort = "c1", Participant = "p1" }, ["request_id", "cohort", "participant", "reason"]),
        ["/rtt.v1.WaitLists/ListWaitList"] = (new ListWaitListRequest { Cohort = "c1" }, ["cohort"]),
        ["/rtt.v1.WaitLists/OfferSeat"] = (new OfferSeatRequest { Cohort = "c1", Participant = "p1", Reason = "Ill" }, ["request_id", "cohort", "participant", "reason"]),
        ["/rtt.v1.WaitLists/AcceptOffer"] = (new AcceptOfferRequest { Cohort = "c1", Participant = "p1" }, ["request_id", "cohort", "participant"]),
        ["/rtt.v1.WaitLists/DeclineOffer"] = (new DeclineOfferRequest { Cohort = "c1", Participant = "p1" }, ["request_id", "cohort", "participant", "reason"]),
        ["/rtt.v1.WaitLists/JoinPool"] = (
            new JoinPoolRequest { Site = "north", Participant = "p1", Program = "A B", Region = "fraser", Priority = 5, ReceiveTime = new Timestamp { Seconds = 1 } }, ["request_id", "site", "participant", "program", "region", "priority", "receive_time"]),
        ["/rtt.v1.WaitLists/LeavePool"] = (new LeavePoolRequest { Participant = "p1", Region = "fraser" }, ["request_id", "participant", "program", "region", "reason"]),
        ["/rtt.v1.WaitLists/ListPool"] = (new ListPoolRequest { Parent = "demo" }, ["parent", "program", "region"]),
        ["/rtt.v1.Appointments/WithdrawAppointment"] = (new WithdrawAppointmentRequest { Name = "a1", Reason = "Ill" }, ["request_id", "name", "reason"]),
        ["/rtt.v1.Calendars/CreateCalendarLink"] = (new CreateCalendarLinkRequest { Parent = "networks/demo", Owner = "north" }, ["request_id", "owner"]),
        ["/rtt.v1.Calendars/ListCalendarLinks"] = (new ListCalendarLinksRequest { Parent = "networks/demo", Owner = "networks/demo/participants/p1" }, ["owner"]),
        ["/rtt.v1.Calendars/RevokeCalendarLink"] = (new RevokeCalendarLinkRequest { Parent = "demo", Owner = "north", Id = "L!" }, ["request_id", "parent", "owner", "id"]),
        ["/rtt.v1.Trainings/RecordTraining"] = (
            new RecordTrainingRequest { Name = "f1", Training = new Training { Level = "L!", Membership = "M!", ValidFrom = Day(2027, 1, 2), ValidUntil = Day(2027, 1, 1) } },
            ["request_id", "name", "training.level", "training.membership", "training.valid_until"]),
        ["/rtt.v1.Trainings/CompleteTraining"] = (new CompleteTrainingRequest { Cohort = "c1", Participant = "p1", Facilitator = "f1" }, ["request_id", "cohort", "participant", "facilitator"]),
        ["/rtt.v1.Times/ResolveTimes"] = (new ResolveTimesRequest { Cohort = "c1" }, ["request_id", "cohort"]),
        ["/rtt.v1.Plans/ProposeSubstitutes"] = (new ProposeSubstitutesRequest { Cohort = "c1", Facilitator = "f1" }, ["cohort", "facilitator"]),
        ["/rtt.v1.Plans/SubstituteFacilitator"] = (new SubstituteFacilitatorRequest { Cohort = "c1", Facilitator = "f1", Substitute = "f2", Reason = "Ill" }, ["request_id", "cohort", "facilitator", "substitute", "reason"]),
        ["/rtt.v1.Plans/AcceptSubstitute"] = (new AcceptSubstituteRequest { Cohort = "c1", Participant = "p1", Facilitator = "f1" }, ["request_id", "cohort", "participant", "facilitator"]),
        ["/rtt.v1.Cohorts/ListCohorts"] = (new ListCohortsRequest { Parent = "north", PageToken = Long }, ["parent", "page_token"]),
        ["/rtt.v1.Cohorts/ListSeats"] = (new ListSeatsRequest { Parent = "c1" }, ["parent"]),
        ["/rtt.v1.Cohorts/SearchSeats"] = (
            new SearchSeatsRequest { Parent = "demo", Program = "A B", Region = "r", Earliest = Day(2027, 1, 2), Latest = Day(2027, 1, 1), SeatsOpenMin = -1, PageSize = -5, OriginSite = "north", OriginLatitude = 91, DistanceKmMax = -1, Route = "I.M.", Language = "en CA", Accessibility = { "" }, WaitDaysMax = -1 },
            ["parent", "program", "region", "latest", "seats_open_min", "page_size", "origin_site", "origin_latitude", "origin_longitude", "distance_km_max", "route", "language", "accessibility[0]", "wait_days_max"]),
        ["/rtt.v1.Cohorts/HoldSeat"] = (new HoldSeatRequest { Cohort = "c1", Participant = "p1" }, ["request_id", "cohort", "participant"]),
        ["/rtt.v1.Cohorts/BookSeat"] = (new BookSeatRequest { Cohort = "c1", Participant = "p1" }, ["request_id", "cohort", "participant"]),
        ["/rtt.v1.Cohorts/CancelSeat"] = (new CancelSeatRequest { Cohort = "c1", Participant = "p1", Reason = "Changed my mind" }, ["request_id", "reason", "cohort", "participant"]),
        ["/rtt.v1.Cohorts/ReleaseSeat"] = (new ReleaseSeatRequest { Cohort = "c1", Participant = "p1" }, ["request_id", "cohort", "participant"]),
        ["/rtt.v1.Cohorts/AssignFacilitator"] = (new AssignFacilitatorRequest { Cohort = "c1", Facilitator = "f1", Role = "Nurse" }, ["request_id", "cohort", "facilitator", "role"]),
        ["/rtt.v1.Cohorts/WithdrawFacilitator"] = (new WithdrawFacilitatorRequest { Cohort = "c1", Facilitator = "f1", Reason = "" }, ["request_id", "cohort", "facilitator", "reason"]),
    }.ToImmutableDictionary();

    public static TheoryData<string> Methods => new(MethodRules.All.Keys.Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task Every_wrong_field_is_named_at_once(string fullName)
    {
        var rule = MethodRules.All[fullName];
        Assert.True(Wrong.ContainsKey(fullName), $"{fullName} has no request in which everything is wrong: add one.");
        var (request, expected) = Wrong[fullName];
        var failure = await Refused(rule, request);
        var fields = failure.GetDetail<BadRequest>().FieldViolations;
        Assert.Equal(expected.Order(StringComparer.Ordinal), fields.Select(field => field.Field).Order(StringComparer.Ordinal));
        Assert.All(fields, field => Assert.NotEmpty(field.Description));
        Assert.Equal("INVALID_FIELDS", failure.GetDetail<ErrorInfo>().Reason);
        Assert.Empty(_fixture.Grains.Calls);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task An_empty_request_is_refused_and_not_misread(string fullName)
    {
        var rule = MethodRules.All[fullName];
        var failure = await Refused(rule, rule.Method.InputType.Parser.ParseFrom(ByteString.Empty));
        Assert.NotEmpty(failure.GetDetail<BadRequest>().FieldViolations);
    }

    [Fact]
    public async Task Lists_that_are_too_long_are_named_without_being_looked_through()
    {
        var cohort = Cohort(Scene);
        cohort.Sessions.Add(Enumerable.Range(0, 200).Select(_ => new Session()));
        cohort.Staffing.Add(Enumerable.Range(0, 9).Select(_ => new StaffingRequirement()));
        var failure = await Refused(MethodRules.All["/rtt.v1.Cohorts/CreateCohort"], new CreateCohortRequest { Parent = Scene.SiteName, CohortId = "c2", Cohort = cohort, RequestId = Id() });
        Assert.Equal(["cohort.staffing", "cohort.sessions"], failure.GetDetail<BadRequest>().FieldViolations.Select(field => field.Field));
    }

    [Fact]
    public async Task A_session_that_is_not_in_order_of_time_and_a_room_of_another_site_are_refused()
    {
        var cohort = Cohort(Scene);
        cohort.Sessions[1].LocalStart = At(2029, 3, 4, 10, 0);
        cohort.Room = "networks/demo/sites/south/rooms/room-1";
        var failure = await Refused(MethodRules.All["/rtt.v1.Cohorts/CreateCohort"], new CreateCohortRequest { Parent = Scene.SiteName, CohortId = "c2", Cohort = cohort, RequestId = Id() });
        Assert.Equal(["cohort.room", "cohort.sessions[1].local_start"], failure.GetDetail<BadRequest>().FieldViolations.Select(field => field.Field));
    }

    [Fact]
    public async Task Nothing_that_a_request_said_comes_back_in_the_refusal()
    {
        var failure = await Refused(MethodRules.All["/rtt.v1.Participants/RegisterParticipant"], new RegisterParticipantRequest
        {
            Parent = Scene.SiteName,
            Identifiers = { new Identifier { System = "urn:secret-system", Value = "sécret-value" } },
            PersonalData = new PersonalData { FamilyName = " secret-name", Email = "secret-mail" },
            RequestId = "secret-id",
        });
        Assert.DoesNotContain("secret", failure.ToByteString().ToStringUtf8(), StringComparison.Ordinal);
        Assert.DoesNotContain("sécret", failure.ToByteString().ToStringUtf8(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"siteId":"s1","validate_onyl":true}""", "validate_onyl")]
    [InlineData("""{"siteId":"s1","site":{"displayname":"x"}}""", "site.displayname")]
    [InlineData("""{"siteId":"s1","site":{"rooms":[{},{"colour":"red"}]}}""", "site.rooms[1].colour")]
    [InlineData("""{"\u0000":1}""", "(no name)")]
    public async Task A_field_of_a_json_request_that_is_misspelt_is_named(string body, string field)
    {
        var call = new AnyCall(_fixture.Host.Channel, _fixture.Host.Http);
        var outcome = await call.ByJson(MethodRules.All["/rtt.v1.Sites/CreateSite"], "v1/networks/demo/sites", System.Text.Encoding.UTF8.GetBytes(body), Operator());
        Assert.Equal((StatusCode.InvalidArgument, "INVALID_FIELDS"), (outcome.Code, outcome.Reason));
        Assert.Contains($"\"{field}\"", outcome.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_parameter_of_a_query_that_is_misspelt_is_named()
    {
        var call = new AnyCall(_fixture.Host.Channel, _fixture.Host.Http);
        var outcome = await call.ByJson(MethodRules.All["/rtt.v1.Sites/ListSites"], "v1/networks/demo/sites?regoin=regions/fraser", null, Operator());
        Assert.Equal((StatusCode.InvalidArgument, "INVALID_FIELDS"), (outcome.Code, outcome.Reason));
        Assert.Contains("\"regoin\"", outcome.Text, StringComparison.Ordinal);
    }

    private string Operator() => _fixture.Host.Issuer.Mint(new TokenRequest("ops", "demo", "operator"));

    private async Task<Google.Rpc.Status> Refused(MethodRule rule, IMessage request)
    {
        // Personal data is read by a site only.
        var token = rule.IsOpenTo(Contracts.Units.CallerScope.Operator)
            ? Operator()
            : _fixture.Host.Issuer.Mint(new TokenRequest("desk", "demo", "site") { Sites = ["north"] });
        var bytes = Marshallers.Create<byte[]>(b => b, b => b);
        var method = new Method<byte[], byte[]>(MethodType.Unary, rule.Method.Service.FullName, rule.Method.Name, bytes, bytes);
        var headers = new Metadata { { "authorization", $"Bearer {token}" } };
        var e = await Assert.ThrowsAsync<RpcException>(() => _fixture.Host.Channel.CreateCallInvoker().AsyncUnaryCall(method, null, new CallOptions(headers), request.ToByteArray()).ResponseAsync);
        Assert.Equal(StatusCode.InvalidArgument, e.StatusCode);
        return e.GetRpcStatus()!;
    }
}
