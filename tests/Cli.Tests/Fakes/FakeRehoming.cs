using Google.Protobuf;
using Grpc.Core;
using RttNetwork.Wire.V1;

namespace RttNetwork.Cli.Tests.Fakes;

internal sealed class FakeRehoming(World state) : Rehoming.RehomingBase
{
    public override Task<Rehome> ProposeRehome(ProposeRehomeRequest request, ServerCallContext context) => Note(request);

    public override Task<Rehome> GetRehome(GetRehomeRequest request, ServerCallContext context)
    {
        var plan = Plan();
        plan.Items.Add(new RehomeItem
        {
            Participant = "networks/bc/participants/p1",
            From = "networks/bc/sites/nanaimo/cohorts/c1",
            To = "networks/bc/sites/victoria/cohorts/c2",
            Status = "refused",
            Reason = "seat-full",
            Now = { "networks/bc/sites/nanaimo/cohorts/c1" },
        });
        return Task.FromResult(plan);
    }

    public override Task<ListRehomesResponse> ListRehomes(ListRehomesRequest request, ServerCallContext context) => Task.FromResult(new ListRehomesResponse { Rehomes = { Plan() } });

    public override Task<Rehome> ApproveRehome(ApproveRehomeRequest request, ServerCallContext context) =>
        request.Revision == 2 ? Note(request) : throw FakeNetwork.Refuse(StatusCode.FailedPrecondition, "REHOME_REVISED", "The plan was proposed anew.");

    public override Task<Rehome> CancelRehome(CancelRehomeRequest request, ServerCallContext context) => Note(request);

    private Task<Rehome> Note(IMessage request)
    {
        state.Steps.Enqueue(request);
        return Task.FromResult(Plan());
    }

    private static Rehome Plan() => new()
    {
        Name = "networks/bc/rehomes/m1",
        Cause = "room",
        Subject = "networks/bc/sites/nanaimo/rooms/hall",
        Revision = 2,
        Status = "executing",
        People = 9,
        Placed = 8,
        Moved = 5,
        Refused = 1,
        Failed = 1,
        NeedsReviewer = 1,
    };
}
