using System.CommandLine;
using System.Globalization;
using RttNetwork.Cli.Connection;
using RttNetwork.Cli.Output;
using RttNetwork.Client;
using RttNetwork.Wire.V1;
using Spectre.Console;

namespace RttNetwork.Cli.Commands;

/// <summary><c>rtt seats</c>: where a seat is open across the network, or who sits in one cohort.</summary>
internal static class SeatsCommand
{
    public static Command Create(Surroundings surroundings)
    {
        var name = new Argument<string?>("cohort") { Description = "The seats taken in this cohort: SITE/COHORT. Without it: open seats, best first", Arity = ArgumentArity.ZeroOrOne, HelpName = "COHORT", DefaultValueFactory = _ => null };
        var program = new Option<string?>("--program") { Description = "Only this program: RTT-KaT-12", HelpName = "P" };
        var region = new Option<string?>("--region") { Description = "Only sites of this region", HelpName = "R" };
        var from = Days.Option("--from", "First day not before this one");
        var to = Days.Option("--to", "First day not after this one");
        var open = new Option<int>("--open") { Description = "At least so many seats open", DefaultValueFactory = _ => 1, HelpName = "N" };
        var near = new Option<string?>("--near") { Description = "Nearer is better, from this site (nanaimo) or from coordinates (49.17,-123.94), of which two decimals are sent", HelpName = "SITE" };
        var within = new Option<int>("--within") { Description = "At most so many kilometres from --near", HelpName = "KM" };
        var wait = new Option<int>("--wait") { Description = "The first session at most so many days away", HelpName = "DAYS" };
        var route = new Option<string?>("--route") { Description = "Medicine by this route: im, sl, lozenge, iv", HelpName = "CODE" };
        var language = new Option<string?>("--language") { Description = "Sites that look after people in this language: fr", HelpName = "CODE" };
        var access = new Option<string[]?>("--access") { Description = "Sites that have this: wheelchair. May be repeated", HelpName = "CODE" };
        var limit = Paging.Limit();
        var command = new Command("seats", "Finds open seats, best first with the reasons, or lists the seats taken in a cohort.") { name, program, region, from, to, open, near, within, wait, route, language, access, limit };
        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            using var network = connection.Open(run);
            if (run.Parsed.GetValue(name) is { } cohort)
            {
                var seats = (await network.Client.Cohorts.ListSeatsAsync(
                    new ListSeatsRequest { Parent = Names.Cohort(cohort, network.Network, network.Site) }, cancellationToken: run.Cancel)).Seats;
                run.Report.Result(() => WireJson.Of(seats), console => console.Write(Taken(seats)));
                return ExitCode.Ok;
            }

            var found = await Paging.All<OpenSeats>(run, limit, async (page, token) =>
            {
                var reply = await network.Client.Cohorts.SearchSeatsAsync(
                    SetOut(run.Get(near), network.Network, new SearchSeatsRequest
                    {
                        DistanceKmMax = run.Get(within),
                        WaitDaysMax = run.Get(wait),
                        Route = run.Get(route) ?? "",
                        Language = run.Get(language) ?? "",
                        Accessibility = { run.Get(access) ?? [] },
                        Parent = ResourceName.Network(network.Network),
                        Program = run.Get(program) ?? "",
                        Region = run.Get(region) is { } r ? Names.Region(r) : "",
                        Earliest = run.Get(from),
                        Latest = run.Get(to),
                        SeatsOpenMin = run.Get(open),
                        PageSize = page,
                        PageToken = token,
                    }),
                    cancellationToken: run.Cancel);
                return (reply.Results, reply.NextPageToken);
            });
            run.Report.Result(() => WireJson.Of(found), console => console.Write(Open(found)));
            return ExitCode.Ok;
        });
        return command;
    }

    /// <summary>From a site, or from coordinates: what is sent of them is not nearer than a kilometre or so to where somebody lives.</summary>
    private static SearchSeatsRequest SetOut(string? near, string network, SearchSeatsRequest request)
    {
        if (near is null)
        {
            return request;
        }

        if (near.Split(',') is [var north, var east]
            && double.TryParse(north, NumberStyles.Float, CultureInfo.InvariantCulture, out var latitude)
            && double.TryParse(east, NumberStyles.Float, CultureInfo.InvariantCulture, out var longitude))
        {
            (request.OriginLatitude, request.OriginLongitude) = (Math.Round(latitude, 2), Math.Round(longitude, 2));
            return request;
        }

        request.OriginSite = Names.Site(near, network);
        return request;
    }

    private static Table Open(List<OpenSeats> found)
    {
        var table = Tables.Of("COHORT", "PROGRAM", "OPEN", "USABLE", "BOUND BY", "FIRST DAY", "INTAKE CLOSES", "REGION", "SITE", "WHY HERE");
        foreach (var seats in found)
        {
            table.AddRow(
                Names.Short(seats.Cohort).Cell(),
                seats.Program.Cell(),
                $"{seats.Seats?.Open ?? 0}".Cell(),
                $"{seats.Seats?.Usable ?? 0}".Cell(),
                (seats.Seats?.BoundBy ?? "").Cell(),
                WireJson.Day(seats.FirstDay).Cell(),
                WireJson.Instant(seats.IntakeCloseTime).Cell(),
                ResourceName.Id(seats.Region).Cell(),
                seats.SiteDisplayName.Cell(),
                Why(seats).Cell());
        }

        return table;
    }

    /// <summary>The figures that the order goes by; seats and days have columns of their own.</summary>
    private static string Why(OpenSeats seats) => seats.Match is not { } match
        ? seats.LimitedCapacity ? "limited capacity" : ""
        : string.Join("; ", match.Reasons.Where(r => r.Code is not "seats-open").Select(r => r.Text));

    private static Table Taken(IEnumerable<Seat> seats)
    {
        var table = Tables.Of("PARTICIPANT", "STATE", "SINCE", "HOLD ENDS");
        foreach (var seat in seats)
        {
            table.AddRow(
                ResourceName.Id(seat.Participant).Cell(),
                SeatCommands.State(seat.State).Cell(),
                WireJson.Instant(seat.BookedTime).Cell(),
                WireJson.Instant(seat.HoldExpireTime).Cell());
        }

        return table;
    }
}
