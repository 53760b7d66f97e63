using Google.Protobuf;
using Grpc.Core;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Participants;
using RttNetwork.Contracts.Pathways;
using RttNetwork.Contracts.Sites;
using RttNetwork.Gateway.Calls;
using RttNetwork.Gateway.Errors;
using RttNetwork.Gateway.Mapping;
using RttNetwork.Gateway.Policies;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Services;

/// <summary><c>rtt.v1.Pathways</c></summary>
internal sealed class PathwaysService(IGrainFactory grains, Refusals refusals, PathwayPolicies policies) : Pathways.PathwaysBase
{
    public override async Task<Pathway> GetPathway(GetPathwayRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var name = fields.Participant("participant", request.Participant);
        if (fields.Failure is { } wrong) return call.Refuse<Pathway>(context, wrong);
        var answer = await grains.Of<IParticipantGrain>(name.Key).GetPathway(call.Caller, call.Now);
        return answer.Failure() is { } failure ? call.Refuse<Pathway>(context, failure) : answer.Value!.ToWire();
    }

    public override async Task<Pathway> ReferParticipant(ReferParticipantRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var participant = fields.Participant("participant", request.Participant);
        var name = fields.Site("site", request.Site);
        var policy = Policy(fields, request.Program);
        var source = fields.Code("source", request.Source);
        var receivedAt = fields.Time("receive_time", request.ReceiveTime);
        if (fields.Failure is { } wrong) return call.Refuse<Pathway>(context, wrong);

        var site = await grains.Of<ISiteGrain>(name.Key).Get(call.Caller);
        if (site.Failure() is { } noSite) return call.Refuse<Pathway>(context, noSite);
        var command = new ReferParticipant(name.Site, site.Value!.Jurisdiction, site.Value.TimeZone, policy!, source, receivedAt);
        return await Ask(call, context, participant, command, request);
    }

    public override Task<Pathway> BeginScreening(BeginScreeningRequest request, ServerCallContext context) =>
        Change(context, request, request.Participant, _ => new BeginScreening());

    public override Task<Pathway> RecordFindings(RecordFindingsRequest request, ServerCallContext context) =>
        Change(context, request, request.Participant, fields => PathwayMapping.Read(fields, request));

    public override Task<Pathway> DecideCondition(DecideConditionRequest request, ServerCallContext context) =>
        Change(context, request, request.Participant, fields => PathwayMapping.Read(fields, request));

    public override Task<Pathway> SignOff(SignOffRequest request, ServerCallContext context) =>
        Change(context, request, request.Participant, fields => PathwayMapping.Read(fields, request));

    public override Task<Pathway> GiveConsent(GiveConsentRequest request, ServerCallContext context) =>
        Change(context, request, request.Participant, fields => PathwayMapping.Read(fields, request));

    public override Task<Pathway> RevokeConsent(RevokeConsentRequest request, ServerCallContext context) =>
        Change(context, request, request.Participant, fields => new RevokeConsent(fields.Code("kind", request.Kind)));

    public override Task<Pathway> JoinWaitList(MovePathwayRequest request, ServerCallContext context) => Move(context, request, PathwayMove.JoinWaitList);

    public override Task<Pathway> LeaveWaitList(MovePathwayRequest request, ServerCallContext context) => Move(context, request, PathwayMove.LeaveWaitList);

    public override Task<Pathway> DeferParticipant(MovePathwayRequest request, ServerCallContext context) => Move(context, request, PathwayMove.Defer);

    public override Task<Pathway> WithdrawParticipant(MovePathwayRequest request, ServerCallContext context) => Move(context, request, PathwayMove.Withdraw);

    public override Task<Pathway> TransferOut(MovePathwayRequest request, ServerCallContext context) => Move(context, request, PathwayMove.TransferOut);

    public override Task<Pathway> CompletePathway(MovePathwayRequest request, ServerCallContext context) => Move(context, request, PathwayMove.Complete);

    public override Task<Pathway> BeginFollowUp(MovePathwayRequest request, ServerCallContext context) => Move(context, request, PathwayMove.BeginFollowUp);

    public override Task<Pathway> OverrideRule(OverrideRuleRequest request, ServerCallContext context) =>
        Change(context, request, request.Participant, fields => PathwayMapping.Read(fields, request));

    public override Task<Pathway> RecordAttendance(RecordAttendanceRequest request, ServerCallContext context) =>
        Change(context, request, request.Participant, fields => PathwayMapping.Read(fields, request));

    public override Task<Pathway> ReviewAttendance(ReviewAttendanceRequest request, ServerCallContext context) =>
        Change(context, request, request.Participant, fields => new ReviewAttendance(fields.Code("outcome", request.Outcome)));

    public override Task<Pathway> CheckIn(CheckInRequest request, ServerCallContext context) =>
        Change(context, request, request.Participant, fields => PathwayMapping.Read(fields, request));

    public override Task<Pathway> RecordDose(RecordDoseRequest request, ServerCallContext context) =>
        Change(context, request, request.Participant, fields => PathwayMapping.Read(fields, request));

    public override Task<Pathway> DischargeParticipant(DischargeParticipantRequest request, ServerCallContext context) =>
        Change(context, request, request.Participant, fields => PathwayMapping.Read(fields, request));

    public override Task<Pathway> ArrangeMakeUp(ArrangeMakeUpRequest request, ServerCallContext context) =>
        Change(context, request, request.Participant, fields => PathwayMapping.Read(fields, request));

    public override Task<Pathway> CancelMakeUp(CancelMakeUpRequest request, ServerCallContext context) =>
        Change(context, request, request.Participant, fields => PathwayMapping.Read(fields, request));

    public override async Task<Cohort> RequirePathway(RequirePathwayRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var name = fields.Cohort("cohort", request.Cohort);
        if (fields.Failure is { } wrong) return call.Refuse<Cohort>(context, wrong);
        var grain = grains.Of<ICohortGrain>(name.Key);
        // The program of a cohort never changes: it is read beforehand, to know which policy the command carries.
        var cohort = await grain.Get(call.Caller, call.Now);
        if (cohort.Failure() is { } failure) return call.Refuse<Cohort>(context, failure);
        if (policies.Find(cohort.Value!.Program) is not { } policy) return call.Refuse<Cohort>(context, Failure.NoSuchProgram);
        var answer = await grain.RequirePathway(new RequirePathway(policy), call.Start(request));
        return answer.IsAccepted ? answer.Reply!.ToWire(call.Caller, answer.Token) : call.Refuse<Cohort>(context, refusals.Of(answer, request.Cohort));
    }

    private Task<Pathway> Move(ServerCallContext context, MovePathwayRequest request, PathwayMove move) =>
        Change(context, request, request.Participant, fields => new MovePathway(move, fields.Code("reason", request.Reason)));

    private async Task<Pathway> Change(ServerCallContext context, IMessage request, string participant, Func<Fields, PathwayCommand> read)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var name = fields.Participant("participant", participant);
        var command = read(fields);
        return fields.Failure is { } wrong ? call.Refuse<Pathway>(context, wrong) : await Ask(call, context, name, command, request);
    }

    private async Task<Pathway> Ask(Call call, ServerCallContext context, ParticipantName name, PathwayCommand command, IMessage request)
    {
        var answer = await grains.Of<IParticipantGrain>(name.Key).Pathway(command, call.Start(request));
        return answer.IsAccepted ? answer.Reply!.ToWire(answer.Token) : call.Refuse<Pathway>(context, refusals.Of(answer, $"{name}/pathway"));
    }

    private PathwayPolicyView? Policy(Fields fields, string program)
    {
        var policy = policies.Find(fields.Program("program", program));
        if (policy is null) fields.Wrong("program", $"must be one of {string.Join(", ", policies.Programs)}");
        return policy;
    }
}
