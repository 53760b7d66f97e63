using System.Collections.Immutable;
using System.CommandLine;
using System.Text.Json.Nodes;
using RttNetwork.Cli.Connection;
using RttNetwork.Cli.NetworkFiles;
using RttNetwork.Cli.Output;
using RttNetwork.Client;
using Spectre.Console;

namespace RttNetwork.Cli.Commands;

/// <summary><c>rtt seed</c>: makes a network as a file describes it. The same file again changes nothing.</summary>
internal static class SeedCommand
{
    public static Command Create(Surroundings surroundings)
    {
        var path = new Argument<string>("file") { Description = "A network file (docs/network-file.md)", HelpName = "FILE" };
        var check = new Option<bool>("--check") { Description = "Only read the file and say what is wrong with it" };
        var command = new Command("seed", "Makes sites, rooms, facilitators, cohorts and people as a file describes them. It makes what is missing and changes nothing that is there.") { path, check };
        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            NetworkFile file;
            try
            {
                file = NetworkFileReader.Read(run.Get(path));
            }
            catch (NetworkFileException e)
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

            if (run.Get(check))
            {
                run.Report.Result(() => Counts(file), console => console.WriteLine($"{run.Get(path)}: nothing wrong with it."));
                return ExitCode.Ok;
            }

            using var to = connection.Open(run, patient: true);
            if (to.Network != file.Network)
            {
                throw new UsageException($"The file is for network '{file.Network}' and you are on '{to.Network}'.");
            }

            var results = await Seeder.Apply(file, to.Client, run.Report, run.Cancel);
            run.Report.Result(() => Json(file, results), console => Show(results, console));
            return results.Any(r => r.Refused is not null) ? ExitCode.Failed : ExitCode.Ok;
        });
        return command;
    }

    private static JsonObject Counts(NetworkFile file) => new()
    {
        ["network"] = file.Network,
        ["sites"] = file.Sites.Length,
        ["facilitators"] = file.Facilitators.Length,
        ["cohorts"] = file.Cohorts.Length,
        ["participants"] = file.People.Length,
    };

    private static JsonObject Json(NetworkFile file, ImmutableArray<SeedResult> results) => new()
    {
        ["network"] = file.Network,
        ["inPlace"] = results.Count(r => r.Refused is null),
        ["alreadyThere"] = results.Count(r => r.AlreadyThere),
        ["refused"] = new JsonArray([.. results.Where(r => r.Refused is not null).Select(r => new JsonObject { ["kind"] = r.Step.Kind, ["name"] = r.Step.Name, ["error"] = RefusalText.Json(r.Refused!) })]),
        ["participants"] = new JsonArray([.. results.Where(r => r is { Step.Kind: "participants", Refused: null }).Select(r => (JsonNode)ResourceName.Id(r.Resource))]),
    };

    private static void Show(ImmutableArray<SeedResult> results, IAnsiConsole console)
    {
        var table = Tables.Of("", "IN PLACE", "THERE BEFORE", "REFUSED");
        foreach (var kind in results.GroupBy(r => r.Step.Kind))
        {
            table.AddRow(
                kind.Key.Cell(),
                $"{kind.Count(r => r.Refused is null)}".Cell(),
                $"{kind.Count(r => r.AlreadyThere)}".Cell(),
                $"{kind.Count(r => r.Refused is not null)}".Cell());
        }

        console.Write(table);
        foreach (var refused in results.Where(r => r.Refused is not null))
        {
            console.WriteLine($"{refused.Step.Kind} {refused.Step.Name}:");
            RefusalText.Write(refused.Refused!, console);
        }
    }
}
