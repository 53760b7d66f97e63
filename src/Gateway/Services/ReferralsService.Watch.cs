using System.Globalization;
using Grpc.Core;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Views;
using RttNetwork.Gateway.Calls;
using RttNetwork.Gateway.Errors;
using RttNetwork.Gateway.Mapping;
using RttNetwork.Gateway.Watches;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Services;

// Worklists that stream (docs/adr/0017).
internal sealed partial class ReferralsService
{
    /// <summary>A stream that knows nothing of what changes for so long says so and ends: silence must not look like nothing happening.</summary>
    private static readonly TimeSpan SilentMax = TimeSpan.FromSeconds(15);

    private static readonly Failure WatchesMaxReached = Failure.Of(
        StatusCode.ResourceExhausted, "WATCHES_MAX_REACHED", "As many streams as may be are open: end one of yours, or come back later.", TimeSpan.FromSeconds(10));

    public override async Task WatchReferrals(WatchReferralsRequest request, IServerStreamWriter<WatchReferralsResponse> responseStream, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var (network, site) = fields.SiteOrEvery("parent", request.Parent);
        var list = $"watch of referrals of {request.Parent}, outgoing {request.Outgoing}";
        var from = pages.Open(fields, "resume_token", list, request.ResumeToken);
        if (fields.Failure is { } wrong)
        {
            call.Refuse<WatchReferralsResponse>(context, wrong);
            return;
        }
        using var watch = feeds.Open(call.Caller, site, request.Outgoing);
        if (watch is null)
        {
            call.Refuse<WatchReferralsResponse>(context, WatchesMaxReached);
            return;
        }
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        try
        {
            await new Stream(this, call, context, watch, responseStream, network, site, request.Outgoing, list, end.Token).Run(from is null ? null : PlaceOf(from));
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

    private sealed class WatchEndedException(Failure failure) : Exception
    {
        public Failure Failure => failure;
    }

    /// <summary>One stream: all of the list, then what has changed since that began, then what changes.</summary>
    private sealed class Stream(
        ReferralsService service, Call call, ServerCallContext context, ReferralWatch watch, IServerStreamWriter<WatchReferralsResponse> to, string network, string? site, bool outgoing, string list,
        CancellationToken end)
    {
        public async Task Run(FeedPlace? place)
        {
            // What is read from here on is not before what the watch collects: between the two nothing is lost.
            await watch.Begun.WaitAsync(Call.TimeMax.ToTimeSpan(), service.time, end);
            while (true)
            {
                place = await CatchUp(place ?? await SendAll());
                if (place is null) continue;
                if (call.IsJson) return;
                place = await Follow(place.Value);
            }
        }

        /// <summary>Every open referral of the list, page by page. They are not of one moment; what has changed since the first page follows.</summary>
        private async Task<FeedPlace> SendAll()
        {
            FeedPlace? begun = null, after = null;
            while (true)
            {
                var page = await Read(after, openOnly: true);
                if (page.Reset) (begun, after) = (null, null);
                else
                {
                    var message = new WatchReferralsResponse { Reset = begun is null };
                    begun ??= page.Place;
                    await Send(message, page.Changes, null);
                    if (!page.More) return begun.Value;
                    after = page.Changes[^1].At;
                }
            }
        }

        /// <summary>What has changed since a place, until there is no more; null when the place is worth nothing any more.</summary>
        private async Task<FeedPlace?> CatchUp(FeedPlace place)
        {
            while (true)
            {
                var page = await Read(place, openOnly: false);
                if (page.Reset) return null;
                place = page.More ? page.Changes[^1].At : page.Place;
                await Send(new WatchReferralsResponse(), page.Changes, page.More ? null : place);
                if (!page.More) return place;
            }
        }

        /// <summary>Sends what the watch collects. Ends where it has missed something, with the place from which to ask, or null to begin anew.</summary>
        private async Task<FeedPlace?> Follow(FeedPlace place)
        {
            var sentAt = service.time.GetTimestamp();
            while (true)
            {
                var left = service.options.WatchHeartbeat - service.time.GetElapsedTime(sentAt);
                await watch.Wait(left > TimeSpan.Zero ? left : TimeSpan.Zero, service.time, end);
                if (watch.SilentFor > SilentMax) throw new WatchEndedException(Failure.ReadUnavailable);
                var news = watch.Drain();
                if (news.Anew) return null;
                if (news.Behind) return place;
                var changes = news.Changes.Where(c => c.At > place).ToList();
                if (news.Reached is { } reached && reached > place) place = reached;
                if (changes.Count == 0 && service.time.GetElapsedTime(sentAt) < service.options.WatchHeartbeat) continue;
                await Send(new WatchReferralsResponse(), changes, place);
                sentAt = service.time.GetTimestamp();
            }
        }

        private Task<ReferralChanges> Read(FeedPlace? after, bool openOnly) => service.grains.Of<IViewsGrain>(network)
            .ReferralChanges(call.Caller, new ReferralChangesAsk(site, outgoing, openOnly, after, ReferralChangesAsk.ChangesMax)).WaitAsync(Call.TimeMax.ToTimeSpan(), service.time, end);

        /// <param name="reached">Null when the reader does not have the list yet.</param>
        private async Task Send(WatchReferralsResponse message, IEnumerable<ReferralChange> changes, FeedPlace? reached)
        {
            // What the token allows ends with it, also for whoever has begun to read.
            var now = service.time.GetUtcNow();
            if ((await service.tokens.Judge(context.GetHttpContext().Request.Headers.Authorization, now)).Failure is { } failure) throw new WatchEndedException(failure);
            foreach (var change in changes)
            {
                if (change.IsListed(outgoing)) message.Referrals.Add(change.Row.ToWire(network, NodaTime.Instant.FromDateTimeOffset(now)));
                // A draft that never was sent is its source's alone: the other site is not told that there was one.
                else if (outgoing || change.Row.SentAt is not null) message.Removed.Add(new ReferralName(network, change.Row.Referral).ToString());
            }
            if (reached is { } place)
            {
                message.Token = string.Create(CultureInfo.InvariantCulture, $"{place.Xid}.{place.Position}");
                message.ResumeToken = service.pages.Seal(list, string.Create(CultureInfo.InvariantCulture, $"{place.Epoch} {place.Xid} {place.Position}"));
            }
            await to.WriteAsync(message, end).WaitAsync(SilentMax + service.options.WatchHeartbeat, service.time, end);
        }
    }
}
