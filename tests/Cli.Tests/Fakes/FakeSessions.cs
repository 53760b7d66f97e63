using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using RttNetwork.Wire.V1;

namespace RttNetwork.Cli.Tests.Fakes;

internal sealed class FakeSessions : Sessions.SessionsBase
{
    /// <summary>A session at risk with somebody held, somebody observed and a guest who is kept out.</summary>
    public override Task<SessionDoor> GetSession(GetSessionRequest request, ServerCallContext context) => Task.FromResult(new SessionDoor
    {
        Cohort = request.Cohort,
        Program = "RTT-KaT-12",
        Number = request.Session,
        Session = Medicine,
        TimeZone = "America/Vancouver",
        Standing = SessionStanding.SessionAtRisk,
        Open = true,
        OpenTime = At(14),
        CloseTime = At(20),
        SeatsUsable = 5,
        BoundBy = "nurse",
        Expected = 8,
        Present = 1,
        Shortages = { new StaffShortage { Role = "nurse", Needed = 2, Counted = 1, ParticipantsPerMember = 5 } },
        Hindrances = { new DoorHindrance { Reason = "RATIO_WOULD_BREAK", Rule = 16, Message = "one nurse is missing", Actions = { "substituteFacilitator" } } },
        People =
        {
            new PersonAtDoor { Participant = "networks/bc/participants/p1", Pod = 2, Standing = "held", HeldFor = { "blood-pressure" } },
            new PersonAtDoor { Participant = "networks/bc/participants/p2", Pod = 2, Standing = "in-observation", Visit = new MedicineVisit { CheckInTime = At(16), Doses = 1 }, ObservationUntilTime = At(18, 10) },
            new PersonAtDoor { Participant = "networks/bc/participants/p3", Guest = true, Standing = "kept-out", KeptOut = new UnavailableAction { Action = "checkIn", Reason = "GAP_TOO_SHORT", Message = "12 days.", Rule = 4 } },
        },
    });

    public static Session Medicine => new()
    {
        Id = "w04-medicine-p2",
        Kind = "medicine",
        DisplayName = "Medicine session",
        Pod = 2,
        LocalStart = new Google.Type.DateTime { Year = 2027, Month = 5, Day = 25, Hours = 9 },
        Duration = Duration.FromTimeSpan(TimeSpan.FromMinutes(240)),
        Observation = Duration.FromTimeSpan(TimeSpan.FromMinutes(120)),
        StartTime = At(16),
        Room = "networks/bc/sites/nanaimo/rooms/hall",
        Needs = { new StaffingNeed { Role = "nurse", ParticipantsPerMember = 5, MembersMin = 1 } },
        Facilitators = { "networks/bc/facilitators/rn2" },
        AtRisk = true,
        CureUntilTime = Timestamp.FromDateTime(new System.DateTime(2027, 5, 22, 16, 0, 0, DateTimeKind.Utc)),
    };

    private static Timestamp At(int hour, int minute = 0) => Timestamp.FromDateTime(new System.DateTime(2027, 5, 25, hour, minute, 0, DateTimeKind.Utc));
}
