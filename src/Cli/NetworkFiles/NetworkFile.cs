using System.Collections.Immutable;
using NodaTime;

namespace RttNetwork.Cli.NetworkFiles;

/// <summary>Where something stands in a file: its line, and its path from the top.</summary>
internal readonly record struct Mark(int Line, string Path);

/// <summary>A value and where it was written, so that a rule that finds fault with it can say where.</summary>
internal readonly record struct Written<T>(T Value, Mark Mark);

/// <summary>
/// A network as a file describes it: every name resolved, every session spelled out, and no two things in one place at one time. What cannot
/// be applied is not represented here: <see cref="NetworkFileReader"/> refuses it.
/// </summary>
internal sealed record NetworkFile(
    string Network,
    ImmutableArray<SiteEntry> Sites,
    ImmutableArray<FacilitatorEntry> Facilitators,
    ImmutableArray<CohortEntry> Cohorts,
    ImmutableArray<PersonEntry> People);

internal sealed record SiteEntry(
    string Id, string DisplayName, string Region, string Jurisdiction, DateTimeZone Zone, double? Latitude, double? Longitude, ImmutableArray<RoomEntry> Rooms, ImmutableArray<AccreditationEntry> Accreditations,
    ImmutableArray<string> Languages, ImmutableArray<string> Accessibility);

internal sealed record RoomEntry(string Id, string DisplayName, int Occupancy);

internal sealed record AccreditationEntry(string Code, LocalDate ValidFrom, LocalDate? ValidUntil);

internal sealed record FacilitatorEntry(string Id, string HomeSite, ImmutableArray<string> Roles, ImmutableArray<CredentialEntry> Credentials);

internal sealed record CredentialEntry(string Role, string Jurisdiction, LocalDate ValidFrom, LocalDate? ValidUntil);

/// <summary>One member of the role for so many people, and never fewer members than the minimum.</summary>
internal sealed record StaffingEntry(string Role, int ParticipantsPerMember, int MembersMin);

internal sealed record SessionEntry(string Kind, LocalDateTime LocalStart, Instant StartsAt, Duration Length, Duration Turnover, bool IsVirtual)
{
    public Instant EndsAt => StartsAt + Length;

    public Instant RoomFreeAt => EndsAt + Turnover;
}

internal sealed record CohortEntry(
    string Id,
    string Site,
    string DisplayName,
    string Program,
    int TemplateVersion,
    string Room,
    int SeatsMin,
    int SeatsMax,
    int HardCap,
    bool MayOverlap,
    Duration? HoldLength,
    Instant IntakeClosesAt,
    ImmutableArray<StaffingEntry> Staffing,
    ImmutableArray<SessionEntry> Sessions,
    ImmutableArray<AssignmentEntry> Staff);

internal sealed record AssignmentEntry(string Facilitator, string Role);

internal sealed record PersonEntry(
    string Site, string FamilyName, string GivenName, LocalDate? BirthDate, string Language, string Phone, string Email, ImmutableArray<IdentifierEntry> Identifiers, bool Eligible);

internal sealed record IdentifierEntry(string System, string Value);
