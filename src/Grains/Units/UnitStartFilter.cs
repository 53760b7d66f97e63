using RttNetwork.Contracts.Units;

namespace RttNetwork.Grains.Units;

/// <summary>
/// Holds the rule that a grain starts no unit: a call that carries a unit with nothing enlisted comes from a client of
/// the cluster (the gateway, the dispatcher), never from a grain's turn, timer or activation.
/// </summary>
public sealed class UnitStartFilter : IIncomingGrainCallFilter
{
    public Task Invoke(IIncomingGrainCallContext context)
    {
        if (context.SourceId is { } source && !source.IsClient() && !source.IsSystemTarget())
        {
            var request = context.Request;
            for (var i = 0; i < request.GetArgumentCount(); i++)
            {
                if (request.GetArgument(i) is Unit { Enlisted.IsEmpty: true })
                    throw new InvalidOperationException($"{source} started a unit with {context.InterfaceName}.{context.MethodName}: only the gateway and the dispatcher do.");
            }
        }
        return context.Invoke();
    }
}
