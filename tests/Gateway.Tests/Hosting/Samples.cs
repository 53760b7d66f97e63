using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Type;
using RttNetwork.Wire.V1;
using DateTime = Google.Type.DateTime;
using DayOfWeek = Google.Type.DayOfWeek;

namespace RttNetwork.Gateway.Tests.Hosting;

/// <summary>The names that a request is about.</summary>
public sealed record Scene(string Network, string Site, string Region, string Room, string Cohort, string Facilitator, string Participant)
{
    /// <summary>An id that nobody has used.</summary>
    public string Fresh { get; init; } = $"new-{Guid.NewGuid():N}"[..20];

    /// <summary>An appointment.</summary>
    public string Appointment { get; init; } = "consult-1";

    /// <summary>A link to the site's calendar.</summary>
    public string CalendarLink { get; init; } = "none";

    public string NetworkName => $"networks/{Network}";
    public string SiteName => $"{NetworkName}/sites/{Site}";
    public string RoomName => $"{SiteName}/rooms/{Room}";
    public string CohortName => $"{SiteName}/cohorts/{Cohort}";
    public string FacilitatorName => $"{NetworkName}/facilitators/{Facilitator}";
    public string SubstituteName => $"{NetworkName}/facilitators/{Facilitator}-2";
    public string ProgramName => $"{NetworkName}/programs/SMALL-5";
    public string ParticipantName => $"{NetworkName}/participants/{Participant}";
    public string RegionName => $"regions/{Region}";

    /// <summary>An event that stands open: the id is the network's own.</summary>
    public string SafetyEventName { get; init; } = $"networks/{Network}/sites/{Site}/safetyEvents/e1";

    /// <summary>A draft of the site: the id is the network's own.</summary>
    public string ReferralName { get; init; } = $"networks/{Network}/referrals/r1";

    /// <summary>A plan by which people go elsewhere: the id is the network's own.</summary>
    public string RehomeName { get; init; } = $"networks/{Network}/rehomes/m1";

    /// <summary>A webhook of the site: the id is the network's own.</summary>
    public string WebhookName { get; init; } = $"networks/{Network}/webhooks/w1";

    /// <summary>Another site, to which people are referred.</summary>
    public string OtherSiteName => $"{SiteName}-2";
}

/// <summary>A valid request for every method of the wire. A method without one fails the tests.</summary>
public static class Samples
{
    private static readonly Dictionary<string, Func<Scene, IMessage>> Requests = new()
    {
        ["/rtt.v1.Sites/CreateSite"] = scene => new CreateSiteRequest { Parent = scene.NetworkName, SiteId = scene.Fresh, Site = Site(scene), RequestId = Id() },
        ["/rtt.v1.Sites/GetSite"] = scene => new GetSiteRequest { Name = scene.SiteName },
        ["/rtt.v1.Sites/ListSites"] = scene => new ListSitesRequest { Parent = scene.NetworkName, Region = scene.RegionName, PageSize = 10 },
        ["/rtt.v1.Sites/CreateRoom"] = scene => new CreateRoomRequest { Parent = scene.SiteName, RoomId = scene.Fresh, Room = Room(), RequestId = Id() },
        ["/rtt.v1.Sites/BlockRoom"] = scene => new BlockRoomRequest { Name = scene.RoomName, Reason = "flood", RequestId = Id() },
        ["/rtt.v1.Sites/UnblockRoom"] = scene => new UnblockRoomRequest { Name = scene.RoomName, RequestId = Id() },
        ["/rtt.v1.Sites/SetLimitedCapacity"] = scene => new SetLimitedCapacityRequest { Name = scene.SiteName, LimitedCapacity = true, Reason = "staff-shortage", RequestId = Id() },
        ["/rtt.v1.Sites/DescribeSite"] = scene => new DescribeSiteRequest { Name = scene.SiteName, Latitude = 49.2, Longitude = -123.1, Languages = { "en" }, Accessibility = { "wheelchair" }, RequestId = Id() },
        ["/rtt.v1.Sites/HideSite"] = scene => new HideSiteRequest { Name = scene.SiteName, Reason = "flood", AgreedBy = "operator", RequestId = Id() },
        ["/rtt.v1.Sites/SetNationGovernance"] = scene => new SetNationGovernanceRequest { Name = scene.SiteName, RequestId = Id() },
        ["/rtt.v1.Sites/UnhideSite"] = scene => new UnhideSiteRequest { Name = scene.SiteName, RequestId = Id() },
        ["/rtt.v1.Sites/GrantAccreditation"] = scene => new GrantAccreditationRequest
        {
            Name = scene.SiteName,
            Accreditation = new Accreditation { Code = "hospital", ValidFrom = Day(2026, 1, 1), ValidUntil = Day(2027, 12, 31) },
            RequestId = Id(),
        },
        ["/rtt.v1.Sites/WithdrawAccreditation"] = scene => new WithdrawAccreditationRequest { Name = scene.SiteName, Code = "hospital", RequestId = Id() },
        ["/rtt.v1.Facilitators/CreateFacilitator"] = scene => new CreateFacilitatorRequest { Parent = scene.NetworkName, FacilitatorId = scene.Fresh, Facilitator = Facilitator(scene), RequestId = Id() },
        ["/rtt.v1.Facilitators/GetFacilitator"] = scene => new GetFacilitatorRequest { Name = scene.FacilitatorName },
        ["/rtt.v1.Facilitators/ListFacilitators"] = scene => new ListFacilitatorsRequest { Parent = scene.SiteName, PageSize = 10 },
        ["/rtt.v1.Facilitators/RecordCredential"] = scene => new RecordCredentialRequest { Name = scene.FacilitatorName, Credential = Credential(), RequestId = Id() },
        ["/rtt.v1.Facilitators/WithdrawCredential"] = scene => new WithdrawCredentialRequest { Name = scene.FacilitatorName, Role = "therapist", Jurisdiction = "CA-BC", Reason = "lapsed", RequestId = Id() },
        ["/rtt.v1.Participants/RegisterParticipant"] = scene => new RegisterParticipantRequest
        {
            Parent = scene.SiteName,
            Identifiers = { new Identifier { System = "https://example.org/health-number", Value = $"9{Random(9)}" } },
            PersonalData = Person(),
            ResidenceRegion = scene.RegionName,
            GoverningNation = "example-nation",
            RequestId = Id(),
        },
        ["/rtt.v1.Participants/GetParticipant"] = scene => new GetParticipantRequest { Name = scene.ParticipantName },
        ["/rtt.v1.Participants/ListParticipants"] = scene => new ListParticipantsRequest { Parent = scene.SiteName, PageSize = 10 },
        ["/rtt.v1.Participants/SetEligibility"] = scene => new SetEligibilityRequest { Name = scene.ParticipantName, Eligible = false, Reason = "contraindicated", RequestId = Id() },
        ["/rtt.v1.Participants/GetPersonalData"] = scene => new GetPersonalDataRequest { Name = scene.ParticipantName },
        ["/rtt.v1.Participants/ErasePersonalData"] = scene => new ErasePersonalDataRequest { Name = scene.ParticipantName, RequestId = Id() },
        ["/rtt.v1.Programs/CreateProgramVersion"] = scene => new CreateProgramVersionRequest { Parent = scene.NetworkName, Template = Template(scene.Fresh), RequestId = Id() },
        ["/rtt.v1.Programs/GetProgram"] = scene => new GetProgramRequest { Name = scene.ProgramName },
        ["/rtt.v1.Programs/ListPrograms"] = scene => new ListProgramsRequest { Parent = scene.NetworkName, PageSize = 10 },
        ["/rtt.v1.Programs/CreateRulePackVersion"] = scene => new CreateRulePackVersionRequest { Parent = scene.NetworkName, RulePack = RulePack(scene), RequestId = Id() },
        ["/rtt.v1.Programs/ListRulePacks"] = scene => new ListRulePacksRequest { Parent = scene.NetworkName },
        ["/rtt.v1.Appointments/OfferAppointment"] = scene => new OfferAppointmentRequest
        {
            Parent = scene.SiteName,
            AppointmentId = scene.Fresh,
            Appointment = new Appointment
            {
                Program = "SMALL-5",
                Session = "intake",
                LocalStart = At(2029, 2, 6, 10, 0),
                Roster = { new RosterEntry { Facilitator = scene.Facilitator, Role = "therapist" } },
                ForCohort = scene.CohortName,
            },
            RequestId = Id(),
        },
        ["/rtt.v1.Appointments/ListAppointments"] = scene => new ListAppointmentsRequest { Parent = scene.SiteName, OpenOnly = true, PageSize = 10 },
        ["/rtt.v1.Appointments/WithdrawAppointment"] = scene => new WithdrawAppointmentRequest { Name = $"{scene.SiteName}/cohorts/{scene.Appointment}", Reason = "ill", RequestId = Id() },
        ["/rtt.v1.Calendars/CreateCalendarLink"] = scene => new CreateCalendarLinkRequest { Parent = scene.NetworkName, Owner = scene.SiteName, RequestId = Id() },
        ["/rtt.v1.Calendars/ListCalendarLinks"] = scene => new ListCalendarLinksRequest { Parent = scene.NetworkName, Owner = scene.SiteName },
        ["/rtt.v1.Calendars/RevokeCalendarLink"] = scene => new RevokeCalendarLinkRequest { Parent = scene.NetworkName, Owner = scene.SiteName, Id = scene.CalendarLink, RequestId = Id() },
        ["/rtt.v1.Trainings/RecordTraining"] = scene => new RecordTrainingRequest
        {
            Name = scene.FacilitatorName,
            Training = new Training { Level = "kap-trained", Membership = "practitioners", ValidFrom = Day(2026, 1, 1), ValidUntil = Day(2029, 12, 31) },
            RequestId = Id(),
        },
        ["/rtt.v1.Trainings/CompleteTraining"] = scene => new CompleteTrainingRequest { Cohort = scene.CohortName, Participant = scene.ParticipantName, Facilitator = scene.FacilitatorName, RequestId = Id() },
        ["/rtt.v1.WaitLists/JoinCohortList"] = scene => new JoinCohortListRequest { Cohort = scene.CohortName, Participant = scene.ParticipantName, Priority = 2, RequestId = Id() },
        ["/rtt.v1.WaitLists/LeaveCohortList"] = scene => new LeaveCohortListRequest { Cohort = scene.CohortName, Participant = scene.ParticipantName, Reason = "person-asked", RequestId = Id() },
        ["/rtt.v1.WaitLists/ListWaitList"] = scene => new ListWaitListRequest { Cohort = scene.CohortName },
        ["/rtt.v1.WaitLists/OfferSeat"] = scene => new OfferSeatRequest { Cohort = scene.CohortName, Participant = scene.ParticipantName, Reason = "travels-far", RequestId = Id() },
        ["/rtt.v1.WaitLists/AcceptOffer"] = scene => new AcceptOfferRequest { Cohort = scene.CohortName, Participant = scene.ParticipantName, RequestId = Id() },
        ["/rtt.v1.WaitLists/DeclineOffer"] = scene => new DeclineOfferRequest { Cohort = scene.CohortName, Participant = scene.ParticipantName, Reason = "not-now", RequestId = Id() },
        ["/rtt.v1.WaitLists/JoinPool"] = scene => new JoinPoolRequest { Site = scene.SiteName, Participant = scene.ParticipantName, Program = "RTT-KaT-12", Region = "regions/fraser", Priority = 2, RequestId = Id() },
        ["/rtt.v1.WaitLists/LeavePool"] = scene => new LeavePoolRequest { Participant = scene.ParticipantName, Program = "RTT-KaT-12", Region = "regions/fraser", Reason = "person-asked", RequestId = Id() },
        ["/rtt.v1.WaitLists/ListPool"] = scene => new ListPoolRequest { Parent = scene.NetworkName, Program = "RTT-KaT-12", Region = "regions/fraser" },
        ["/rtt.v1.Webhooks/CreateWebhook"] = scene => new CreateWebhookRequest { Parent = scene.SiteName, Url = "http://127.0.0.1:9/hooks", EventTypes = { "offer.made" }, RequestId = Id() },
        ["/rtt.v1.Webhooks/ListWebhooks"] = scene => new ListWebhooksRequest { Parent = scene.SiteName, PageSize = 10 },
        ["/rtt.v1.Webhooks/DeleteWebhook"] = scene => new DeleteWebhookRequest { Name = scene.WebhookName, RequestId = Id() },
        ["/rtt.v1.Webhooks/RotateWebhookSecret"] = scene => new RotateWebhookSecretRequest { Name = scene.WebhookName, RequestId = Id() },
        ["/rtt.v1.Webhooks/ListFailedDeliveries"] = scene => new ListFailedDeliveriesRequest { Parent = scene.SiteName, PageSize = 10 },
        ["/rtt.v1.Webhooks/RedeliverWebhook"] = scene => new RedeliverWebhookRequest { Name = scene.WebhookName, Delivery = "msg_0", RequestId = Id() },
        ["/rtt.v1.Times/ResolveTimes"] = scene => new ResolveTimesRequest { Cohort = scene.CohortName, RequestId = Id() },
        ["/rtt.v1.Pathways/GetPathway"] = scene => new GetPathwayRequest { Participant = scene.ParticipantName },
        ["/rtt.v1.Pathways/ReferParticipant"] = scene => new ReferParticipantRequest { Participant = scene.ParticipantName, Site = scene.SiteName, Program = "GRIP-8", Source = "self", RequestId = Id() },
        ["/rtt.v1.Pathways/BeginScreening"] = scene => new BeginScreeningRequest { Participant = scene.ParticipantName, RequestId = Id() },
        ["/rtt.v1.Pathways/RecordFindings"] = scene => new RecordFindingsRequest
        {
            Participant = scene.ParticipantName,
            Conditions = { "renal-disorder" },
            BloodPressure = new BloodPressureReading { Systolic = 128, Diastolic = 82 },
            RequestId = Id(),
        },
        ["/rtt.v1.Pathways/DecideCondition"] = scene => new DecideConditionRequest { Participant = scene.ParticipantName, Condition = "renal-disorder", Allowed = true, Facilitator = scene.FacilitatorName, RequestId = Id() },
        ["/rtt.v1.Pathways/SignOff"] = scene => new SignOffRequest { Participant = scene.ParticipantName, Kind = "psychological", Clear = true, Facilitator = scene.FacilitatorName, RequestId = Id() },
        ["/rtt.v1.Pathways/GiveConsent"] = scene => new GiveConsentRequest { Participant = scene.ParticipantName, Kind = "treatment", Version = 1, RequestId = Id() },
        ["/rtt.v1.Pathways/RevokeConsent"] = scene => new RevokeConsentRequest { Participant = scene.ParticipantName, Kind = "treatment", RequestId = Id() },
        ["/rtt.v1.Pathways/JoinWaitList"] = Move,
        ["/rtt.v1.Pathways/LeaveWaitList"] = Move,
        ["/rtt.v1.Pathways/DeferParticipant"] = Move,
        ["/rtt.v1.Pathways/WithdrawParticipant"] = Move,
        ["/rtt.v1.Pathways/TransferOut"] = Move,
        ["/rtt.v1.Pathways/CompletePathway"] = Move,
        ["/rtt.v1.Pathways/BeginFollowUp"] = Move,
        ["/rtt.v1.Pathways/OverrideRule"] = scene => new OverrideRuleRequest
        {
            Participant = scene.ParticipantName,
            Rule = 31,
            Facilitator = scene.FacilitatorName,
            Reason = "late-referral",
            UntilTime = Timestamp.FromDateTimeOffset(TimeProvider.System.GetUtcNow().AddDays(1)),
            RequestId = Id(),
        },
        ["/rtt.v1.Pathways/RecordAttendance"] = scene => new RecordAttendanceRequest { Participant = scene.ParticipantName, Cohort = scene.CohortName, Session = 0, Attended = true, RequestId = Id() },
        ["/rtt.v1.Pathways/ReviewAttendance"] = scene => new ReviewAttendanceRequest { Participant = scene.ParticipantName, Outcome = "goes-on", RequestId = Id() },
        ["/rtt.v1.Pathways/CheckIn"] = scene => new CheckInRequest
        {
            Participant = scene.ParticipantName,
            Cohort = scene.CohortName,
            Session = 1,
            Facilitator = scene.FacilitatorName,
            Checklist = new PreSessionChecklist { BloodPressure = new BloodPressureReading { Systolic = 128, Diastolic = 82 }, OxygenPercent = 97, EscortNamed = true },
            RequestId = Id(),
        },
        ["/rtt.v1.Pathways/RecordDose"] = scene => new RecordDoseRequest { Participant = scene.ParticipantName, Route = "im", Facilitator = scene.FacilitatorName, RequestId = Id() },
        ["/rtt.v1.Pathways/DischargeParticipant"] = scene => new DischargeParticipantRequest
        {
            Participant = scene.ParticipantName,
            Cohort = scene.CohortName,
            Session = 1,
            Facilitator = scene.FacilitatorName,
            BloodPressure = new BloodPressureReading { Systolic = 128, Diastolic = 82 },
            OxygenPercent = 97,
            EscortPresent = true,
            RequestId = Id(),
        },
        ["/rtt.v1.Pathways/ArrangeMakeUp"] = scene => new ArrangeMakeUpRequest { Participant = scene.ParticipantName, Cohort = scene.CohortName, Session = 1, GroupConsents = true, RequestId = Id() },
        ["/rtt.v1.Pathways/CancelMakeUp"] = scene => new CancelMakeUpRequest { Participant = scene.ParticipantName, Cohort = scene.CohortName, Session = 1, RequestId = Id() },
        ["/rtt.v1.Pathways/RequirePathway"] = scene => new RequirePathwayRequest { Cohort = scene.CohortName, RequestId = Id() },
        ["/rtt.v1.Measures/ListMeasureDefinitions"] = scene => new ListMeasureDefinitionsRequest { Parent = scene.NetworkName },
        ["/rtt.v1.Measures/GetParticipantMeasures"] = scene => new GetParticipantMeasuresRequest { Participant = scene.ParticipantName },
        ["/rtt.v1.Measures/RecordMeasure"] = scene => new RecordMeasureRequest
        {
            Participant = scene.ParticipantName,
            Measure = "phq-9",
            Items = { 1, 1, 1, 1, 1, 1, 1, 1, 1 },
            Clinician = scene.FacilitatorName,
            RequestId = Id(),
        },
        ["/rtt.v1.Measures/AssessRisk"] = scene => new AssessRiskRequest { Participant = scene.ParticipantName, Clinician = scene.FacilitatorName, Outcome = "safety-plan-made", RequestId = Id() },
        ["/rtt.v1.Measures/GetReliableChange"] = scene => new GetReliableChangeRequest { Cohort = scene.CohortName },
        ["/rtt.v1.Measures/ExportMeasures"] = scene => new ExportMeasuresRequest { Parent = scene.SiteName, Program = "GRIP-8", PseudonymKey = ByteString.CopyFrom(new byte[32]) },
        ["/rtt.v1.Safety/RecordSafetyEvent"] = scene => new RecordSafetyEventRequest
        {
            Parent = scene.SiteName,
            Participant = scene.ParticipantName,
            Kind = "blood-pressure",
            Severity = "severe",
            SeriousCriteria = { "hospitalisation" },
            Cohort = scene.CohortName,
            Session = 0,
            RequestId = Id(),
        },
        ["/rtt.v1.Safety/GetSafetyEvent"] = scene => new GetSafetyEventRequest { Name = scene.SafetyEventName },
        ["/rtt.v1.Safety/ListSafetyEvents"] = scene => new ListSafetyEventsRequest { Parent = scene.SiteName, PageSize = 10 },
        ["/rtt.v1.Safety/AcknowledgeSafetyEvent"] = scene => new AcknowledgeSafetyEventRequest { Name = scene.SafetyEventName, MedicalLead = scene.FacilitatorName, RequestId = Id() },
        ["/rtt.v1.Safety/ReportSafetyEvent"] = scene => new ReportSafetyEventRequest { Name = scene.SafetyEventName, Regime = "ca-hospital", RequestId = Id() },
        ["/rtt.v1.Safety/CloseSafetyEvent"] = scene => new CloseSafetyEventRequest { Name = scene.SafetyEventName, Clinician = scene.FacilitatorName, Outcome = "resolved", RequestId = Id() },
        ["/rtt.v1.Referrals/CreateReferral"] = scene => new CreateReferralRequest
        {
            Parent = scene.SiteName,
            Participant = scene.ParticipantName,
            Target = scene.OtherSiteName,
            Reason = "closer-to-home",
            SharingConsented = true,
            Draft = true,
            RequestId = Id(),
        },
        ["/rtt.v1.Rehoming/ProposeRehome"] = scene => new ProposeRehomeRequest { Parent = scene.NetworkName, Cohort = scene.CohortName, RequestId = Id() },
        ["/rtt.v1.Rehoming/GetRehome"] = scene => new GetRehomeRequest { Name = scene.RehomeName },
        ["/rtt.v1.Rehoming/ListRehomes"] = scene => new ListRehomesRequest { Parent = scene.NetworkName, PageSize = 10 },
        ["/rtt.v1.Rehoming/ApproveRehome"] = scene => new ApproveRehomeRequest { Name = scene.RehomeName, Revision = 1, RequestId = Id() },
        ["/rtt.v1.Rehoming/CancelRehome"] = scene => new CancelRehomeRequest { Name = scene.RehomeName, Reason = "stays-open", RequestId = Id() },
        ["/rtt.v1.Referrals/SendReferral"] = scene => new SendReferralRequest { Name = scene.ReferralName, RequestId = Id() },
        ["/rtt.v1.Referrals/GetReferral"] = scene => new GetReferralRequest { Name = scene.ReferralName },
        ["/rtt.v1.Capacity/GetCapacity"] = scene => new GetCapacityRequest { Parent = scene.NetworkName, Region = scene.RegionName, Cohort = scene.CohortName },
        ["/rtt.v1.Capacity/GetCapacityAt"] = scene => new GetCapacityAtRequest { Parent = scene.NetworkName, Region = scene.RegionName, Cohort = scene.CohortName, Time = new Timestamp { Seconds = 1_767_225_600 } },
        ["/rtt.v1.Capacity/ListCapacityHistory"] = scene => new ListCapacityHistoryRequest
        {
            Parent = scene.NetworkName,
            Region = scene.RegionName,
            By = CapacityBy.ByCohort,
            From = new Google.Type.Date { Year = 2026, Month = 1, Day = 1 },
            To = new Google.Type.Date { Year = 2026, Month = 6, Day = 30 },
            PageSize = 10,
        },
        ["/rtt.v1.Capacity/GetRegionReport"] = scene => new GetRegionReportRequest { Parent = scene.NetworkName, Region = scene.RegionName, Period = "2026-Q2" },
        ["/rtt.v1.Capacity/GetWaits"] = scene => new GetWaitsRequest
        {
            Parent = scene.NetworkName,
            Region = scene.RegionName,
            From = new Google.Type.Date { Year = 2026, Month = 1, Day = 1 },
            To = new Google.Type.Date { Year = 2026, Month = 6, Day = 30 },
        },
        ["/rtt.v1.Operations/GetStatus"] = scene => new GetStatusRequest { Parent = scene.NetworkName },
        ["/rtt.v1.Capacity/ListCapacity"] = scene => new ListCapacityRequest { Parent = scene.NetworkName, Region = scene.RegionName, By = CapacityBy.ByCohort, PageSize = 10 },
        ["/rtt.v1.Capacity/WatchCapacity"] = scene => new WatchCapacityRequest { Parent = scene.NetworkName, Region = scene.RegionName },
        ["/rtt.v1.Referrals/WatchReferrals"] = scene => new WatchReferralsRequest { Parent = scene.SiteName, Outgoing = true },
        ["/rtt.v1.Referrals/ListReferrals"] = scene => new ListReferralsRequest { Parent = scene.SiteName, Outgoing = true, PageSize = 10 },
        ["/rtt.v1.Referrals/ListReferralFlows"] = scene => new ListReferralFlowsRequest
        {
            Parent = scene.NetworkName,
            Region = scene.RegionName,
            From = new Google.Type.Date { Year = 2026, Month = 1, Day = 1 },
            To = new Google.Type.Date { Year = 2026, Month = 6, Day = 30 },
        },
        ["/rtt.v1.Referrals/ReceiveReferral"] = scene => new ReceiveReferralRequest { Name = scene.ReferralName, RequestId = Id() },
        ["/rtt.v1.Referrals/TriageReferral"] = scene => new TriageReferralRequest { Name = scene.ReferralName, Priority = ReferralPriority.High, RequestId = Id() },
        ["/rtt.v1.Referrals/AcceptReferral"] = scene => new AcceptReferralRequest { Name = scene.ReferralName, Cohort = scene.CohortName, Reviewer = scene.FacilitatorName, RequestId = Id() },
        ["/rtt.v1.Referrals/DeclineReferral"] = scene => new DeclineReferralRequest { Name = scene.ReferralName, Reason = "clinical", RequestId = Id() },
        ["/rtt.v1.Referrals/WithdrawReferral"] = scene => new WithdrawReferralRequest { Name = scene.ReferralName, Reason = "sent-in-error", RequestId = Id() },
        ["/rtt.v1.Referrals/ConfirmWithdrawal"] = scene => new ConfirmWithdrawalRequest { Name = scene.ReferralName, RequestId = Id() },
        ["/rtt.v1.Referrals/CompleteReferral"] = scene => new CompleteReferralRequest { Name = scene.ReferralName, Outcome = "attended", RequestId = Id() },
        ["/rtt.v1.Referrals/TransferSeat"] = scene => new TransferSeatRequest
        {
            From = scene.CohortName,
            To = $"{scene.SiteName}/cohorts/{scene.Appointment}",
            Participant = scene.ParticipantName,
            Reason = "person-asked",
            Reviewer = scene.FacilitatorName,
            RequestId = Id(),
        },
        ["/rtt.v1.Sessions/GetSession"] = scene => new GetSessionRequest { Cohort = scene.CohortName, Session = 1 },
        ["/rtt.v1.Cohorts/CreateCohort"] = scene => new CreateCohortRequest { Parent = scene.SiteName, CohortId = scene.Fresh, Cohort = Cohort(scene), RequestId = Id() },
        ["/rtt.v1.Plans/PlanCohort"] = scene => new PlanCohortRequest { Parent = scene.SiteName, CohortId = scene.Fresh, Plan = Plan(scene), RequestId = Id() },
        ["/rtt.v1.Plans/ProposeSubstitutes"] = scene => new ProposeSubstitutesRequest { Cohort = scene.CohortName, Facilitator = scene.FacilitatorName },
        ["/rtt.v1.Plans/SubstituteFacilitator"] = scene => new SubstituteFacilitatorRequest { Cohort = scene.CohortName, Facilitator = scene.FacilitatorName, Substitute = scene.SubstituteName, ChartsReviewed = true, Reason = "ill", RequestId = Id() },
        ["/rtt.v1.Plans/AcceptSubstitute"] = scene => new AcceptSubstituteRequest { Cohort = scene.CohortName, Participant = scene.ParticipantName, Facilitator = scene.FacilitatorName, RequestId = Id() },
        ["/rtt.v1.Cohorts/GetCohort"] = scene => new GetCohortRequest { Name = scene.CohortName },
        ["/rtt.v1.Cohorts/ListCohorts"] = scene => new ListCohortsRequest { Parent = scene.SiteName, PageSize = 10 },
        ["/rtt.v1.Cohorts/ListSeats"] = scene => new ListSeatsRequest { Parent = scene.CohortName },
        ["/rtt.v1.Cohorts/SearchSeats"] = scene => new SearchSeatsRequest
        {
            Parent = scene.NetworkName,
            Program = "depression-12w",
            Region = scene.RegionName,
            Earliest = Day(2026, 1, 1),
            Latest = Day(2030, 1, 1),
            SeatsOpenMin = 1,
            PageSize = 10,
            OriginLatitude = 49.1659,
            OriginLongitude = -123.9401,
            DistanceKmMax = 500,
            WaitDaysMax = 400,
        },
        ["/rtt.v1.Cohorts/HoldSeat"] = scene => new HoldSeatRequest { Cohort = scene.CohortName, Participant = scene.ParticipantName, RequestId = Id() },
        ["/rtt.v1.Cohorts/BookSeat"] = scene => new BookSeatRequest { Cohort = scene.CohortName, Participant = scene.ParticipantName, RequestId = Id() },
        ["/rtt.v1.Cohorts/CancelSeat"] = scene => new CancelSeatRequest { Cohort = scene.CohortName, Participant = scene.ParticipantName, Reason = "person-cancelled", RequestId = Id() },
        ["/rtt.v1.Cohorts/ReleaseSeat"] = scene => new ReleaseSeatRequest { Cohort = scene.CohortName, Participant = scene.ParticipantName, RequestId = Id() },
        ["/rtt.v1.Cohorts/AssignFacilitator"] = scene => new AssignFacilitatorRequest { Cohort = scene.CohortName, Facilitator = scene.FacilitatorName, Role = "therapist", RequestId = Id() },
        ["/rtt.v1.Cohorts/WithdrawFacilitator"] = scene => new WithdrawFacilitatorRequest { Cohort = scene.CohortName, Facilitator = scene.FacilitatorName, Reason = "ill", RequestId = Id() },
    };

    /// <summary>A valid request for a method.</summary>
    public static IMessage Of(string fullName, Scene scene) => Requests.TryGetValue(fullName, out var make)
        ? make(scene)
        : throw new InvalidOperationException($"{fullName} has no sample request: add one, so that its authorisation is tested.");

    public static Site Site(Scene scene) => new()
    {
        DisplayName = "North Clinic",
        Region = scene.RegionName,
        Jurisdiction = "CA-BC",
        TimeZone = "America/Vancouver",
        Latitude = 49.28,
        Longitude = -123.12,
    };

    public static Room Room() => new() { DisplayName = "Large room", Occupancy = 16 };

    public static Credential Credential() => new() { Role = "therapist", Jurisdiction = "CA-BC", ValidFrom = Day(2025, 1, 1), ValidUntil = Day(2031, 12, 31) };

    public static Facilitator Facilitator(Scene scene) => new() { HomeSite = scene.SiteName, Roles = { "therapist", "peer" }, Credentials = { Credential() } };

    public static PersonalData Person() => new()
    {
        FamilyName = "Example",
        GivenName = "Person",
        BirthDate = Day(1980, 5, 17),
        Phone = "+1 604 555 0100",
        Email = "person@example.org",
        Language = "en-CA",
    };

    public static ProgramTemplate Template(string program) => new()
    {
        Program = program,
        Version = 1,
        DisplayName = "Five weeks",
        EffectiveFrom = Day(2026, 1, 1),
        Audience = "participants",
        Weeks = 5,
        Sizes = new GroupSizes { CohortMin = 2, CohortMax = 8 },
        Routes = { "im", "sl" },
        Medicine = new MedicineRules { GapDaysMin = 14, PreparationsMin = 1, PreparationHoursMin = 24, PreparationDaysMax = 90, IntegrationBetween = true },
        Intake = new IntakeRules { Entry = "intake-visit", ClosesDays = 5, ClosedAt = "first-session", ScreeningDays = 90, AttendancePercentMin = 75, SystolicMax = 150, DiastolicMax = 90, FastingPreset = "food-6h-clear-2h" },
        FacilitatorRoles = { "therapist", "peer" },
        Sessions =
        {
            new SessionTemplate { Id = "intake", Kind = "intake", DisplayName = "Intake", Scope = "person", Mode = "virtual", Minutes = 30, Staffing = { new StaffingNeed { Role = "therapist", MembersMin = 1 } } },
            Session("preparation", "preparation", 90, 1),
            Medicine(),
            Session("integration", "integration", 90, 3, 5),
        },
        Measures = { new MeasureTemplate { Measure = "phq-9", Due = { new DuePoint { Id = "baseline", Anchor = "baseline" }, new DuePoint { Id = "after", Anchor = "end", DaysAfter = 7, WindowDays = 7 } } } },
    };

    /// <summary>One person: a small plan with a small team. What stands against it is a refusal, and no lock.</summary>
    public static PlanDraft Plan(Scene scene) => new()
    {
        DisplayName = "Winter group",
        Program = "SMALL-5",
        StartsOn = Day(2029, 1, 8),
        Seats = 4,
        Slots =
        {
            Template(scene.Fresh).Sessions.Where(s => s.Scope != "person").Select(s => new Slot { Session = s.Id, Weekday = DayOfWeek.Tuesday, At = new TimeOfDay { Hours = 10 }, Room = scene.Room }),
        },
        Roster = { new RosterEntry { Facilitator = scene.Facilitator, Role = "therapist" } },
        Moves = { new Move { Session = "medicine", On = Day(2029, 1, 16), To = At(2029, 1, 17, 10, 0), Room = scene.Room } },
        ClosedDays = { Day(2029, 1, 1) },
        Given = { new Intended { Route = "im" } },
        HoldPolicy = new HoldPolicy { Ttl = Minutes(15), HoldsMax = 2, HoldsPerCallerMax = 1 },
    };

    public static RulePack RulePack(Scene scene) => new()
    {
        Pack = scene.Fresh,
        Version = 1,
        DisplayName = "A site's policy",
        Site = scene.SiteName,
        EffectiveFrom = Day(2026, 1, 1),
        EffectiveUntil = Day(2030, 1, 1),
        Source = "A meeting",
        Ratios = { new RatioRule { SessionKind = "medicine", Route = "im", Dose = new DoseBand { FromMicrograms = 0, UpToMicrograms = 100_000, UpToIncluded = true }, Role = "nurse", ParticipantsPerMember = 8, MembersMin = 1 } },
        Caps = { new CapRule { SessionKind = "medicine", SeatsMax = 12 } },
        Routes = { new RouteRule { Route = "iv", AccreditationAnyOf = { "hospital" } } },
    };

    public static Cohort Cohort(Scene scene) => new()
    {
        DisplayName = "Spring group",
        Program = "depression-12w",
        TemplateVersion = 1,
        Room = scene.RoomName,
        SeatsMin = 4,
        SeatsMax = 12,
        Staffing = { new StaffingRequirement { Role = "therapist", ParticipantsPerMember = 6, MembersMin = 1 } },
        Sessions =
        {
            new Session { Kind = "preparation", LocalStart = At(2029, 3, 5, 17, 30), Duration = Minutes(90), Turnover = Minutes(30) },
            new Session { Kind = "integration", LocalStart = At(2029, 3, 12, 17, 30), Duration = Minutes(90), Turnover = Minutes(30) },
        },
        IntakeCloseTime = Timestamp.FromDateTimeOffset(new DateTimeOffset(2029, 3, 1, 0, 0, 0, TimeSpan.Zero)),
        HoldPolicy = new HoldPolicy { Ttl = Minutes(15), HoldsMax = 6, HoldsPerCallerMax = 4 },
    };

    private static SessionTemplate Session(string id, string kind, int minutes, params int[] weeks) => new()
    {
        Id = id,
        Kind = kind,
        DisplayName = id,
        Scope = "cohort",
        Mode = "in-person",
        Weeks = { weeks },
        PerWeek = 1,
        Minutes = minutes,
        TurnoverMinutes = 15,
        Staffing = { new StaffingNeed { Role = "facilitator", ParticipantsPerMember = 6, MembersMin = 2 } },
        Activities = { "breath-practice" },
        Attached = { new AttachedRole { Role = "elder" } },
    };

    private static SessionTemplate Medicine()
    {
        var session = Session("medicine", "medicine", 240, 2, 4);
        session.ObservationMinutes = 120;
        session.Staffing.Add(new StaffingNeed { Role = "prescriber", MembersMin = 1 });
        return session;
    }

    private static MovePathwayRequest Move(Scene scene) => new() { Participant = scene.ParticipantName, Reason = "person-asked", RequestId = Id() };

    public static Date Day(int year, int month, int day) => new() { Year = year, Month = month, Day = day };

    public static DateTime At(int year, int month, int day, int hours, int minutes) => new() { Year = year, Month = month, Day = day, Hours = hours, Minutes = minutes };

    public static Duration Minutes(int minutes) => new() { Seconds = minutes * 60 };

    public static string Id() => Guid.NewGuid().ToString();

    /// <summary>Digits that no other test has.</summary>
    private static string Random(int digits) => string.Concat(Guid.NewGuid().ToByteArray().Take(digits).Select(b => (char)('0' + (b % 10))));
}
