using System.Collections.Immutable;
using RttNetwork.Contracts.Views;
using RttNetwork.Domain.Measures;

namespace RttNetwork.Grains.Views;

// Safety events and measures.
public partial interface IViews
{
    /// <summary>Safety events of a site, or of every one: first those whose report is due first, then by when they were recorded.</summary>
    ValueTask<Page<SafetyEventRow>> SafetyEvents(string network, PageRequest page, string? site, bool closed, CancellationToken cancel);

    /// <summary>Scores that count of the people who are, or were, enrolled in a cohort: at most 200 people's.</summary>
    ValueTask<Snapshot<CohortScore>> ScoresOfCohort(string network, string site, string cohort, CancellationToken cancel);

    /// <summary>Scores that count of the enrolled people of a program whose consent to research stands, and whose personal data was not erased.</summary>
    ValueTask<Snapshot<StudyScore>> StudyScores(string network, string? site, string program, CancellationToken cancel);
}

/// <summary>Rows that belong together, and the place in the feed at which they are true.</summary>
public sealed record Snapshot<TRow>(ImmutableArray<TRow> Rows, string Token);

/// <summary>A score that counts of somebody in a cohort.</summary>
public sealed record CohortScore(string Participant, string Measure, string Point, int Score);
