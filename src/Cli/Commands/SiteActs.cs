using System.CommandLine;
using RttNetwork.Cli.Connection;
using RttNetwork.Cli.Output;
using RttNetwork.Client;
using RttNetwork.Wire.V1;
using Spectre.Console;

namespace RttNetwork.Cli.Commands;

/// <summary><c>rtt sites describe</c>, <c>limit</c>, <c>unlimit</c>, <c>hide</c>, <c>unhide</c> and <c>govern</c>: what searches know of a site, how they treat it, and whose word it takes to show its figures.</summary>
internal static class SiteActs
{
    public static Command Describe(Surroundings surroundings)
    {
        var latitude = new Option<double?>("--latitude") { Description = "Degrees; with --longitude", HelpName = "DEG" };
        var longitude = new Option<double?>("--longitude") { Description = "Degrees; with --latitude", HelpName = "DEG" };
        var languages = Codes("--language", "A language in which people are looked after: en. May be repeated");
        var accessibility = Codes("--access", "What makes it accessible: wheelchair. May be repeated");
        return Act(surroundings, "describe", "Says anew where a site is and whom it can serve: what is left out is not known any more. The operator's.", [latitude, longitude, languages, accessibility], (sites, run, ask) =>
        {
            var request = new DescribeSiteRequest { Name = ask.Site, RequestId = ask.RequestId, ValidateOnly = ask.DryRun };
            if (run.Get(latitude) is { } north) request.Latitude = north;
            if (run.Get(longitude) is { } east) request.Longitude = east;
            request.Languages.AddRange(run.Get(languages) ?? []);
            request.Accessibility.AddRange(run.Get(accessibility) ?? []);
            return sites.DescribeSiteAsync(request, ask.Headers, cancellationToken: run.Cancel).ResponseAsync;
        });
    }

    public static Command Limit(Surroundings surroundings)
    {
        var reason = Reason();
        var until = Days.Option("--until", "The last day of it at the site [nobody knows yet]");
        return Act(surroundings, "limit", "Says that a site's capacity is limited: searches show it after all others, until that day or until `unlimit`.", [reason, until], (sites, run, ask) =>
            sites.SetLimitedCapacityAsync(
                new SetLimitedCapacityRequest { Name = ask.Site, LimitedCapacity = true, Reason = run.Get(reason), Until = run.Get(until), RequestId = ask.RequestId, ValidateOnly = ask.DryRun },
                ask.Headers,
                cancellationToken: run.Cancel).ResponseAsync);
    }

    public static Command Unlimit(Surroundings surroundings) =>
        Act(surroundings, "unlimit", "Says that a site's capacity is limited no more.", [], (sites, run, ask) =>
            sites.SetLimitedCapacityAsync(new SetLimitedCapacityRequest { Name = ask.Site, RequestId = ask.RequestId, ValidateOnly = ask.DryRun }, ask.Headers, cancellationToken: run.Cancel).ResponseAsync);

    public static Command Hide(Surroundings surroundings)
    {
        var reason = Reason();
        var agreedBy = new Option<string>("--agreed-by") { Description = "Who has agreed: operator or authority", Required = true, HelpName = "WHO" };
        return Act(surroundings, "hide", "Hides a site with limited capacity from searches. The operator's: no site hides itself.", [reason, agreedBy], (sites, run, ask) =>
            sites.HideSiteAsync(
                new HideSiteRequest { Name = ask.Site, Reason = run.Get(reason), AgreedBy = run.Get(agreedBy), RequestId = ask.RequestId, ValidateOnly = ask.DryRun }, ask.Headers, cancellationToken: run.Cancel).ResponseAsync);
    }

    public static Command Unhide(Surroundings surroundings) =>
        Act(surroundings, "unhide", "Shows a hidden site in searches again. The operator's.", [], (sites, run, ask) =>
            sites.UnhideSiteAsync(new UnhideSiteRequest { Name = ask.Site, RequestId = ask.RequestId, ValidateOnly = ask.DryRun }, ask.Headers, cancellationToken: run.Cancel).ResponseAsync);

    public static Command Govern(Surroundings surroundings)
    {
        var nation = new Option<string?>("--nation") { Description = "The Nation's code [none governs it]", HelpName = "CODE" };
        var givenBy = new Option<string?>("--given-by") { Description = "Who of the Nation authorises that authorities see figures of the site; with --from and --until [nothing is authorised, at once]", HelpName = "CODE" };
        var from = Times.Option("--from", "From when it counts: 2027-01-01T00:00Z");
        var until = Times.Option("--until", "Until when, at most 366 days later");
        return Act(surroundings, "govern", "Says anew whether a Nation governs what is known of a site, and what it authorises: what is left out is revoked. The operator's.", [nation, givenBy, from, until], (sites, run, ask) =>
        {
            var request = new SetNationGovernanceRequest { Name = ask.Site, Nation = run.Get(nation) ?? "", RequestId = ask.RequestId, ValidateOnly = ask.DryRun };
            if (run.Get(givenBy) is not null || run.Get(from) is not null || run.Get(until) is not null)
                request.Authorisation = new FiguresAuthorisation { GivenBy = run.Get(givenBy) ?? "", FromTime = run.Get(from), UntilTime = run.Get(until) };
            return sites.SetNationGovernanceAsync(request, ask.Headers, cancellationToken: run.Cancel).ResponseAsync;
        });
    }

    /// <summary>How searches treat a site, in words; empty when nothing stands against it.</summary>
    public static string Standing(Site site)
    {
        List<string> parts = [];
        if (site.LimitedCapacity) parts.Add("of limited capacity" + (site.LimitedCapacityUntil is { } until ? $" until {WireJson.Day(until)}" : "") + (site.LimitedCapacityReason.Length > 0 ? $": {site.LimitedCapacityReason}" : ""));
        if (site.Hidden) parts.Add("hidden from searches" + (site.HiddenReason.Length > 0 ? $": {site.HiddenReason}, agreed by {site.HiddenAgreedBy}" : ""));
        if (site.GoverningNation.Length > 0)
            parts.Add($"governed by {site.GoverningNation}, " + (site.FiguresAuthorisation is { } given ? $"figures authorised by {given.GivenBy} from {WireJson.Instant(given.FromTime)} until {WireJson.Instant(given.UntilTime)}" : "no figures authorised"));
        return string.Join("; ", parts);
    }

    private static Option<string> Reason() => new("--reason") { Description = "A code: flood, staff-shortage", Required = true, HelpName = "CODE" };

    private static Option<string[]?> Codes(string name, string description) => new(name) { Description = description, HelpName = "CODE" };

    private static Command Act(
        Surroundings surroundings, string name, string description, IReadOnlyList<Option> options, Func<Sites.SitesClient, Invocation, Ask, Task<Site>> call)
    {
        var site = new Argument<string>("site") { Description = "The site's id or whole name", HelpName = "SITE" };
        var requestId = SeatCommands.RequestIdOption();
        var dryRun = SeatCommands.DryRunOption();
        var command = new Command(name, description) { site };
        foreach (var option in options) command.Options.Add(option);
        command.Options.Add(requestId);
        command.Options.Add(dryRun);
        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            using var to = connection.Open(run);
            var id = run.Get(requestId);
            var after = await call(to.Client.Sites, run, new Ask(Names.Site(run.Get(site), to.Network), id ?? RequestId.New(), run.Get(dryRun), id is null ? null : RttClient.Repeat));
            run.Report.Result(() => WireJson.Of(after), console =>
                console.WriteLine($"{ResourceName.Id(after.Name)}: {(run.Get(dryRun) ? "would be " : "")}{(Standing(after) is { Length: > 0 } standing ? standing : "shown in searches like any other")}"));
            return ExitCode.Ok;
        });
        return command;
    }

    /// <param name="Headers">Set when the request id was given: the request may have been made before.</param>
    private sealed record Ask(string Site, string RequestId, bool DryRun, Grpc.Core.Metadata? Headers);
}
