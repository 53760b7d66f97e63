using RttNetwork.Gateway.Errors;

namespace RttNetwork.Gateway.Calls;

/// <summary>A call within this process did not get what it asked for.</summary>
internal sealed class CallFailedException(Failure failure) : Exception(failure.Status.Message)
{
    public Failure Failure => failure;
}
