using System.CommandLine;
using RttNetwork.Cli.Connection;
using RttNetwork.Cli.Output;
using RttNetwork.Cli.Reports;
using RttNetwork.Client;
using RttNetwork.Wire.V1;

namespace RttNetwork.Cli.Commands;

/// <summary><c>rtt report</c>: what is published of a region about a quarter.</summary>
internal static class ReportCommand
{
    private const string Safr = "us-safr";

    public static Command Create(Surroundings surroundings)
    {
        var region = PathwayCommand.Required("--region", "The region; an authority names its own", "R");
        var period = PathwayCommand.Required("--period", "The quarter: two weeks after its end and later", "2026-Q4");
        var format = new Option<string>("--format") { Description = "saner or us-safr: a FHIR R4 MeasureReport, or a Bundle of them; csv", HelpName = "FORM", DefaultValueFactory = _ => "csv" }.AcceptOnlyFromAmong("csv", "saner", Safr);
        var submitter = new Option<string?>("--submitter") { Description = "For us-safr: the number that the receiver knows your organisation by", HelpName = "ID" };
        var command = new Command("report", "Writes what is published of a region about a quarter, counts of few people suppressed: made once, and the same for ever.") { region, period, format, submitter };
        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            var (form, organisation) = (run.Get(format)!, run.Get(submitter));
            if (form == Safr && organisation is null) throw new UsageException("us-safr needs --submitter: who sends the report.");
            if (form != Safr && organisation is not null) throw new UsageException("--submitter is for us-safr alone.");
            using var to = connection.Open(run);
            var report = await to.Client.Capacity.GetRegionReportAsync(
                new GetRegionReportRequest { Parent = ResourceName.Network(to.Network), Region = ResourceName.Region(run.Get(region)!), Period = run.Get(period)! }, cancellationToken: run.Cancel);
            // Another program reads it: no line is broken for the width of a screen.
            if (form == "saner") run.Surroundings.Out.WriteLine(MeasureParts.Json(RegionReports.Saner(report)));
            else if (form == Safr) run.Surroundings.Out.WriteLine(MeasureParts.Json(RegionReports.UsSafr(report, organisation!)));
            else run.Report.Result(() => WireJson.Of(report), _ => run.Surroundings.Out.Write(RegionReports.Csv(report)));
            CapacityCommand.NoteWithheld(run, report.WithheldSites);
            var due = new DateOnly(report.DueDate.Year, report.DueDate.Month, report.DueDate.Day);
            if (DateOnly.FromDateTime(report.MakeTime.ToDateTime()) > due) run.Report.Note($"LATE: the report was due on {Days.Text(report.DueDate)} and made after it.");
            return ExitCode.Ok;
        });
        return command;
    }
}
