using Grpc.Core;
using RttNetwork.Wire.V1;

namespace RttNetwork.Cli.Tests.Fakes;

/// <summary>A worklist whose connection breaks after the first referral, and goes on.</summary>
internal sealed class FakeReferrals(World state) : Referrals.ReferralsBase
{
    public override async Task WatchReferrals(WatchReferralsRequest request, IServerStreamWriter<WatchReferralsResponse> responseStream, ServerCallContext context)
    {
        state.Steps.Enqueue(request);
        if (request.ResumeToken.Length > 0)
        {
            await responseStream.WriteAsync(new WatchReferralsResponse { Removed = { "networks/bc/referrals/r1" }, Token = "1.2", ResumeToken = "second" });
            return;
        }
        await responseStream.WriteAsync(new WatchReferralsResponse
        {
            Reset = true,
            Token = "1.1",
            ResumeToken = "first",
            Referrals =
            {
                new ReferralSummary { Name = "networks/bc/referrals/r1", Participant = "networks/bc/participants/p1", Source = "networks/bc/sites/nanaimo", Target = "networks/bc/sites/victoria", Program = "GRIP-8", Priority = ReferralPriority.Urgent, Status = "sent" },
            },
        });
        throw new RpcException(new Grpc.Core.Status(StatusCode.Unavailable, "The gateway goes."));
    }
}
