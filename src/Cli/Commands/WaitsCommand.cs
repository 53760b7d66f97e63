using System.CommandLine;
using System.Globalization;
using RttNetwork.Cli.Output;
using RttNetwork.Client;
using RttNetwork.Wire.V1;
using Spectre.Console;

namespace RttNetwork.Cli.Commands;

/// <summary><c>rtt waits</c>: how long people have waited, by every definition that has a name.</summary>
internal static class WaitsCommand
{
    private static readonly string[] Columns = ["DEFINITION", "CASES", "P50", "P90", "UNIT", "THIRD NEXT"];

    public static System.CommandLine.Command Create(Surroundings surroundings)
    {
        var from = Days.Required("--from", "The first day on which a wait ended");
        var to = Days.Required("--to", "The last one: not in the future, and at most 366 days in all; an authority asks for whole months that are over");
        var region = new Option<string?>("--region") { Description = "Only of sites of this region; an authority names its own", HelpName = "R" };
        var site = new Option<string?>("--site") { Description = "Only of pathways that this site leads", HelpName = "S" };
        var program = new Option<string?>("--program") { Description = "Only of this program: RTT-KaT-12, GRIP-8, ...", HelpName = "CODE" };
        return Asking.Of(
            surroundings,
            new System.CommandLine.Command("waits", "How long people have waited, by each named definition: of a site, region or program, or of the whole network.") { from, to, region, site, program },
            async (connected, run) => await connected.Client.Capacity.GetWaitsAsync(
                new GetWaitsRequest
                {
                    Parent = ResourceName.Network(connected.Network),
                    Region = run.Get(region) is { } r ? ResourceName.Region(r) : "",
                    Site = run.Get(site) is { } s ? Names.Site(s, connected.Network) : "",
                    Program = run.Get(program) ?? "",
                    From = run.Get(from),
                    To = run.Get(to),
                },
                cancellationToken: run.Cancel),
            Tell);
    }

    private static void Tell(GetWaitsResponse reply, IAnsiConsole console)
    {
        var table = Tables.Of(Columns);
        foreach (var f in reply.Figures)
        {
            table.AddRow(
                f.Definition.Cell(), CapacityCommand.Told(f.Cases).Cell(), Number(f.HasP50, f.P50).Cell(), Number(f.HasP90, f.P90).Cell(), f.Unit.Cell(), Number(f.HasThirdNextDays, f.ThirdNextDays).Cell());
        }

        console.Write(table);
        console.WriteLine($"as of {WireJson.Instant(reply.AsOfTime)}, at {reply.Token}");
        CapacityCommand.Warn(console, reply.StaleSinceTime);
        if (reply.WithheldSites.Count > 0) console.WriteLine($"WITHHELD: without {string.Join(", ", reply.WithheldSites.Select(ResourceName.Id))}, which a Nation governs.");
    }

    private static string Number(bool has, double number) => has ? number.ToString(CultureInfo.InvariantCulture) : "-";
}
