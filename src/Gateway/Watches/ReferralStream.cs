using System.Globalization;
using Grpc.Core;
using NodaTime;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Views;
using RttNetwork.Gateway.Authentication;
using RttNetwork.Gateway.Calls;
using RttNetwork.Gateway.Errors;
using RttNetwork.Gateway.Mapping;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Watches;

/// <summary>What streams of this gateway have in common.</summary>
internal sealed record WatchServices(IGrainFactory Grains, PageTokens Pages, BearerTokens Tokens, GatewayOptions Options, TimeProvider Time)
{
    /// <summary>A stream that knows nothing of what changes for so long says so and ends: silence must not look like nothing happening.</summary>
    public static readonly TimeSpan SilentMax = TimeSpan.FromSeconds(15);

    /// <summary>Sends a message to a reader that reads. Whoever does not is let go, and goes on later from the last token.</summary>
    /// <exception cref="WatchEndedException">Nobody reads.</exception>
    public async Task Send<TMessage>(IServerStreamWriter<TMessage> to, TMessage message, CancellationToken end)
    {
        try
        {
            await to.WriteAsync(message, end).WaitAsync(SilentMax + Options.WatchHeartbeat, Time, end);
        }
        catch (TimeoutException)
        {
            throw new WatchEndedException(Failure.ReadUnavailable);
        }
    }
}

/// <param name="Site">Null for every site.</param>
/// <param name="Seal">What a resume token is of.</param>
internal sealed record WatchedList(string Network, string? Site, bool Outgoing, string Seal);

/// <summary>Why a stream ends that nobody has closed.</summary>
internal sealed class WatchEndedException(Failure failure) : Exception
{
    public Failure Failure => failure;
}

/// <summary>One stream: all of the list, then what has changed since that began, then what changes.</summary>
internal sealed class ReferralStream(
    WatchServices services, WatchedList list, Call call, ServerCallContext context, ReferralWatch watch, IServerStreamWriter<WatchReferralsResponse> to, CancellationToken end)
{
    public async Task Run(FeedPlace? place)
    {
        // What is read from here on is not before what the watch collects: between the two nothing is lost.
        await watch.Begun.WaitAsync(Call.TimeMax.ToTimeSpan(), services.Time, end);
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
        var sentAt = services.Time.GetTimestamp();
        while (true)
        {
            var left = services.Options.WatchHeartbeat - services.Time.GetElapsedTime(sentAt);
            await watch.Wait(left > TimeSpan.Zero ? left : TimeSpan.Zero, services.Time, end);
            if (watch.SilentFor > WatchServices.SilentMax) throw new WatchEndedException(Failure.ReadUnavailable);
            var news = watch.Drain();
            if (news.Anew) return null;
            if (news.Behind) return place;
            var changes = news.Changes.Where(c => c.At > place).ToList();
            if (news.Reached is { } reached && reached > place) place = reached;
            if (changes.Count == 0 && services.Time.GetElapsedTime(sentAt) < services.Options.WatchHeartbeat) continue;
            await Send(new WatchReferralsResponse(), changes, place);
            sentAt = services.Time.GetTimestamp();
        }
    }

    private Task<ReferralChanges> Read(FeedPlace? after, bool openOnly) => services.Grains.Of<IViewsGrain>(list.Network)
        .ReferralChanges(call.Caller, new ReferralChangesAsk(list.Site, list.Outgoing, openOnly, after, ReferralChangesAsk.ChangesMax)).WaitAsync(Call.TimeMax.ToTimeSpan(), services.Time, end);

    /// <param name="reached">Null when the reader does not have the list yet.</param>
    private async Task Send(WatchReferralsResponse message, IEnumerable<ReferralChange> changes, FeedPlace? reached)
    {
        // What the token allows ends with it, also for whoever has begun to read.
        var now = services.Time.GetUtcNow();
        if ((await services.Tokens.Judge(context.GetHttpContext().Request.Headers.Authorization, now)).Failure is { } failure) throw new WatchEndedException(failure);
        foreach (var change in changes)
        {
            if (change.IsListed(list.Outgoing)) message.Referrals.Add(change.Row.ToWire(list.Network, Instant.FromDateTimeOffset(now)));
            // A draft that never was sent is its source's alone: the other site is not told that there was one.
            else if (list.Outgoing || change.Row.SentAt is not null) message.Removed.Add(new ReferralName(list.Network, change.Row.Referral).ToString());
        }
        if (reached is { } place)
        {
            message.Token = string.Create(CultureInfo.InvariantCulture, $"{place.Xid}.{place.Position}");
            message.ResumeToken = services.Pages.Seal(list.Seal, string.Create(CultureInfo.InvariantCulture, $"{place.Epoch} {place.Xid} {place.Position}"));
        }
        await services.Send(to, message, end);
    }
}
