using System.CommandLine;
using System.Globalization;
using Grpc.Core;
using RttNetwork.Cli.Connection;
using RttNetwork.Cli.Output;
using RttNetwork.Client;
using RttNetwork.Wire.V1;
using Spectre.Console;

namespace RttNetwork.Cli.Commands;

/// <summary><c>rtt refer</c>, <c>rtt referrals</c> and <c>rtt transfer</c>: people who go on at another site or in another cohort.</summary>
internal static class ReferralsCommand
{
    public static Command Refer(Surroundings surroundings)
    {
        var participant = new Argument<string>("participant") { Description = "Who is referred", HelpName = "PARTICIPANT" };
        var to = PathwayCommand.Required("--to", "The site that is asked", "SITE");
        var site = new Option<string?>("--site") { Description = "The site that refers [the token's, when it has one]", HelpName = "S" };
        var cohort = new Option<string?>("--cohort") { Description = "SITE/COHORT of the target: a free seat is held there until the deadline", HelpName = "COHORT" };
        var program = new Option<string?>("--program") { Description = "For a person on no pathway: RTT-KaT-12, GRIP-8, ...", HelpName = "CODE" };
        var leaves = new Option<string?>("--leaves") { Description = "For a person on no pathway: SITE/COHORT whose seat they give back when they are accepted", HelpName = "COHORT" };
        var reason = PathwayCommand.Required("--reason", "closer-to-home, no-seat-here, site-closing, program-not-offered, language, accessibility, person-wishes, clinical", "CODE");
        var form = new Option<string?>("--form") { Description = "For a person on no pathway: who referred them in the first place", HelpName = "CODE" };
        var priority = Priority();
        var due = Times.Option("--due", "Until when the target decides [7 days]");
        var consented = new Option<bool>("--sharing-consented") { Description = "For a person on no pathway: they consented to being referred" };
        var draft = new Option<bool>("--draft") { Description = "Prepares it, and sends nothing" };
        return Change(surroundings, new Command("refer", "Refers a person to another site. A seat that is free is held in the same step; what they have here they keep until they are accepted.") { participant }, null, (connected, run, ask) =>
            connected.Client.Referrals.CreateReferralAsync(
                new CreateReferralRequest
                {
                    Parent = connected.SiteName(run.Get(site)),
                    Participant = Names.Participant(run.Get(participant)!, connected.Network),
                    Target = ResourceName.Site(connected.Network, run.Get(to)!),
                    Cohort = run.Get(cohort) is { } named ? Names.Cohort(named, connected.Network, run.Get(to)) : "",
                    Program = run.Get(program) ?? "",
                    Leaves = run.Get(leaves) is { } left ? Names.Cohort(left, connected.Network, connected.Site) : "",
                    Reason = run.Get(reason),
                    Form = run.Get(form) ?? "",
                    Priority = run.Get(priority),
                    DueTime = run.Get(due),
                    SharingConsented = run.Get(consented),
                    Draft = run.Get(draft),
                    RequestId = ask.RequestId,
                    ValidateOnly = ask.DryRun,
                },
                ask.Headers,
                cancellationToken: ask.Cancel), to, site, cohort, program, leaves, reason, form, priority, due, consented, draft);
    }

    public static Command Create(Surroundings surroundings) => new("referrals", "Referrals: the worklist of a site, and what its clinicians decide of each.")
    {
        List(surroundings),
        Show(surroundings),
        Step(surroundings, "send", "Sends a draft.", (to, run, ask) => to.Client.Referrals.SendReferralAsync(
            new SendReferralRequest { Name = ask.Name, RequestId = ask.RequestId, ValidateOnly = ask.DryRun }, ask.Headers, cancellationToken: ask.Cancel)),
        Step(surroundings, "receive", "Says that the site which was asked has it.", (to, run, ask) => to.Client.Referrals.ReceiveReferralAsync(
            new ReceiveReferralRequest { Name = ask.Name, RequestId = ask.RequestId, ValidateOnly = ask.DryRun }, ask.Headers, cancellationToken: ask.Cancel)),
        Triage(surroundings),
        Accept(surroundings),
        WithReason(surroundings, "decline", "Declines it: what was held is free.", "no-capacity, not-eligible-here, out-of-area, incomplete, duplicate, person-declined, clinical", (to, reason, ask) =>
            to.Client.Referrals.DeclineReferralAsync(new DeclineReferralRequest { Name = ask.Name, Reason = reason, RequestId = ask.RequestId, ValidateOnly = ask.DryRun }, ask.Headers, cancellationToken: ask.Cancel)),
        WithReason(surroundings, "withdraw", "Takes it back: at once, or by asking the site that looks at it already.", "person-declined, seat-found-here, sent-in-error, clinical, deceased", (to, reason, ask) =>
            to.Client.Referrals.WithdrawReferralAsync(new WithdrawReferralRequest { Name = ask.Name, Reason = reason, RequestId = ask.RequestId, ValidateOnly = ask.DryRun }, ask.Headers, cancellationToken: ask.Cancel)),
        Step(surroundings, "confirm-withdrawal", "Lets go of a referral that its source asked to take back.", (to, run, ask) => to.Client.Referrals.ConfirmWithdrawalAsync(
            new ConfirmWithdrawalRequest { Name = ask.Name, RequestId = ask.RequestId, ValidateOnly = ask.DryRun }, ask.Headers, cancellationToken: ask.Cancel)),
        Complete(surroundings),
    };

    public static Command Transfer(Surroundings surroundings)
    {
        var participant = new Argument<string>("participant") { Description = "Who moves", HelpName = "PARTICIPANT" };
        var from = PathwayCommand.Required("--from", "SITE/COHORT that they leave", "COHORT");
        var to = PathwayCommand.Required("--to", "SITE/COHORT that they join, of the same template and at a compatible week", "COHORT");
        var reason = PathwayCommand.Required("--reason", "Why, as a code: person-asked, room-closed, ...", "CODE");
        var reviewer = Reviewer();
        var (requestId, dryRun) = (SeatCommands.RequestIdOption(), SeatCommands.DryRunOption());
        var command = new Command("transfer", "Moves a person between two cohorts in one step: seated there before they leave here.") { participant, from, to, reason, reviewer, requestId, dryRun };
        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            using var connected = connection.Open(run);
            var seat = await connected.Client.Referrals.TransferSeatAsync(
                new TransferSeatRequest
                {
                    From = Names.Cohort(run.Get(from)!, connected.Network, connected.Site),
                    To = Names.Cohort(run.Get(to)!, connected.Network, connected.Site),
                    Participant = Names.Participant(run.Get(participant)!, connected.Network),
                    Reason = run.Get(reason),
                    Reviewer = run.Get(reviewer) is { } who ? Names.Facilitator(who, connected.Network) : "",
                    RequestId = run.Get(requestId) ?? RequestId.New(),
                    ValidateOnly = run.Get(dryRun),
                },
                run.Get(requestId) is null ? null : RttClient.Repeat,
                cancellationToken: run.Cancel);
            run.Report.Result(() => WireJson.Of(seat), console => console.WriteLine(
                $"{(run.Get(dryRun) ? "would be: " : "")}{ResourceName.Id(seat.Participant)} has a seat in {Names.Short(seat.Cohort)}{(seat.Pod > 0 ? string.Create(CultureInfo.InvariantCulture, $", pod {seat.Pod}") : "")}, and none in {run.Get(from)}"));
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command List(Surroundings surroundings)
    {
        var site = new Option<string?>("--site") { Description = "The site [the token's, when it has one; else every site]", HelpName = "S" };
        var outgoing = new Option<bool>("--outgoing") { Description = "Those that the site sent, drafts included [those that it was sent]" };
        var ended = new Option<bool>("--ended") { Description = "Those that are over, too" };
        var watch = new Option<bool>("--watch") { Description = "Shows the open ones, and then what changes, until Ctrl-C; with --json one message a line" };
        var limit = Paging.Limit();
        var command = new Command("list", "Lists referrals: the most urgent first, then by when the person was first referred.") { site, outgoing, ended, watch, limit };
        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            using var to = connection.Open(run);
            var parent = run.Get(site) is null && to.Site is null ? $"{ResourceName.Network(to.Network)}/sites/-" : to.SiteName(run.Get(site));
            if (run.Get(watch))
            {
                if (run.Get(ended)) throw new UsageException("--watch shows open referrals: leave out --ended.");
                return await Watching.Show(
                    run,
                    resume => to.Client.Referrals.WatchReferrals(new WatchReferralsRequest { Parent = parent, Outgoing = run.Get(outgoing), ResumeToken = resume }, cancellationToken: run.Cancel),
                    message => message.ResumeToken,
                    message => Tell(run, message));
            }

            var referrals = await Paging.All<ReferralSummary>(run, limit, async (page, token) =>
            {
                var reply = await to.Client.Referrals.ListReferralsAsync(
                    new ListReferralsRequest { Parent = parent, Outgoing = run.Get(outgoing), ShowEnded = run.Get(ended), PageSize = page, PageToken = token }, cancellationToken: run.Cancel);
                return (reply.Referrals, reply.NextPageToken);
            });
            run.Report.Result(() => WireJson.Of(referrals), console =>
            {
                var table = Tables.Of("REFERRAL", "PARTICIPANT", "PROGRAM", "FROM", "TO", "PRIORITY", "STATUS", "SEAT", "AGE", "DUE");
                foreach (var r in referrals)
                {
                    table.AddRow(
                        ResourceName.Id(r.Name).Cell(), ResourceName.Id(r.Participant).Cell(), r.Program.Cell(), Where(r.Source, r.SourceRegion, r.TargetRegion).Cell(), Where(r.Target, r.TargetRegion, r.SourceRegion).Cell(),
                        Told(r.Priority).Cell(), (r.Outcome.Length > 0 ? $"{r.Status}: {r.Outcome}" : r.Status).Cell(), (r.SeatHeld ? "held" : r.Overdue || r.DecideTime is null ? "waits" : "").Cell(),
                        string.Create(CultureInfo.InvariantCulture, $"{r.AgeDays} d").Cell(), (r.Overdue ? $"OVERDUE since {WireJson.Instant(r.DueTime)}" : WireJson.Instant(r.DueTime)).Cell());
                }

                console.Write(table);
            });
            return ExitCode.Ok;
        });
        return command;
    }

    private static void Tell(Invocation run, WatchReferralsResponse message)
    {
        if (message.Reset) run.Report.Tables.WriteLine("from the beginning:");
        foreach (var r in message.Referrals)
        {
            var due = r.Overdue ? $"OVERDUE since {WireJson.Instant(r.DueTime)}" : $"due {WireJson.Instant(r.DueTime)}";
            run.Report.Tables.WriteLine($"+ {ResourceName.Id(r.Name)}  {ResourceName.Id(r.Participant)}  {r.Program}  {ResourceName.Id(r.Source)} -> {ResourceName.Id(r.Target)}  {Told(r.Priority)}  {r.Status}{(r.SeatHeld ? ", seat held" : "")}  {due}");
        }

        foreach (var name in message.Removed) run.Report.Tables.WriteLine($"- {ResourceName.Id(name)}");
    }

    private static Command Show(Surroundings surroundings)
    {
        var name = Argument();
        return Asking.Of(
            surroundings,
            new Command("show", "Shows a referral as one of its two sites sees it.") { name },
            async (to, run) => await to.Client.Referrals.GetReferralAsync(new GetReferralRequest { Name = Whole(run.Get(name), to) }, cancellationToken: run.Cancel),
            (referral, console) => console.WriteLine(Told(referral)));
    }

    private static Command Triage(Surroundings surroundings)
    {
        var priority = Priority();
        return Step(surroundings, "triage", "Says how urgent the site's clinicians find it.", (to, run, ask) => to.Client.Referrals.TriageReferralAsync(
            new TriageReferralRequest { Name = ask.Name, Priority = run.Get(priority), RequestId = ask.RequestId, ValidateOnly = ask.DryRun }, ask.Headers, cancellationToken: ask.Cancel), priority);
    }

    private static Command Accept(Surroundings surroundings)
    {
        var cohort = PathwayCommand.Required("--cohort", "SITE/COHORT of the site that was asked", "COHORT");
        var reviewer = Reviewer();
        return Step(surroundings, "accept", "Takes the person: seated there, and what they held elsewhere given back, in one step.", (to, run, ask) => to.Client.Referrals.AcceptReferralAsync(
            new AcceptReferralRequest
            {
                Name = ask.Name,
                Cohort = Names.Cohort(run.Get(cohort)!, to.Network, to.Site),
                Reviewer = run.Get(reviewer) is { } who ? Names.Facilitator(who, to.Network) : "",
                RequestId = ask.RequestId,
                ValidateOnly = ask.DryRun,
            },
            ask.Headers,
            cancellationToken: ask.Cancel), cohort, reviewer);
    }

    private static Command Complete(Surroundings surroundings)
    {
        var outcome = PathwayCommand.Required("--outcome", "attended, no-show, finished, left", "CODE");
        return Step(surroundings, "complete", "Tells the site that referred what became of the person.", (to, run, ask) => to.Client.Referrals.CompleteReferralAsync(
            new CompleteReferralRequest { Name = ask.Name, Outcome = run.Get(outcome), RequestId = ask.RequestId, ValidateOnly = ask.DryRun }, ask.Headers, cancellationToken: ask.Cancel), outcome);
    }

    private static Command WithReason(Surroundings surroundings, string verb, string description, string codes, Func<Connected, string, NamedAsk, AsyncUnaryCall<Referral>> call)
    {
        var reason = PathwayCommand.Required("--reason", codes, "CODE");
        return Step(surroundings, verb, description, (to, run, ask) => call(to, run.Get(reason)!, ask), reason);
    }

    private static Command Step(Surroundings surroundings, string verb, string description, Func<Connected, Invocation, NamedAsk, AsyncUnaryCall<Referral>> call, params System.CommandLine.Option[] options)
    {
        var name = Argument();
        return Change(surroundings, new Command(verb, description) { name }, name, call, options);
    }

    private static Command Change(
        Surroundings surroundings, Command command, Argument<string>? name, Func<Connected, Invocation, NamedAsk, AsyncUnaryCall<Referral>> call, params System.CommandLine.Option[] options) =>
        NamedChange.Of(surroundings, command, name, Whole, call, Told, options);

    private static string Told(Referral r)
    {
        var seat = r.AcceptedIn.Length > 0 ? $", seated in {Names.Short(r.AcceptedIn)}" : r.HeldIn.Length > 0 ? $", a seat held in {Names.Short(r.HeldIn)}" : r.DecideTime is null && r.SendTime is not null ? ", waits: no seat is held" : "";
        var due = r.DecideTime is null && r.SendTime is not null ? $", {(r.Overdue ? "OVERDUE since" : "to be decided by")} {WireJson.Instant(r.DueTime)}" : "";
        var left = r.Status == "accepted" && r.Leaves.Length > 0 ? $", out of {Names.Short(r.Leaves)}" : "";
        return $"{ResourceName.Id(r.Name)}: {ResourceName.Id(r.Participant)} to {ResourceName.Id(r.Target)} for {r.Program}, {Told(r.Priority)}, {r.Status}{(r.Outcome.Length > 0 ? $" ({r.Outcome})" : "")}{seat}{left}{due}";
    }

    private static string Told(ReferralPriority priority) => priority.ToString().ToLowerInvariant();

    /// <summary>The site, with its region where that is another one.</summary>
    private static string Where(string site, string region, string other) => region == other ? ResourceName.Id(site) : $"{ResourceName.Id(site)} ({ResourceName.Id(region)})";

    private static Option<ReferralPriority> Priority() => new("--priority") { Description = "urgent (days count), high (weeks count), routine, low", HelpName = "P", DefaultValueFactory = _ => ReferralPriority.Routine };

    private static Option<string?> Reviewer() => new("--reviewer") { Description = "The prescriber who verified what depends on the jurisdiction, where it is another one", HelpName = "FACILITATOR" };

    private static Argument<string> Argument() => new("referral") { Description = "The referral's id, or its whole name", HelpName = "REFERRAL" };

    private static string Whole(string? text, Connected to) => text?.Split('/') switch
    {
        ["networks", _, "referrals", _] => text,
        [{ Length: > 0 } id] => $"{ResourceName.Network(to.Network)}/referrals/{id}",
        _ => throw new UsageException($"'{text}' is no referral. Write its id as 'referrals list' shows it."),
    };
}
