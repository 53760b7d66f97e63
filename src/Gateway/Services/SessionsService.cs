using Grpc.Core;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Participants;
using RttNetwork.Gateway.Calls;
using RttNetwork.Gateway.Mapping;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Services;

/// <summary><c>rtt.v1.Sessions</c></summary>
internal sealed class SessionsService(IGrainFactory grains) : Sessions.SessionsBase
{
    public override async Task<SessionDoor> GetSession(GetSessionRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var cohort = fields.Cohort("cohort", request.Cohort);
        var number = fields.Number("session", request.Session, 0, PathwayMapping.SessionMax);
        if (fields.Failure is { } wrong) return call.Refuse<SessionDoor>(context, wrong);
        var answer = await grains.Of<ICohortGrain>(cohort.Key).Session(call.Caller, number, call.Now);
        if (answer.Failure() is { } failure) return call.Refuse<SessionDoor>(context, failure);
        // Each person's evidence is in a stream of its own. As many as are at one door, at most as a cohort has seats, are asked side by side.
        var session = answer.Value!;
        var people = await Task.WhenAll(session.People.Select(p =>
            grains.Of<IParticipantGrain>(Keys.Participant(cohort.Network, p.Participant)).AtTheDoor(p.Facts, call.Caller, call.Now)));
        foreach (var person in people)
        {
            if (person.Unavailable) return call.Refuse<SessionDoor>(context, person.Failure()!);
        }
        return session.ToWire(call.Caller, [.. people.Select(p => p.Value)]);
    }
}
