using System.Collections.Immutable;
using RttNetwork.Domain.Common;

namespace RttNetwork.Domain.Measures;

/// <summary>
/// A questionnaire of the catalogue (<c>programs/measures.json</c>), as far as the rules need it: immutable, and passed by value with the commands
/// that need it.
/// </summary>
/// <param name="Code">"phq-9".</param>
/// <param name="Items">Questions that are answered one by one; 0 for a measure whose score alone is recorded.</param>
/// <param name="ItemMax">The highest answer; the lowest is 0.</param>
/// <param name="ItemsMin">So many questions must apply; fewer than <paramref name="Items"/> only where the measure lets people leave some out.</param>
/// <param name="Scoring">How answers come to a score: <see cref="Scorings"/>.</param>
/// <param name="ScoreMax">The highest score; the lowest is 0.</param>
/// <param name="HigherIsWorse">False where more is better.</param>
/// <param name="ReliableChange">A change of so many points or more is more than chance; 0 where no source gives one.</param>
/// <param name="AlertItem">The question, from 1, whose answer above 0 raises an alert (rule 45); 0 for none.</param>
public sealed record MeasureDefinition(
    string Code, int Items, int ItemMax, int ItemsMin, string Scoring, int ScoreMax, bool HigherIsWorse, int ReliableChange, int AlertItem);

/// <summary>How answers come to a score.</summary>
public static class Scorings
{
    /// <summary>The sum of the answers.</summary>
    public const string Sum = "sum";
    /// <summary>The sum in percent of what it could be over the questions that apply, rounded to the nearest.</summary>
    public const string Percent = "percent";

    public static ImmutableArray<string> All { get; } = [Sum, Percent];
}

/// <summary>What somebody filled in: its answers one by one, or its score.</summary>
/// <param name="Items">In order, null for a question that does not apply; empty when only the score is known.</param>
/// <param name="Score">Null when it follows from the answers.</param>
/// <param name="AlertItem">The answer to the measure's alert item, where only the score is known; null when nobody said.</param>
public sealed record FilledIn(ImmutableArray<int?> Items, int? Score, int? AlertItem);

/// <summary>What a filled-in measure comes to. The answers themselves are judged and forgotten.</summary>
/// <param name="Alert">The alert item's answer was above 0 (rule 45). False says only that: it is no finding that there is no risk.</param>
public readonly record struct Scored(int Score, bool Alert);

/// <summary>From answers to a score, held to the catalogue.</summary>
public static class Scoring
{
    /// <returns>The score, or everything that is wrong with what was filled in, each with its field.</returns>
    public static (Refusal? Refusal, Scored Scored) Of(MeasureDefinition measure, FilledIn filled)
    {
        var against = ImmutableArray.CreateBuilder<Violation>();
        void Wrong(string field, string description) => against.Add(new Violation(44, field, description));

        var sum = 0;
        var applied = 0;
        if (filled.Items.IsEmpty && filled.Score is null) Wrong(measure.Items > 0 ? "items" : "score", "nothing was filled in");
        if (!filled.Items.IsEmpty && filled.Items.Length != measure.Items)
            Wrong("items", measure.Items == 0 ? $"{measure.Code} is recorded by its score" : $"{measure.Code} has {measure.Items} questions; {filled.Items.Length} were answered");
        else
        {
            for (var i = 0; i < filled.Items.Length; i++)
            {
                if (filled.Items[i] is not { } answer) continue;
                applied++;
                sum += answer;
                if (answer < 0 || answer > measure.ItemMax) Wrong($"items[{i}]", $"must be 0 to {measure.ItemMax}");
            }
            if (!filled.Items.IsEmpty && applied < measure.ItemsMin) Wrong("items", $"{applied} questions were answered; {measure.Code} is scored from {measure.ItemsMin} on");
        }
        if (filled.Score is < 0 || filled.Score > measure.ScoreMax) Wrong("score", $"must be 0 to {measure.ScoreMax}");

        int? reckoned = filled.Items.IsEmpty || against.Count > 0 ? null : measure.Scoring == Scorings.Percent ? ((sum * 200) + (applied * measure.ItemMax)) / (2 * applied * measure.ItemMax) : sum;
        if (reckoned is { } r && filled.Score is { } said && said != r) Wrong("score", $"the answers come to {r}");

        var alert = measure.AlertItem == 0 ? 0 : filled.Items.Length == measure.Items && measure.Items > 0 ? filled.Items[measure.AlertItem - 1] : filled.AlertItem;
        if (measure.AlertItem > 0)
        {
            // Silence is no answer: a score without it would hide the one answer that cannot wait.
            if (alert is null) against.Add(new Violation(45, "alert_item_answer", $"the answer to question {measure.AlertItem} is missing: a score does not say it"));
            else if (filled.AlertItem is < 0 || filled.AlertItem > measure.ItemMax) Wrong("alert_item_answer", $"must be 0 to {measure.ItemMax}");
            else if (filled.AlertItem is { } named && named != alert) Wrong("alert_item_answer", $"is not the answer to question {measure.AlertItem}");
            else if (filled.Items.IsEmpty && filled.Score < alert) Wrong("score", "is below the answer to one question");
        }
        else if (filled.AlertItem is not null) Wrong("alert_item_answer", $"{measure.Code} has no such question");

        return against.Count > 0
            ? (new Refusal(Reason.MeasureInvalid, $"{measure.Code} was not filled in as it is scored.", 44) { Violations = against.ToImmutable() }, default)
            : (null, new Scored(reckoned ?? filled.Score!.Value, alert > 0));
    }
}

/// <summary>How a person's later score compares with their baseline.</summary>
public enum Change
{
    /// <summary>By the reliable-change index or more.</summary>
    Improved,
    /// <summary>By less than it, either way.</summary>
    NoChange,
    Worsened,
    /// <summary>No source gives an index for the measure.</summary>
    NotClassified,
}

/// <summary>Reliable change: a difference that is more than chance, by the index that the measure's source gives (rule 44).</summary>
public static class ReliableChange
{
    public static Change Of(MeasureDefinition measure, int baseline, int later)
    {
        if (measure.ReliableChange == 0) return Change.NotClassified;
        var worse = measure.HigherIsWorse ? later - baseline : baseline - later;
        return worse >= measure.ReliableChange ? Change.Worsened : worse <= -measure.ReliableChange ? Change.Improved : Change.NoChange;
    }
}
