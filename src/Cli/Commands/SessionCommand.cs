using System.CommandLine;
using System.Globalization;
using Google.Protobuf.Collections;
using Google.Protobuf.WellKnownTypes;
using NodaTime;
using RttNetwork.Cli.Connection;
using RttNetwork.Cli.Output;
using RttNetwork.Client;
using RttNetwork.Wire.V1;
using Spectre.Console;

namespace RttNetwork.Cli.Commands;

/// <summary><c>rtt session</c>: the door of one session, and what is done at it.</summary>
internal static class SessionCommand
{
    public static Command Create(Surroundings surroundings) => new("session", "Shows the door of a session, and does what is done at it.")
    {
        List(surroundings),
        Show(surroundings),
        SessionActs.Attend(surroundings),
        SessionActs.CheckIn(surroundings),
        SessionActs.Dose(surroundings),
        SessionActs.Discharge(surroundings),
        SessionActs.MakeUp(surroundings),
        SessionActs.NoMakeUp(surroundings),
    };

    public static Argument<string> Cohort() => new("cohort") { Description = "SITE/COHORT, or the cohort's whole name", HelpName = "COHORT" };

    public static Argument<string> Session() => new("session") { Description = "The session's number, or its id (w04-medicine-p2): see `session list`", HelpName = "SESSION" };

    /// <summary>A session's number from what was typed: a number is taken as it is, an id is looked up in the cohort's plan.</summary>
    public static async Task<int> Number(Connected to, string cohort, string session, CancellationToken cancel)
    {
        if (int.TryParse(session, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return number;
        var sessions = (await to.Client.Cohorts.GetCohortAsync(new GetCohortRequest { Name = cohort }, cancellationToken: cancel)).Sessions;
        var found = sessions.Select(s => s.Id).ToList().IndexOf(session);
        return found >= 0
            ? found
            : throw new UsageException($"'{session}' is no session of {Names.Short(cohort)}: 0 to {sessions.Count - 1}{(sessions is [{ Id.Length: > 0 } first, ..] ? $", or an id like {first.Id}" : "")}.");
    }

    private static Command List(Surroundings surroundings)
    {
        var cohort = Cohort();
        var command = new Command("list", "Lists the sessions of a cohort with their numbers, and how each stands.") { cohort };
        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            using var to = connection.Open(run);
            var sessions = (await to.Client.Cohorts.GetCohortAsync(new GetCohortRequest { Name = Names.Cohort(run.Get(cohort), to.Network, to.Site) }, cancellationToken: run.Cancel)).Sessions;
            run.Report.Result(() => WireJson.Of(sessions), console => console.Write(Calendar(sessions)));
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Show(Surroundings surroundings)
    {
        var (cohort, session) = (Cohort(), Session());
        var command = new Command("show", "Shows one session: when and where, its staff, who is expected and where each of them is, and what must be done before it may open.") { cohort, session };
        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            using var to = connection.Open(run);
            var name = Names.Cohort(run.Get(cohort), to.Network, to.Site);
            var number = await Number(to, name, run.Get(session), run.Cancel);
            var door = await to.Client.Sessions.GetSessionAsync(new GetSessionRequest { Cohort = name, Session = number }, cancellationToken: run.Cancel);
            run.Report.Result(() => WireJson.Of(door), console => console.Write(Render(door)));
            return ExitCode.Ok;
        });
        return command;
    }

    private static Table Calendar(RepeatedField<Session> sessions)
    {
        var table = Tables.Of("NO", "ID", "KIND", "LOCAL TIME", "POD", "ROOM", "STAFF", "");
        for (var i = 0; i < sessions.Count; i++)
        {
            var session = sessions[i];
            table.AddRow(
                $"{i}".Cell(),
                (session.Id.Length > 0 ? session.Id : "-").Cell(),
                session.Kind.Cell(),
                Local(session).Cell(),
                (session.Pod > 0 ? $"{session.Pod}" : "all").Cell(),
                Room(session).Cell(),
                string.Join(", ", session.Facilitators.Select(f => Facilitator(session, f))).Cell(),
                (session.Blocked ? "BLOCKED" : session.AtRisk ? "AT RISK" : "").Cell());
        }

        return table;
    }

    /// <summary>The door as a front desk reads it.</summary>
    public static Rows Render(SessionDoor door)
    {
        var session = door.Session;
        var zone = DateTimeZoneProviders.Tzdb.GetZoneOrNull(door.TimeZone) ?? DateTimeZone.Utc;
        string At(Timestamp? time) => Local(time, zone, session);
        var facts = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(2)).AddColumn();
        void Row(string name, string value) => facts.AddRow(name.Cell(), value.Cell());
        var name = session.DisplayName.Length > 0 ? session.DisplayName : session.Kind;
        Row("session", $"{door.Number}{(session.Id.Length > 0 ? $" {session.Id}" : "")}: {name}{(session.Pod > 0 ? $", pod {session.Pod}" : "")}, {Names.Short(door.Cohort)} ({door.Program})");
        Row("local time", $"{Local(session)}, {session.Duration.Seconds / 60} minutes{(session.Observation is { Seconds: > 0 } o ? $", of them {o.Seconds / 60} of observation" : "")} ({door.TimeZone}; {WireJson.Instant(session.StartTime)})");
        Row("room", Room(session));
        Row("standing", door.Standing switch
        {
            SessionStanding.SessionBlocked => "BLOCKED: it is not run as a medicine session",
            SessionStanding.SessionAtRisk => $"AT RISK{(session.CureUntilTime is { } until ? $", cure until {At(until)}" : "")}",
            _ => "ready",
        });
        Row("door", door.Open ? $"OPEN{(door.CloseTime is { } close ? $" until {At(close)}" : "")}" : $"closed; from {At(door.OpenTime)}{(door.CloseTime is { } end ? $" to {At(end)}" : "")}");
        Row("people", $"{door.Expected} expected, {door.Present} in it now, {door.SeatsUsable} carried by room and staff ({door.BoundBy})");
        foreach (var need in session.Needs)
        {
            var shortage = door.Shortages.FirstOrDefault(s => s.Role == need.Role && s.ParticipantsPerMember == need.ParticipantsPerMember);
            var ratio = need.ParticipantsPerMember > 0 ? $"1:{need.ParticipantsPerMember}, at least {need.MembersMin}" : $"at least {need.MembersMin}";
            Row(need.Role, shortage is null ? $"enough ({ratio})" : $"{shortage.Counted} of {shortage.Needed} ({ratio})");
        }

        Row("staff", session.Facilitators.Count > 0 ? string.Join(", ", session.Facilitators.Select(f => Facilitator(session, f))) : "-");
        foreach (var hindrance in door.Hindrances)
            Row("TO DO", $"{hindrance.Reason} (rule {hindrance.Rule}): {hindrance.Message}{(hindrance.Actions.Count > 0 ? $" [{string.Join(", ", hindrance.Actions)}]" : "")}");
        foreach (var person in door.People.Where(p => p.KeptOut is not null))
            Row("KEPT OUT", $"{ResourceName.Id(person.Participant)}: {person.KeptOut.Message}");
        var table = Tables.Of("PARTICIPANT", "POD", "WHERE", "CHECKED IN", "DOSES", "OBSERVED UNTIL", "");
        foreach (var person in door.People)
        {
            table.AddRow(
                ResourceName.Id(person.Participant).Cell(),
                (person.Guest ? "guest" : person.Pod > 0 ? $"{person.Pod}" : "-").Cell(),
                (person.Standing is "held" or "kept-out" ? person.Standing.ToUpperInvariant() : person.Standing).Cell(),
                At(person.Visit?.CheckInTime).Cell(),
                (person.Visit is { } visit ? $"{visit.Doses}" : "-").Cell(),
                At(person.ObservationUntilTime).Cell(),
                Why(person).Cell());
        }

        return new Rows(facts, table);
    }

    private static string Why(PersonAtDoor person)
    {
        var why = new List<string>();
        if (person.HeldFor.Count > 0) why.Add($"held for {string.Join(", ", person.HeldFor)}");
        if (person.KeptOut is { } kept) why.Add($"{kept.Reason} (rule {kept.Rule})");
        if (person.ConsentMissing.Count > 0) why.Add($"has yet to consent to {string.Join(", ", person.ConsentMissing.Select(ResourceName.Id))}");
        if (person.Visit is { Deviation: true }) why.Add("discharged with a deviation");
        return string.Join("; ", why);
    }

    /// <summary>An instant by the clock on the wall there: the time alone on the session's own day. A dash for none.</summary>
    private static string Local(Timestamp? time, DateTimeZone zone, Session session)
    {
        if (time is null) return "-";
        var local = Instant.FromDateTimeOffset(time.ToDateTimeOffset()).InZone(zone).LocalDateTime;
        var isThatDay = session.LocalStart is { } start && local.Date == new LocalDate(start.Year, start.Month, start.Day);
        return local.ToString(isThatDay ? "HH:mm" : "ddd uuuu-MM-dd HH:mm", CultureInfo.InvariantCulture);
    }

    private static string Local(Session session)
    {
        var at = session.LocalStart;
        return new DateTime(at.Year, at.Month, at.Day, at.Hours, at.Minutes, 0, DateTimeKind.Unspecified).ToString("ddd yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
    }

    private static string Room(Session session) => session.Virtual ? "virtual" : session.Room.Length > 0 ? ResourceName.Id(session.Room) : "-";

    private static string Facilitator(Session session, string facilitator) =>
        session.FacilitatorsNotCounted.Contains(facilitator) ? $"{ResourceName.Id(facilitator)}!" : ResourceName.Id(facilitator);
}
