using Grpc.Core;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Facilitators;
using RttNetwork.Contracts.Sites;
using RttNetwork.Contracts.Views;
using RttNetwork.Gateway.Calendars;
using RttNetwork.Gateway.Calls;
using RttNetwork.Gateway.Errors;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Services;

/// <summary><c>rtt.v1.Calendars</c></summary>
internal sealed class CalendarsService(IGrainFactory grains, Refusals refusals, CalendarAddress addresses) : Wire.V1.Calendars.CalendarsBase
{
    public override async Task<CalendarLink> CreateCalendarLink(CreateCalendarLinkRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var owner = Owner(fields, request.Parent, request.Owner);
        if (fields.Failure is { } wrong) return call.Refuse<CalendarLink>(context, wrong);
        var unit = call.Start(request);
        var secret = addresses.SecretOf(call.Caller.Network, call.Caller.Subject, request.Owner, unit.RequestId);
        var hash = CalendarAddress.HashOf(secret);
        var command = new MakeCalendarLink(CalendarAddress.LinkOf(hash), hash);
        var answer = owner.IsSite ? await grains.Of<ISiteGrain>(owner.Key).MakeCalendarLink(command, unit) : await grains.Of<IFacilitatorGrain>(owner.Key).MakeCalendarLink(command, unit);
        if (!answer.IsAccepted) return call.Refuse<CalendarLink>(context, refusals.Of(answer, request.Owner));
        return new CalendarLink
        {
            Id = command.Link,
            Owner = request.Owner,
            Path = CalendarAddress.PathOf(call.Caller.Network, owner.IsSite ? CalendarAddress.Sites : CalendarAddress.Facilitators, Keys.IdOf(owner.Key), secret),
            Token = answer.Token ?? "",
        };
    }

    public override async Task<ListCalendarLinksResponse> ListCalendarLinks(ListCalendarLinksRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var owner = Owner(fields, request.Parent, request.Owner);
        if (fields.Failure is { } wrong) return call.Refuse<ListCalendarLinksResponse>(context, wrong);
        var answer = owner.IsSite ? await grains.Of<ISiteGrain>(owner.Key).CalendarLinks(call.Caller) : await grains.Of<IFacilitatorGrain>(owner.Key).CalendarLinks(call.Caller);
        if (answer.Failure() is { } failure) return call.Refuse<ListCalendarLinksResponse>(context, failure);
        var reply = new ListCalendarLinksResponse();
        foreach (var link in answer.Value!.Links) reply.Links.Add(new CalendarLink { Id = link, Owner = request.Owner });
        return reply;
    }

    public override async Task<CalendarLink> RevokeCalendarLink(RevokeCalendarLinkRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var owner = Owner(fields, request.Parent, request.Owner);
        var link = fields.Id("id", request.Id);
        if (fields.Failure is { } wrong) return call.Refuse<CalendarLink>(context, wrong);
        var (command, unit) = (new RevokeCalendarLink(link), call.Start(request));
        var answer = owner.IsSite ? await grains.Of<ISiteGrain>(owner.Key).RevokeCalendarLink(command, unit) : await grains.Of<IFacilitatorGrain>(owner.Key).RevokeCalendarLink(command, unit);
        return answer.IsAccepted
            ? new CalendarLink { Id = link, Owner = request.Owner, Token = answer.Token ?? "" }
            : call.Refuse<CalendarLink>(context, refusals.Of(answer, request.Owner));
    }

    /// <summary>A site or a facilitator of the network.</summary>
    private static (string Key, bool IsSite) Owner(Fields fields, string parent, string owner)
    {
        var network = fields.Network("parent", parent);
        if (SiteName.TryParse(owner, out var site) && site.Network == network.Network) return (site.Key, true);
        if (FacilitatorName.TryParse(owner, out var facilitator) && facilitator.Network == network.Network) return (facilitator.Key, false);
        fields.Wrong("owner", "must be networks/{network}/sites/{site} or networks/{network}/facilitators/{facilitator} of the parent");
        return default;
    }
}
