using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using RttNetwork.Cli.Connection;
using RttNetwork.Cli.Import;
using RttNetwork.Cli.Output;
using Spectre.Console;

namespace RttNetwork.Cli.Commands;

/// <summary><c>rtt import patients</c>: registers the people of a FHIR NDJSON file at a site.</summary>
internal static class ImportCommand
{
    public static Command Create(Surroundings surroundings)
    {
        var path = new Argument<string>("file") { Description = "FHIR R4 Patient resources, one a line", HelpName = "FILE" };
        var site = new Option<string?>("--site") { Description = "The site that registers them [the token's, when it has one]", HelpName = "S" };
        var eligible = new Option<bool>("--eligible") { Description = "Record that each was screened and may take part" };
        var patients = new Command("patients", """
            Registers the people of an NDJSON file at a site. Only identifiers, name, birth date, telecom and language leave the file.
            A bad line stops nothing else, and the same file again registers nobody twice. With --json: one object a line, then {"summary": ...}.
            Exit code 5 when any line was refused or invalid.
            """)
        {
            path, site, eligible,
        };
        var connection = new ConnectionOptions().AddTo(patients);
        patients.Does(surroundings, async run =>
        {
            using var file = new FileStream(run.Get(path), FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 64 * 1024, FileOptions.SequentialScan | FileOptions.Asynchronous);
            using var reader = new StreamReader(file, Encoding.UTF8);
            using var to = connection.Open(run, patient: true);
            var import = new PatientImport(to.Client, to.Network, to.SiteName(run.Get(site)), run.Get(eligible));
            var rows = new List<Row>();
            var summary = await run.Report.Progress("Importing", async progress => await import.Run(
                reader,
                row =>
                {
                    progress((int)(file.Position * 1000 / Math.Max(1, file.Length)), 1000);
                    if (run.Report.Json)
                    {
                        run.Report.Line(row.Json());
                    }
                    else
                    {
                        rows.Add(row);
                    }
                },
                run.Cancel));
            if (run.Report.Json)
            {
                run.Report.Line(new JsonObject { ["summary"] = Json(summary) });
            }
            else
            {
                Show(rows, summary, run.Report.Tables);
            }

            if (summary.StoppedBy is { } failure)
            {
                if (!run.Report.Json)
                {
                    run.Report.Note("Stopped before the end of the file. The same command again goes on where this one ended.");
                    RefusalText.Write(failure, run.Report.Notes);
                }

                return RefusalText.ExitCodeOf(failure.Refusal);
            }

            return summary.Of(RowOutcome.Refused) + summary.Of(RowOutcome.Invalid) > 0 ? ExitCode.Failed : ExitCode.Ok;
        });
        return new Command("import", "Brings in records from elsewhere.") { patients };
    }

    private static JsonObject Json(ImportSummary summary)
    {
        var json = new JsonObject { ["lines"] = summary.Lines };
        foreach (var outcome in Enum.GetValues<RowOutcome>())
        {
            json[outcome.ToString().ToLowerInvariant()] = summary.Of(outcome);
        }

        json["complete"] = summary.StoppedBy is null;
        return json;
    }

    private static void Show(List<Row> rows, ImportSummary summary, IAnsiConsole console)
    {
        var table = Tables.Of("LINE", "OUTCOME", "PARTICIPANT", "PATIENT IN FILE", "WHY");
        foreach (var row in rows)
        {
            table.AddRow(
                $"{row.Line}".Cell(),
                row.Outcome.ToString().ToLowerInvariant().Cell(),
                (row.Participant.Length > 0 ? row.Participant : "-").Cell(),
                (row.Patient.Length > 0 ? row.Patient : "-").Cell(),
                $"{row.Reason} {row.Message}".Trim().Cell());
        }

        console.Write(table);
        console.WriteLine($"{summary.Lines} lines: " + string.Join(", ", Enum.GetValues<RowOutcome>().Select(o => $"{summary.Of(o)} {(o == RowOutcome.Known ? "known already" : o.ToString().ToLowerInvariant())}")));
    }
}
