using System.Collections.Frozen;
using System.Diagnostics.Metrics;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Units;
using RttNetwork.Gateway.Errors;

namespace RttNetwork.Gateway.Calls;

/// <summary>What callers were answered, in the meter "Rtt". Every label is made beforehand and of a small set: to count costs no allocation.</summary>
internal static class CallMetrics
{
    /// <summary>A reason that the status table does not know: the log names it.</summary>
    private const string Unknown = "UNKNOWN";

    private static readonly Meter Meter = new("Rtt");
    private static readonly Counter<long> Bookings = Meter.CreateCounter<long>("rtt.bookings", "{answer}", "Answers about seats, by what was asked for and what became of it");
    private static readonly Counter<long> RefusedUnits = Meter.CreateCounter<long>("rtt.units.refused", "{unit}", "Units that a rule refused, by the reason");

    private static readonly KeyValuePair<string, object?>[] Kinds = [.. Enum.GetNames<SeatAsk>().Select(n => Label("kind", n))];
    private static readonly KeyValuePair<string, object?>[] Outcomes = [.. Enum.GetNames<UnitOutcome>().Select(n => Label("outcome", n))];
    private static readonly FrozenDictionary<string, KeyValuePair<string, object?>> Reasons = StatusTable.Reasons.Append(Unknown).ToFrozenDictionary(r => r, r => Label("reason", r), StringComparer.Ordinal);

    /// <summary>Counts an answer to whoever asked for a seat.</summary>
    public static void Answered(SeatAsk ask, UnitOutcome outcome) => Bookings.Add(1, Kinds[(int)ask], Outcomes[(int)outcome]);

    /// <summary>Counts a refusal.</summary>
    public static void Refused(string reason) => RefusedUnits.Add(1, Reasons.TryGetValue(reason, out var label) ? label : Reasons[Unknown]);

    private static KeyValuePair<string, object?> Label(string name, string value) => new(name, value);
}
