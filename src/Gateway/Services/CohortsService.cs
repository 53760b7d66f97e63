using System.Globalization;
using Grpc.Core;
using NodaTime;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Facilitators;
using RttNetwork.Contracts.Participants;
using RttNetwork.Contracts.Sites;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;
using RttNetwork.Gateway.Calls;
using RttNetwork.Gateway.Errors;
using RttNetwork.Gateway.Mapping;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Services;

/// <summary><c>rtt.v1.Cohorts</c></summary>
internal sealed class CohortsService(IGrainFactory grains, Refusals refusals, PageTokens pages, OpenCohorts open, ICohortsNearby nearby) : Cohorts.CohortsBase
{
    public override async Task<Cohort> CreateCohort(CreateCohortRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var (site, command) = CohortMapping.Read(fields, request);
        if (fields.Failure is { } wrong) return call.Refuse<Cohort>(context, wrong);
        var answer = await grains.Of<ISiteGrain>(site.Key).OpenCohort(command, call.Start(request));
        return Reply(call, context, answer, new CohortName(site.Network, site.Site, command.Cohort).ToString());
    }

    public override async Task<Cohort> GetCohort(GetCohortRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var name = fields.Cohort("name", request.Name);
        if (fields.Failure is { } wrong) return call.Refuse<Cohort>(context, wrong);
        var answer = nearby.Get(name.Key, call.Caller, call.Now) ?? await grains.Of<ICohortGrain>(name.Key).Get(call.Caller, call.Now);
        return answer.Failure() is { } failure ? call.Refuse<Cohort>(context, failure) : answer.Value!.ToWire(call.Caller);
    }

    public override async Task<ListCohortsResponse> ListCohorts(ListCohortsRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var parent = fields.Site("parent", request.Parent);
        var list = $"cohorts of {request.Parent}";
        var page = pages.Read(fields, list, request.PageSize, request.PageToken, request.AtLeast);
        if (fields.Failure is { } wrong) return call.Refuse<ListCohortsResponse>(context, wrong);
        var rows = await grains.Of<IViewsGrain>(parent.Network).Cohorts(call.Caller, page, parent.Site);
        if (rows.Behind) return call.Refuse<ListCohortsResponse>(context, Failure.Behind);
        var reply = new ListCohortsResponse { NextPageToken = pages.Seal(list, rows.Next), Token = rows.Token };
        foreach (var row in rows.Rows) reply.Cohorts.Add(row.ToWire(call.Caller));
        return reply;
    }

    public override async Task<ListSeatsResponse> ListSeats(ListSeatsRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var parent = fields.Cohort("parent", request.Parent);
        if (fields.Failure is { } wrong) return call.Refuse<ListSeatsResponse>(context, wrong);
        var answer = await grains.Of<ICohortGrain>(parent.Key).Seats(call.Caller, call.Now);
        if (answer.Failure() is { } failure) return call.Refuse<ListSeatsResponse>(context, failure);
        var reply = new ListSeatsResponse();
        foreach (var seat in answer.Value!.Seats) reply.Seats.Add(seat.ToWire(call.Caller));
        return reply;
    }

    public override async Task<SearchSeatsResponse> SearchSeats(SearchSeatsRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var parent = fields.Network("parent", request.Parent);
        var search = CohortMapping.Read(fields, request, call.Now);
        var origin = CohortMapping.ReadOrigin(fields, request, parent);
        // Of the origin nothing is kept: the page's token holds a keyed hash of all this.
        var list = string.Create(CultureInfo.InvariantCulture, $"""
            open seats of {request.Parent} for {search.Program} in {search.Region} from {search.Earliest:uuuu-MM-dd} to {search.Latest:uuuu-MM-dd} at least {search.SeatsOpenMin} from {request.OriginSite} {search.Origin?.Latitude} {search.Origin?.Longitude}
            within {search.DistanceKmMax} by {search.Route} in {search.Language} with {string.Join(',', search.Accessibility)} within {search.WaitDaysMax} days
            """);
        var page = pages.Read(fields, list, request.PageSize, request.PageToken, request.AtLeast);
        if (fields.Failure is { } wrong) return call.Refuse<SearchSeatsResponse>(context, wrong);
        var views = grains.Of<IViewsGrain>(parent.Network);
        if (origin is { } site)
        {
            var location = await views.LocationOf(call.Caller, page.AtLeast, site.Site);
            if (location.Behind) return call.Refuse<SearchSeatsResponse>(context, Failure.Behind);
            if (location.Place is null)
            {
                fields.Wrong("origin_site", "must be a site that you may see and that has coordinates");
                return call.Refuse<SearchSeatsResponse>(context, fields.Failure!);
            }
            search = search with { Origin = location.Place, Today = call.Now.InZone(DateTimeZoneProviders.Tzdb[location.TimeZone]).Date };
        }
        var rows = await views.SearchSeats(call.Caller, page, search);
        if (rows.Behind) return call.Refuse<SearchSeatsResponse>(context, Failure.Behind);
        if (rows.IsTooMuch)
        {
            fields.Wrong("parent", "must be a network with fewer open cohorts: no search goes through so many");
            return call.Refuse<SearchSeatsResponse>(context, fields.Failure!);
        }
        var reply = new SearchSeatsResponse { NextPageToken = pages.Seal(list, rows.Next), Token = rows.Token, WithheldSites = { CapacityMapping.Names(parent.Network, rows.Withheld) } };
        foreach (var row in rows.Rows) reply.Results.Add(row.ToOpenSeats(call.Caller));
        return reply;
    }

    public override Task<Seat> HoldSeat(HoldSeatRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        return Seat(call, context, fields, CohortMapping.Read(fields, request.Cohort, request.Participant), SeatAsk.Hold, request, request.Cohort);
    }

    public override Task<Seat> BookSeat(BookSeatRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        return Seat(call, context, fields, CohortMapping.Read(fields, request.Cohort, request.Participant), SeatAsk.Book, request, request.Cohort);
    }

    public override Task<Seat> CancelSeat(CancelSeatRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var reason = fields.Code("reason", request.Reason);
        return Seat(call, context, fields, CohortMapping.Read(fields, request.Cohort, request.Participant, reason), SeatAsk.Cancel, request, request.Cohort);
    }

    public override Task<Seat> ReleaseSeat(ReleaseSeatRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        return Seat(call, context, fields, CohortMapping.Read(fields, request.Cohort, request.Participant), SeatAsk.Release, request, request.Cohort);
    }

    public override async Task<Cohort> AssignFacilitator(AssignFacilitatorRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var (facilitator, command) = CohortMapping.Read(fields, request);
        if (fields.Failure is { } wrong) return call.Refuse<Cohort>(context, wrong);
        return Reply(call, context, await Grain(facilitator).Assign(command, call.Start(request)), request.Cohort);
    }

    public override async Task<Cohort> WithdrawFacilitator(WithdrawFacilitatorRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var (facilitator, command) = CohortMapping.Read(fields, request);
        if (fields.Failure is { } wrong) return call.Refuse<Cohort>(context, wrong);
        return Reply(call, context, await Grain(facilitator).Withdraw(command, call.Start(request)), request.Cohort);
    }

    private async Task<Seat> Seat(Call call, ServerCallContext context, Fields fields, SeatRequest command, SeatAsk ask, Google.Protobuf.IMessage request, string subject)
    {
        if (fields.Failure is { } wrong) return call.Refuse<Seat>(context, wrong);
        var unit = call.Start(request);
        // A full cohort answers from what it knows, so that a rush wakes none of the people who will not get in.
        UnitAnswer<SeatView>? answer = null;
        if (ask is SeatAsk.Hold or SeatAsk.Book && !nearby.TryGlance(command, unit, out answer) && !open.Contains(command.Cohort))
            answer = await grains.Of<ICohortGrain>(command.Cohort).Glance(command, unit);
        answer ??= await grains.Of<IParticipantGrain>(command.Participant).Seat(command, ask, unit);
        CallMetrics.Answered(ask, answer.Outcome);
        if (answer.IsAccepted)
        {
            open.Add(command.Cohort);
            return answer.Reply!.ToWire(call.Caller, answer.Token);
        }
        if (answer.Refusal is { } refusal && StatusTable.HasAlternatives(refusal.Reason)) open.Remove(command.Cohort);
        return call.Refuse<Seat>(context, await refusals.Of(answer, subject, call, command.Cohort));
    }

    private IFacilitatorGrain Grain(FacilitatorName name) => grains.Of<IFacilitatorGrain>(name.Key);

    private Cohort Reply(Call call, ServerCallContext context, UnitAnswer<CohortView> answer, string subject) => answer.IsAccepted
        ? answer.Reply!.ToWire(call.Caller, answer.Token)
        : call.Refuse<Cohort>(context, refusals.Of(answer, subject));
}
