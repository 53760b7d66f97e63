using System.CommandLine;
using System.Globalization;
using Grpc.Core;
using RttNetwork.Cli.Connection;
using RttNetwork.Cli.Output;
using RttNetwork.Client;
using RttNetwork.Wire.V1;
using Spectre.Console;

namespace RttNetwork.Cli.Commands;

/// <summary><c>rtt rehome</c>: where everybody can go when something closes or a facilitator leaves, as a plan.</summary>
internal static class RehomeCommand
{
    public static Command Create(Surroundings surroundings) => new("rehome", "Where everybody can go when a site, cohort or room closes or a facilitator leaves: propose a plan, review it, approve it, see what came of it.")
    {
        Propose(surroundings),
        Show(surroundings),
        List(surroundings),
        Approve(surroundings),
        Cancel(surroundings),
    };

    private static Command Propose(Surroundings surroundings)
    {
        var site = new Option<string?>("--site") { Description = "A site that closes", HelpName = "S" };
        var cohort = new Option<string?>("--cohort") { Description = "SITE/COHORT that closes", HelpName = "COHORT" };
        var room = new Option<string?>("--room") { Description = "SITE/ROOM that closes", HelpName = "ROOM" };
        var facilitator = new Option<string?>("--facilitator") { Description = "Who leaves: everybody whom the others do not carry goes elsewhere", HelpName = "FACILITATOR" };
        var again = new Option<string?>("--again") { Description = "A plan that is proposed anew, while nobody has approved it", HelpName = "PLAN" };
        var command = new Command("propose", "Proposes where everybody affected can go, and moves nobody.");
        command.Validators.Add(result =>
        {
            System.CommandLine.Option[] causes = [site, cohort, room, facilitator, again];
            if (causes.Count(c => result.GetResult(c) is not null) != 1) result.AddError("Give exactly one of --site, --cohort, --room, --facilitator and --again.");
        });
        return Change(surroundings, command, null, (to, run, ask) => to.Client.Rehoming.ProposeRehomeAsync(
            new ProposeRehomeRequest
            {
                Parent = ResourceName.Network(to.Network),
                Site = run.Get(site) is { } s ? Names.Site(s, to.Network) : "",
                Cohort = run.Get(cohort) is { } c ? Names.Cohort(c, to.Network, to.Site) : "",
                Room = run.Get(room) is { } r ? Room(r, to) : "",
                Facilitator = run.Get(facilitator) is { } f ? Names.Facilitator(f, to.Network) : "",
                Rehome = run.Get(again) is { } plan ? Whole(plan, to) : "",
                RequestId = ask.RequestId,
                ValidateOnly = ask.DryRun,
            },
            ask.Headers,
            cancellationToken: ask.Cancel), site, cohort, room, facilitator, again);
    }

    private static Command Show(Surroundings surroundings)
    {
        var name = Argument();
        return Asking.Of(
            surroundings,
            new Command("show", "Shows a plan: what is proposed for each person, what became of it, and where they are now.") { name },
            async (to, run) => await to.Client.Rehoming.GetRehomeAsync(new GetRehomeRequest { Name = Whole(run.Get(name), to) }, cancellationToken: run.Cancel),
            (plan, console) =>
            {
                console.WriteLine(Told(plan));
                var table = Tables.Of("PARTICIPANT", "FROM", "PROPOSED", "STATUS", "NOW IN");
                foreach (var i in plan.Items)
                {
                    table.AddRow(
                        ResourceName.Id(i.Participant).Cell(), Names.Short(i.From).Cell(), (i.To.Length > 0 ? Names.Short(i.To) : "-").Cell(), (i.Reason.Length > 0 ? $"{i.Status}: {i.Reason}" : i.Status).Cell(),
                        (i.Now.Count > 0 ? string.Join(", ", i.Now.Select(Names.Short)) : "-").Cell());
                }

                console.Write(table);
            });
    }

    private static Command List(Surroundings surroundings)
    {
        var limit = Paging.Limit();
        return Asking.List(
            surroundings,
            new Command("list", "Lists plans in the order in which they were proposed.") { limit },
            (to, run) => Paging.All<Rehome>(run, limit, async (page, token) =>
            {
                var reply = await to.Client.Rehoming.ListRehomesAsync(new ListRehomesRequest { Parent = ResourceName.Network(to.Network), PageSize = page, PageToken = token }, cancellationToken: run.Cancel);
                return (reply.Rehomes, reply.NextPageToken);
            }),
            ["PLAN", "FOR", "REVISION", "STATUS", "PEOPLE", "PLACED", "BY HAND", "MOVED", "REFUSED", "FAILED", "SKIPPED", "PROPOSED"],
            p =>
            [
                ResourceName.Id(p.Name), For(p), Number(p.Revision), p.Status, Number(p.People), Number(p.Placed), Number(p.NeedsReviewer), Number(p.Moved), Number(p.Refused), Number(p.Failed),
                Number(p.Skipped), WireJson.Instant(p.ProposeTime),
            ]);
    }

    private static Command Approve(Surroundings surroundings)
    {
        var name = Argument();
        var revision = new Option<int>("--revision") { Description = "The revision that was reviewed, as 'rehome show' tells it", HelpName = "N", Required = true };
        return Change(surroundings, new Command("approve", "Approves the revision that was reviewed: everybody who has a place in it is moved, one unit each.") { name }, name, (to, run, ask) =>
            to.Client.Rehoming.ApproveRehomeAsync(new ApproveRehomeRequest { Name = ask.Name, Revision = run.Get(revision), RequestId = ask.RequestId, ValidateOnly = ask.DryRun }, ask.Headers, cancellationToken: ask.Cancel), revision);
    }

    private static Command Cancel(Surroundings surroundings)
    {
        var name = Argument();
        var reason = PathwayCommand.Required("--reason", "Why, as a code: stays-open, made-by-mistake, ...", "CODE");
        return Change(surroundings, new Command("cancel", "Begins nothing more of a plan: who was moved stays there.") { name }, name, (to, run, ask) =>
            to.Client.Rehoming.CancelRehomeAsync(new CancelRehomeRequest { Name = ask.Name, Reason = run.Get(reason), RequestId = ask.RequestId, ValidateOnly = ask.DryRun }, ask.Headers, cancellationToken: ask.Cancel), reason);
    }

    private static Command Change(
        Surroundings surroundings, Command command, Argument<string>? name, Func<Connected, Invocation, NamedAsk, AsyncUnaryCall<Rehome>> call, params System.CommandLine.Option[] options) =>
        NamedChange.Of(surroundings, command, name, Whole, call, Told, options);

    private static string Told(Rehome p) => string.Create(
        CultureInfo.InvariantCulture,
        $"{ResourceName.Id(p.Name)}: {For(p)}, revision {p.Revision}, {p.Status}{(p.CancelReason.Length > 0 ? $" ({p.CancelReason})" : "")}: {p.People} people, {p.Placed} with a place; {p.Moved} moved, {p.Refused} refused, {p.Skipped} skipped{(p.Failed > 0 ? $", {p.Failed} without an answer" : "")}{(p.NeedsReviewer > 0 ? $"; {p.NeedsReviewer} by hand, with a reviewer" : "")}");

    private static string For(Rehome p) => $"{p.Cause} {(p.Cause == "room" ? $"{ResourceName.Part(p.Subject, "sites")}/{ResourceName.Id(p.Subject)}" : Names.Short(p.Subject))}";

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Room(string text, Connected to) => text.Split('/') switch
    {
        ["networks", _, "sites", _, "rooms", _] => text,
        [{ Length: > 0 } site, { Length: > 0 } room] => ResourceName.Room(to.Network, site, room),
        [{ Length: > 0 } room] when to.Site is { Length: > 0 } site => ResourceName.Room(to.Network, ResourceName.Id(site), room),
        _ => throw new UsageException($"'{text}' is no room. Write SITE/ROOM (nanaimo/hall), or the whole name."),
    };

    private static Argument<string> Argument() => new("plan") { Description = "The plan's id, or its whole name", HelpName = "PLAN" };

    private static string Whole(string? text, Connected to) => text?.Split('/') switch
    {
        ["networks", _, "rehomes", _] => text,
        [{ Length: > 0 } id] => $"{ResourceName.Network(to.Network)}/rehomes/{id}",
        _ => throw new UsageException($"'{text}' is no plan. Write its id as 'rehome list' shows it."),
    };
}
