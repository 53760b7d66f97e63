using Grpc.Core;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Facilitators;
using RttNetwork.Gateway.Calls;
using RttNetwork.Gateway.Errors;
using RttNetwork.Gateway.Mapping;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Services;

/// <summary><c>rtt.v1.Trainings</c></summary>
internal sealed class TrainingsService(IGrainFactory grains, Refusals refusals) : Trainings.TrainingsBase
{
    public override async Task<Facilitator> RecordTraining(RecordTrainingRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var name = fields.Facilitator("name", request.Name);
        var training = FacilitatorMapping.Read(fields, "training", request.Training);
        if (fields.Failure is { } wrong) return call.Refuse<Facilitator>(context, wrong);
        var answer = await grains.Of<IFacilitatorGrain>(name.Key).RecordTraining(new RecordTraining(training!), call.Start(request));
        return answer.IsAccepted ? answer.Reply!.ToWire(call.Caller, answer.Token) : call.Refuse<Facilitator>(context, refusals.Of(answer, request.Name));
    }

    public override async Task<Cohort> CompleteTraining(CompleteTrainingRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var (cohort, participant, facilitator) = (fields.Cohort("cohort", request.Cohort), fields.Participant("participant", request.Participant), fields.Facilitator("facilitator", request.Facilitator));
        if (fields.Failure is { } wrong) return call.Refuse<Cohort>(context, wrong);
        var answer = await grains.Of<IFacilitatorGrain>(facilitator.Key).CompleteTraining(new CompleteTraining(cohort.Key, participant.Participant), call.Start(request));
        return answer.IsAccepted ? answer.Reply!.ToWire(call.Caller, answer.Token) : call.Refuse<Cohort>(context, refusals.Of(answer, request.Cohort));
    }
}
