using RttNetwork.Contracts.Units;
using RttNetwork.Gateway.Errors;

namespace RttNetwork.Gateway.Services;

/// <summary>What a read of a grain comes to.</summary>
internal static class Reads
{
    /// <summary>Null when there is a value. Nothing, and nothing that the caller may see, look alike.</summary>
    public static Failure? Failure<TView>(this ReadAnswer<TView> answer) where TView : class =>
        answer.Unavailable ? Errors.Failure.ReadUnavailable : answer.Value is null ? Errors.Failure.NotFound : null;
}
