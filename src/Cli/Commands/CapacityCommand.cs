using System.CommandLine;
using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using RttNetwork.Cli.Connection;
using RttNetwork.Cli.Output;
using RttNetwork.Cli.Reports;
using RttNetwork.Client;
using RttNetwork.Wire.V1;
using Spectre.Console;

namespace RttNetwork.Cli.Commands;

/// <summary><c>rtt capacity</c>: seats, and how many people take and wait for them.</summary>
internal static class CapacityCommand
{
    private static readonly string[] Columns = ["WHAT", "COHORTS", "SEATS", "OPEN", "BOOKED", "HELD", "WAITING", "AT RISK", "MEDICINE OPEN"];

    public static System.CommandLine.Command Create(Surroundings surroundings) => new("capacity", "Seats in all, open, booked, held and waited for: by site, cohort, region, program, week, or of the whole network.")
    {
        List(surroundings),
        Show(surroundings),
        History(surroundings),
        Report(surroundings),
    };

    private static System.CommandLine.Command List(Surroundings surroundings)
    {
        var by = By("site, cohort, region, program, week or network [site]");
        var region = new Option<string?>("--region") { Description = "Only of this region; an authority names its own", HelpName = "R" };
        var site = new Option<string?>("--site") { Description = "Only of this site", HelpName = "S" };
        var program = new Option<string?>("--program") { Description = "Only of this program: RTT-KaT-12, GRIP-8, ...", HelpName = "CODE" };
        var week = new Option<string?>("--week") { Description = "Only cohorts with a session in this week: 2027-W03", HelpName = "WEEK" };
        var watch = new Option<bool>("--watch") { Description = "Shows all, and then what changes, until Ctrl-C; with --json one message a line" };
        var limit = Paging.Limit();
        var command = new System.CommandLine.Command("list", "Lists figures, of what is not over.") { by, region, site, program, week, watch, limit };
        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            using var to = connection.Open(run);
            var (inRegion, atSite) = (Region(run.Get(region)), run.Get(site) is { } s ? Names.Site(s, to.Network) : "");
            if (run.Get(watch))
            {
                if (run.Get(week) is not null) throw new UsageException("--watch shows every week: leave out --week.");
                return await Watching.Show(
                    run,
                    resume => to.Client.Capacity.WatchCapacity(
                        new WatchCapacityRequest { Parent = ResourceName.Network(to.Network), By = run.Get(by), Region = inRegion, Site = atSite, Program = run.Get(program) ?? "", ResumeToken = resume },
                        cancellationToken: run.Cancel),
                    message => message.ResumeToken,
                    message => Tell(run, message));
            }

            ListCapacityResponse? last = null;
            var figures = await Paging.All<CapacityFigure>(run, limit, async (page, token) =>
            {
                last = await to.Client.Capacity.ListCapacityAsync(
                    new ListCapacityRequest
                    {
                        Parent = ResourceName.Network(to.Network),
                        By = run.Get(by),
                        Region = inRegion,
                        Site = atSite,
                        Program = run.Get(program) ?? "",
                        Week = run.Get(week) ?? "",
                        PageSize = page,
                        PageToken = token,
                    },
                    cancellationToken: run.Cancel);
                return (last.Figures, last.NextPageToken);
            });
            run.Report.Result(() => WireJson.Of(figures), console =>
            {
                Tell(console, figures);
                Warn(console, last?.StaleSinceTime);
            });
            NoteWithheld(run, last?.WithheldSites);
            return ExitCode.Ok;
        });
        return command;
    }

    private static System.CommandLine.Command Show(Surroundings surroundings)
    {
        var region = new Option<string?>("--region") { Description = "Of this region; an authority names its own", HelpName = "R" };
        var site = new Option<string?>("--site") { Description = "Of this site", HelpName = "S" };
        var cohort = new Option<string?>("--cohort") { Description = "SITE/COHORT", HelpName = "COHORT" };
        var at = Times.Option("--at", "As they were at this time: 2026-11-20T17:30Z, at least a minute ago");
        var command = new System.CommandLine.Command("show", "Shows the figures of one cohort, site or region, or of the whole network, as they are or were.") { region, site, cohort, at };
        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            using var to = connection.Open(run);
            var now = new GetCapacityRequest
            {
                Parent = ResourceName.Network(to.Network),
                Region = Region(run.Get(region)),
                Site = run.Get(site) is { } s ? Names.Site(s, to.Network) : "",
                Cohort = run.Get(cohort) is { } c ? Names.Cohort(c, to.Network, to.Site) : "",
            };
            if (run.Get(at) is { } time)
            {
                var was = await to.Client.Capacity.GetCapacityAtAsync(new GetCapacityAtRequest { Parent = now.Parent, Region = now.Region, Site = now.Site, Cohort = now.Cohort, Time = time }, cancellationToken: run.Cancel);
                run.Report.Result(() => WireJson.Of(was), console => Tell(console, was.Figure, was.AsOfTime, was.Token, null));
                NoteWithheld(run, was.WithheldSites);
                return ExitCode.Ok;
            }

            var reply = await to.Client.Capacity.GetCapacityAsync(now, cancellationToken: run.Cancel);
            run.Report.Result(() => WireJson.Of(reply), console => Tell(console, reply.Figure, reply.AsOfTime, reply.Token, reply.StaleSinceTime));
            NoteWithheld(run, reply.WithheldSites);
            return ExitCode.Ok;
        });
        return command;
    }

    private static System.CommandLine.Command History(Surroundings surroundings)
    {
        var from = Days.Required("--from", "The first day");
        var to = Days.Required("--to", "The last one: over at every site, and at most 732 days in all");
        var by = By("site, cohort, region, program or network [site]");
        var region = new Option<string?>("--region") { Description = "Only of this region; an authority names its own", HelpName = "R" };
        var site = new Option<string?>("--site") { Description = "Only of this site", HelpName = "S" };
        var program = new Option<string?>("--program") { Description = "Only of this program: RTT-KaT-12, GRIP-8, ...", HelpName = "CODE" };
        var weeks = new Option<bool>("--weeks") { Description = "At the ends of weeks, and not of every day" };
        var limit = Paging.Limit();
        var command = new System.CommandLine.Command("history", "Lists figures as they were at the end of every day or week, by each site's own calendar.") { from, to, by, region, site, program, weeks, limit };
        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            using var connected = connection.Open(run);
            var request = new ListCapacityHistoryRequest
            {
                Parent = ResourceName.Network(connected.Network),
                By = run.Get(by),
                Region = Region(run.Get(region)),
                Site = run.Get(site) is { } s ? Names.Site(s, connected.Network) : "",
                Program = run.Get(program) ?? "",
                Grain = run.Get(weeks) ? HistoryGrain.ByCivilWeek : HistoryGrain.ByDay,
                From = run.Get(from),
                To = run.Get(to),
            };
            ListCapacityHistoryResponse? last = null;
            var rows = await Paging.All<CapacityHistoryRow>(run, limit, async (page, token) =>
            {
                (request.PageSize, request.PageToken) = (page, token);
                last = await connected.Client.Capacity.ListCapacityHistoryAsync(request, cancellationToken: run.Cancel);
                return (last.Rows, last.NextPageToken);
            });
            run.Report.Result(() => WireJson.Of(rows), console =>
            {
                var table = Tables.Of(["DAY", .. Columns]);
                foreach (var row in rows) table.AddRow([Days.Text(row.Day).Cell(), .. Cells(row.Figure)]);
                console.Write(table);
            });
            NoteWithheld(run, last?.WithheldSites);
            return ExitCode.Ok;
        });
        return command;
    }

    private static System.CommandLine.Command Report(Surroundings surroundings)
    {
        var region = new Option<string?>("--region") { Description = "Of this region; an authority names its own", HelpName = "R" };
        var site = new Option<string?>("--site") { Description = "Of this site", HelpName = "S" };
        var format = new Option<string>("--format") { Description = "saner or us-safr: a FHIR R4 MeasureReport, or a Bundle of them; csv", HelpName = "FORM", DefaultValueFactory = _ => "csv" }.AcceptOnlyFromAmong("csv", "saner", "us-safr");
        var submitter = new Option<string?>("--submitter") { Description = "For us-safr: the number that the receiver knows your organisation by", HelpName = "ID" };
        var command = new System.CommandLine.Command("report", "Writes the figures of one site or region, or of the whole network, and of its sites, at one place in the feed, as other software reads them.") { region, site, format, submitter };
        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            var (form, organisation) = (run.Get(format)!, run.Get(submitter));
            if (form == "us-safr" && organisation is null) throw new UsageException("us-safr needs --submitter: who sends the report.");
            if (form != "us-safr" && organisation is not null) throw new UsageException("--submitter is for us-safr alone.");
            using var to = connection.Open(run);
            if (await CapacitySnapshot.Read(to.Client, to.Network, Region(run.Get(region)), run.Get(site) is { } s ? Names.Site(s, to.Network) : "", run.Cancel) is not { } snapshot)
            {
                run.Report.Failure("FIGURES_CHANGED", "Whenever they were read, the figures of the sites were of a later place than those of the whole. Ask again, or for one region.");
                return ExitCode.NotReachable;
            }

            var fhir = form switch
            {
                "saner" => CapacityReports.Json(CapacityReports.Saner(snapshot)),
                "us-safr" => CapacityReports.Json(CapacityReports.UsSafr(snapshot, organisation!)),
                _ => null,
            };
            // Another program reads it: no line is broken for the width of a screen.
            if (fhir is not null) run.Surroundings.Out.WriteLine(fhir);
            else run.Report.Result(() => CapacityReports.Json(snapshot), _ => run.Surroundings.Out.Write(CapacityReports.Csv(snapshot)));
            NoteWithheld(run, snapshot.Withheld);
            if (snapshot.IsStale) run.Report.Note($"NOT CURRENT: something was recorded after {snapshot.At:O} that is not in these figures.");
            return ExitCode.Ok;
        });
        return command;
    }

    private static void Tell(Invocation run, WatchCapacityResponse message)
    {
        if (message.Reset) run.Report.Tables.WriteLine("from the beginning:");
        foreach (var f in message.Figures)
        {
            run.Report.Tables.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"+ {Short(f.Name)}  {f.SeatsStaffedOpen} open of {f.SeatsTotal}  booked {Told(f.SeatsOccupied)}  held {Told(f.SeatsHeld)}  waiting {Told(f.WaitlistLength)}  at risk {AtRisk(f)}"));
        }

        foreach (var name in message.Removed) run.Report.Tables.WriteLine($"- {Short(name)}");
        Warn(run.Report.Tables, message.StaleSinceTime);
        NoteWithheld(run, message.WithheldSites);
    }

    private static void Tell(IAnsiConsole console, IEnumerable<CapacityFigure> figures)
    {
        var table = Tables.Of(Columns);
        foreach (var f in figures) table.AddRow(Cells(f));
        console.Write(table);
    }

    private static Text[] Cells(CapacityFigure f) =>
    [
        Short(f.Name).Cell(), Number(f.Cohorts).Cell(), Number(f.SeatsTotal).Cell(), Number(f.SeatsStaffedOpen).Cell(), Told(f.SeatsOccupied).Cell(), Told(f.SeatsHeld).Cell(),
        Told(f.WaitlistLength).Cell(), AtRisk(f).Cell(), string.Join(' ', f.MedicineWeeks.Select(w => string.Create(CultureInfo.InvariantCulture, $"{w.Week[5..]}:{w.SeatsOpen}"))).Cell(),
    ];

    private static void Tell(IAnsiConsole console, CapacityFigure figure, Timestamp asOf, string token, Timestamp? staleSince)
    {
        Tell(console, [figure]);
        console.WriteLine($"as of {WireJson.Instant(asOf)}, at {token}");
        Warn(console, staleSince);
    }

    public static void Warn(IAnsiConsole console, Timestamp? staleSince)
    {
        if (staleSince is not null) console.WriteLine($"NOT CURRENT: what was recorded since {WireJson.Instant(staleSince)} is not in these figures.");
    }

    /// <summary>Says which sites the figures do not have.</summary>
    public static void NoteWithheld(Invocation run, IReadOnlyCollection<string>? sites)
    {
        if (sites is { Count: > 0 }) run.Report.Note($"WITHHELD: without {string.Join(", ", sites.Select(ResourceName.Id))}: a Nation governs what is known there, and no authorisation of it counts now.");
    }

    /// <summary>Of people: "*" for few, of whom an authority is not told how many, "-" for what is not shown.</summary>
    public static string Told(PeopleCount? people) => people is null ? "-" : people.Suppressed ? "*" : Number(people.Count);

    private static string AtRisk(CapacityFigure figure) => figure.HasSessionsAtRisk ? Number(figure.SessionsAtRisk) : "-";

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Short(string name) => ResourceName.Part(name, "cohorts").Length > 0 ? Names.Short(name) : ResourceName.Id(name);

    private static string Region(string? region) => region is null ? "" : ResourceName.Region(region);

    private static Option<CapacityBy> By(string kinds) => new("--by")
    {
        Description = kinds,
        HelpName = "KIND",
        CustomParser = result => result.Tokens is [var token] && System.Enum.TryParse<CapacityBy>($"By{token.Value}", ignoreCase: true, out var kind) && System.Enum.IsDefined(kind)
            ? kind
            : Unknown(result),
    };

    private static CapacityBy Unknown(System.CommandLine.Parsing.ArgumentResult result)
    {
        result.AddError("--by is site, cohort, region, program, week or network.");
        return default;
    }
}
