using System.CommandLine;
using RttNetwork.Cli.Connection;
using RttNetwork.Cli.Output;
using RttNetwork.Client;
using RttNetwork.Wire.V1;
using Spectre.Console;

namespace RttNetwork.Cli.Commands;

/// <summary><c>rtt sites</c>: the sites that the caller may see, or one of them with its rooms.</summary>
internal static class SitesCommand
{
    public static Command Create(Surroundings surroundings)
    {
        var name = new Argument<string?>("site") { Description = "One site in full, with its rooms", Arity = ArgumentArity.ZeroOrOne, HelpName = "SITE", DefaultValueFactory = _ => null };
        var region = new Option<string?>("--region") { Description = "Only sites of this region", HelpName = "R" };
        var limit = Paging.Limit();
        var command = new Command("sites", "Lists the sites that you may see, or shows one with its rooms and accreditations.") { name, region, limit };
        command.Subcommands.Add(SiteActs.Describe(surroundings));
        command.Subcommands.Add(SiteActs.Limit(surroundings));
        command.Subcommands.Add(SiteActs.Unlimit(surroundings));
        command.Subcommands.Add(SiteActs.Hide(surroundings));
        command.Subcommands.Add(SiteActs.Unhide(surroundings));
        command.Subcommands.Add(SiteActs.Govern(surroundings));
        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            using var to = connection.Open(run);
            if (run.Parsed.GetValue(name) is { } one)
            {
                var site = await to.Client.Sites.GetSiteAsync(new GetSiteRequest { Name = Names.Site(one, to.Network) }, cancellationToken: run.Cancel);
                run.Report.Result(() => WireJson.Of(site), console => Show(site, console));
                return ExitCode.Ok;
            }

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
                var table = Tables.Of("SITE", "NAME", "REGION", "JURISDICTION", "ZONE", "");
                foreach (var site in sites)
                {
                    table.AddRow(
                        ResourceName.Id(site.Name).Cell(),
                        site.DisplayName.Cell(),
                        ResourceName.Id(site.Region).Cell(),
                        site.Jurisdiction.Cell(),
                        site.TimeZone.Cell(),
                        SiteActs.Standing(site).Cell());
                }

                console.Write(table);
            });
            return ExitCode.Ok;
        });
        return command;
    }
    private static void Show(Site site, IAnsiConsole console)
    {
        var facts = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(2)).AddColumn();
        facts.AddRow("site".Cell(), $"{ResourceName.Id(site.Name)}  {site.DisplayName}".Cell());
        facts.AddRow("region".Cell(), $"{ResourceName.Id(site.Region)}; rules of {site.Jurisdiction}; time of {site.TimeZone}".Cell());
        if (SiteActs.Standing(site) is { Length: > 0 } standing)
        {
            facts.AddRow("in searches".Cell(), standing.Cell());
        }

        if (site.Languages.Count > 0)
        {
            facts.AddRow("languages".Cell(), string.Join(", ", site.Languages).Cell());
        }

        if (site.Accessibility.Count > 0)
        {
            facts.AddRow("accessible".Cell(), string.Join(", ", site.Accessibility).Cell());
        }

        foreach (var accreditation in site.Accreditations)
        {
            facts.AddRow("accredited".Cell(), $"{accreditation.Code}, {WireJson.Day(accreditation.ValidFrom)} to {WireJson.Day(accreditation.ValidUntil)}".Cell());
        }

        console.Write(facts);
        var table = Tables.Of("ROOM", "NAME", "PEOPLE", "");
        foreach (var room in site.Rooms)
        {
            table.AddRow(ResourceName.Id(room.Name).Cell(), room.DisplayName.Cell(), $"{room.Occupancy}".Cell(), (room.Blocked ? $"blocked: {room.BlockedReason}" : "").Cell());
        }

        console.Write(table);
    }
}
