using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using RttNetwork.Wire.V1;

namespace RttNetwork.Cli.Tests.Fakes;

/// <summary>The fake network's figures: of one site, as an authority is shown some of them.</summary>
internal sealed class FakeCapacity(World state) : Capacity.CapacityBase
{
    private static readonly Timestamp At = Timestamp.FromDateTime(new DateTime(2026, 12, 1, 17, 0, 0, DateTimeKind.Utc));

    private static CapacityFigure Nanaimo => new()
    {
        Name = "networks/bc/sites/nanaimo",
        Cohorts = 2,
        SeatsTotal = 20,
        SeatsStaffedOpen = 9,
        SeatsOccupied = new PeopleCount { Suppressed = true },
        SeatsHeld = new PeopleCount(),
        SessionsAtRisk = 1,
        MedicineWeeks = { new MedicineWeek { Week = "2027-W03", SeatsOpen = 9 } },
    };

    public override Task<GetCapacityResponse> GetCapacity(GetCapacityRequest request, ServerCallContext context)
    {
        state.Steps.Enqueue(request);
        return Task.FromResult(new GetCapacityResponse { Figure = Nanaimo, Token = "1.1", AsOfTime = At, WithheldSites = { state.WithheldSites } });
    }

    public override Task<GetCapacityAtResponse> GetCapacityAt(GetCapacityAtRequest request, ServerCallContext context)
    {
        state.Steps.Enqueue(request);
        return Task.FromResult(new GetCapacityAtResponse { Figure = Nanaimo, Token = "0.9", AsOfTime = request.Time });
    }

    /// <summary>Two pages of one row.</summary>
    public override Task<ListCapacityHistoryResponse> ListCapacityHistory(ListCapacityHistoryRequest request, ServerCallContext context)
    {
        state.Steps.Enqueue(request.Clone());
        var isLast = request.PageToken.Length > 0;
        return Task.FromResult(new ListCapacityHistoryResponse { Rows = { new CapacityHistoryRow { Day = isLast ? request.To : request.From, Week = "2026-W45", Figure = Nanaimo } }, NextPageToken = isLast ? "" : "more" });
    }

    public override Task<RegionReport> GetRegionReport(GetRegionReportRequest request, ServerCallContext context)
    {
        state.Steps.Enqueue(request);
        return Task.FromResult(Report(request));
    }

    /// <summary>Made a day late; with a table of each kind.</summary>
    public static RegionReport Report(GetRegionReportRequest request) => new()
    {
        Region = request.Region,
        Period = request.Period,
        From = new Google.Type.Date { Year = 2026, Month = 7, Day = 1 },
        To = new Google.Type.Date { Year = 2026, Month = 9, Day = 30 },
        DueDate = new Google.Type.Date { Year = 2026, Month = 10, Day = 30 },
        MakeTime = Timestamp.FromDateTime(new DateTime(2026, 10, 31, 17, 0, 0, 400, DateTimeKind.Utc)),
        Token = "7.7",
        PeopleMin = 5,
        WithheldSites = { "networks/bc/sites/old-village" },
        Tables =
        {
            new ReportTable { Code = "seats-total", Of = "seats", Rows = { "2026-07-31", "2026-08-31" }, Columns = { "GRIP-8" }, Cells = { Cell(20), Cell(40) } },
            new ReportTable { Code = "seats-occupied", Of = "people", Totals = ReportTotals.RowTotals, Rows = { "2026-07-31" }, Columns = { "GRIP-8", "RTT-KaT-12" }, Cells = { Cell(null), Cell(null), Cell(11) } },
            new ReportTable
            {
                Code = "referrals",
                Of = "people",
                Totals = ReportTotals.RowAndColumnTotals,
                Rows = { "in", "out" },
                Columns = { "accepted", "expired" },
                Cells = { Cell(null), Cell(0), Cell(null), Cell(null), Cell(6), Cell(null), Cell(9), Cell(6), Cell(15) },
            },
            new ReportTable { Code = "wait-cases", Of = "people", Rows = { "cihi", "attended" }, Totals = ReportTotals.RowTotals, Columns = { "GRIP-8" }, Cells = { Cell(12), Cell(12), Cell(null), Cell(null) } },
        },
        Waits = { new ReportPercentiles { Definition = "cihi", Unit = "days", P50 = 25, P90 = 123.5 }, new ReportPercentiles { Definition = "cihi", Unit = "days", Program = "GRIP-8", P50 = 25, P90 = 123.5 }, new ReportPercentiles { Definition = "attended", Unit = "days" } },
    };

    private static ReportCell Cell(int? count) => count is { } c ? new ReportCell { Count = c } : new ReportCell();

    public override Task<GetWaitsResponse> GetWaits(GetWaitsRequest request, ServerCallContext context)
    {
        state.Steps.Enqueue(request);
        return Task.FromResult(new GetWaitsResponse
        {
            Figures =
            {
                new WaitFigure { Definition = "cihi", Cases = new PeopleCount { Count = 15 }, P50 = 25, P90 = 123, Unit = "days" },
                new WaitFigure { Definition = "bc-wait-two", Cases = new PeopleCount { Suppressed = true }, Unit = "weeks" },
                new WaitFigure { Definition = "tna", Unit = "days", ThirdNextDays = 12 },
            },
            Token = "1.1",
            AsOfTime = At,
            StaleSinceTime = At,
        });
    }

    public override Task<ListCapacityResponse> ListCapacity(ListCapacityRequest request, ServerCallContext context)
    {
        state.Steps.Enqueue(request);
        return Task.FromResult(new ListCapacityResponse { Figures = { Nanaimo }, Token = state.CapacityTokens.TryDequeue(out var place) ? place : "1.1", AsOfTime = At, StaleSinceTime = At });
    }

    /// <summary>The first connection breaks.</summary>
    public override async Task WatchCapacity(WatchCapacityRequest request, IServerStreamWriter<WatchCapacityResponse> responseStream, ServerCallContext context)
    {
        state.Steps.Enqueue(request);
        if (request.ResumeToken.Length > 0)
        {
            await responseStream.WriteAsync(new WatchCapacityResponse { Removed = { Nanaimo.Name }, Token = "1.2", ResumeToken = "second", AsOfTime = At });
            return;
        }

        await responseStream.WriteAsync(new WatchCapacityResponse { Reset = true, Figures = { Nanaimo }, Token = "1.1", ResumeToken = "first", AsOfTime = At });
        throw new RpcException(new Grpc.Core.Status(StatusCode.Unavailable, "The gateway goes."));
    }
}
