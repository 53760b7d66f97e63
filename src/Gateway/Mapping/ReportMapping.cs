using System.Globalization;
using NodaTime;
using NodaTime.Text;
using RttNetwork.Contracts.Views;
using RttNetwork.Gateway.Calls;
using RttNetwork.Wire.V1;
using WireTotals = RttNetwork.Wire.V1.ReportTotals;

namespace RttNetwork.Gateway.Mapping;

/// <summary>Reports of regions on their way in and out.</summary>
internal static class ReportMapping
{
    private const int YearMin = 2000;
    private const int YearMax = 2199;

    public static ReportPeriod Read(Fields fields, GetRegionReportRequest request, Instant now)
    {
        if (request.Period is not [_, _, _, _, '-', 'Q', >= '1' and <= '4' and var quarter] || !int.TryParse(request.Period.AsSpan(0, 4), NumberStyles.None, CultureInfo.InvariantCulture, out var year) || year is < YearMin or > YearMax)
            return fields.Wrong<ReportPeriod>("period", "must be a quarter, for example 2026-Q4");
        var period = new ReportPeriod(year, quarter - '0');
        // The day that it still is somewhere on earth.
        if (CapacityRollUp.Today(now) < period.OpensOn) fields.Wrong("period", $"must be over for two weeks: this one is reported from {LocalDatePattern.Iso.Format(period.OpensOn)} on");
        return period;
    }

    public static RegionReport ToWire(this RegionReportView report, string network)
    {
        var wire = new RegionReport
        {
            Region = $"regions/{report.Region}",
            Period = report.Period,
            From = report.From.ToWire(),
            To = report.To.ToWire(),
            DueDate = report.DueOn.ToWire(),
            MakeTime = report.MadeAt.ToWire(),
            Token = report.Token,
            PeopleMin = report.PeopleMin,
            WithheldSites = { CapacityMapping.Names(network, report.Withheld) },
        };
        foreach (var table in report.Tables)
        {
            var told = new ReportTable { Code = table.Code, Of = table.Of, Totals = (WireTotals)(int)table.Totals, Rows = { table.Rows }, Columns = { table.Columns } };
            foreach (var cell in table.Cells)
            {
                var count = new ReportCell();
                if (cell is { } number) count.Count = number;
                told.Cells.Add(count);
            }
            wire.Tables.Add(told);
        }
        foreach (var wait in report.Waits)
        {
            var percentiles = new ReportPercentiles { Definition = wait.Definition, Unit = wait.Unit, Program = wait.Program };
            if (wait.P50 is { } p50) percentiles.P50 = p50;
            if (wait.P90 is { } p90) percentiles.P90 = p90;
            wire.Waits.Add(percentiles);
        }
        return wire;
    }
}
