using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using RttNetwork.Cli.Commands;
using RttNetwork.Cli.Output;
using RttNetwork.Client;

namespace RttNetwork.Cli;

/// <summary>The <c>rtt</c> command line: finds the command, runs it, and turns whatever comes of it into an exit code.</summary>
internal static class CommandLine
{
    public static async Task<int> Run(string[] args, Surroundings surroundings, CancellationToken cancel = default)
    {
        var parsed = Root(surroundings).Parse(args);
        if (parsed.Errors.Count > 0)
        {
            // The library would exit with 1, which here means that a rule refused.
            var output = Report.For(parsed, surroundings);
            output.Failure("USAGE", string.Join(' ', parsed.Errors.Select(e => e.Message)), $"{surroundings.Self} {Path(parsed.CommandResult)} --help".Replace("  ", " ", StringComparison.Ordinal));
            return ExitCode.Usage;
        }

        return await parsed.InvokeAsync(
            new InvocationConfiguration
            {
                Output = surroundings.Out,
                Error = surroundings.Error,
                EnableDefaultExceptionHandler = false,
                // The commands end by themselves when asked to; `up` stops a silo and may take a while.
                ProcessTerminationTimeout = TimeSpan.FromSeconds(60),
            },
            cancel);
    }

    /// <summary>Makes <paramref name="run"/> what the command does, and every way it can end an exit code.</summary>
    public static void Does(this Command command, Surroundings surroundings, Func<Invocation, Task<int>> run)
    {
        command.Options.Add(Report.JsonOption());
        command.SetAction(async (parsed, cancel) =>
        {
            var report = Report.For(parsed, surroundings);
            try
            {
                return await run(new Invocation(parsed, surroundings, report, cancel));
            }
            catch (RttException e)
            {
                report.Refusal(e);
                return RefusalText.ExitCodeOf(e.Refusal);
            }
            catch (UsageException e)
            {
                report.Failure(e.ExitCode == ExitCode.NotReachable ? "NOT_REACHABLE" : "USAGE", e.Message);
                return e.ExitCode;
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                report.Failure("INTERRUPTED", "Stopped. What was sent may have been done: the same command again finds out.");
                return ExitCode.Interrupted;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
            {
                report.Failure("FAILED", e.Message);
                return ExitCode.Failed;
            }
        });
    }

    // Not a RootCommand: that one takes its name from the program's file, and people type `rtt`.
    private static Command Root(Surroundings s) => new("rtt", $"""
        RttNetwork: seats in group ketamine-assisted therapy cohorts, across clinics.

        {ExitCode.Help}
        """)
    {
        UpCommand.Create(s),
        DemoCommand.Create(s),
        TestCommand.Create(s),
        SitesCommand.Create(s),
        ProgramsCommand.Create(s),
        PlanCommand.Create(s),
        RosterCommand.Create(s),
        AppointmentsCommand.Create(s),
        CalendarCommand.Create(s),
        ResolveCommand.Create(s),
        CohortsCommand.Create(s),
        CapacityCommand.Create(s),
        WaitsCommand.Create(s),
        FlowsCommand.Create(s),
        ReportCommand.Create(s),
        SeatsCommand.Create(s),
        SeatCommands.Book(s),
        SeatCommands.Hold(s),
        SeatCommands.Cancel(s),
        SeatCommands.Release(s),
        WaitListCommand.Lists(s),
        WaitListCommand.Offers(s),
        RegisterCommand.Create(s),
        PathwayCommand.Create(s),
        MeasuresCommand.Create(s),
        SafetyCommand.Create(s),
        ReferralsCommand.Refer(s),
        ReferralsCommand.Create(s),
        ReferralsCommand.Transfer(s),
        RehomeCommand.Create(s),
        WebhooksCommand.Create(s),
        SessionCommand.Create(s),
        ImportCommand.Create(s),
        SeedCommand.Create(s),
        MigrateCommand.Create(s),
        TokenCommand.Create(s),
        DoctorCommand.Create(s),
        ChaosCommand.Create(s),
        BenchCommand.Create(s),
        new HelpOption(),
        new VersionOption(),
    };

    private static string Path(CommandResult command)
    {
        var names = new Stack<string>();
        for (SymbolResult? at = command; at is CommandResult { Parent: not null } c; at = c.Parent)
        {
            names.Push(c.Command.Name);
        }

        return string.Join(' ', names);
    }
}

/// <summary>One run of one command.</summary>
internal sealed record Invocation(ParseResult Parsed, Surroundings Surroundings, Report Report, CancellationToken Cancel)
{
    public T? Get<T>(Option<T> option) => Parsed.GetValue(option);

    public T Get<T>(Argument<T> argument) => Parsed.GetRequiredValue(argument);
}
