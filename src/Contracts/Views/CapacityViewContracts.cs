using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts.Units;

namespace RttNetwork.Contracts.Views;

// What the projections show of capacity (docs/adr/0018).
public partial interface IViewsGrain
{
    /// <summary>Seats, and who takes and waits for them, rolled up as asked; a page of rows, each as the caller may see it.</summary>
    [Alias("Capacity")] Task<CapacityAnswer> Capacity(Caller caller, PageRequest page, CapacityAsk ask);

    /// <summary>Cohorts that are not over and of which something has changed since a place in the feed, each as it is now: for the gateway, whose streams roll them up.</summary>
    [Alias("CapacityChanges")] Task<CapacityChanges> CapacityChanges(Caller caller, CapacityChangesAsk ask);
}

/// <summary>What one row of figures is of.</summary>
[GenerateSerializer, Alias("rtt.CapacityBy")]
public enum CapacityBy
{
    Network,
    Region,
    Site,
    Program,
    Cohort,
    /// <summary>A civil week, from Monday to Sunday at the site: cohorts with a session in it.</summary>
    Week,
}

/// <param name="Cohort">site.cohort</param>
/// <param name="Week">Its Monday: only cohorts with a session in that week, and of their sessions only those in it.</param>
[GenerateSerializer, Immutable, Alias("rtt.CapacityAsk")]
public sealed record CapacityAsk(
    [property: Id(0)] CapacityBy By,
    [property: Id(1)] string? Region = null,
    [property: Id(2)] string? Site = null,
    [property: Id(3)] string? Cohort = null,
    [property: Id(4)] string? Program = null,
    [property: Id(5)] LocalDate? Week = null);

/// <param name="AsOf">When the figures were true.</param>
/// <param name="StaleSince">Since when something is recorded that is not in them; null while they are current.</param>
[GenerateSerializer, Immutable, Alias("rtt.CapacityAnswer")]
public sealed record CapacityAnswer([property: Id(0)] Page<CapacityFigures> Page, [property: Id(1)] Instant AsOf, [property: Id(2)] Instant? StaleSince);

/// <summary>People who are counted for somebody.</summary>
/// <param name="IsSuppressed">Few people, by the authority's policy, and it is not told how many: the count is 0.</param>
[GenerateSerializer, Immutable, Alias("rtt.PeopleCount")]
public readonly record struct PeopleCount([property: Id(0)] int Count, [property: Id(1)] bool IsSuppressed);

/// <param name="Week">Its Monday.</param>
[GenerateSerializer, Immutable, Alias("rtt.WeekSeats")]
public readonly record struct WeekSeats([property: Id(0)] LocalDate Week, [property: Id(1)] int SeatsOpen);

/// <param name="Key">The id of what they are of: of a cohort site.cohort, of a week its ISO name.</param>
/// <param name="SeatsTotal">Licensed: as many as the cohorts are planned for.</param>
/// <param name="SeatsOpen">What is open: the least of room and ratio, less what is booked and held; none of a cohort that is at risk or whose intake has closed. Those kept for a wait-list are among them until they are offered.</param>
/// <param name="SeatsOccupied">Booked; null for somebody who is shown seats only, as the next ones are.</param>
/// <param name="Waiting">Places on wait-lists by name: who waits for two cohorts counts twice, the people of a pool do not.</param>
/// <param name="SessionsAtRisk">Sessions to come whose room or staff do not carry those whom they are planned for.</param>
/// <param name="Medicine">By week, the seats open that have a medicine session in it; weeks without such a session are not there.</param>
[GenerateSerializer, Immutable, Alias("rtt.CapacityFigures")]
public sealed record CapacityFigures(
    [property: Id(0)] string Key,
    [property: Id(1)] int Cohorts,
    [property: Id(2)] int SeatsTotal,
    [property: Id(3)] int SeatsOpen,
    [property: Id(4)] PeopleCount? SeatsOccupied,
    [property: Id(5)] PeopleCount? SeatsHeld,
    [property: Id(6)] PeopleCount? Waiting,
    [property: Id(7)] int? SessionsAtRisk,
    [property: Id(8)] ImmutableArray<WeekSeats> Medicine)
{
    public bool Equals(CapacityFigures? other) =>
        other is not null && Key == other.Key && Cohorts == other.Cohorts && SeatsTotal == other.SeatsTotal && SeatsOpen == other.SeatsOpen && SeatsOccupied == other.SeatsOccupied
        && SeatsHeld == other.SeatsHeld && Waiting == other.Waiting && SessionsAtRisk == other.SessionsAtRisk && Medicine.AsSpan().SequenceEqual(other.Medicine.AsSpan());

    public override int GetHashCode() => HashCode.Combine(Key, SeatsOpen, SeatsOccupied, SeatsHeld);
}

/// <param name="After">Null for all, in the order of their ids.</param>
/// <param name="AfterCohort">For all: the last one's id of the answer before.</param>
/// <param name="Build">Which build of the tables the place was read in (<see cref="CapacityChanges.Build"/>).</param>
[GenerateSerializer, Immutable, Alias("rtt.CapacityChangesAsk")]
public sealed record CapacityChangesAsk([property: Id(0)] FeedPlace? After, [property: Id(1)] string? AfterCohort, [property: Id(2)] long Build = 0)
{
    /// <summary>Entries of the journal that one answer looks at.</summary>
    public const int EntriesMax = 5000;

    /// <summary>Rows of one answer to whoever asks for all.</summary>
    public const int RowsMax = 500;
}

/// <param name="Place">Where the answer is true when it is all of it; else the last entry that it looked at.</param>
/// <param name="More">Others follow.</param>
/// <param name="Reset">The place that was asked for is none of this history, which a restore or a rebuild of the tables made another: begin anew.</param>
/// <param name="AsOf">When it was true.</param>
/// <param name="StaleSince">Since when something is recorded that is not in the projection; null while it is current.</param>
/// <param name="Build">Names the tables that were read: another one when they have been built anew.</param>
[GenerateSerializer, Immutable, Alias("rtt.CapacityChanges")]
public sealed record CapacityChanges(
    [property: Id(0)] ImmutableArray<CapacityRow> Rows,
    [property: Id(1)] FeedPlace Place,
    [property: Id(2)] bool More,
    [property: Id(3)] bool Reset,
    [property: Id(4)] Instant AsOf,
    [property: Id(5)] Instant? StaleSince,
    [property: Id(6)] long Build)
{
    /// <summary>Sites that no authority is told of now, in the order of their ids.</summary>
    [Id(7)] public ImmutableArray<WithheldSite> Withheld { get; init; } = [];
}

/// <param name="Week">The Monday of its week at the site.</param>
/// <param name="Pod">0 for a session of the whole cohort.</param>
[GenerateSerializer, Immutable, Alias("rtt.CapacitySession")]
public readonly record struct CapacitySession([property: Id(0)] LocalDate Week, [property: Id(1)] Instant StartsAt, [property: Id(2)] int Pod);

/// <summary>A cohort with everything that figures are made of. What time alone changes is judged when they are.</summary>
/// <param name="Cohort">site.cohort</param>
/// <param name="HoldsUntil">In order, those that are over among them.</param>
/// <param name="PodsOpen">Open seats by pod, the first one's first; empty when the cohort is one group.</param>
/// <param name="Medicine">Its medicine sessions.</param>
/// <param name="Risks">Its sessions at risk.</param>
/// <param name="Weeks">The Mondays of the weeks in which it has sessions, in order.</param>
[GenerateSerializer, Immutable, Alias("rtt.CapacityRow")]
public sealed record CapacityRow(
    [property: Id(0)] string Cohort,
    [property: Id(1)] string Site,
    [property: Id(2)] string Region,
    [property: Id(3)] string Program,
    [property: Id(4)] int SeatsMax,
    [property: Id(5)] int Usable,
    [property: Id(6)] int Booked,
    [property: Id(7)] ImmutableArray<Instant> HoldsUntil,
    [property: Id(8)] int Waiting,
    [property: Id(9)] Instant IntakeClosesAt,
    [property: Id(10)] bool AtRisk,
    [property: Id(11)] LocalDate LastDay,
    [property: Id(12)] ImmutableArray<int> PodsOpen,
    [property: Id(13)] ImmutableArray<CapacitySession> Medicine,
    [property: Id(14)] ImmutableArray<CapacitySession> Risks,
    [property: Id(15)] ImmutableArray<LocalDate> Weeks);
