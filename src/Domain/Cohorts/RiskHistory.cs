using System.Collections.Immutable;
using NodaTime;

namespace RttNetwork.Domain.Cohorts;

/// <summary>Which sessions of a cohort were at risk, since when.</summary>
/// <param name="Since">True from here until the next one.</param>
/// <param name="AtRisk">When those sessions begin that room or staff do not carry.</param>
public readonly record struct RiskState(Instant Since, ImmutableArray<Instant> AtRisk);

/// <summary>What became of sessions at risk (rule 21), reckoned from what was so one after the other.</summary>
/// <param name="Cured">Staff or room carried them again before they began.</param>
/// <param name="NotCured">They were at risk still when they were to begin.</param>
public readonly record struct RiskHistory(int Cured, int NotCured)
{
    /// <param name="states">Of one cohort, in order.</param>
    /// <param name="from">Sessions that begin at this instant and later, <paramref name="until"/> another one.</param>
    public static RiskHistory Of(IReadOnlyList<RiskState> states, Instant from, Instant until)
    {
        var (cured, notCured) = (0, 0);
        foreach (var start in states.SelectMany(s => s.AtRisk).Distinct().Where(s => s >= from && s < until))
        {
            var before = states.TakeWhile(s => s.Since <= start).ToList();
            if (!before.Any(s => s.AtRisk.Contains(start))) continue;
            if (before[^1].AtRisk.Contains(start)) notCured++;
            else cured++;
        }
        return new RiskHistory(cured, notCured);
    }

    public RiskHistory Add(RiskHistory other) => new(Cured + other.Cured, NotCured + other.NotCured);
}
