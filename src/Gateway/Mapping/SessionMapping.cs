using RttNetwork.Contracts.Sessions;
using RttNetwork.Contracts.Units;
using RttNetwork.Gateway.Calls;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Mapping;

/// <summary>The door of a session, on its way out.</summary>
internal static class SessionMapping
{
    private static readonly string[] Staff = ["proposeSubstitutes", "substituteFacilitator", "assignFacilitator"];
    private static readonly string[] Room = ["unblockRoom"];
    private static readonly string[] MissedSession = ["arrangeMakeUp", "deferParticipant"];

    /// <summary>Every action that a hindrance may name, for the test that holds them to the methods' scopes.</summary>
    internal static IEnumerable<string> AllActions => [.. Staff, .. Room, .. MissedSession];

    /// <param name="people">What the evidence of each of <see cref="SessionView.People"/> says, in their order; null for a person whose pathway another site leads.</param>
    public static SessionDoor ToWire(this SessionView view, Caller caller, IReadOnlyList<PersonAtTheDoorView?> people)
    {
        var cohort = CohortName.OfKey(view.Cohort);
        var session = view.Planned?.ToWire(cohort.Network, cohort.Site) ?? CohortMapping.ToWire(view.Session);
        var door = new SessionDoor
        {
            Cohort = cohort.ToString(),
            Program = view.Program,
            Number = view.Number,
            Session = session,
            TimeZone = view.TimeZone,
            Standing = view.Standing switch
            {
                "ready" => SessionStanding.SessionReady,
                "at-risk" => SessionStanding.SessionAtRisk,
                "blocked" => SessionStanding.SessionBlocked,
                _ => throw new InvalidOperationException($"Unknown standing {view.Standing}."),
            },
            Open = view.IsOpen,
            OpenTime = view.OpensAt.ToWire(),
            CloseTime = view.ClosesAt.ToWire(),
            SeatsUsable = view.SeatsUsable,
            BoundBy = view.BoundBy,
            Expected = view.Expected,
            Present = view.Present,
        };
        foreach (var shortage in view.Shortages)
        {
            door.Shortages.Add(new StaffShortage
            {
                Role = shortage.Role,
                Needed = shortage.Needed,
                Counted = shortage.Counted,
                ParticipantsPerMember = shortage.ParticipantsPerMember,
                NotCounted = { shortage.NotCounted.Select(f => new FacilitatorName(caller.Network, f).ToString()) },
            });
        }
        foreach (var refusal in view.Against)
            door.Hindrances.Add(new DoorHindrance { Reason = refusal.Reason, Message = refusal.Message, Rule = refusal.Rule, Actions = { MendedBy(refusal.Reason) } });
        for (var i = 0; i < view.People.Length; i++) door.People.Add(ToWire(view.People[i], people[i], caller.Network));
        return door;
    }

    private static PersonAtDoor ToWire(SessionPersonView person, PersonAtTheDoorView? there, string network)
    {
        var shown = new PersonAtDoor
        {
            Participant = new ParticipantName(network, person.Participant).ToString(),
            Pod = person.Pod,
            Guest = person.IsGuest,
            Standing = there?.Standing ?? (person.IsPresent ? "checked-in" : "expected"),
            Stage = there?.Stage ?? "",
            ConsentMissing = { person.ConsentMissing.Select(f => new FacilitatorName(network, f).ToString()) },
        };
        if (there is null) return shown;
        shown.HeldFor.AddRange(there.HeldFor);
        if (there.Refusal is { } refusal) shown.KeptOut = new UnavailableAction { Action = "checkIn", Reason = refusal.Reason, Message = refusal.Message, Rule = refusal.Rule };
        shown.Visit = there.Visit?.ToWire();
        shown.ObservationUntilTime = there.ObservedUntil.ToWire();
        return shown;
    }

    private static string[] MendedBy(string reason) => reason switch
    {
        "RATIO_WOULD_BREAK" => Staff,
        "ROOM_BLOCKED" => Room,
        "SESSION_BLOCKED" => MissedSession,
        _ => [],
    };
}
