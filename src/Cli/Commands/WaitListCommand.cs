using System.CommandLine;
using Grpc.Core;
using RttNetwork.Cli.Connection;
using RttNetwork.Cli.Output;
using RttNetwork.Client;
using RttNetwork.Wire.V1;
using Spectre.Console;

namespace RttNetwork.Cli.Commands;

/// <summary><c>rtt waitlist</c>, who waits for a cohort, or for any of a program in a region, and <c>rtt offers</c>, what is done with a seat that the list offers.</summary>
internal static class WaitListCommand
{
    public static Command Lists(Surroundings surroundings) => new("waitlist", "Shows who waits for a cohort, or for any of a program in a region, in order, and lets people join and leave.")
    {
        Show(surroundings, "list", "Lists who waits, in order, with why anybody was passed over.", _ => true, new PoolOptions()),
        Join(surroundings),
        Leave(surroundings),
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

    private static Command Show(Surroundings surroundings, string name, string description, Func<WaitListEntry, bool> shown, PoolOptions? pool = null)
    {
        var cohort = Cohort();
        var command = new Command(name, description) { cohort };
        if (pool is not null)
        {
            cohort.Arity = ArgumentArity.ZeroOrOne;
            command.Options.Add(pool.Program);
            command.Options.Add(pool.Region);
        }

        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            using var to = connection.Open(run);
            if (pool?.Of(run) is var (program, region))
            {
                var found = await to.Client.WaitLists.ListPoolAsync(new ListPoolRequest { Parent = ResourceName.Network(to.Network), Program = program, Region = region }, cancellationToken: run.Cancel);
                run.Report.Result(() => WireJson.Of(found), console => console.Write(Pooled(found)));
                return ExitCode.Ok;
            }

            var list = await to.Client.WaitLists.ListWaitListAsync(new ListWaitListRequest { Cohort = Names.Cohort(run.Parsed.GetValue(cohort) ?? throw PoolOptions.Missing("COHORT"), to.Network, to.Site) }, cancellationToken: run.Cancel);
            var entries = list.Entries.Where(shown).ToList();
            run.Report.Result(() => WireJson.Of(entries), console =>
            {
                var table = Tables.Of("#", "PARTICIPANT", "PRIORITY", "REFERRED", "OFFER UNTIL", "PASSED OVER");
                foreach (var entry in entries)
                {
                    table.AddRow(
                        $"{entry.Position}".Cell(),
                        (entry.Participant.Length > 0 ? ResourceName.Id(entry.Participant) : "(of the pool)").Cell(),
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
        var site = new Option<string?>("--site") { Description = "For a pool: the site that asks [the token's]", HelpName = "SITE" };
        var pool = new PoolOptions((to, run, ask) => to.Client.WaitLists.JoinPoolAsync(
            new JoinPoolRequest
            {
                Site = to.SiteName(run.Get(site)),
                Participant = ask.Participant,
                Program = ask.Program,
                Region = ask.Region,
                Priority = run.Get(priority),
                ReceiveTime = run.Get(received),
                RequestId = ask.RequestId,
                ValidateOnly = ask.DryRun,
            },
            ask.Headers,
            cancellationToken: ask.Cancel).ResponseAsync);
        return Ask<WaitListEntry>(surroundings, "join", "Puts a person on the list of a cohort, or into the pool of a program in a region, or changes their priority.", [priority, received, site], (to, run, ask) => to.Client.WaitLists.JoinCohortListAsync(
            new JoinCohortListRequest { Cohort = ask.Cohort, Participant = ask.Participant, Priority = run.Get(priority), ReceiveTime = run.Get(received), RequestId = ask.RequestId, ValidateOnly = ask.DryRun },
            ask.Headers,
            cancellationToken: ask.Cancel).ResponseAsync, Sentence, pool);
    }

    private static Command Leave(Surroundings surroundings)
    {
        var reason = Reason("--reason", "A code: person-asked, found-elsewhere", "person-asked");
        return Ask<WaitListEntry>(surroundings, "leave", "Takes a person off the list of a cohort, or out of a pool; an offer goes with it.", [reason], (to, run, ask) => to.Client.WaitLists.LeaveCohortListAsync(
            new LeaveCohortListRequest { Cohort = ask.Cohort, Participant = ask.Participant, Reason = run.Get(reason) ?? "", RequestId = ask.RequestId, ValidateOnly = ask.DryRun }, ask.Headers, cancellationToken: ask.Cancel).ResponseAsync,
            Sentence,
            new PoolOptions((to, run, ask) => to.Client.WaitLists.LeavePoolAsync(
                new LeavePoolRequest { Participant = ask.Participant, Program = ask.Program, Region = ask.Region, Reason = run.Get(reason) ?? "", RequestId = ask.RequestId, ValidateOnly = ask.DryRun },
                ask.Headers,
                cancellationToken: ask.Cancel).ResponseAsync));
    }

    private static Command Accept(Surroundings surroundings) => Ask<Seat>(surroundings, "accept", "Books the seat that is offered to the person.", [], (to, _, ask) => to.Client.WaitLists.AcceptOfferAsync(
        new AcceptOfferRequest { Cohort = ask.Cohort, Participant = ask.Participant, RequestId = ask.RequestId, ValidateOnly = ask.DryRun }, ask.Headers, cancellationToken: ask.Cancel).ResponseAsync,
        seat => SeatCommands.State(seat.State));

    private static Command Change(Surroundings surroundings, string name, string description, Option<string> reason, Func<WaitLists.WaitListsClient, AskOf, Task<WaitListEntry>> call) =>
        Ask<WaitListEntry>(surroundings, name, description, [reason], (to, run, ask) => call(to.Client.WaitLists, ask with { Reason = run.Get(reason) ?? "" }), Sentence);

    private static Command Ask<TReply>(
        Surroundings surroundings, string name, string description, Option[] options, Func<Connected, Invocation, AskOf, Task<TReply>> call, Func<TReply, string> sentence,
        PoolOptions? pool = null)
        where TReply : Google.Protobuf.IMessage
    {
        var cohort = Cohort();
        var participant = new Argument<string?>("participant") { Description = "The participant's id or whole name", HelpName = "PARTICIPANT" };
        if (pool is not null)
        {
            cohort.Description += "; left out with --program and --region";
            participant.Arity = ArgumentArity.ZeroOrOne;
        }

        var requestId = SeatCommands.RequestIdOption();
        var dryRun = SeatCommands.DryRunOption();
        var command = new Command(name, description) { cohort, participant, requestId, dryRun };
        foreach (var option in pool is null ? options : [.. options, pool.Program, pool.Region])
        {
            command.Options.Add(option);
        }

        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            using var to = connection.Open(run);
            if (pool?.Of(run) is var (program, region))
            {
                if (run.Parsed.GetValue(participant) is not null) throw new UsageException("A person joins the list of a COHORT, or with --program and --region a pool: one of the two.");
                var of = new AskOf("", Names.Participant(run.Get(cohort), to.Network), "", run.Get(requestId) ?? RequestId.New(), run.Get(dryRun), run.Get(requestId) is null ? null : RttClient.Repeat, run.Cancel)
                {
                    Program = program,
                    Region = region,
                };
                var place = await pool.Call!(to, run, of);
                run.Report.Result(() => WireJson.Of(place), console => console.WriteLine(
                    $"{(of.DryRun ? "would be " : "")}{(place.Position > 0 ? $"number {place.Position} in the pool" : "out of the pool")}: {ResourceName.Id(of.Participant)} for {program} in {ResourceName.Id(region)}"));
                return ExitCode.Ok;
            }

            var ask = new AskOf(
                Names.Cohort(run.Get(cohort), to.Network, to.Site),
                Names.Participant(run.Parsed.GetValue(participant) ?? throw PoolOptions.Missing("PARTICIPANT"), to.Network),
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

    private static Table Pooled(ListPoolResponse pool)
    {
        var table = Tables.Of("#", "PARTICIPANT", "PRIORITY", "REFERRED", "SITE");
        foreach (var entry in pool.Entries)
        {
            table.AddRow(
                $"{entry.Position} of {pool.Waiting}".Cell(),
                ResourceName.Id(entry.Participant).Cell(),
                $"{entry.Priority}".Cell(),
                WireJson.Instant(entry.ReceiveTime).Cell(),
                ResourceName.Id(entry.Site).Cell());
        }

        return table;
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
    private sealed record AskOf(string Cohort, string Participant, string Reason, string RequestId, bool DryRun, Metadata? Headers, CancellationToken Cancel)
    {
        public string Program { get; init; } = "";
        public string Region { get; init; } = "";
    }

    /// <summary>What makes a command one about the pool of a program in a region.</summary>
    private sealed class PoolOptions(Func<Connected, Invocation, AskOf, Task<PoolEntry>>? call = null)
    {
        public Option<string?> Program { get; } = new("--program") { Description = "With --region, instead of COHORT: any cohort of this program there", HelpName = "P" };
        public Option<string?> Region { get; } = new("--region") { Description = "With --program: the region", HelpName = "R" };
        public Func<Connected, Invocation, AskOf, Task<PoolEntry>>? Call { get; } = call;

        /// <summary>The pool that is meant; null for a cohort.</summary>
        public (string Program, string Region)? Of(Invocation run) => (run.Get(Program), run.Get(Region)) switch
        {
            (null, null) => null,
            ({ } program, { } region) => (program, Names.Region(region)),
            (null, _) => throw Missing("--program"),
            _ => throw Missing("--region"),
        };

        public static UsageException Missing(string what) => new($"{what} is missing: name a COHORT, or --program and --region.");
    }
}
