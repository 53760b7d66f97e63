using Google.Protobuf;
using Grpc.Core;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Participants;
using RttNetwork.Contracts.WaitLists;
using RttNetwork.Gateway.Calls;
using RttNetwork.Gateway.Errors;
using RttNetwork.Gateway.Mapping;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Services;

/// <summary><c>rtt.v1.WaitLists</c></summary>
internal sealed class WaitListsService(IGrainFactory grains, Refusals refusals) : WaitLists.WaitListsBase
{
    public override Task<WaitListEntry> JoinCohortList(JoinCohortListRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        return Entry(call, context, fields, WaitListMapping.Read(fields, request), request, request.Cohort);
    }

    public override Task<WaitListEntry> LeaveCohortList(LeaveCohortListRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        return Entry(call, context, fields, WaitListMapping.Read(fields, request), request, request.Cohort);
    }

    public override async Task<ListWaitListResponse> ListWaitList(ListWaitListRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var cohort = fields.Cohort("cohort", request.Cohort);
        if (fields.Failure is { } wrong) return call.Refuse<ListWaitListResponse>(context, wrong);
        var answer = await grains.Of<ICohortGrain>(cohort.Key).WaitList(call.Caller, call.Now);
        if (answer.Failure() is { } failure) return call.Refuse<ListWaitListResponse>(context, failure);
        var reply = new ListWaitListResponse { SeatsKept = answer.Value!.SeatsKept };
        foreach (var waiting in answer.Value.People) reply.Entries.Add(waiting.ToWire(call.Caller));
        return reply;
    }

    public override Task<WaitListEntry> OfferSeat(OfferSeatRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        return Entry(call, context, fields, WaitListMapping.Read(fields, request), request, request.Cohort);
    }

    public override async Task<Seat> AcceptOffer(AcceptOfferRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var command = CohortMapping.Read(fields, request.Cohort, request.Participant);
        if (fields.Failure is { } wrong) return call.Refuse<Seat>(context, wrong);
        var answer = await grains.Of<IParticipantGrain>(command.Participant).Seat(command, SeatAsk.Accept, call.Start(request));
        return answer.IsAccepted
            ? answer.Reply!.ToWire(call.Caller, answer.Token)
            : call.Refuse<Seat>(context, await refusals.Of(answer, request.Cohort, call, command.Cohort));
    }

    public override Task<WaitListEntry> DeclineOffer(DeclineOfferRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        return Entry(call, context, fields, WaitListMapping.Read(fields, request), request, request.Cohort);
    }

    public override Task<PoolEntry> JoinPool(JoinPoolRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        return Place(call, context, fields, WaitListMapping.Read(fields, request), request, request.Program, request.Region, request.Site);
    }

    public override Task<PoolEntry> LeavePool(LeavePoolRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        return Place(call, context, fields, WaitListMapping.Read(fields, request), request, request.Program, request.Region, request.Participant);
    }

    public override async Task<ListPoolResponse> ListPool(ListPoolRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var pool = WaitListMapping.Read(fields, request);
        if (fields.Failure is { } wrong) return call.Refuse<ListPoolResponse>(context, wrong);
        var answer = await grains.Of<IPoolGrain>(pool).List(call.Caller);
        if (answer.Failure() is { } failure) return call.Refuse<ListPoolResponse>(context, failure);
        var reply = new ListPoolResponse { Waiting = answer.Value!.Waiting, Cohorts = answer.Value.Cohorts };
        foreach (var person in answer.Value.People) reply.Entries.Add(person.ToWire(call.Caller, request.Program, request.Region));
        return reply;
    }

    private async Task<PoolEntry> Place(Call call, ServerCallContext context, Fields fields, PoolRequest command, IMessage request, string program, string region, string subject)
    {
        if (fields.Failure is { } wrong) return call.Refuse<PoolEntry>(context, wrong);
        var answer = await grains.Of<IParticipantGrain>(command.Participant).Pool(command, call.Start(request));
        return answer.IsAccepted ? answer.Reply!.ToWire(call.Caller, program, region, answer.Token) : call.Refuse<PoolEntry>(context, refusals.Of(answer, subject));
    }

    private async Task<WaitListEntry> Entry(Call call, ServerCallContext context, Fields fields, WaitRequest command, IMessage request, string subject)
    {
        if (fields.Failure is { } wrong) return call.Refuse<WaitListEntry>(context, wrong);
        var answer = await grains.Of<IParticipantGrain>(command.Participant).Wait(command, call.Start(request));
        return answer.IsAccepted ? answer.Reply!.ToWire(call.Caller, answer.Token) : call.Refuse<WaitListEntry>(context, refusals.Of(answer, subject));
    }
}
