using System.Runtime.CompilerServices;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;
using RttNetwork.Gateway.Calls;
using RttNetwork.Gateway.Mapping;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Errors;

/// <summary>Turns what a grain said into what the caller gets.</summary>
internal sealed class Refusals(IGrainFactory grains, RefusalCounts counts, TimeProvider time, ILogger<Refusals> logger)
{
    /// <summary>How long a refusal waits to say where a seat is open instead: then it goes without.</summary>
    private static readonly TimeSpan AlternativesWait = TimeSpan.FromMilliseconds(250);

    /// <summary>In a rush thousands are told the same: a refusal of the same words to the same caller is built once in so long.</summary>
    private static readonly TimeSpan KeptFor = TimeSpan.FromMilliseconds(500);

    /// <summary>A power of two. Two that share a place build theirs anew each time.</summary>
    private const int PlacesMax = 4096;

    private readonly Kept?[] _kept = new Kept?[PlacesMax];

    /// <summary>Why a unit was not accepted.</summary>
    /// <param name="subject">The name of the resource that the call is about, as the caller wrote it.</param>
    public Failure Of<TReply>(UnitAnswer<TReply> answer, string subject) where TReply : class
    {
        if (answer.Refusal is not { } refusal) return Failure.Of(answer.Outcome);
        Count(subject, refusal.Reason);
        return Known(refusal, subject, null);
    }

    /// <summary>Why there is no seat, and where there are some.</summary>
    /// <param name="cohort">The cohort's key.</param>
    public async ValueTask<Failure> Of<TReply>(UnitAnswer<TReply> answer, string subject, Call call, string cohort) where TReply : class
    {
        if (answer.Refusal is not { } refusal || !StatusTable.HasAlternatives(refusal.Reason)) return Of(answer, subject);
        Count(subject, refusal.Reason);
        var place = HashCode.Combine(cohort, RuntimeHelpers.GetHashCode(call.Caller)) & (PlacesMax - 1);
        if (Volatile.Read(ref _kept[place]) is { } kept && kept.IsFor(call.Caller, subject, refusal) && time.GetElapsedTime(kept.At) < KeptFor) return kept.Failure;
        var asked = time.GetTimestamp();
        Alternatives? alternatives = null;
        try
        {
            var rows = await grains.Of<IViewsGrain>(call.Caller.Network).Alternatives(call.Caller, cohort, call.Now).WaitAsync(AlternativesWait, time);
            alternatives = new Alternatives();
            foreach (var row in rows) alternatives.Seats.Add(row.ToOpenSeats(call.Caller));
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The refusal is the answer; the advice with it is not worth failing for.
            logger.LogWarning("No alternatives could be had: {Error}", e.GetType().Name);
        }
        var failure = Known(refusal, subject, alternatives);
        if (alternatives is not null) Volatile.Write(ref _kept[place], new Kept(call.Caller, subject, refusal.Reason, refusal.Message, asked, failure));
        return failure;
    }

    private void Count(string subject, string reason)
    {
        CallMetrics.Refused(reason);
        counts.Count(subject, reason);
    }

    private Failure Known(Refusal refusal, string subject, Alternatives? alternatives)
    {
        if (StatusTable.Of(refusal.Reason) is null) logger.LogError("The status table does not know the reason {Reason}", refusal.Reason);
        return Failure.Of(refusal, subject, alternatives);
    }

    /// <param name="Caller">One instance for each token: what a refusal shows depends on who asks.</param>
    /// <param name="Message">Carries the rule's numbers: another number is another refusal.</param>
    private sealed record Kept(Caller Caller, string Subject, string Reason, string Message, long At, Failure Failure)
    {
        public bool IsFor(Caller caller, string subject, Refusal refusal) =>
            ReferenceEquals(Caller, caller) && Subject == subject && Reason == refusal.Reason && Message == refusal.Message;
    }
}
