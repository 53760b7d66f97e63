using System.Globalization;
using Grpc.Core;
using RttNetwork.Contracts.Views;
using RttNetwork.Gateway.Calls;
using RttNetwork.Gateway.Errors;
using RttNetwork.Gateway.Watches;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Services;

// Worklists that stream (docs/adr/0017).
internal sealed partial class ReferralsService
{
    public override async Task WatchReferrals(WatchReferralsRequest request, IServerStreamWriter<WatchReferralsResponse> responseStream, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var (network, site) = fields.SiteOrEvery("parent", request.Parent);
        var list = new WatchedList(network, site, request.Outgoing, $"watch of referrals of {request.Parent}, outgoing {request.Outgoing}");
        var from = pages.Open(fields, "resume_token", list.Seal, request.ResumeToken);
        if (fields.Failure is { } wrong)
        {
            call.Refuse<WatchReferralsResponse>(context, wrong);
            return;
        }
        using var watch = feeds.Open(call.Caller, site, request.Outgoing);
        if (watch is null)
        {
            call.Refuse<WatchReferralsResponse>(context, Failure.WatchesMaxReached);
            return;
        }
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        try
        {
            await new ReferralStream(services, list, call, context, watch, responseStream, end.Token).Run(from is null ? null : PlaceOf(from));
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            call.Refuse<WatchReferralsResponse>(context, Failure.ReadUnavailable);
        }
        catch (WatchEndedException e)
        {
            call.Refuse<WatchReferralsResponse>(context, e.Failure);
        }
    }

    /// <summary>Of a text that was sealed here.</summary>
    private static FeedPlace PlaceOf(string text)
    {
        var parts = text.Split(' ');
        return new FeedPlace(int.Parse(parts[0], CultureInfo.InvariantCulture), ulong.Parse(parts[1], CultureInfo.InvariantCulture), long.Parse(parts[2], CultureInfo.InvariantCulture));
    }
}
