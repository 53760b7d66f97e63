using Grpc.Core;
using RttNetwork.Wire.V1;

namespace RttNetwork.Cli.Tests.Fakes;

internal sealed class FakePrograms(World state) : Programs.ProgramsBase
{
    public override Task<RttNetwork.Wire.V1.Program> CreateProgramVersion(CreateProgramVersionRequest request, ServerCallContext context) => Task.FromResult(state.Publish(request));
}
