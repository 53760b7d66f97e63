using System.CommandLine;
using RttNetwork.Cli.Connection;
using RttNetwork.Cli.Output;
using RttNetwork.Client;
using RttNetwork.Wire.V1;
using Spectre.Console;

namespace RttNetwork.Cli.Commands;

/// <summary><c>rtt sites</c>: the sites that the caller may see.</summary>
internal static class SitesCommand
{
    public static Command Create(Surroundings surroundings)
    {
        var region = new Option<string?>("--region") { Description = "Only sites of this region", HelpName = "R" };
        var limit = Paging.Limit();
        var command = new Command("sites", "Lists the sites that you may see.") { region, limit };
        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            using var to = connection.Open(run);
            var sites = await Paging.All<Site>(run, limit, async (page, token) =>
            {
                var reply = await to.Client.Sites.ListSitesAsync(
                    new ListSitesRequest
                    {
                        Parent = ResourceName.Network(to.Network),
                        Region = run.Get(region) is { } r ? Names.Region(r) : "",
                        PageSize = page,
                        PageToken = token,
                    },
                    cancellationToken: run.Cancel);
                return (reply.Sites, reply.NextPageToken);
            });
            run.Report.Result(() => WireJson.Of(sites), console =>
            {
                var table = Tables.Of("SITE", "NAME", "REGION", "JURISDICTION", "ZONE", "ROOMS", "LARGEST", "");
                foreach (var site in sites)
                {
                    table.AddRow(
                        ResourceName.Id(site.Name).Cell(),
                        site.DisplayName.Cell(),
                        ResourceName.Id(site.Region).Cell(),
                        site.Jurisdiction.Cell(),
                        site.TimeZone.Cell(),
                        $"{site.Rooms.Count}".Cell(),
                        $"{site.Rooms.Where(r => !r.Blocked).Select(r => r.Occupancy).DefaultIfEmpty().Max()}".Cell(),
                        (site.LimitedCapacity ? $"limited capacity: {site.LimitedCapacityReason}" : "").Cell());
                }

                console.Write(table);
            });
            return ExitCode.Ok;
        });
        return command;
    }
}
