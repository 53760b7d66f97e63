using NodaTime;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Participants;
using RttNetwork.Contracts.Sites;
using RttNetwork.Contracts.Units;

namespace RttNetwork.Gateway.Tests.Hosting;

/// <summary>What fake grains answer.</summary>
public static class Views
{
    public static SiteView Site(string site = "north", string timeZone = "America/Vancouver") =>
        new("demo", site, "North Clinic", "fraser", "CA-BC", timeZone, 49.2, -123.1, [new RoomView("room-1", "Large room", 16, false, "")], [], false, "", 7);

    public static ParticipantView Participant(string id, string homeSite = "north") =>
        new("demo", id, homeSite, false, true, [], false, false, 3);

    public static SeatView Seat(string participant = "p1", SeatState state = SeatState.Booked) =>
        new("demo/c-north.c1", participant, state, null, Instant.FromUtc(2026, 12, 1, 17, 0));

    public static Task<UnitAnswer<T>> Accepted<T>(T reply, string token = "12.34") where T : class => Task.FromResult(UnitAnswer<T>.Of(UnitOutcome.Accepted, reply, token));

    public static Task<ReadAnswer<T>> Found<T>(T? value) where T : class => Task.FromResult(new ReadAnswer<T>(value, false));
}
