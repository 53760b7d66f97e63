using System.Threading.RateLimiting;
using RttNetwork.Contracts.Units;
using RttNetwork.Gateway.Authentication;
using RttNetwork.Gateway.Authorization;
using RttNetwork.Gateway.Errors;

namespace RttNetwork.Gateway.Calls;

/// <summary>How many calls this process works on at once, and how many each client may make in a second.</summary>
internal sealed class CallLimits(GatewayOptions options) : IDisposable
{
    private static readonly TimeSpan RefillPeriod = TimeSpan.FromMilliseconds(100);

    private readonly PartitionedRateLimiter<Caller> _perClient = PartitionedRateLimiter.Create<Caller, (string, string)>(caller =>
        RateLimitPartition.GetTokenBucketLimiter((caller.Network, caller.Subject), _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = options.CallsBurstMax,
            TokensPerPeriod = Math.Max(1, (int)(options.CallsPerSecondMax * RefillPeriod.TotalSeconds)),
            ReplenishmentPeriod = RefillPeriod,
            QueueLimit = 0,
        }));
    private int _inFlight;

    /// <summary>Takes a place for a call; when it says false there is none, and nothing is to be given back.</summary>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _inFlight) <= options.CallsInFlightMax) return true;
        Interlocked.Decrement(ref _inFlight);
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _inFlight);

    /// <summary>What stands against a call before its request is looked at: who asks, whether they may call the method at all, how often they have.</summary>
    public Failure? Admit(Verdict verdict, MethodRule rule) =>
        verdict.Failure ?? (rule.IsOpenTo(verdict.Caller!.Scope) ? Count(verdict.Caller) : Failure.Denied);

    /// <summary>Counts a call against its client; a failure says when to come back.</summary>
    public Failure? Count(Caller caller)
    {
        using var lease = _perClient.AttemptAcquire(caller);
        if (lease.IsAcquired) return null;
        var wait = lease.TryGetMetadata(MetadataName.RetryAfter, out var told) && told > RefillPeriod ? told : RefillPeriod;
        return Failure.Of(Grpc.Core.StatusCode.ResourceExhausted, "RATE_LIMITED", "You have made too many calls in a short time.", wait);
    }

    public void Dispose() => _perClient.Dispose();
}
