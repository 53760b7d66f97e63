namespace RttNetwork.Load.Calls;

/// <summary>Paths of the methods that are called.</summary>
internal static class Methods
{
    public const string Book = "/rtt.v1.Cohorts/BookSeat";
    public const string Cancel = "/rtt.v1.Cohorts/CancelSeat";
    public const string Get = "/rtt.v1.Cohorts/GetCohort";
    public const string SearchSeats = "/rtt.v1.Cohorts/SearchSeats";
    public const string GetParticipant = "/rtt.v1.Participants/GetParticipant";
    public const string JoinList = "/rtt.v1.WaitLists/JoinCohortList";
    public const string CreateReferral = "/rtt.v1.Referrals/CreateReferral";
    public const string AcceptReferral = "/rtt.v1.Referrals/AcceptReferral";
    public const string ListReferrals = "/rtt.v1.Referrals/ListReferrals";
    public const string CreateRoom = "/rtt.v1.Sites/CreateRoom";
    public const string CreateFacilitator = "/rtt.v1.Facilitators/CreateFacilitator";
    public const string CreateProgram = "/rtt.v1.Programs/CreateProgramVersion";
    public const string PlanCohort = "/rtt.v1.Plans/PlanCohort";
}
