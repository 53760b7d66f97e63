using System.CommandLine;
using System.Globalization;
using Grpc.Core;
using RttNetwork.Cli.Connection;
using RttNetwork.Cli.Output;
using RttNetwork.Client;
using RttNetwork.Wire.V1;
using Spectre.Console;

namespace RttNetwork.Cli.Commands;

/// <summary><c>rtt safety</c>: safety events, from the record to the closing, and the list of those that are open.</summary>
internal static class SafetyCommand
{
    public static Command Create(Surroundings surroundings) => new("safety", "Safety events: record one at once, list the open ones by when their report is due, acknowledge, report, close.")
    {
        List(surroundings),
        Record(surroundings),
        Acknowledge(surroundings),
        Report(surroundings),
        Close(surroundings),
    };

    private static Command List(Surroundings surroundings)
    {
        var site = new Option<string?>("--site") { Description = "The site [the token's, when it has one; else every site]", HelpName = "S" };
        var closed = new Option<bool>("--closed") { Description = "Those that were closed, too" };
        var limit = Paging.Limit();
        var command = new Command("list", "Lists safety events: the one whose report is due first comes first.") { site, closed, limit };
        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            using var to = connection.Open(run);
            var parent = run.Get(site) is null && to.Site is null ? $"{ResourceName.Network(to.Network)}/sites/-" : to.SiteName(run.Get(site));
            var events = await Paging.All<SafetyEventSummary>(run, limit, async (page, token) =>
            {
                var reply = await to.Client.Safety.ListSafetyEventsAsync(new ListSafetyEventsRequest { Parent = parent, ShowClosed = run.Get(closed), PageSize = page, PageToken = token }, cancellationToken: run.Cancel);
                return (reply.SafetyEvents, reply.NextPageToken);
            });
            run.Report.Result(() => WireJson.Of(events), console =>
            {
                var table = Tables.Of("EVENT", "KIND", "SEVERITY", "REPORT DUE", "NOT ACKNOWLEDGED BY", "SESSION", "RECORDED");
                foreach (var e in events)
                {
                    table.AddRow(
                        Short(e.Name).Cell(), e.Kind.Cell(), (e.Serious ? $"{e.Severity}, SERIOUS" : e.Severity).Cell(), (e.Closed ? "closed" : WireJson.Day(e.DueOn)).Cell(), string.Join(", ", e.Unaware).Cell(),
                        (e.Cohort.Length > 0 ? $"{Names.Short(e.Cohort)}{(e.HasSession ? $", session {e.Session}" : "")}" : "").Cell(), WireJson.Instant(e.RecordTime).Cell());
                }

                console.Write(table);
            });
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Record(Surroundings surroundings)
    {
        var site = new Option<string?>("--site") { Description = "The site [the token's, when it has one]", HelpName = "S" };
        var participant = new Option<string?>("--participant") { Description = "Whom it concerned", HelpName = "PARTICIPANT" };
        var kind = PathwayCommand.Required("--kind", "blood-pressure, sedation, suicidal-thoughts, medication-error, ...", "CODE");
        var severity = PathwayCommand.Required("--severity", "mild, moderate, severe", "CODE");
        var serious = new Option<string[]>("--serious") { Description = "What makes it serious: hospitalisation, lasting-disability, life-threatening, death, congenital-malformation; may be given again", HelpName = "CODE" };
        var cohort = new Option<string?>("--cohort") { Description = "SITE/COHORT, in whose session it happened", HelpName = "COHORT" };
        var session = new Option<int?>("--session") { Description = "That session's place in the plan, from 0", HelpName = "N" };
        var occurred = Times.Option("--occurred", "When it happened [now]");
        return Change(surroundings, new Command("record", "Records a safety event at once."), null, (to, run, ask) =>
        {
            var request = new RecordSafetyEventRequest
            {
                Parent = to.SiteName(run.Get(site)),
                Participant = run.Get(participant) is { } who ? Names.Participant(who, to.Network) : "",
                Kind = run.Get(kind),
                Severity = run.Get(severity),
                Cohort = run.Get(cohort) is { } c ? Names.Cohort(c, to.Network, to.Site) : "",
                OccurTime = run.Get(occurred),
                RequestId = ask.RequestId,
                ValidateOnly = ask.DryRun,
            };
            request.SeriousCriteria.AddRange(run.Get(serious) ?? []);
            if (run.Get(session) is { } at) request.Session = at;
            return to.Client.Safety.RecordSafetyEventAsync(request, ask.Headers, cancellationToken: ask.Cancel);
        }, site, participant, kind, severity, serious, cohort, session, occurred);
    }

    private static Command Acknowledge(Surroundings surroundings)
    {
        var lead = new Option<string?>("--medical-lead") { Description = "The prescriber who is the site's medical lead [the operator's own word]", HelpName = "FACILITATOR" };
        var name = Event();
        return Change(surroundings, new Command("ack", "Says that the site's medical lead, or the operator, knows of it.") { name }, name, (to, run, ask) => to.Client.Safety.AcknowledgeSafetyEventAsync(
            new AcknowledgeSafetyEventRequest { Name = ask.Name, MedicalLead = run.Get(lead) is { } who ? Names.Facilitator(who, to.Network) : "", RequestId = ask.RequestId, ValidateOnly = ask.DryRun },
            ask.Headers,
            cancellationToken: ask.Cancel), lead);
    }

    private static Command Report(Surroundings surroundings)
    {
        var regime = PathwayCommand.Required("--regime", "ca-hospital, us-rems", "CODE");
        var name = Event();
        return Change(surroundings, new Command("report", "Says that the report which a regime asks for was made.") { name }, name, (to, run, ask) => to.Client.Safety.ReportSafetyEventAsync(
            new ReportSafetyEventRequest { Name = ask.Name, Regime = run.Get(regime), RequestId = ask.RequestId, ValidateOnly = ask.DryRun }, ask.Headers, cancellationToken: ask.Cancel), regime);
    }

    private static Command Close(Surroundings surroundings)
    {
        var by = PathwayCommand.By("The prescriber who closes it");
        var outcome = PathwayCommand.Required("--outcome", "resolved, lasting-effects, in-care-elsewhere, fatal, no-event-after-all", "CODE");
        var name = Event();
        return Change(surroundings, new Command("close", "Closes it, when both who must know have acknowledged it and its reports were made.") { name }, name, (to, run, ask) => to.Client.Safety.CloseSafetyEventAsync(
            new CloseSafetyEventRequest { Name = ask.Name, Clinician = Names.Facilitator(run.Get(by)!, to.Network), Outcome = run.Get(outcome), RequestId = ask.RequestId, ValidateOnly = ask.DryRun },
            ask.Headers,
            cancellationToken: ask.Cancel), by, outcome);
    }

    private static Command Change(
        Surroundings surroundings, Command command, Argument<string>? name, Func<Connected, Invocation, NamedAsk, AsyncUnaryCall<SafetyEvent>> call, params System.CommandLine.Option[] options) =>
        NamedChange.Of(surroundings, command, name, Whole, call, Told, options);

    private static string Told(SafetyEvent safety)
    {
        var clocks = safety.Clocks.Select(c => c.ReportTime is null ? $"report under {c.Regime} due on {WireJson.Day(c.DueOn)}" : $"reported under {c.Regime}");
        string[] unaware = ["medical-lead", "operator"];
        var missing = unaware.Where(u => safety.Acknowledged.All(a => a.As != u)).ToArray();
        return string.Join(", ", new[]
            {
                $"{Short(safety.Name)}: {safety.Kind}, {safety.Severity}{(safety.SeriousCriteria.Count > 0 ? $", SERIOUS ({string.Join(", ", safety.SeriousCriteria)})" : "")}",
            }.Concat(clocks).Append(safety.CloseTime is not null ? $"closed: {safety.Outcome}" : missing.Length > 0 ? $"not acknowledged by {string.Join(" and ", missing)}" : "acknowledged"));
    }

    private static Argument<string> Event() => new("event") { Description = "SITE/EVENT, or the event's whole name", HelpName = "EVENT" };

    private static string Whole(string? text, Connected to) => text?.Split('/') switch
    {
        ["networks", _, "sites", _, "safetyEvents", _] => text,
        [{ Length: > 0 } site, { Length: > 0 } id] => $"{ResourceName.Site(to.Network, site)}/safetyEvents/{id}",
        [{ Length: > 0 } id] when to.Site is { Length: > 0 } site => $"{ResourceName.Site(to.Network, ResourceName.Id(site))}/safetyEvents/{id}",
        _ => throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"'{text}' is no safety event. Write SITE/EVENT as 'safety list' shows it.")),
    };

    /// <summary>SITE/EVENT.</summary>
    private static string Short(string name) => $"{ResourceName.Part(name, "sites")}/{ResourceName.Id(name)}";
}
