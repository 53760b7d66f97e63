using System.CommandLine;
using RttNetwork.Cli.Connection;
using RttNetwork.Cli.Output;
using RttNetwork.Client;
using RttNetwork.Wire.V1;
using Spectre.Console;

namespace RttNetwork.Cli.Commands;

/// <summary><c>rtt calendar</c>: links to the calendar of a site or of a facilitator, which calendar programs subscribe to.</summary>
internal static class CalendarCommand
{
    public static Command Create(Surroundings surroundings) => new("calendar", "Links to the calendar of a site or of a facilitator (iCalendar), which a calendar program subscribes to.")
    {
        Link(surroundings),
        List(surroundings),
        Revoke(surroundings),
    };

    private static Command Link(Surroundings surroundings)
    {
        var (site, facilitator) = OwnerOptions();
        var requestId = SeatCommands.RequestIdOption();
        var command = new Command("link", "Makes a link. Its address is shown once, and lets whoever has it read the calendar until the link is revoked.") { site, facilitator, requestId };
        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            using var to = connection.Open(run);
            var id = run.Parsed.GetValue(requestId);
            var link = await to.Client.Calendars.CreateCalendarLinkAsync(
                new CreateCalendarLinkRequest { Parent = ResourceName.Network(to.Network), Owner = Owner(run.Get(site), run.Get(facilitator), to), RequestId = id ?? RequestId.New() },
                id is null ? null : RttClient.Repeat,
                cancellationToken: run.Cancel);
            run.Report.Result(() => WireJson.Of(link), console =>
            {
                console.WriteLine($"{link.Id}: GET this path at the network's HTTP address (of `up`: http://127.0.0.1:5081). It is a secret, and is not shown again:");
                console.WriteLine(link.Path);
            });
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command List(Surroundings surroundings)
    {
        var (site, facilitator) = OwnerOptions();
        var command = new Command("list", "Lists the links of a calendar, without their addresses.") { site, facilitator };
        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            using var to = connection.Open(run);
            var reply = await to.Client.Calendars.ListCalendarLinksAsync(
                new ListCalendarLinksRequest { Parent = ResourceName.Network(to.Network), Owner = Owner(run.Get(site), run.Get(facilitator), to) }, cancellationToken: run.Cancel);
            run.Report.Result(() => WireJson.Of(reply.Links), console =>
            {
                var table = Tables.Of("LINK", "CALENDAR OF");
                foreach (var link in reply.Links) table.AddRow(link.Id.Cell(), ResourceName.Id(link.Owner).Cell());
                console.Write(table);
            });
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Revoke(Surroundings surroundings)
    {
        var link = new Argument<string>("link") { Description = "The link's id", HelpName = "LINK" };
        var (site, facilitator) = OwnerOptions();
        var requestId = SeatCommands.RequestIdOption();
        var command = new Command("revoke", "Revokes a link: its address opens nothing from then on.") { link, site, facilitator, requestId };
        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            using var to = connection.Open(run);
            var id = run.Parsed.GetValue(requestId);
            var revoked = await to.Client.Calendars.RevokeCalendarLinkAsync(
                new RevokeCalendarLinkRequest { Parent = ResourceName.Network(to.Network), Owner = Owner(run.Get(site), run.Get(facilitator), to), Id = run.Get(link), RequestId = id ?? RequestId.New() },
                id is null ? null : RttClient.Repeat,
                cancellationToken: run.Cancel);
            run.Report.Result(() => WireJson.Of(revoked), console => console.WriteLine($"revoked: {revoked.Id}"));
            return ExitCode.Ok;
        });
        return command;
    }

    private static (Option<string?> Site, Option<string?> Facilitator) OwnerOptions() =>
        (new Option<string?>("--site") { Description = "Of this site [the token's, when it has one]", HelpName = "S" }, new Option<string?>("--facilitator") { Description = "Of this facilitator instead", HelpName = "F" });

    private static string Owner(string? site, string? facilitator, Connected to) => facilitator is not null ? Names.Facilitator(facilitator, to.Network) : to.SiteName(site);
}
