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
        return Task.FromResult(new GetCapacityResponse { Figure = Nanaimo, Token = "1.1", AsOfTime = At });
    }

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
