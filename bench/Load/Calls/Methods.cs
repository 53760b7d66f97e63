namespace RttNetwork.Load.Calls;

/// <summary>Paths of the methods that are called.</summary>
internal static class Methods
{
    public const string Book = "/rtt.v1.Cohorts/BookSeat";
    public const string Cancel = "/rtt.v1.Cohorts/CancelSeat";
    public const string Get = "/rtt.v1.Cohorts/GetCohort";
    public const string GetParticipant = "/rtt.v1.Participants/GetParticipant";
}
