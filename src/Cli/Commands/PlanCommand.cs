using System.CommandLine;
using System.Text.Json.Nodes;
using RttNetwork.Cli.Connection;
using RttNetwork.Cli.NetworkFiles;
using RttNetwork.Cli.Output;
using RttNetwork.Client;
using RttNetwork.Wire.V1;
using Spectre.Console;

namespace RttNetwork.Cli.Commands;

/// <summary><c>rtt plan</c>: a whole cohort from a program's template, with its rooms and its staff, all or nothing.</summary>
internal static class PlanCommand
{
    public static Command Create(Surroundings surroundings)
    {
        var path = new Argument<string>("file") { Description = "A plan file (docs/program-file.md)", HelpName = "FILE" };
        var check = new Option<bool>("--check") { Description = "Show the plan, or everything that stands against it, and book nothing" };
        var command = new Command("plan", "Plans a cohort: every session of every pod with its room and its staff. All of it is booked, or everything that stands against it is listed.") { path, check };
        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            PlanFile file;
            try
            {
                file = PlanFile.Open(run.Get(path));
            }
            catch (NetworkFileException e)
            {
                return Report(run, e);
            }

            using var to = connection.Open(run);
            try
            {
                var cohort = await file.Send(to.Client, to.Network, run.Get(check), run.Cancel);
                run.Report.Result(() => WireJson.Of(cohort), console => Show(cohort, console, run.Get(check)));
                return ExitCode.Ok;
            }
            catch (NetworkFileException e)
            {
                return Report(run, e);
            }
        });
        return command;
    }

    /// <summary>The sessions as a calendar: a line each, a heading for each week.</summary>
    public static Table Calendar(IEnumerable<Session> sessions)
    {
        var table = Tables.Of("WEEK", "DATE", "TIME", "SESSION", "POD", "ROOM", "STAFF", "ACTIVITIES", "");
        var week = 0;
        foreach (var session in sessions)
        {
            var at = session.LocalStart;
            var start = new DateTime(at.Year, at.Month, at.Day, at.Hours, at.Minutes, 0, DateTimeKind.Unspecified);
            var end = start.AddSeconds(session.Duration.Seconds);
            table.AddRow(
                (session.Week == week ? "" : $"{session.Week}").Cell(),
                start.ToString("ddd yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture).Cell(),
                $"{start:HH:mm}-{end:HH:mm}".Cell(),
                session.DisplayName.Cell(),
                (session.Pod > 0 ? $"{session.Pod}" : "all").Cell(),
                (session.Room.Length > 0 ? ResourceName.Id(session.Room) : "virtual").Cell(),
                string.Join(", ", session.Facilitators.Select(f => session.FacilitatorsNotCounted.Contains(f) ? $"{ResourceName.Id(f)}!" : ResourceName.Id(f))).Cell(),
                string.Join(", ", session.Activities).Cell(),
                (session.Blocked ? "BLOCKED" : session.AtRisk ? session.CureUntilTime is { } until ? $"AT RISK, cure until {WireJson.Instant(until)}" : "AT RISK" : "").Cell());
            week = session.Week;
        }

        return table;
    }

    private static void Show(Cohort cohort, IAnsiConsole console, bool check)
    {
        var pods = cohort.Plan.Pods;
        console.WriteLine($"{Names.Short(cohort.Name)}: {cohort.Program} version {cohort.TemplateVersion}, {cohort.SeatsMax} people{(pods.Count > 0 ? $" in {pods.Count} pods" : "")}, {cohort.Sessions.Count} sessions; intake closes {WireJson.Instant(cohort.IntakeCloseTime)}{(check ? " (nothing is booked)" : "")}");
        console.Write(Calendar(cohort.Sessions));
    }

    private static int Report(Invocation run, NetworkFileException e)
    {
        if (run.Report.Json)
        {
            run.Report.Result(() => new JsonObject { ["error"] = new JsonObject { ["reason"] = "FILE", ["message"] = $"{e.Faults.Length} faults", ["faults"] = new JsonArray([.. e.Faults.Select(f => (JsonNode)f)]) } }, _ => { });
        }
        else
        {
            run.Report.Note(e.Message);
        }

        return ExitCode.Usage;
    }
}
