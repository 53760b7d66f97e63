using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Common;

namespace RttNetwork.Domain.Programs;

/// <summary>A version of a program was published. It never changes; a change is the next version (rule 1).</summary>
[EventName("program-version-published/1")]
public sealed record ProgramVersionPublished(ProgramTemplate Template) : IEvent;

/// <summary>A program as the fold of its stream: its versions.</summary>
public sealed record ProgramState : IFold<ProgramState>
{
    /// <summary>The most versions of one program.</summary>
    public const int VersionsMax = 64;

    public static ProgramState Empty { get; } = new();
    public static int FoldVersion => 1;

    /// <summary>In order: version n is the n-th.</summary>
    public ImmutableArray<ProgramTemplate> Versions { get; init; } = [];

    /// <summary>The version with this number; the newest for 0.</summary>
    public ProgramTemplate? Version(int number) =>
        number == 0 ? (Versions.IsEmpty ? null : Versions[^1]) : Versions.FirstOrDefault(v => v.Version == number);

    /// <summary>The version that a cohort which begins on this day is made from: the newest that is effective then.</summary>
    public ProgramTemplate? EffectiveOn(LocalDate day) => Versions.LastOrDefault(v => v.MayBeginOn(day));

    /// <inheritdoc/>
    public ProgramState Apply(IEvent @event, Instant at) => @event switch
    {
        ProgramVersionPublished e => this with { Versions = Versions.Add(e.Template) },
        _ => throw new InvalidOperationException($"A program does not fold {@event.GetType().Name}."),
    };
}

/// <summary>The rules of publishing a program.</summary>
public static class ProgramRules
{
    /// <summary>Publishes the next version, when nothing is wrong with it by itself or beside the versions before it.</summary>
    public static Decision Publish(ProgramState program, ProgramTemplate template)
    {
        var faults = TemplateRules.Faults(template);
        if (program.Version(template.Version) is not null)
        {
            return new Refusal(Reason.AlreadyExists, $"Version {template.Version} of the program exists; a version never changes: publish version {program.Versions.Length + 1}.", 1,
                [("version", Text(template.Version)), ("version_next", Text(program.Versions.Length + 1))]);
        }
        if (template.Version != program.Versions.Length + 1) faults = faults.Add(new Violation(1, "version", $"must be {program.Versions.Length + 1}: versions have no gap"));
        if (program.Version(0) is { } before)
        {
            if (template.EffectiveFrom <= before.EffectiveFrom)
                faults = faults.Add(new Violation(1, "effective_from", $"must be after {Text(before.EffectiveFrom)}, from which version {before.Version} is effective"));
            else if (before.EffectiveUntil is { } until && template.EffectiveFrom <= until)
                faults = faults.Add(new Violation(1, "effective_from", $"must be after {Text(until)}, until which version {before.Version} is effective: the two would overlap"));
        }
        if (!faults.IsEmpty)
            return new Refusal(Reason.TemplateInvalid, $"The template has {faults.Length} faults; the first is {faults[0].Subject}: {faults[0].Description}.", faults[0].Rule) { Violations = faults };
        if (program.Versions.Length >= ProgramState.VersionsMax)
            return Refusal.Of(Reason.VersionsMaxReached, 0, $"A program has at most {ProgramState.VersionsMax} versions.", ("versions", program.Versions.Length));
        return Decision.Of(new ProgramVersionPublished(template));
    }

    private static string Text(int number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
    private static string Text(LocalDate day) => day.ToString("uuuu-MM-dd", null);
}
