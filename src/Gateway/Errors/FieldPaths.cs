using RttNetwork.Contracts.Units;

namespace RttNetwork.Gateway.Errors;

/// <summary>Fields that the domain names, as paths of the request.</summary>
internal static class FieldPaths
{
    /// <summary>The domain knows a template's fields, the caller those of the request that the template is in.</summary>
    public static UnitAnswer<TReply> Within<TReply>(this UnitAnswer<TReply> answer, string field) where TReply : class =>
        answer.Refusal is { Violations.IsEmpty: false } refusal
            ? answer with { Refusal = refusal with { Violations = [.. refusal.Violations.Select(v => v with { Subject = $"{field}.{v.Subject}" })] } }
            : answer;
}
