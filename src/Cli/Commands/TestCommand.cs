using System.CommandLine;
using System.Diagnostics;

namespace RttNetwork.Cli.Commands;

/// <summary>
/// <c>rtt test</c> is the launcher's own: it builds every project, and a program cannot rebuild itself while it runs. This is for whoever
/// starts the program without the launcher.
/// </summary>
internal static class TestCommand
{
    public static Command Create(Surroundings surroundings)
    {
        var projects = new Argument<string[]>("project") { Description = "Only these: Domain, Storage.Tests", Arity = ArgumentArity.ZeroOrMore, HelpName = "PROJECT" };
        var command = new Command("test", "Builds everything and runs every test. The last line is 'N passed, N failed'.") { projects };
        command.Does(surroundings, async run =>
        {
            var launcher = Path.Combine(surroundings.Root, "rtt");
            if (!File.Exists(launcher))
            {
                throw new UsageException($"No launcher at {launcher}: `test` needs a checkout of the repository.");
            }

            using var process = Process.Start(new ProcessStartInfo(launcher, ["test", .. run.Get(projects), .. run.Report.Json ? (string[])["--json"] : []]))!;
            await process.WaitForExitAsync(run.Cancel);
            return process.ExitCode;
        });
        return command;
    }
}
