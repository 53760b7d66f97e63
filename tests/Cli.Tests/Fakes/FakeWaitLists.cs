using Grpc.Core;
using RttNetwork.Wire.V1;

namespace RttNetwork.Cli.Tests.Fakes;

/// <summary>Notes what it is asked, and knows one person in the pool.</summary>
internal sealed class FakeWaitLists(World state) : WaitLists.WaitListsBase
{
    public override Task<WaitListEntry> JoinCohortList(JoinCohortListRequest request, ServerCallContext context)
    {
        state.Steps.Enqueue(request);
        return Task.FromResult(new WaitListEntry { Cohort = request.Cohort, Participant = request.Participant, Position = 3 });
    }

    public override Task<PoolEntry> JoinPool(JoinPoolRequest request, ServerCallContext context)
    {
        state.Steps.Enqueue(request);
        return Task.FromResult(new PoolEntry { Participant = request.Participant, Program = request.Program, Region = request.Region, Site = request.Site, Position = 2 });
    }

    public override Task<PoolEntry> LeavePool(LeavePoolRequest request, ServerCallContext context)
    {
        state.Steps.Enqueue(request);
        return Task.FromResult(new PoolEntry { Participant = request.Participant, Program = request.Program, Region = request.Region });
    }

    public override Task<ListPoolResponse> ListPool(ListPoolRequest request, ServerCallContext context)
    {
        state.Steps.Enqueue(request);
        return Task.FromResult(new ListPoolResponse
        {
            Entries = { new PoolEntry { Participant = "networks/bc/participants/ann", Program = request.Program, Region = request.Region, Site = "networks/bc/sites/nanaimo", Position = 2, Priority = 1 } },
            Waiting = 7,
            Cohorts = 3,
        });
    }
}
