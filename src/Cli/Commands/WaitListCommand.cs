using System.CommandLine;
using Grpc.Core;
using RttNetwork.Cli.Connection;
using RttNetwork.Cli.Output;
using RttNetwork.Client;
using RttNetwork.Wire.V1;
using Spectre.Console;

namespace RttNetwork.Cli.Commands;

/// <summary><c>rtt waitlist</c>, who waits for a cohort, and <c>rtt offers</c>, what is done with a seat that the list offers.</summary>
internal static class WaitListCommand
{
    public static Command Lists(Surroundings surroundings) => new("waitlist", "Shows who waits for a cohort, in order, and lets people join and leave.")
    {
        Show(surroundings, "list", "Lists who waits for a cohort, in order, with why anybody was passed over.", _ => true),
        Join(surroundings),
        Change(surroundings, "leave", "Takes a person off the list; an offer goes with it.", Reason("--reason", "A code: person-asked, found-elsewhere", "person-asked"), (client, ask) => client.LeaveCohortListAsync(
            new LeaveCohortListRequest { Cohort = ask.Cohort, Participant = ask.Participant, Reason = ask.Reason, RequestId = ask.RequestId, ValidateOnly = ask.DryRun }, ask.Headers, cancellationToken: ask.Cancel).ResponseAsync),
    };

    public static Command Offers(Surroundings surroundings) => new("offers", "Shows the seats that a cohort's list offers, and makes, accepts and declines offers.")
    {
        Show(surroundings, "list", "Lists the offers that stand in a cohort, and until when.", entry => entry.OfferExpireTime is not null),
        Change(surroundings, "make", "Offers an open seat to a person who waits; out of turn with a reason.", Reason("--reason", "A code, where others come first: travels-far", ""), (client, ask) => client.OfferSeatAsync(
            new OfferSeatRequest { Cohort = ask.Cohort, Participant = ask.Participant, Reason = ask.Reason, RequestId = ask.RequestId, ValidateOnly = ask.DryRun }, ask.Headers, cancellationToken: ask.Cancel).ResponseAsync),
        Accept(surroundings),
        Change(surroundings, "decline", "Gives an offer back: the person keeps their place, and the seat goes to the next.", Reason("--reason", "A code: not-now, too-far", "not-now"), (client, ask) => client.DeclineOfferAsync(
            new DeclineOfferRequest { Cohort = ask.Cohort, Participant = ask.Participant, Reason = ask.Reason, RequestId = ask.RequestId, ValidateOnly = ask.DryRun }, ask.Headers, cancellationToken: ask.Cancel).ResponseAsync),
    };

    private static Command Show(Surroundings surroundings, string name, string description, Func<WaitListEntry, bool> shown)
    {
        var cohort = Cohort();
        var command = new Command(name, description) { cohort };
        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            using var to = connection.Open(run);
            var list = await to.Client.WaitLists.ListWaitListAsync(new ListWaitListRequest { Cohort = Names.Cohort(run.Get(cohort), to.Network, to.Site) }, cancellationToken: run.Cancel);
            var entries = list.Entries.Where(shown).ToList();
            run.Report.Result(() => WireJson.Of(entries), console =>
            {
                var table = Tables.Of("#", "PARTICIPANT", "PRIORITY", "REFERRED", "OFFER UNTIL", "PASSED OVER");
                foreach (var entry in entries)
                {
                    table.AddRow(
                        $"{entry.Position}".Cell(),
                        ResourceName.Id(entry.Participant).Cell(),
                        $"{entry.Priority}".Cell(),
                        WireJson.Instant(entry.ReceiveTime).Cell(),
                        WireJson.Instant(entry.OfferExpireTime).Cell(),
                        string.Join(", ", entry.Passes.Select(p => $"{p.Reason} {WireJson.Instant(p.Time)}")).Cell());
                }

                console.Write(table);
            });
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Join(Surroundings surroundings)
    {
        var priority = new Option<int>("--priority") { Description = "1 urgent, 2 soon, 3 routine, 4 can wait", DefaultValueFactory = _ => 3, HelpName = "N" };
        var received = Times.Option("--received", "When the referral was received, of a person who is on no pathway [now]");
        return Ask<WaitListEntry>(surroundings, "join", "Puts a person on the list of a cohort, or changes their priority.", [priority, received], (to, run, ask) => to.Client.WaitLists.JoinCohortListAsync(
            new JoinCohortListRequest { Cohort = ask.Cohort, Participant = ask.Participant, Priority = run.Get(priority), ReceiveTime = run.Get(received), RequestId = ask.RequestId, ValidateOnly = ask.DryRun },
            ask.Headers,
            cancellationToken: ask.Cancel).ResponseAsync, Sentence);
    }

    private static Command Accept(Surroundings surroundings) => Ask<Seat>(surroundings, "accept", "Books the seat that is offered to the person.", [], (to, _, ask) => to.Client.WaitLists.AcceptOfferAsync(
        new AcceptOfferRequest { Cohort = ask.Cohort, Participant = ask.Participant, RequestId = ask.RequestId, ValidateOnly = ask.DryRun }, ask.Headers, cancellationToken: ask.Cancel).ResponseAsync,
        seat => SeatCommands.State(seat.State));

    private static Command Change(Surroundings surroundings, string name, string description, Option<string> reason, Func<WaitLists.WaitListsClient, AskOf, Task<WaitListEntry>> call) =>
        Ask<WaitListEntry>(surroundings, name, description, [reason], (to, run, ask) => call(to.Client.WaitLists, ask with { Reason = run.Get(reason) ?? "" }), Sentence);

    private static Command Ask<TReply>(
        Surroundings surroundings, string name, string description, Option[] options, Func<Connected, Invocation, AskOf, Task<TReply>> call, Func<TReply, string> sentence)
        where TReply : Google.Protobuf.IMessage
    {
        var cohort = Cohort();
        var participant = new Argument<string>("participant") { Description = "The participant's id or whole name", HelpName = "PARTICIPANT" };
        var requestId = SeatCommands.RequestIdOption();
        var dryRun = SeatCommands.DryRunOption();
        var command = new Command(name, description) { cohort, participant, requestId, dryRun };
        foreach (var option in options)
        {
            command.Options.Add(option);
        }

        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            using var to = connection.Open(run);
            var ask = new AskOf(
                Names.Cohort(run.Get(cohort), to.Network, to.Site),
                Names.Participant(run.Get(participant), to.Network),
                "",
                run.Get(requestId) ?? RequestId.New(),
                run.Get(dryRun),
                run.Get(requestId) is null ? null : RttClient.Repeat,
                run.Cancel);
            var reply = await call(to, run, ask);
            run.Report.Result(() => WireJson.Of(reply), console => console.WriteLine(
                $"{(ask.DryRun ? "would be " : "")}{sentence(reply)}: {ResourceName.Id(ask.Participant)} in {Names.Short(ask.Cohort)}"));
            return ExitCode.Ok;
        });
        return command;
    }

    private static string Sentence(WaitListEntry entry) => entry switch
    {
        { OfferExpireTime: not null } => $"offered until {WireJson.Instant(entry.OfferExpireTime)}",
        { Position: > 0 } => $"number {entry.Position} on the list",
        _ => "off the list",
    };

    private static Argument<string> Cohort() => new("cohort") { Description = "SITE/COHORT, or the cohort's whole name", HelpName = "COHORT" };

    private static Option<string> Reason(string name, string description, string usual) => new(name) { Description = description, DefaultValueFactory = _ => usual, HelpName = "CODE" };

    /// <param name="Headers">Set when the request id was given: the request may have been made before.</param>
    private sealed record AskOf(string Cohort, string Participant, string Reason, string RequestId, bool DryRun, Metadata? Headers, CancellationToken Cancel);
}
