using System.CommandLine;
using System.Globalization;
using RttNetwork.Cli.Connection;
using RttNetwork.Cli.Output;
using RttNetwork.Client;
using RttNetwork.Wire.V1;
using Spectre.Console;

namespace RttNetwork.Cli.Commands;

/// <summary><c>rtt measures</c>: what was filled in, what is due, and the alert that an answer raises.</summary>
internal static class MeasuresCommand
{
    public static Command Create(Surroundings surroundings) => new("measures", "Outcome measures of a person's pathway, their due dates, and the alert that an answer raises.")
    {
        List(surroundings),
        Show(surroundings),
        Record(surroundings),
        Assess(surroundings),
        Changes(surroundings),
        Export(surroundings),
    };

    private static Command List(Surroundings surroundings) => Asking.List(
        surroundings,
        new Command("list", "Lists the catalogue: scores, and from how many points on a change is more than chance."),
        async (to, run) => [.. (await to.Client.Measures.ListMeasureDefinitionsAsync(new ListMeasureDefinitionsRequest { Parent = ResourceName.Network(to.Network) }, cancellationToken: run.Cancel)).Measures],
        ["MEASURE", "NAME", "QUESTIONS", "SCORE", "HIGHER IS", "RELIABLE CHANGE", "LICENCE"],
        (MeasureDefinition m) =>
        [
            m.Measure, m.DisplayName, m.Items > 0 ? $"{m.Items}, 0 to {m.ItemMax}" : "by its score", $"0 to {m.ScoreMax}", m.HigherIsWorse ? "worse" : "better",
            m.ReliableChange > 0 ? $"{m.ReliableChange} ({m.ReliableChangeSource})" : m.ReliableChangeSource, m.Licence,
        ]);

    private static Command Show(Surroundings surroundings)
    {
        var participant = PathwayCommand.Participant();
        return Asking.Of(
            surroundings,
            new Command("show", "Shows what is due of a person, what was recorded, and an alert that stands.") { participant },
            async (to, run) => await to.Client.Measures.GetParticipantMeasuresAsync(
                new GetParticipantMeasuresRequest { Participant = Names.Participant(run.Get(participant), to.Network) }, cancellationToken: run.Cancel),
            Write);
    }

    private static Command Record(Surroundings surroundings)
    {
        var measure = PathwayCommand.Required("--measure", "phq-9, gad-7, pcl-5, b-ipf, ...: see 'measures list'", "CODE");
        var items = Items();
        var score = new Option<int?>("--score") { Description = "The score, where the answers are not at hand", HelpName = "N" };
        var alert = new Option<int?>("--alert-item-answer") { Description = "With a score alone: the answer to the alert item (PHQ-9: question 9)", HelpName = "N" };
        var point = new Option<string>("--point") { Description = "The due point that it answers [a reading between them]", DefaultValueFactory = _ => "", HelpName = "CODE" };
        var taken = Times.Option("--taken", "When it was filled in [now]");
        var corrects = new Option<int>("--corrects") { Description = "The record that it takes the place of", HelpName = "N" };
        var clinician = new Option<string?>("--clinician") { Description = "For an alert: the prescriber, nurse or therapist who knows of it now", HelpName = "FACILITATOR" };
        return Change(surroundings, "record", "Records a measure. An answer above 0 to the alert item needs --clinician, and stops medicine until one has assessed the person.", (to, run, ask) =>
        {
            var request = new RecordMeasureRequest
            {
                Participant = ask.Participant,
                Measure = run.Get(measure),
                Point = run.Get(point),
                TakeTime = run.Get(taken),
                Corrects = run.Get(corrects),
                Clinician = run.Get(clinician) is { } who ? ask.Facilitator(who) : "",
                RequestId = ask.RequestId,
                ValidateOnly = ask.DryRun,
            };
            request.Items.AddRange(run.Get(items) ?? []);
            if (run.Get(score) is { } said) request.Score = said;
            if (run.Get(alert) is { } answer) request.AlertItemAnswer = answer;
            return to.Client.Measures.RecordMeasureAsync(request, ask.Headers, cancellationToken: ask.Cancel);
        }, measure, items, score, alert, point, taken, corrects, clinician);
    }

    private static Command Assess(Surroundings surroundings)
    {
        var by = PathwayCommand.By("The prescriber, nurse or therapist who assessed the person");
        var outcome = PathwayCommand.Required("--outcome", "assessed-goes-on or safety-plan-made clear the alert; no-medicine-for-now and emergency-care do not", "CODE");
        return Change(surroundings, "assess", "Says what a clinician's assessment after an alert came to.", (to, run, ask) => to.Client.Measures.AssessRiskAsync(
            new AssessRiskRequest { Participant = ask.Participant, Clinician = ask.Facilitator(run.Get(by)!), Outcome = run.Get(outcome), RequestId = ask.RequestId, ValidateOnly = ask.DryRun },
            ask.Headers,
            cancellationToken: ask.Cancel), by, outcome);
    }

    private static Command Changes(Surroundings surroundings)
    {
        var cohort = new Argument<string>("cohort") { Description = "SITE/COHORT, or the cohort's whole name", HelpName = "COHORT" };
        var command = new Command("change", "Counts how many people of a cohort improved, did not change or are worse, against their baseline.") { cohort };
        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            using var to = connection.Open(run);
            var reply = await to.Client.Measures.GetReliableChangeAsync(new GetReliableChangeRequest { Cohort = Names.Cohort(run.Get(cohort), to.Network, to.Site) }, cancellationToken: run.Cancel);
            run.Report.Result(() => WireJson.Of(reply), console =>
            {
                var table = Tables.Of("MEASURE", "POINT", "COMPARED", "IMPROVED", "NO CHANGE", "WORSE", "NOT CLASSIFIED", "NO BASELINE");
                foreach (var c in reply.Changes)
                    table.AddRow([.. new[] { c.Measure, c.Point }.Concat(new[] { c.Compared, c.Improved, c.NoChange, c.Worsened, c.NotClassified, c.WithoutBaseline }.Select(n => n.ToString(CultureInfo.InvariantCulture))).Select(t => t.Cell())]);
                console.Write(table);
            });
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Export(Surroundings surroundings)
    {
        var program = PathwayCommand.Required("--program", "RTT-KaT-12, GRIP-8, ...", "CODE");
        var key = PathwayCommand.Required("--key-file", "The secret of this export, at least 32 bytes: for example of 'openssl rand 32'. Keep it from who receives the export", "FILE");
        var site = new Option<string?>("--site") { Description = "The site [the token's, when it has one; else every site]", HelpName = "S" };
        var people = new Option<int>("--people-min") { Description = "A higher threshold than the country's own for the people of a cohort", HelpName = "N" };
        var command = new Command("export", "Exports scores over time as CSV, de-identified, of the people whose consent to research stands.") { program, key, site, people };
        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            using var to = connection.Open(run);
            var request = new ExportMeasuresRequest
            {
                Parent = run.Get(site) is null && to.Site is null ? $"{ResourceName.Network(to.Network)}/sites/-" : to.SiteName(run.Get(site)),
                Program = run.Get(program),
                PseudonymKey = Google.Protobuf.ByteString.CopyFrom(await File.ReadAllBytesAsync(run.Get(key)!, run.Cancel)),
                PeopleMin = run.Get(people),
            };
            var scores = new List<ExportedScore>();
            var leftOut = 0;
            do
            {
                var reply = await to.Client.Measures.ExportMeasuresAsync(request, cancellationToken: run.Cancel);
                scores.AddRange(reply.Scores);
                (leftOut, request.PageToken) = (reply.CohortsLeftOut, reply.NextPageToken);
            }
            while (request.PageToken.Length > 0);
            run.Report.Result(() => WireJson.Of(scores), _ =>
            {
                // Another program reads it: no line is broken for the width of a screen.
                run.Surroundings.Out.WriteLine("person,cohort,measure,point,days_since_enrolment,score");
                foreach (var s in scores) run.Surroundings.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{s.Person},{s.Cohort},{s.Measure},{s.Point},{s.DaysSinceEnrolment},{s.Score}"));
            });
            if (leftOut > 0) run.Report.Note($"{leftOut} cohorts were left out: too few of their people are in the export.");
            return ExitCode.Ok;
        });
        return command;
    }

    /// <summary>A command that changes a person's measures and prints what stands then.</summary>
    private static Command Change(
        Surroundings surroundings, string name, string description, Func<Connected, Invocation, PathwayCommand.Ask, Grpc.Core.AsyncUnaryCall<ParticipantMeasures>> call, params System.CommandLine.Option[] options)
    {
        var participant = PathwayCommand.Participant();
        var requestId = SeatCommands.RequestIdOption();
        var dryRun = SeatCommands.DryRunOption();
        var command = new Command(name, description) { participant };
        foreach (var option in options) command.Options.Add(option);
        command.Options.Add(requestId);
        command.Options.Add(dryRun);
        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            using var to = connection.Open(run);
            var ask = new PathwayCommand.Ask(
                Names.Participant(run.Get(participant), to.Network), to.Network, run.Get(requestId) ?? RequestId.New(), run.Get(dryRun),
                run.Get(requestId) is null ? null : RttClient.Repeat, run.Cancel);
            var measures = await call(to, run, ask);
            run.Report.Result(() => WireJson.Of(measures), console => console.WriteLine($"{(ask.DryRun ? "would be " : "")}{Told(measures)}"));
            return ExitCode.Ok;
        });
        return command;
    }

    private static string Told(ParticipantMeasures measures)
    {
        var last = measures.Records.Count > 0 ? measures.Records[^1] : null;
        var overdue = measures.Due.Count(d => d.Standing == "overdue");
        return (last is null ? "nothing recorded" : $"record {last.Record}: {last.Measure} {last.Score}{(last.Point.Length > 0 ? $" at {last.Point}" : "")}")
            + (measures.Alert is { } alert ? $", ALERT for {ResourceName.Id(alert.Clinician)}: no medicine before an assessment clears it" : "")
            + (overdue > 0 ? $", {overdue} overdue" : "");
    }

    private static void Write(ParticipantMeasures measures, IAnsiConsole console)
    {
        if (measures.Alert is { } alert)
        {
            console.WriteLine($"ALERT: {alert.Measure}, record {alert.Record}, since {WireJson.Instant(alert.RaiseTime)}, for {ResourceName.Id(alert.Clinician)}"
                + (alert.Outcome.Length > 0 ? $"; last assessment: {alert.Outcome}" : ""));
        }

        var due = Tables.Of("MEASURE", "POINT", "FROM", "UNTIL", "STANDING", "RECORD");
        foreach (var d in measures.Due)
            due.AddRow(d.Measure.Cell(), d.Point.Cell(), WireJson.Day(d.OpensOn).Cell(), WireJson.Day(d.Until).Cell(), (d.Standing == "overdue" ? "OVERDUE" : d.Standing).Cell(), Number(d.Record).Cell());
        console.Write(due);
        if (measures.Records.Count == 0) return;
        var records = Tables.Of("RECORD", "MEASURE", "POINT", "SCORE", "TAKEN", "BY", "CORRECTED BY");
        foreach (var r in measures.Records)
            records.AddRow(Number(r.Record).Cell(), r.Measure.Cell(), r.Point.Cell(), r.Score.ToString(CultureInfo.InvariantCulture).Cell(), WireJson.Instant(r.TakeTime).Cell(), r.RecordedBy.Cell(), Number(r.CorrectedBy).Cell());
        console.Write(records);
    }

    private static string Number(int number) => number > 0 ? number.ToString(CultureInfo.InvariantCulture) : "";

    private static Option<int[]?> Items() => new("--items")
    {
        Description = "The answers in order, '-' for a question that does not apply; judged and not kept",
        HelpName = "0,1,2,...",
        CustomParser = result =>
        {
            var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
            var answers = new List<int>();
            foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
            {
                if (part == "-") answers.Add(-1);
                else if (int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var answer)) answers.Add(answer);
                else
                {
                    result.AddError($"--items: '{part}' is no answer. Write them like 0,1,2,-,3.");
                    return null;
                }
            }

            return [.. answers];
        },
    };
}
