using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Units;

namespace RttNetwork.Gateway.Mapping;

/// <summary>
/// What a caller may do next with a resource, by its scope and the resource's state: the names of methods, beginning in
/// lower case. A test holds every one of them to the method's own scopes.
/// </summary>
internal static class Actions
{
    private static readonly string[] None = [];

    private static readonly string[] SiteBySite = ["setLimitedCapacity", "registerParticipant"];
    private static readonly string[] SiteBySiteWithRooms = ["setLimitedCapacity", "registerParticipant", "blockRoom", "unblockRoom", "offerAppointment"];
    private static readonly string[] SiteByOperator = ["setLimitedCapacity", "registerParticipant", "createRoom", "grantAccreditation", "withdrawAccreditation", "describeSite", "hideSite", "unhideSite", "setNationGovernance"];
    private static readonly string[] SiteByOperatorWithRooms = ["setLimitedCapacity", "registerParticipant", "createRoom", "grantAccreditation", "withdrawAccreditation", "describeSite", "hideSite", "unhideSite", "setNationGovernance", "blockRoom", "unblockRoom", "createCohort", "planCohort", "offerAppointment"];

    private static readonly string[] Facilitator = ["recordCredential", "withdrawCredential", "assignFacilitator"];
    private static readonly string[] FacilitatorAssigned = ["recordCredential", "withdrawCredential", "assignFacilitator", "withdrawFacilitator"];
    private static readonly string[] FacilitatorBySite = ["assignFacilitator"];
    private static readonly string[] FacilitatorAssignedBySite = ["assignFacilitator", "withdrawFacilitator"];

    private static readonly string[] CohortWithSeats = ["holdSeat", "bookSeat", "cancelSeat", "releaseSeat", "assignFacilitator", "withdrawFacilitator"];
    private static readonly string[] CohortWithoutSeats = ["cancelSeat", "releaseSeat", "assignFacilitator", "withdrawFacilitator"];

    private static readonly string[] PlannedWithSeats = [.. CohortWithSeats, "proposeSubstitutes", "substituteFacilitator"];
    private static readonly string[] PlannedWithoutSeats = [.. CohortWithoutSeats, "proposeSubstitutes", "substituteFacilitator"];

    private static readonly string[] AppointmentOpen = ["holdSeat", "bookSeat", "withdrawAppointment", "assignFacilitator", "substituteFacilitator"];
    private static readonly string[] AppointmentTaken = ["bookSeat", "cancelSeat", "releaseSeat", "withdrawAppointment", "substituteFacilitator"];
    private static readonly string[] AppointmentClosed = ["withdrawAppointment", "assignFacilitator"];

    private static readonly string[] SeatHeld = ["bookSeat", "releaseSeat"];
    private static readonly string[] SeatOffered = ["acceptOffer", "declineOffer"];
    private static readonly string[] SeatBooked = ["cancelSeat"];
    private static readonly string[] SeatNone = ["holdSeat", "bookSeat"];

    private static readonly string[] PersonBySite = ["setEligibility", "referParticipant", "getPersonalData"];
    private static readonly string[] PersonBySiteEligible = ["setEligibility", "referParticipant", "getPersonalData", "holdSeat", "bookSeat"];
    private static readonly string[] PersonErasedBySite = ["setEligibility", "referParticipant"];
    private static readonly string[] PersonErasedBySiteEligible = ["setEligibility", "referParticipant", "holdSeat", "bookSeat"];
    private static readonly string[] PersonByOperator = ["setEligibility", "referParticipant", "erasePersonalData"];
    private static readonly string[] PersonByOperatorEligible = ["setEligibility", "referParticipant", "erasePersonalData", "holdSeat", "bookSeat"];

    /// <summary>Every list that there is, with the scope that it is shown to, for the test.</summary>
    internal static IEnumerable<(CallerScope Scope, string[] Names)> All =>
    [
        (CallerScope.Site, SiteBySite), (CallerScope.Site, SiteBySiteWithRooms), (CallerScope.Operator, SiteByOperator), (CallerScope.Operator, SiteByOperatorWithRooms),
        (CallerScope.Operator, Facilitator), (CallerScope.Operator, FacilitatorAssigned), (CallerScope.Site, FacilitatorBySite), (CallerScope.Site, FacilitatorAssignedBySite),
        (CallerScope.Site, CohortWithSeats), (CallerScope.Operator, CohortWithSeats), (CallerScope.Site, CohortWithoutSeats), (CallerScope.Operator, CohortWithoutSeats),
        (CallerScope.Site, PlannedWithSeats), (CallerScope.Operator, PlannedWithSeats), (CallerScope.Site, PlannedWithoutSeats), (CallerScope.Operator, PlannedWithoutSeats),
        (CallerScope.Site, AppointmentOpen), (CallerScope.Operator, AppointmentOpen), (CallerScope.Site, AppointmentTaken), (CallerScope.Operator, AppointmentTaken),
        (CallerScope.Site, AppointmentClosed), (CallerScope.Operator, AppointmentClosed),
        (CallerScope.Site, SeatHeld), (CallerScope.Operator, SeatHeld), (CallerScope.Site, SeatOffered), (CallerScope.Operator, SeatOffered), (CallerScope.Site, SeatBooked), (CallerScope.Operator, SeatBooked), (CallerScope.Site, SeatNone), (CallerScope.Operator, SeatNone),
        (CallerScope.Site, PersonBySite), (CallerScope.Site, PersonBySiteEligible), (CallerScope.Site, PersonErasedBySite), (CallerScope.Site, PersonErasedBySiteEligible),
        (CallerScope.Operator, PersonByOperator), (CallerScope.Operator, PersonByOperatorEligible), (CallerScope.Operator, PersonErasedBySite), (CallerScope.Operator, PersonErasedBySiteEligible),
    ];

    public static string[] OnSite(CallerScope scope, bool hasRooms) => scope switch
    {
        CallerScope.Site => hasRooms ? SiteBySiteWithRooms : SiteBySite,
        CallerScope.Operator => hasRooms ? SiteByOperatorWithRooms : SiteByOperator,
        _ => None,
    };

    public static string[] OnFacilitator(CallerScope scope, bool isAssigned) => scope switch
    {
        CallerScope.Site => isAssigned ? FacilitatorAssignedBySite : FacilitatorBySite,
        CallerScope.Operator => isAssigned ? FacilitatorAssigned : Facilitator,
        _ => None,
    };

    public static string[] OnCohort(CallerScope scope, bool takesPeople, bool isPlanned) => (scope, takesPeople, isPlanned) switch
    {
        (CallerScope.Site or CallerScope.Operator, true, false) => CohortWithSeats,
        (CallerScope.Site or CallerScope.Operator, false, false) => CohortWithoutSeats,
        (CallerScope.Site or CallerScope.Operator, true, true) => PlannedWithSeats,
        (CallerScope.Site or CallerScope.Operator, false, true) => PlannedWithoutSeats,
        _ => None,
    };

    public static string[] OnAppointment(CallerScope scope, Wire.V1.AppointmentState state) => (scope, state) switch
    {
        (CallerScope.Authority or CallerScope.System, _) or (_, Wire.V1.AppointmentState.AppointmentWithdrawn) => None,
        (_, Wire.V1.AppointmentState.AppointmentOpen) => AppointmentOpen,
        (_, Wire.V1.AppointmentState.AppointmentClosed) => AppointmentClosed,
        _ => AppointmentTaken,
    };

    public static string[] OnSeat(CallerScope scope, SeatState state, bool isOffer) => (scope, state) switch
    {
        (CallerScope.Authority or CallerScope.System, _) => None,
        (_, SeatState.Held) when isOffer => SeatOffered,
        (_, SeatState.Held) => SeatHeld,
        (_, SeatState.Booked) => SeatBooked,
        _ => SeatNone,
    };

    public static string[] OnParticipant(CallerScope scope, bool eligible, bool erased) => (scope, eligible, erased) switch
    {
        (CallerScope.Site, false, false) => PersonBySite,
        (CallerScope.Site, true, false) => PersonBySiteEligible,
        (CallerScope.Operator, false, false) => PersonByOperator,
        (CallerScope.Operator, true, false) => PersonByOperatorEligible,
        (CallerScope.Site or CallerScope.Operator, false, true) => PersonErasedBySite,
        (CallerScope.Site or CallerScope.Operator, true, true) => PersonErasedBySiteEligible,
        _ => None,
    };
}
