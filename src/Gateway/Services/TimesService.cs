using Grpc.Core;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Facilitators;
using RttNetwork.Contracts.Sites;
using RttNetwork.Contracts.Units;
using RttNetwork.Gateway.Calls;
using RttNetwork.Gateway.Errors;
using RttNetwork.Gateway.Mapping;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Services;

/// <summary><c>rtt.v1.Times</c></summary>
internal sealed class TimesService(IGrainFactory grains, Refusals refusals) : Wire.V1.Times.TimesBase
{
    /// <summary>Whoever leads a cohort may change between the question and the unit: so often it is asked anew.</summary>
    private const int AttemptsMax = 3;

    public override async Task<Cohort> ResolveTimes(ResolveTimesRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var name = fields.Cohort("cohort", request.Cohort);
        if (fields.Failure is { } wrong) return call.Refuse<Cohort>(context, wrong);
        var site = Keys.Site(name.Network, name.Site);
        for (var attempt = 1; ; attempt++)
        {
            var cohort = await grains.Of<ICohortGrain>(name.Key).Get(call.Caller, call.Now);
            if (cohort.Failure() is { } noCohort) return call.Refuse<Cohort>(context, noCohort);
            var command = new ResolveTimes(name.Key, [.. cohort.Value!.Facilitators.Select(f => Keys.Facilitator(name.Network, f.Facilitator)).Order(StringComparer.Ordinal), site]);
            var unit = call.Start(request);
            var answer = command.Chain.Length > 1
                ? await grains.Of<IFacilitatorGrain>(command.Chain[0]).ResolveTimes(command, unit)
                : await grains.Of<ISiteGrain>(site).ResolveTimes(command, unit);
            if (answer.IsAccepted) return answer.Reply!.ToWire(call.Caller, answer.Token);
            if (answer.Outcome != UnitOutcome.Conflict || attempt == AttemptsMax) return call.Refuse<Cohort>(context, refusals.Of(answer, request.Cohort));
        }
    }
}
