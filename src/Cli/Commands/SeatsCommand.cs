using System.CommandLine;
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
        var name = new Argument<string?>("cohort") { Description = "The seats taken in this cohort: SITE/COHORT. Without it: open seats, soonest first", Arity = ArgumentArity.ZeroOrOne, HelpName = "COHORT", DefaultValueFactory = _ => null };
        var program = new Option<string?>("--program") { Description = "Only this program: RTT-KaT-12", HelpName = "P" };
        var region = new Option<string?>("--region") { Description = "Only sites of this region", HelpName = "R" };
        var from = Days.Option("--from", "First day not before this one");
        var to = Days.Option("--to", "First day not after this one");
        var open = new Option<int>("--open") { Description = "At least so many seats open", DefaultValueFactory = _ => 1, HelpName = "N" };
        var limit = Paging.Limit();
        var command = new Command("seats", "Finds open seats, or lists the seats taken in a cohort.") { name, program, region, from, to, open, limit };
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
                    new SearchSeatsRequest
                    {
                        Parent = ResourceName.Network(network.Network),
                        Program = run.Get(program) ?? "",
                        Region = run.Get(region) is { } r ? Names.Region(r) : "",
                        Earliest = run.Get(from),
                        Latest = run.Get(to),
                        SeatsOpenMin = run.Get(open),
                        PageSize = page,
                        PageToken = token,
                    },
                    cancellationToken: run.Cancel);
                return (reply.Results, reply.NextPageToken);
            });
            run.Report.Result(() => WireJson.Of(found), console => console.Write(Open(found)));
            return ExitCode.Ok;
        });
        return command;
    }

    private static Table Open(List<OpenSeats> found)
    {
        var table = Tables.Of("COHORT", "PROGRAM", "OPEN", "USABLE", "BOUND BY", "FIRST DAY", "INTAKE CLOSES", "REGION", "SITE", "");
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
                (seats.LimitedCapacity ? "limited capacity" : "").Cell());
        }

        return table;
    }

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
