using System.CommandLine;
using System.Globalization;
using RttNetwork.Cli.Connection;
using RttNetwork.Cli.Output;
using RttNetwork.Client;
using RttNetwork.Wire.V1;
using Spectre.Console;

namespace RttNetwork.Cli.Commands;

/// <summary><c>rtt appointments</c>: sessions of one seat, as a free consultation, an intake visit, a screening or a private preparation.</summary>
internal static class AppointmentsCommand
{
    public static Command Create(Surroundings surroundings) => new(
        "appointments",
        "Appointments of one person: consultations, intake visits, screenings, private preparations. They are held, booked and given back as seats are (hold, book, cancel, release SITE/APPOINTMENT PARTICIPANT).")
    {
        List(surroundings),
        Offer(surroundings),
        Withdraw(surroundings),
        Kept(surroundings),
    };

    private static Command List(Surroundings surroundings)
    {
        var site = new Option<string?>("--site") { Description = "The site [the token's, when it has one]", HelpName = "S" };
        var program = new Option<string?>("--program") { Description = "Only of this program", HelpName = "P" };
        var kind = new Option<string?>("--kind") { Description = "Only of this kind: consultation, intake, screening, preparation", HelpName = "K" };
        var from = Days.Option("--from", "On this day or later, by UTC");
        var until = Days.Option("--until", "On this day or earlier, by UTC");
        var open = new Option<bool>("--open") { Description = "Only those that somebody can have now" };
        var limit = Paging.Limit();
        var command = new Command("list", "Lists the appointments of a site, soonest first.") { site, program, kind, from, until, open, limit };
        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            using var to = connection.Open(run);
            var parent = to.SiteName(run.Get(site));
            var listed = await Paging.All<Appointment>(run, limit, async (page, token) =>
            {
                var reply = await to.Client.Appointments.ListAppointmentsAsync(
                    new ListAppointmentsRequest
                    {
                        Parent = parent,
                        Program = run.Get(program) ?? "",
                        Kind = run.Get(kind) ?? "",
                        Earliest = run.Get(from),
                        Latest = run.Get(until),
                        OpenOnly = run.Get(open),
                        PageSize = page,
                        PageToken = token,
                    },
                    cancellationToken: run.Cancel);
                return (reply.Appointments, reply.NextPageToken);
            });
            run.Report.Result(() => WireJson.Of(listed), console => console.Write(Table(listed)));
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Offer(Surroundings surroundings)
    {
        var name = AppointmentArgument("SITE/APPOINTMENT: a new id at the site");
        var program = new Option<string>("--program") { Description = "The program's code", Required = true, HelpName = "P" };
        var session = new Option<string>("--session") { Description = "The appointment's id in the program's template: consultation, intake, medical-screening", Required = true, HelpName = "ID" };
        var at = new Option<string>("--at") { Description = "Wall time at the site: 2027-01-12T10:20", Required = true, HelpName = "TIME" };
        var who = new Option<string[]>("--facilitator") { Description = "Who may lead it, ID or ID=ROLE; one who is free and may do so is chosen", Required = true, AllowMultipleArgumentsPerToken = true, HelpName = "ID" };
        var room = new Option<string?>("--room") { Description = "The room's id [virtual]", HelpName = "ROOM" };
        var intake = new Option<string?>("--for") { Description = "The cohort whose intake it belongs to, and closes with", HelpName = "COHORT" };
        var requestId = SeatCommands.RequestIdOption();
        var dryRun = SeatCommands.DryRunOption();
        var command = new Command("offer", "Offers an appointment: room, facilitator and its one seat, all or nothing.") { name, program, session, at, who, room, intake, requestId, dryRun };
        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            using var to = connection.Open(run);
            var full = Names.Cohort(run.Get(name), to.Network, to.Site);
            if (!DateTime.TryParseExact(run.Get(at), "yyyy-MM-dd'T'HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var start))
                throw new UsageException($"--at: '{run.Get(at)}' is no wall time. Write it like 2027-01-12T10:20.");
            var id = run.Parsed.GetValue(requestId);
            var appointment = new Appointment
            {
                Program = run.Get(program)!,
                Session = run.Get(session)!,
                LocalStart = new Google.Type.DateTime { Year = start.Year, Month = start.Month, Day = start.Day, Hours = start.Hour, Minutes = start.Minute },
                Room = run.Get(room) ?? "",
                ForCohort = run.Get(intake) is { } cohort ? Names.Cohort(cohort, to.Network, to.Site) : "",
            };
            foreach (var entry in run.Get(who)!)
            {
                var parts = entry.Split('=', 2);
                appointment.Roster.Add(new RosterEntry { Facilitator = parts[0], Role = parts.Length > 1 ? parts[1] : "" });
            }

            var offered = await to.Client.Appointments.OfferAppointmentAsync(
                new OfferAppointmentRequest
                {
                    Parent = ResourceName.Site(to.Network, ResourceName.Part(full, "sites")),
                    AppointmentId = ResourceName.Id(full),
                    Appointment = appointment,
                    RequestId = id ?? RequestId.New(),
                    ValidateOnly = run.Get(dryRun),
                },
                id is null ? null : RttClient.Repeat,
                cancellationToken: run.Cancel);
            run.Report.Result(() => WireJson.Of(offered), console => console.Write(Table([offered])));
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Withdraw(Surroundings surroundings)
    {
        var name = AppointmentArgument("SITE/APPOINTMENT");
        var reason = new Option<string>("--reason") { Description = "A code: ill, closed", DefaultValueFactory = _ => "closed", HelpName = "CODE" };
        var requestId = SeatCommands.RequestIdOption();
        var command = new Command("withdraw", "Withdraws an appointment: whoever has it, who leads it and its room are free.") { name, reason, requestId };
        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            using var to = connection.Open(run);
            var id = run.Parsed.GetValue(requestId);
            var withdrawn = await to.Client.Appointments.WithdrawAppointmentAsync(
                new WithdrawAppointmentRequest { Name = Names.Cohort(run.Get(name), to.Network, to.Site), Reason = run.Get(reason)!, RequestId = id ?? RequestId.New() },
                id is null ? null : RttClient.Repeat,
                cancellationToken: run.Cancel);
            run.Report.Result(() => WireJson.Of(withdrawn), console => console.WriteLine($"{State(withdrawn.State)}: {Names.Short(withdrawn.Name)}"));
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Kept(Surroundings surroundings)
    {
        var name = AppointmentArgument("SITE/APPOINTMENT");
        var participant = new Argument<string>("participant") { Description = "The participant's id or whole name", HelpName = "PARTICIPANT" };
        var missed = new Option<bool>("--missed") { Description = "The person did not come" };
        var requestId = SeatCommands.RequestIdOption();
        var command = new Command("kept", "Records that the person came; a private preparation then counts as one on their pathway.") { name, participant, missed, requestId };
        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            using var to = connection.Open(run);
            var id = run.Parsed.GetValue(requestId);
            var pathway = await to.Client.Pathways.RecordAttendanceAsync(
                new RecordAttendanceRequest
                {
                    Participant = Names.Participant(run.Get(participant), to.Network),
                    Cohort = Names.Cohort(run.Get(name), to.Network, to.Site),
                    Session = 0,
                    Attended = !run.Get(missed),
                    RequestId = id ?? RequestId.New(),
                },
                id is null ? null : RttClient.Repeat,
                cancellationToken: run.Cancel);
            run.Report.Result(() => WireJson.Of(pathway), console => console.WriteLine(run.Get(missed) ? "recorded: missed" : "recorded: came"));
            return ExitCode.Ok;
        });
        return command;
    }

    private static Table Table(IEnumerable<Appointment> appointments)
    {
        var table = Tables.Of("APPOINTMENT", "DATE", "TIME", "SESSION", "PROGRAM", "ROOM", "WITH", "FOR", "");
        foreach (var appointment in appointments)
        {
            var at = appointment.LocalStart;
            var start = new DateTime(at.Year, at.Month, at.Day, at.Hours, at.Minutes, 0, DateTimeKind.Unspecified);
            table.AddRow(
                Names.Short(appointment.Name).Cell(),
                start.ToString("ddd yyyy-MM-dd", CultureInfo.InvariantCulture).Cell(),
                $"{start:HH:mm}-{start.AddSeconds(appointment.Duration.Seconds):HH:mm}".Cell(),
                appointment.DisplayName.Cell(),
                appointment.Program.Cell(),
                (appointment.Room.Length > 0 ? appointment.Room : "virtual").Cell(),
                string.Join(", ", appointment.Roster.Select(r => r.Facilitator)).Cell(),
                (appointment.ForCohort.Length > 0 ? Names.Short(appointment.ForCohort) : "").Cell(),
                State(appointment.State).Cell());
        }

        return table;
    }

    private static string State(AppointmentState state) => state switch
    {
        AppointmentState.AppointmentOpen => "open",
        AppointmentState.AppointmentHeld => "held",
        AppointmentState.AppointmentBooked => "booked",
        AppointmentState.AppointmentWithdrawn => "withdrawn",
        _ => "closed",
    };

    private static Argument<string> AppointmentArgument(string description) => new("appointment") { Description = description, HelpName = "APPOINTMENT" };
}
