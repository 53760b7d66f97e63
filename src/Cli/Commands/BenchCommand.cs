using System.CommandLine;
using RttNetwork.Load;
using RttNetwork.Load.Results;
using RttNetwork.Storage.Local;
using Spectre.Console;

namespace RttNetwork.Cli.Commands;

/// <summary><c>rtt bench</c>: the product and its peer under load, on this machine.</summary>
internal static class BenchCommand
{
    public static Command Create(Surroundings surroundings)
    {
        var quick = new Option<bool>("--quick") { Description = "Minutes in place of half an hour; wider intervals" };
        var scenario = new Option<string?>("--scenario") { Description = $"Only this one: {string.Join(", ", Bench.Scenarios)}", HelpName = "NAME" };
        scenario.AcceptOnlyFromAmong([.. Bench.Scenarios]);
        var folder = new Option<string>("--folder") { Description = "Where the databases of both sides stand while it runs: a real disk, or nothing would be durable", DefaultValueFactory = _ => "/var/tmp", HelpName = "DIR" };
        var command = new Command("bench", "Measures this build beside its peer, the strongest program of the usual kind (bench/Peer), in turn on this machine, and says which targets it meets. Leave the machine alone meanwhile.")
        {
            quick, scenario, folder,
        };
        command.Does(surroundings, async run =>
        {
            var allPass = true;
            var options = new BenchOptions(run.Get(quick), run.Get(scenario), Path.Combine(run.Get(folder)!, $"rtt-bench-{Guid.NewGuid():N}"));
            try
            {
                await Bench.Run(options, run.Report.Note, measure =>
                {
                    allPass &= measure.Pass;
                    if (run.Report.Json) run.Report.Line(measure.ToJson());
                    else run.Report.Tables.MarkupLine(Line(measure));
                }, run.Cancel);
            }
            catch (Exception e) when (e is PostgresNotInstalledException or LocalPostgresException or InvalidOperationException or TimeoutException)
            {
                throw new UsageException(e.Message, ExitCode.Failed);
            }

            return allPass ? ExitCode.Ok : ExitCode.Failed;
        });
        return command;
    }

    private static string Line(Measure measure)
    {
        var interval = measure.Interval is { } i ? FormattableString.Invariant($" ({Measure.Round(i.Low)} to {Measure.Round(i.High)})") : "";
        var verdict = measure.Target is null ? "" : $"{measure.Target,10}  {(measure.Pass ? "[green]pass[/]" : "[red]FAIL[/]")}";
        return FormattableString.Invariant($"{measure.Name,-42} {Measure.Round(measure.Value),12}{interval,-22} {verdict}").TrimEnd();
    }
}
