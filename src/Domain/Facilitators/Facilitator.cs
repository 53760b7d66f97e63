using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;

namespace RttNetwork.Domain.Facilitators;

/// <summary>A facilitator was registered at a home site.</summary>
[EventName("facilitator-registered/1")]
public sealed record FacilitatorRegistered(string HomeSite, ImmutableArray<string> Roles, ImmutableArray<Credential> Credentials) : IEvent;

/// <summary>A credential was recorded; it replaces the one with the same role and jurisdiction.</summary>
/// <param name="Cohorts">The keys of the cohorts that must take notice.</param>
[EventName("credential-recorded/1")]
public sealed record CredentialRecorded(Credential Credential, ImmutableArray<string> Cohorts) : IEvent;

/// <summary>A credential was withdrawn.</summary>
/// <param name="Cohorts">The keys of the cohorts that must take notice.</param>
[EventName("credential-withdrawn/1")]
public sealed record CredentialWithdrawn(string Role, string Jurisdiction, string Reason, ImmutableArray<string> Cohorts) : IEvent;

/// <summary>The facilitator leads a cohort, at these times.</summary>
[EventName("assignment-opened/1")]
public sealed record AssignmentOpened(string Cohort, string Role, ImmutableArray<Busy> Times) : IEvent;

/// <summary>The facilitator leads a cohort no more.</summary>
[EventName("assignment-ended/1")]
public sealed record AssignmentEnded(string Cohort) : IEvent;

/// <summary>A licence or certificate: a role counts at sites of a jurisdiction on the days from one date to another, both included.</summary>
/// <param name="ValidUntil">The last valid day; null when it has no end.</param>
public sealed record Credential(string Role, string Jurisdiction, LocalDate ValidFrom, LocalDate? ValidUntil)
{
    public bool Covers(string role, string jurisdiction, LocalDate date) =>
        Role == role && Jurisdiction == jurisdiction && ValidFrom <= date && (ValidUntil is null || date <= ValidUntil);
}

/// <summary>A time at which a facilitator is taken. An empty site is a virtual session: no travel to or from it.</summary>
public readonly record struct Busy(string Cohort, string Site, Instant From, Instant To)
{
    /// <summary>True when one person cannot keep both, travel between different sites included (I3).</summary>
    public bool ConflictsWith(Busy other)
    {
        var travel = Site != other.Site && Site.Length > 0 && other.Site.Length > 0 ? Staffing.Travel : Duration.Zero;
        return From < other.To + travel && other.From < To + travel;
    }
}

/// <summary>A facilitator's part in a cohort.</summary>
public sealed record Assignment(string Cohort, string Role, ImmutableArray<Busy> Times);

/// <summary>A facilitator as the fold of its stream.</summary>
public sealed record FacilitatorState : IFold<FacilitatorState>
{
    public const int AssignmentsMax = 256;
    public const int BusyMax = 1024;
    public const int CredentialsMax = 32;

    public static FacilitatorState Empty { get; } = new();
    public static int FoldVersion => 2;

    /// <summary>Null until the facilitator is registered.</summary>
    public string? HomeSite { get; init; }
    public ImmutableArray<string> Roles { get; init; } = [];
    public ImmutableArray<Credential> Credentials { get; init; } = [];
    public ImmutableDictionary<string, Assignment> Assignments { get; init; } = ImmutableDictionary<string, Assignment>.Empty;

    public ImmutableArray<Training> Trainings { get; init; } = [];

    /// <summary>Hashes of the tokens of the calendar's links, by link.</summary>
    public ImmutableDictionary<string, string> Calendars { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Sessions that the facilitator has to keep.</summary>
    public int BusyCount => Assignments.Values.Sum(a => a.Times.Length);

    /// <summary>The first of the facilitator's sessions to come that conflicts with one of these.</summary>
    public Busy? ConflictWith(ImmutableArray<Busy> times, Instant now)
    {
        foreach (var assignment in Assignments.Values)
        {
            foreach (var mine in assignment.Times)
            {
                if (mine.To < now) continue;
                foreach (var theirs in times)
                {
                    if (mine.ConflictsWith(theirs)) return mine;
                }
            }
        }
        return null;
    }

    /// <summary>
    /// Why the person does not count in a role at a place of this jurisdiction on this day (rule 20): no valid credential, or not the level of training that the
    /// program asks of those who count as facilitators: what is missing, and where and when it would have to be valid. Null when they do.
    /// </summary>
    /// <param name="level">The level that the program asks for; null for none.</param>
    public (string What, string Valid)? Unfit(string role, string jurisdiction, LocalDate day, string? level, ImmutableArray<string> facilitatorRoles)
    {
        if (Common.Roles.IsLicensed(role) && !Credentials.Any(c => c.Covers(role, jurisdiction, day))) return ($"credential as {role}", $"valid in {jurisdiction} on {day:uuuu-MM-dd}");
        return level is null || !facilitatorRoles.Contains(role) || Trainings.Any(t => t.Covers(level, day)) ? null : ($"training of the level {level}", $"valid on {day:uuuu-MM-dd}");
    }

    /// <inheritdoc/>
    public FacilitatorState Apply(IEvent @event, Instant at) => @event switch
    {
        FacilitatorRegistered e => this with { HomeSite = e.HomeSite, Roles = e.Roles, Credentials = e.Credentials },
        CredentialRecorded e => this with { Credentials = Without(e.Credential.Role, e.Credential.Jurisdiction).Add(e.Credential) },
        CredentialWithdrawn e => this with { Credentials = Without(e.Role, e.Jurisdiction) },
        AssignmentOpened e => this with { Assignments = StillToCome(at).SetItem(e.Cohort, new Assignment(e.Cohort, e.Role, e.Times)) },
        AssignmentEnded e => this with { Assignments = Assignments.Remove(e.Cohort) },
        TrainingRecorded e => this with { Trainings = WithoutLevel(e.Training.Level).Add(e.Training) },
        TrainingAwarded e => Awarded(e),
        CalendarLinkMade or CalendarLinkRevoked => this with { Calendars = CalendarLinks.After(Calendars, @event) },
        _ => throw new InvalidOperationException($"A facilitator does not fold {@event.GetType().Name}."),
    };

    /// <summary>Forgets what was over by then: so the number of assignments stays bounded, however many appointments somebody has had.</summary>
    private ImmutableDictionary<string, Assignment> StillToCome(Instant at) =>
        Assignments.RemoveRange(Assignments.Where(a => a.Value.Times.All(t => t.To < at)).Select(a => a.Key));

    private FacilitatorState Awarded(TrainingAwarded e) => this with
    {
        Roles = Roles.Contains(e.Credential.Role) ? Roles : Roles.Add(e.Credential.Role),
        Credentials = Without(e.Credential.Role, e.Credential.Jurisdiction).Add(e.Credential),
        Trainings = WithoutLevel(e.Training.Level).Add(e.Training),
    };

    private ImmutableArray<Training> WithoutLevel(string level) => Trainings.RemoveAll(t => t.Level == level);

    private ImmutableArray<Credential> Without(string role, string jurisdiction) =>
        Credentials.RemoveAll(c => c.Role == role && c.Jurisdiction == jurisdiction);
}

/// <summary>The rules that concern one facilitator alone.</summary>
public static class FacilitatorRules
{
    public static Decision Register(FacilitatorState facilitator, string homeSite, ImmutableArray<string> roles, ImmutableArray<Credential> credentials)
    {
        if (facilitator.HomeSite is not null) return new Refusal(Reason.AlreadyExists, "A facilitator with this id exists in the network.");
        return Decision.Of(new FacilitatorRegistered(homeSite, roles, credentials));
    }

    public static Decision RecordCredential(FacilitatorState facilitator, Credential credential)
    {
        if (facilitator.HomeSite is null) return Refusal.NotFound;
        if (!facilitator.Roles.Contains(credential.Role)) return new Refusal(Reason.RoleNotHeld, $"The facilitator does not hold the role {credential.Role}.", 20);
        if (facilitator.Credentials.Contains(credential)) return Decision.Already;
        if (facilitator.Credentials.Length >= FacilitatorState.CredentialsMax)
            return Refusal.Of(Reason.CredentialsMaxReached, 0, $"A facilitator has at most {FacilitatorState.CredentialsMax} credentials.", ("credentials", facilitator.Credentials.Length));
        return Decision.Of(new CredentialRecorded(credential, CohortsLedAs(facilitator, credential.Role)));
    }

    /// <summary>Withdraws a credential at once: the cohorts that counted on it are told, one unit each (rule 21).</summary>
    public static Decision WithdrawCredential(FacilitatorState facilitator, string role, string jurisdiction, string reason)
    {
        if (facilitator.HomeSite is null) return Refusal.NotFound;
        if (!facilitator.Credentials.Any(c => c.Role == role && c.Jurisdiction == jurisdiction))
            return new Refusal(Reason.CredentialNotFound, "The facilitator has no such credential.", 20);
        return Decision.Of(new CredentialWithdrawn(role, jurisdiction, reason, CohortsLedAs(facilitator, role)));
    }

    private static ImmutableArray<string> CohortsLedAs(FacilitatorState facilitator, string role) =>
        [.. facilitator.Assignments.Values.Where(a => a.Role == role).Select(a => a.Cohort).Order(StringComparer.Ordinal)];
}
