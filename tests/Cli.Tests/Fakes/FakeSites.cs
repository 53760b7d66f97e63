using Google.Protobuf;
using Grpc.Core;
using RttNetwork.Wire.V1;

namespace RttNetwork.Cli.Tests.Fakes;

internal sealed class FakeSites(World state) : Sites.SitesBase
{
    public override Task<Site> DescribeSite(DescribeSiteRequest request, ServerCallContext context) => Act(request, new Site { Name = request.Name });

    public override Task<Site> SetLimitedCapacity(SetLimitedCapacityRequest request, ServerCallContext context) =>
        Act(request, new Site { Name = request.Name, LimitedCapacity = request.LimitedCapacity, LimitedCapacityReason = request.Reason, LimitedCapacityUntil = request.Until });

    public override Task<Site> HideSite(HideSiteRequest request, ServerCallContext context) =>
        Act(request, new Site { Name = request.Name, Hidden = true, HiddenReason = request.Reason, HiddenAgreedBy = request.AgreedBy });

    public override Task<Site> UnhideSite(UnhideSiteRequest request, ServerCallContext context) => Act(request, new Site { Name = request.Name });

    private Task<Site> Act(IMessage request, Site answer)
    {
        state.SiteActs.Enqueue(request);
        return Task.FromResult(answer);
    }
}
