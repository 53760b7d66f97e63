using RttNetwork.Contracts;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;
using RttNetwork.Gateway.Calls;
using RttNetwork.Gateway.Mapping;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Errors;

/// <summary>Turns what a grain said into what the caller gets.</summary>
internal sealed class Refusals(IGrainFactory grains, TimeProvider time, ILogger<Refusals> logger)
{
    /// <summary>How long a refusal waits to say where a seat is open instead: then it goes without.</summary>
    private static readonly TimeSpan AlternativesWait = TimeSpan.FromMilliseconds(250);

    /// <summary>Why a unit was not accepted.</summary>
    /// <param name="subject">The name of the resource that the call is about, as the caller wrote it.</param>
    public Failure Of<TReply>(UnitAnswer<TReply> answer, string subject) where TReply : class =>
        answer.Refusal is { } refusal ? Known(refusal, subject, null) : Failure.Of(answer.Outcome);

    /// <summary>Why there is no seat, and where there are some.</summary>
    /// <param name="cohort">The cohort's key.</param>
    public async ValueTask<Failure> Of<TReply>(UnitAnswer<TReply> answer, string subject, Call call, string cohort) where TReply : class
    {
        if (answer.Refusal is not { } refusal || !StatusTable.HasAlternatives(refusal.Reason)) return Of(answer, subject);
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
        return Known(refusal, subject, alternatives);
    }

    private Failure Known(Refusal refusal, string subject, Alternatives? alternatives)
    {
        if (StatusTable.Of(refusal.Reason) is null) logger.LogError("The status table does not know the reason {Reason}", refusal.Reason);
        return Failure.Of(refusal, subject, alternatives);
    }
}

/// <summary>Fields that the domain names, as paths of the request.</summary>
internal static class FieldPaths
{
    /// <summary>The domain knows a template's fields, the caller those of the request that the template is in.</summary>
    public static UnitAnswer<TReply> Within<TReply>(this UnitAnswer<TReply> answer, string field) where TReply : class =>
        answer.Refusal is { Violations.IsEmpty: false } refusal
            ? answer with { Refusal = refusal with { Violations = [.. refusal.Violations.Select(v => v with { Subject = $"{field}.{v.Subject}" })] } }
            : answer;
}
