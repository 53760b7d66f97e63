using System.CommandLine;
using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using RttNetwork.Cli.Connection;
using RttNetwork.Cli.Output;
using RttNetwork.Client;
using RttNetwork.Wire.V1;
using Spectre.Console;

namespace RttNetwork.Cli.Commands;

/// <summary><c>rtt pathway</c>: the way of one person through a program.</summary>
internal static class PathwayCommand
{
    public static Command Create(Surroundings surroundings) => new("pathway", "Shows and moves a person on the pathway of a program.")
    {
        Show(surroundings),
        Refer(surroundings),
        Plain(surroundings, "screen", "Begins screening, for the first time or anew.", (client, ask, _) => client.BeginScreeningAsync(
            new BeginScreeningRequest { Participant = ask.Participant, RequestId = ask.RequestId, ValidateOnly = ask.DryRun }, ask.Headers, cancellationToken: ask.Cancel)),
        Found(surroundings),
        Decide(surroundings),
        SignOff(surroundings),
        Consent(surroundings),
        Revoke(surroundings),
        Moves(surroundings, "wait", "Puts the person on the wait-list.", (client, request) => client.JoinWaitListAsync(request.Message, request.Headers, cancellationToken: request.Cancel)),
        Moves(surroundings, "unwait", "Takes the person off the wait-list.", (client, request) => client.LeaveWaitListAsync(request.Message, request.Headers, cancellationToken: request.Cancel)),
        Moves(surroundings, "defer", "Puts the person off; the referral keeps its date.", (client, request) => client.DeferParticipantAsync(request.Message, request.Headers, cancellationToken: request.Cancel)),
        Moves(surroundings, "withdraw", "The person leaves the program.", (client, request) => client.WithdrawParticipantAsync(request.Message, request.Headers, cancellationToken: request.Cancel)),
        Moves(surroundings, "transfer-out", "The person goes on elsewhere.", (client, request) => client.TransferOutAsync(request.Message, request.Headers, cancellationToken: request.Cancel)),
        Moves(surroundings, "complete", "Ends the program, from the cohort's last day on.", (client, request) => client.CompletePathwayAsync(request.Message, request.Headers, cancellationToken: request.Cancel)),
        Moves(surroundings, "follow-up", "Begins the follow-up.", (client, request) => client.BeginFollowUpAsync(request.Message, request.Headers, cancellationToken: request.Cancel)),
        Override(surroundings),
        Review(surroundings),
        Require(surroundings),
    };

    /// <summary>What every change of a pathway has.</summary>
    internal sealed record Ask(string Participant, string Network, string RequestId, bool DryRun, Metadata? Headers, CancellationToken Cancel)
    {
        public string Facilitator(string text) => Names.Facilitator(text, Network);

        public string Cohort(string text, string? site) => Names.Cohort(text, Network, site);
    }

    private sealed record MoveAsk(MovePathwayRequest Message, Metadata? Headers, CancellationToken Cancel);

    private static Command Show(Surroundings surroundings)
    {
        var participant = Participant();
        var command = new Command("show", "Shows where a person is, why, and what may happen next.") { participant };
        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            using var to = connection.Open(run);
            var pathway = await to.Client.Pathways.GetPathwayAsync(
                new GetPathwayRequest { Participant = Names.Participant(run.Get(participant), to.Network) }, cancellationToken: run.Cancel);
            run.Report.Result(() => WireJson.Of(pathway), console => Write(pathway, console));
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Refer(Surroundings surroundings)
    {
        var program = Required("--program", "RTT-KaT-12, GRIP-8, NUMINUS-GROUP, KAP-INDIVIDUAL, IV-SERIES", "CODE");
        var source = new Option<string>("--source") { Description = "Who referred: physician, nurse-practitioner, psychiatrist, self", DefaultValueFactory = _ => "physician", HelpName = "CODE" };
        var site = new Option<string?>("--site") { Description = "The site that leads the pathway [the token's, when it has one]", HelpName = "S" };
        var received = Times.Option("--received", "When the referral was received [now]");
        return Change(surroundings, "refer", "Refers a person to a program.", (to, run, ask) => to.Client.Pathways.ReferParticipantAsync(
            new ReferParticipantRequest
            {
                Participant = ask.Participant,
                Site = to.SiteName(run.Get(site)),
                Program = run.Get(program),
                Source = run.Get(source),
                ReceiveTime = run.Get(received),
                RequestId = ask.RequestId,
                ValidateOnly = ask.DryRun,
            },
            ask.Headers,
            cancellationToken: ask.Cancel), program, source, site, received);
    }

    private static Command Found(Surroundings surroundings)
    {
        var conditions = new Option<string[]>("--condition") { Description = "A code of the program's lists; may be given again", HelpName = "CODE" };
        var pressure = Pressure();
        return Change(surroundings, "found", "Records what screening found; a reading is judged and not kept.", (to, run, ask) =>
        {
            var request = new RecordFindingsRequest { Participant = ask.Participant, BloodPressure = run.Get(pressure), RequestId = ask.RequestId, ValidateOnly = ask.DryRun };
            request.Conditions.AddRange(run.Get(conditions) ?? []);
            return to.Client.Pathways.RecordFindingsAsync(request, ask.Headers, cancellationToken: ask.Cancel);
        }, conditions, pressure);
    }

    private static Command Decide(Surroundings surroundings)
    {
        var condition = Required("--condition", "The condition's code", "CODE");
        var by = By("The prescriber");
        var allowed = new Option<bool>("--allowed") { Description = "The person may take part all the same; without it they may not" };
        return Change(surroundings, "decide", "A prescriber decides on a condition that is decided case by case.", (to, run, ask) => to.Client.Pathways.DecideConditionAsync(
            new DecideConditionRequest { Participant = ask.Participant, Condition = run.Get(condition), Allowed = run.Get(allowed), Facilitator = ask.Facilitator(run.Get(by)!), RequestId = ask.RequestId, ValidateOnly = ask.DryRun },
            ask.Headers,
            cancellationToken: ask.Cancel), condition, by, allowed);
    }

    private static Command SignOff(Surroundings surroundings)
    {
        var kind = Required("--kind", "medical (by a prescriber) or psychological (by a therapist)", "KIND");
        kind.AcceptOnlyFromAmong("medical", "psychological");
        var by = By("Who signs");
        var unfit = new Option<bool>("--not-fit") { Description = "Sign that the person is not fit for the program" };
        return Change(surroundings, "sign-off", "Signs off: two sign-offs, two people.", (to, run, ask) => to.Client.Pathways.SignOffAsync(
            new SignOffRequest { Participant = ask.Participant, Kind = run.Get(kind), Clear = !run.Get(unfit), Facilitator = ask.Facilitator(run.Get(by)!), RequestId = ask.RequestId, ValidateOnly = ask.DryRun },
            ask.Headers,
            cancellationToken: ask.Cancel), kind, by, unfit);
    }

    private static Command Consent(Surroundings surroundings)
    {
        var kind = Kind();
        var version = new Option<int>("--form") { Description = "The version of the form", DefaultValueFactory = _ => 1, HelpName = "N" };
        return Change(surroundings, "consent", "Records that the person gave a consent.", (to, run, ask) => to.Client.Pathways.GiveConsentAsync(
            new GiveConsentRequest { Participant = ask.Participant, Kind = run.Get(kind), Version = run.Get(version), RequestId = ask.RequestId, ValidateOnly = ask.DryRun },
            ask.Headers,
            cancellationToken: ask.Cancel), kind, version);
    }

    private static Command Revoke(Surroundings surroundings)
    {
        var kind = Kind();
        return Change(surroundings, "revoke", "Records that the person withdrew a consent: at once, for everything to come.", (to, run, ask) => to.Client.Pathways.RevokeConsentAsync(
            new RevokeConsentRequest { Participant = ask.Participant, Kind = run.Get(kind), RequestId = ask.RequestId, ValidateOnly = ask.DryRun },
            ask.Headers,
            cancellationToken: ask.Cancel), kind);
    }

    private static Command Review(Surroundings surroundings)
    {
        var outcome = Required("--outcome", "A code: goes-on, spoken-with", "CODE");
        return Change(surroundings, "review", "Says that somebody has looked at the person's attendance.", (to, run, ask) => to.Client.Pathways.ReviewAttendanceAsync(
            new ReviewAttendanceRequest { Participant = ask.Participant, Outcome = run.Get(outcome), RequestId = ask.RequestId, ValidateOnly = ask.DryRun },
            ask.Headers,
            cancellationToken: ask.Cancel), outcome);
    }

    private static Command Override(Surroundings surroundings)
    {
        var rule = new Option<int>("--rule") { Description = "29 (age of the sign-offs), 31 (end of intake) or 33 (of it the fasting)", Required = true, HelpName = "N" };
        var by = By("The prescriber who answers for it");
        var reason = Required("--reason", "A code", "CODE");
        var until = Times.Option("--until", "When it ends: at most 14 days from now");
        until.Required = true;
        return Change(surroundings, "override", "Sets a rule aside for one person: who, why, until when.", (to, run, ask) => to.Client.Pathways.OverrideRuleAsync(
            new OverrideRuleRequest { Participant = ask.Participant, Rule = run.Get(rule), Facilitator = ask.Facilitator(run.Get(by)!), Reason = run.Get(reason), UntilTime = run.Get(until), RequestId = ask.RequestId, ValidateOnly = ask.DryRun },
            ask.Headers,
            cancellationToken: ask.Cancel), rule, by, reason, until);
    }

    private static Command Require(Surroundings surroundings)
    {
        var cohort = new Argument<string>("cohort") { Description = "SITE/COHORT, or the cohort's whole name", HelpName = "COHORT" };
        var requestId = SeatCommands.RequestIdOption();
        var dryRun = SeatCommands.DryRunOption();
        var command = new Command("require", "Makes a cohort ask for the pathway of its program, before anybody has a seat in it.") { cohort, requestId, dryRun };
        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            using var to = connection.Open(run);
            var request = new RequirePathwayRequest { Cohort = Names.Cohort(run.Get(cohort), to.Network, to.Site), RequestId = run.Get(requestId) ?? RequestId.New(), ValidateOnly = run.Get(dryRun) };
            var reply = await to.Client.Pathways.RequirePathwayAsync(request, run.Get(requestId) is null ? null : RttClient.Repeat, cancellationToken: run.Cancel);
            run.Report.Result(() => WireJson.Of(reply), console => console.WriteLine(
                $"{(request.ValidateOnly ? "would ask" : "asks")} for the pathway of {reply.Program}, version {reply.PathwayVersion}: {Names.Short(request.Cohort)}"));
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Plain(Surroundings surroundings, string name, string description, Func<Pathways.PathwaysClient, Ask, Invocation, AsyncUnaryCall<Pathway>> call) =>
        Change(surroundings, name, description, (to, run, ask) => call(to.Client.Pathways, ask, run));

    private static Command Moves(Surroundings surroundings, string name, string description, Func<Pathways.PathwaysClient, MoveAsk, AsyncUnaryCall<Pathway>> call)
    {
        var reason = new Option<string>("--reason") { Description = "A code", DefaultValueFactory = _ => "person-asked", HelpName = "CODE" };
        return Change(surroundings, name, description, (to, run, ask) => call(
            to.Client.Pathways,
            new MoveAsk(new MovePathwayRequest { Participant = ask.Participant, Reason = run.Get(reason), RequestId = ask.RequestId, ValidateOnly = ask.DryRun }, ask.Headers, ask.Cancel)), reason);
    }

    /// <summary>A command that changes a person's pathway and prints where they are then.</summary>
    internal static Command Change(Surroundings surroundings, string name, string description, Func<Connected, Invocation, Ask, AsyncUnaryCall<Pathway>> call, params System.CommandLine.Option[] options) =>
        Change(surroundings, name, description, [], async (to, run, ask) => await call(to, run, ask), options);

    /// <inheritdoc cref="Change(Surroundings, string, string, Func{Connected, Invocation, Ask, AsyncUnaryCall{Pathway}}, System.CommandLine.Option[])"/>
    internal static Command Change(
        Surroundings surroundings, string name, string description, Argument[] before, Func<Connected, Invocation, Ask, Task<Pathway>> call, params System.CommandLine.Option[] options)
    {
        var participant = Participant();
        var requestId = SeatCommands.RequestIdOption();
        var dryRun = SeatCommands.DryRunOption();
        var command = new Command(name, description);
        foreach (var argument in before) command.Arguments.Add(argument);
        command.Arguments.Add(participant);
        foreach (var option in options) command.Options.Add(option);
        command.Options.Add(requestId);
        command.Options.Add(dryRun);
        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            using var to = connection.Open(run);
            var ask = new Ask(
                Names.Participant(run.Get(participant), to.Network), to.Network, run.Get(requestId) ?? RequestId.New(), run.Get(dryRun),
                run.Get(requestId) is null ? null : RttClient.Repeat, run.Cancel);
            var pathway = await call(to, run, ask);
            run.Report.Result(() => WireJson.Of(pathway), console => console.WriteLine(
                $"{(ask.DryRun ? "would be " : "")}{pathway.Stage}: {ResourceName.Id(ask.Participant)} in {pathway.Program}{(pathway.HeldFor.Count > 0 ? $", HELD for {string.Join(", ", pathway.HeldFor)}" : "")}"));
            return ExitCode.Ok;
        });
        return command;
    }

    private static void Write(Pathway pathway, IAnsiConsole console)
    {
        var facts = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(2)).AddColumn();
        facts.AddRow("participant".Cell(), ResourceName.Id(pathway.Participant).Cell());
        facts.AddRow("stage".Cell(), pathway.Stage.Cell());
        if (pathway.Program.Length > 0)
        {
            facts.AddRow("program".Cell(), $"{pathway.Program}, version {pathway.TemplateVersion}, led by {ResourceName.Id(pathway.Site)}".Cell());
            facts.AddRow("referral".Cell(), $"{pathway.Source}, received {WireJson.Instant(pathway.ReceiveTime)}".Cell());
            facts.AddRow("screened until".Cell(), WireJson.Day(pathway.ScreenedUntil).Cell());
        }

        if (pathway.Cohort.Length > 0) facts.AddRow("cohort".Cell(), Names.Short(pathway.Cohort).Cell());
        foreach (var signOff in pathway.SignOffs)
            facts.AddRow("sign-off".Cell(), $"{signOff.Kind}: {(signOff.Clear ? "clear" : "not fit")} by {ResourceName.Id(signOff.Facilitator)} on {WireJson.Day(signOff.SignedOn)}, until {WireJson.Day(signOff.ValidUntil)}".Cell());
        foreach (var condition in pathway.Conditions)
            facts.AddRow("condition".Cell(), $"{condition.Condition}: {(condition.Excludes ? "excludes" : condition.Decision)}".Cell());
        foreach (var asked in pathway.ConsentsAsked)
        {
            var given = pathway.Consents.FirstOrDefault(c => c.Kind == asked.Kind);
            facts.AddRow("consent".Cell(), $"{asked.Kind}: {(given is null ? "not given" : $"form {given.Version}")}, asked for form {asked.Version}".Cell());
        }

        foreach (var visit in pathway.Medicine)
            facts.AddRow("medicine".Cell(), $"{WireJson.Day(visit.Day)}{(visit.Cohort.Length > 0 ? $" in {Names.Short(visit.Cohort)}" : "")}: {visit.Doses} doses, {(visit.DischargeTime is null ? "not discharged" : $"discharged {WireJson.Instant(visit.DischargeTime)}")}{(visit.Deviation ? ", with a deviation" : "")}".Cell());
        if (pathway.ObservationUntilTime is not null) facts.AddRow("observed until".Cell(), WireJson.Instant(pathway.ObservationUntilTime).Cell());
        if (pathway.HeldFor.Count > 0) facts.AddRow("HELD FOR".Cell(), string.Join(", ", pathway.HeldFor).Cell());
        if (pathway.SessionsRecorded > 0) facts.AddRow("attendance".Cell(), $"{pathway.SessionsAttended} of {pathway.SessionsRecorded}{(pathway.AttendanceReviewDue ? ", REVIEW DUE" : "")}".Cell());
        if (pathway.MakeUp is not null) facts.AddRow("make-up".Cell(), $"{Names.Short(pathway.MakeUp.Cohort)}, session {pathway.MakeUp.Session} on {WireJson.Day(pathway.MakeUp.Day)}".Cell());
        if (pathway.RiskAlert is { } alert) facts.AddRow("ALERT".Cell(), $"{alert.Measure} since {WireJson.Instant(alert.RaiseTime)}: {ResourceName.Id(alert.Clinician)} assesses the person before any medicine".Cell());
        foreach (var due in pathway.MeasuresDue)
            facts.AddRow("measure".Cell(), $"{due.Measure} at {due.Point}: {(due.Standing == "overdue" ? "OVERDUE" : due.Standing)}, from {WireJson.Day(due.OpensOn)} until {WireJson.Day(due.Until)}".Cell());
        foreach (var set in pathway.Overrides)
            facts.AddRow("override".Cell(), $"rule {set.Rule} by {ResourceName.Id(set.Facilitator)}: {set.Reason}, until {WireJson.Instant(set.UntilTime)}".Cell());
        console.Write(facts);
        var table = Tables.Of("NEXT", "", "RULE", "WHY NOT");
        foreach (var action in pathway.AvailableActions) table.AddRow(action.Cell(), "yes".Cell(), "".Cell(), "".Cell());
        foreach (var action in pathway.UnavailableActions)
            table.AddRow(action.Action.Cell(), "no".Cell(), action.Rule.ToString(CultureInfo.InvariantCulture).Cell(), $"{action.Reason}: {action.Message}".Cell());
        console.Write(table);
    }

    internal static Argument<string> Participant() => new("participant") { Description = "The participant's id or whole name", HelpName = "PARTICIPANT" };

    internal static Option<string> By(string description) => new("--by") { Description = $"{description}: a facilitator's id", Required = true, HelpName = "FACILITATOR" };

    internal static Option<string> Required(string name, string description, string help) => new(name) { Description = description, Required = true, HelpName = help };

    private static Option<string> Kind() => new("--kind") { Description = "treatment, touch, sharing, research, facilitator-change", DefaultValueFactory = _ => "treatment", HelpName = "KIND" };

    internal static Option<BloodPressureReading?> Pressure() => new("--blood-pressure")
    {
        Description = "In millimetres of mercury",
        HelpName = "SYS/DIA",
        CustomParser = result =>
        {
            var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
            if (text.Split('/') is [var s, var d]
                && int.TryParse(s, NumberStyles.None, CultureInfo.InvariantCulture, out var systolic)
                && int.TryParse(d, NumberStyles.None, CultureInfo.InvariantCulture, out var diastolic))
            {
                return new BloodPressureReading { Systolic = systolic, Diastolic = diastolic };
            }

            result.AddError($"--blood-pressure: '{text}' is no reading. Write it like 128/82.");
            return null;
        },
    };
}

/// <summary>Instants as people type them.</summary>
internal static class Times
{
    public static Option<Timestamp?> Option(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "YYYY-MM-DDTHH:MMZ",
        CustomParser = result =>
        {
            var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
            if (DateTimeOffset.TryParseExact(text, ["yyyy-MM-dd'T'HH:mm'Z'", "yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mmzzz"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
                return Timestamp.FromDateTimeOffset(time);
            result.AddError($"{name}: '{text}' is no instant. Write it like 2027-01-31T17:30Z.");
            return null;
        },
    };
}
