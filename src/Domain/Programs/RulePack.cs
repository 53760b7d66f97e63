using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Common;

namespace RttNetwork.Domain.Programs;

/// <summary>
/// One version of a pack of ratio and route rules: the network's default, a jurisdiction's law, or a site's own policy.
/// Immutable; a change is the next version with a later date. None of its rules can be overridden for one case (rule 54).
/// </summary>
/// <param name="Pack">Its id: "default", "us-or-psilocybin".</param>
/// <param name="Jurisdiction">Whose sites it is for; empty for all.</param>
/// <param name="Site">The one site that it is for; empty for all. A site's pack takes the place of the default and of the template's own numbers, never of a jurisdiction's.</param>
/// <param name="Source">Where the values come from.</param>
public sealed record RulePack(
    string Pack,
    int Version,
    string DisplayName,
    string Jurisdiction,
    string Site,
    LocalDate EffectiveFrom,
    LocalDate? EffectiveUntil,
    string Source,
    ImmutableArray<RatioRule> Ratios,
    ImmutableArray<CapRule> Caps,
    ImmutableArray<RouteRule> Routes)
{
    public bool IsLaw => Jurisdiction.Length > 0;

    /// <summary>True when it counts at a site on a day.</summary>
    public bool AppliesTo(string jurisdiction, string site, LocalDate day) =>
        (Jurisdiction.Length == 0 || Jurisdiction == jurisdiction) && (Site.Length == 0 || Site == site) && EffectiveFrom <= day && !(EffectiveUntil < day);
}

/// <summary>One member of a role for so many people, in sessions of a kind in which medicine is given by a route in a band of doses.</summary>
/// <param name="SessionKind">Empty for every kind.</param>
/// <param name="Route">Empty for every route.</param>
/// <param name="Dose">Null for every dose.</param>
/// <param name="ParticipantsPerMember">0 when there is a minimum only.</param>
/// <param name="GroupsOnly">True when it does not concern a session of one person.</param>
public sealed record RatioRule(string SessionKind, string Route, DoseBand? Dose, string Role, int ParticipantsPerMember, int MembersMin, bool GroupsOnly);

/// <summary>A band of doses. Where two bands share their edge, a dose on it is in both, and the stricter ratio counts.</summary>
/// <param name="FromMicrograms">Included.</param>
/// <param name="UpToIncluded">Whether <paramref name="UpToMicrograms"/> is in the band.</param>
public sealed record DoseBand(int FromMicrograms, int UpToMicrograms, bool UpToIncluded)
{
    public bool Contains(int micrograms) => FromMicrograms <= micrograms && (UpToIncluded ? micrograms <= UpToMicrograms : micrograms < UpToMicrograms);
}

/// <summary>People at most in one session, whatever the staff (rule 9).</summary>
public sealed record CapRule(string SessionKind, string Route, int SeatsMax);

/// <summary>A site may give medicine by a route only with one of these accreditations, valid on that day (rule 25).</summary>
/// <param name="Route">Empty for every route.</param>
/// <param name="AccreditationAnyOf">Codes; one of them must be valid.</param>
public sealed record RouteRule(string Route, ImmutableArray<string> AccreditationAnyOf);

/// <summary>What is given to one person: a route, and the planned dose when the rules ask for it.</summary>
/// <param name="DoseMicrograms">All doses of the session together, secondary ones too; 0 when it is not known.</param>
public readonly record struct Intended(string Route, int DoseMicrograms);

/// <summary>A version of a pack was published.</summary>
[EventName("rule-pack-published/1")]
public sealed record RulePackPublished(RulePack Pack) : IEvent;

/// <summary>The network's rule packs as the fold of their stream.</summary>
public sealed record RulePacksState : IFold<RulePacksState>
{
    public const int VersionsMax = 200;

    public static RulePacksState Empty { get; } = new();
    public static int FoldVersion => 1;

    /// <summary>Every version of every pack, in the order in which they were published.</summary>
    public ImmutableArray<RulePack> Packs { get; init; } = [];

    /// <summary>The packs that may count at a site, each in the versions that it has.</summary>
    public ImmutableArray<RulePack> For(string jurisdiction, string site) =>
        [.. Packs.Where(p => (p.Jurisdiction.Length == 0 || p.Jurisdiction == jurisdiction) && (p.Site.Length == 0 || p.Site == site))];

    /// <inheritdoc/>
    public RulePacksState Apply(IEvent @event, Instant at) => @event switch
    {
        RulePackPublished e => this with { Packs = Packs.Add(e.Pack) },
        _ => throw new InvalidOperationException($"Rule packs do not fold {@event.GetType().Name}."),
    };
}

/// <summary>The rules of publishing a pack, and what packs come to for a session.</summary>
public static class RulePacks
{
    private const int RulesMax = 200;

    /// <summary>Publishes the next version of a pack, when nothing is wrong with it.</summary>
    public static Decision Publish(RulePacksState packs, RulePack pack)
    {
        var before = packs.Packs.LastOrDefault(p => p.Pack == pack.Pack);
        var next = (before?.Version ?? 0) + 1;
        if (pack.Version < next && pack.Version > 0)
            return new Refusal(Reason.AlreadyExists, $"Version {pack.Version} of the pack exists; a version never changes: publish version {next}.", 1);
        var faults = new FaultList();
        if (pack.Version != next) faults.Add(1, "version", $"must be {next}: versions have no gap");
        if (pack.EffectiveUntil < pack.EffectiveFrom) faults.Add(1, "effective_until", $"must not be before effective_from, {pack.EffectiveFrom:uuuu-MM-dd}");
        if (before is not null && pack.EffectiveFrom <= before.EffectiveFrom) faults.Add(1, "effective_from", $"must be after {before.EffectiveFrom:uuuu-MM-dd}, from which version {before.Version} is effective");
        else if (before?.EffectiveUntil is { } until && pack.EffectiveFrom <= until) faults.Add(1, "effective_from", $"must be after {until:uuuu-MM-dd}, until which version {before.Version} is effective: the two would overlap");
        if (before is not null && (before.Jurisdiction != pack.Jurisdiction || before.Site != pack.Site)) faults.Add(1, "jurisdiction", "must stay as in the version before: another scope is another pack");
        if (pack is { Jurisdiction.Length: > 0, Site.Length: > 0 }) faults.Add(1, "site", "must be empty with a jurisdiction: a site's policy is no law");
        Rules(faults, pack);
        if (!faults.All.IsEmpty)
            return new Refusal(Reason.TemplateInvalid, $"The pack has {faults.All.Length} faults; the first is {faults.All[0].Subject}: {faults.All[0].Description}.", faults.All[0].Rule) { Violations = faults.All };
        if (packs.Packs.Length >= RulePacksState.VersionsMax)
            return Refusal.Of(Reason.VersionsMaxReached, 0, $"A network has at most {RulePacksState.VersionsMax} versions of rule packs.", ("versions", packs.Packs.Length));
        return Decision.Of(new RulePackPublished(pack));
    }

    /// <summary>
    /// Who a session needs: the template's own numbers with the packs that are in force there that day. The strictest
    /// participant sets the ratio for everybody (rule 17), and the strictest of the rules counts; a site's own policy
    /// takes the place of the default and of the template, never of a jurisdiction's law.
    /// </summary>
    /// <param name="people">How many take part: some rules are for groups only.</param>
    /// <param name="given">What is given to each person; for a session without medicine, nothing.</param>
    public static ImmutableArray<StaffingNeed> NeedsOf(SessionTemplate session, ImmutableArray<RulePack> inForce, int people, ImmutableArray<Intended> given)
    {
        var bySite = inForce.Where(p => p.Site.Length > 0).SelectMany(p => p.Ratios).Where(r => Concerns(r, session.Kind, people, given)).ToList();
        var replaced = bySite.Select(r => r.Role).ToHashSet(StringComparer.Ordinal);
        var ratios = inForce.Where(p => p.Site.Length == 0).SelectMany(p => p.Ratios.Where(r => (p.IsLaw || !replaced.Contains(r.Role)) && Concerns(r, session.Kind, people, given)))
            .Select(r => new StaffingNeed(r.Role, r.ParticipantsPerMember, r.MembersMin))
            .Concat(bySite.Select(r => new StaffingNeed(r.Role, r.ParticipantsPerMember, r.MembersMin)))
            // A site's policy changes how many people one member is for; how many there must be at least stays the template's.
            .Concat(session.Staffing.Select(n => replaced.Contains(n.Role) ? n with { ParticipantsPerMember = 0 } : n));
        return [.. ratios.GroupBy(n => n.Role).Select(g => new StaffingNeed(
            g.Key,
            g.Where(n => n.ParticipantsPerMember > 0).Select(n => n.ParticipantsPerMember).DefaultIfEmpty(0).Min(),
            g.Max(n => n.MembersMin))).OrderBy(n => n.Role, StringComparer.Ordinal)];
    }

    /// <summary>People at most, whatever the staff (rule 9); 0 when no pack says.</summary>
    public static int CapOf(string kind, ImmutableArray<RulePack> inForce, ImmutableArray<Intended> given) =>
        inForce.SelectMany(p => p.Caps)
            .Where(c => (c.SessionKind.Length == 0 || c.SessionKind == kind) && (c.Route.Length == 0 || given.Any(g => g.Route == c.Route)))
            .Select(c => c.SeatsMax).DefaultIfEmpty(0).Min();

    /// <summary>True when a pack has bands of doses for a route and none of them has this one: nothing says how many may be in the room.</summary>
    public static bool IsBeyondEveryBand(string kind, ImmutableArray<RulePack> inForce, Intended given)
    {
        var bands = inForce.SelectMany(p => p.Ratios).Where(r => r.Dose is not null && r.Route == given.Route && (r.SessionKind.Length == 0 || r.SessionKind == kind)).ToList();
        return given.DoseMicrograms > 0 && bands.Count > 0 && !bands.Any(b => b.Dose!.Contains(given.DoseMicrograms));
    }

    /// <summary>The route rules that a site does not meet on a day: for each, the accreditations of which it lacks all.</summary>
    /// <param name="isAccredited">Whether an accreditation is valid at the site that day.</param>
    public static IEnumerable<RouteRule> NotPermitted(string route, ImmutableArray<RulePack> inForce, Func<string, bool> isAccredited) =>
        inForce.SelectMany(p => p.Routes).Where(r => (r.Route.Length == 0 || r.Route == route) && !r.AccreditationAnyOf.Any(isAccredited));

    /// <summary>For each pack the newest version that is in force at a site on a day.</summary>
    public static ImmutableArray<RulePack> InForce(ImmutableArray<RulePack> packs, string jurisdiction, string site, LocalDate day) =>
        [.. packs.Where(p => p.AppliesTo(jurisdiction, site, day)).GroupBy(p => p.Pack).Select(g => g.MaxBy(p => p.Version)!)];

    /// <summary>A dose that is not known may be the largest: every band of the route counts then.</summary>
    private static bool Concerns(RatioRule rule, string kind, int people, ImmutableArray<Intended> given) =>
        (rule.SessionKind.Length == 0 || rule.SessionKind == kind)
        && !(rule.GroupsOnly && people < 2)
        && (rule.Route.Length == 0 || given.Any(g => g.Route == rule.Route && (rule.Dose is null || g.DoseMicrograms == 0 || rule.Dose.Contains(g.DoseMicrograms))))
        && (rule.Route.Length > 0 || rule.Dose is null);

    private static void Rules(FaultList faults, RulePack pack)
    {
        if (pack.Ratios.Length + pack.Caps.Length + pack.Routes.Length is 0 or > RulesMax) faults.Add(16, "ratios", $"must have 1 to {RulesMax} rules in all, with caps and routes");
        for (var i = 0; i < pack.Ratios.Length; i++)
        {
            var (rule, at) = (pack.Ratios[i], $"ratios[{i}]");
            if (rule.SessionKind.Length > 0) faults.OneOf($"{at}.session_kind", rule.SessionKind, SessionKinds.All);
            faults.OneOf($"{at}.role", rule.Role, Roles.All);
            faults.Range($"{at}.participants_per_member", rule.ParticipantsPerMember, 0, 200, rule: 16);
            faults.Range($"{at}.members_min", rule.MembersMin, 0, 32, rule: 16);
            if (rule is { ParticipantsPerMember: 0, MembersMin: 0 }) faults.Add(16, $"{at}.members_min", "must be 1 or more when there is no ratio");
            if (rule.Dose is not { } dose) continue;
            if (rule.Route.Length == 0) faults.Add(17, $"{at}.route", "must name the route that the doses are of");
            if (dose.FromMicrograms < 0 || dose.UpToMicrograms < dose.FromMicrograms || (dose.UpToMicrograms == dose.FromMicrograms && !dose.UpToIncluded))
                faults.Add(17, $"{at}.dose", "must begin at 0 or more and end after it begins");
        }
        for (var i = 0; i < pack.Caps.Length; i++)
        {
            if (pack.Caps[i].SessionKind.Length > 0) faults.OneOf($"caps[{i}].session_kind", pack.Caps[i].SessionKind, SessionKinds.All);
            faults.Range($"caps[{i}].seats_max", pack.Caps[i].SeatsMax, 1, 200, rule: 9);
        }
        for (var i = 0; i < pack.Routes.Length; i++)
        {
            if (pack.Routes[i].AccreditationAnyOf.IsEmpty) faults.Add(25, $"routes[{i}].accreditation_any_of", "must name an accreditation");
        }
    }
}
