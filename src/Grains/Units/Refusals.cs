using System.Collections.Frozen;
using RttNetwork.Contracts.Units;
using RttNetwork.Domain.Common;
using DomainRefusal = RttNetwork.Domain.Common.Refusal;
using Refusal = RttNetwork.Contracts.Units.Refusal;

namespace RttNetwork.Grains.Units;

/// <summary>Refusals on their way out of the domain, and the two that units themselves make.</summary>
public static class Refusals
{
    private static readonly FrozenDictionary<Reason, string> Names =
        Enum.GetValues<Reason>().ToFrozenDictionary(r => r, r => Codes.Kebab(r.ToString()).Replace('-', '_').ToUpperInvariant());

    /// <summary>Every reason that can leave a grain.</summary>
    public static IEnumerable<string> AllReasons => Names.Values.Append(RequestIdReused.Reason).Append(UnitTooLarge.Reason);

    /// <summary>The request id belongs to another command of this caller, for ever (rule 14).</summary>
    public static Refusal RequestIdReused { get; } =
        new("REQUEST_ID_REUSED", "This request id was accepted with other content; choose a new one.", 14, []);

    /// <summary>The unit would be larger than any unit may be, or holds what the journal cannot store.</summary>
    public static Refusal UnitTooLarge { get; } =
        new("UNIT_TOO_LARGE", "The command would write more than one unit may hold.", 0, []);

    /// <summary>There is nothing by that name, or nothing that the caller may see.</summary>
    public static Refusal NotFound { get; } = ToContract(DomainRefusal.NotFound)!;

    [return: System.Diagnostics.CodeAnalysis.NotNullIfNotNull(nameof(refusal))]
    public static Refusal? ToContract(DomainRefusal? refusal) => refusal is null ? null :
        new(Names[refusal.Reason], refusal.Message, refusal.Rule,
            refusal.Numbers.IsDefaultOrEmpty ? [] : [.. refusal.Numbers.Select(n => new Number(n.Name, n.Value))])
        {
            Violations = [.. refusal.Violations.Take(Refusal.ViolationsMax).Select(v => new Contracts.Units.Violation(v.Rule, v.Subject, v.Description))],
        };
}
