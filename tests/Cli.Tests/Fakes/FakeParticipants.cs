using Grpc.Core;
using RttNetwork.Wire.V1;

namespace RttNetwork.Cli.Tests.Fakes;

internal sealed class FakeParticipants(World state) : Participants.ParticipantsBase
{
    public override Task<Participant> RegisterParticipant(RegisterParticipantRequest request, ServerCallContext context) => Task.FromResult(state.Register(request));

    public override Task<Participant> SetEligibility(SetEligibilityRequest request, ServerCallContext context)
    {
        state.Screened.Enqueue(request.Name);
        return Task.FromResult(new Participant { Name = request.Name, Eligible = true });
    }
}
