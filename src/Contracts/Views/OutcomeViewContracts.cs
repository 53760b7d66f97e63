using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts.Measures;
using RttNetwork.Contracts.Units;

namespace RttNetwork.Contracts.Views;

// What the projections show of safety events and measures.
public partial interface IViewsGrain
{
    /// <summary>Safety events of a site, or of the whole network for its operator: the one whose report is due first comes first.</summary>
    /// <param name="site">Null for every site.</param>
    /// <param name="closed">True for those that were closed, too.</param>
    [Alias("SafetyEvents")] Task<Page<SafetyEventRow>> SafetyEvents(Caller caller, PageRequest page, string? site, bool closed);

    /// <summary>How many people of a cohort improved, did not change, or are worse, by measure and point, against their baseline.</summary>
    [Alias("ReliableChange")] Task<Page<ChangeRow>> ReliableChange(Caller caller, string? atLeast, string site, string cohort, ImmutableArray<MeasureDefinitionView> measures);

    /// <summary>De-identified scores of the people of a program who consent to research, a page of people at a time.</summary>
    [Alias("ExportMeasures")] Task<MeasureExport> ExportMeasures(Caller caller, PageRequest page, ExportRequest export);
}

/// <param name="Cohort">site.cohort; empty for none.</param>
/// <param name="DueOn">The day on which the first report is due that was not made; null when none is.</param>
[GenerateSerializer, Immutable, Alias("rtt.SafetyEventRow")]
public sealed record SafetyEventRow(
    [property: Id(0)] string Site,
    [property: Id(1)] string SafetyEvent,
    [property: Id(2)] string Participant,
    [property: Id(3)] string Kind,
    [property: Id(4)] string Severity,
    [property: Id(5)] bool Serious,
    [property: Id(6)] string Cohort,
    [property: Id(7)] int Session,
    [property: Id(8)] Instant OccurredAt,
    [property: Id(9)] Instant RecordedAt,
    [property: Id(10)] LocalDate? DueOn,
    [property: Id(11)] ImmutableArray<string> Unaware,
    [property: Id(12)] bool Closed);

/// <param name="Compared">People who have both a baseline and a score at the point.</param>
/// <param name="NotClassified">Of these, where no source says what a change means.</param>
/// <param name="WithoutBaseline">People who have a score at the point and no baseline.</param>
[GenerateSerializer, Immutable, Alias("rtt.ChangeRow")]
public sealed record ChangeRow(
    [property: Id(0)] string Measure,
    [property: Id(1)] string Point,
    [property: Id(2)] int Compared,
    [property: Id(3)] int Improved,
    [property: Id(4)] int NoChange,
    [property: Id(5)] int Worsened,
    [property: Id(6)] int NotClassified,
    [property: Id(7)] int WithoutBaseline);

/// <param name="Site">Null for every site.</param>
/// <param name="Key">The secret of this export, of at least 32 bytes: used, and kept nowhere.</param>
/// <param name="PeopleMin">A cohort with fewer people in the export is left out; never lower than its country's own threshold, or its region's.</param>
[GenerateSerializer, Immutable, Alias("rtt.ExportRequest")]
public sealed record ExportRequest([property: Id(0)] string? Site, [property: Id(1)] string Program, [property: Id(2)] byte[] Key, [property: Id(3)] int PeopleMin)
{
    /// <summary>Null from a gateway that knows of no policies.</summary>
    [Id(4)] public ExportPeopleMins? OfRegions { get; init; }
}

/// <param name="Next">The person to pass as <see cref="PageRequest.After"/>; null on the last page.</param>
[GenerateSerializer, Immutable, Alias("rtt.MeasureExport")]
public sealed record MeasureExport(
    [property: Id(0)] ImmutableArray<ExportedScore> Rows,
    [property: Id(1)] int CohortsLeftOut,
    [property: Id(2)] string? Next,
    [property: Id(3)] string Token,
    [property: Id(4)] bool Behind);

/// <param name="Person">A pseudonym.</param>
/// <param name="Cohort">A pseudonym.</param>
/// <param name="Days">From the day of the person's enrolment to the day on which the measure was taken; negative before it.</param>
[GenerateSerializer, Immutable, Alias("rtt.ExportedScore")]
public sealed record ExportedScore(
    [property: Id(0)] string Person,
    [property: Id(1)] string Cohort,
    [property: Id(2)] string Measure,
    [property: Id(3)] string Point,
    [property: Id(4)] int Days,
    [property: Id(5)] int Score);
