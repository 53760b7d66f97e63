using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Facilitators;
using RttNetwork.Domain.Programs;

namespace RttNetwork.Domain.Cohorts;

/// <summary>A facilitator as a plan sees one.</summary>
public sealed record RosterMember(string Facilitator, int Version, FacilitatorState State);

/// <summary>
/// Gives each session the people that it needs, best continuity first: who is meant for the pod, then who leads it most,
/// then who has the least to do (rules 7, 15, 16, 18 to 20 and 22).
/// </summary>
internal sealed class PlanStaff
{
    private readonly FaultList _against;
    private readonly ImmutableArray<string> _facilitatorRoles;
    private readonly string _cohortKey;
    private readonly string _site;
    private readonly string _jurisdiction;
    private readonly DateTimeZone _zone;
    private readonly string? _level;
    private readonly List<Person> _people = [];

    public PlanStaff(
        PlanRequest request, ProgramTemplate template, ImmutableArray<RosterMember> members, string cohortKey, string site, string jurisdiction, DateTimeZone zone, Instant now, FaultList against)
    {
        (_against, _facilitatorRoles, _cohortKey, _site, _jurisdiction, _zone, _level) = (against, template.FacilitatorRoles, cohortKey, site, jurisdiction, zone, template.TrainingLevel);
        foreach (var entry in request.Roster)
        {
            var subject = $"facilitator {entry.Facilitator}";
            if (members.FirstOrDefault(m => m.Facilitator == entry.Facilitator) is not { } member)
                against.Add(18, subject, "there is no such facilitator");
            else if (_people.Any(p => p.Facilitator == entry.Facilitator))
                against.Add(19, subject, "must be in the roster once: one person has one role in a cohort");
            else if (!member.State.Roles.Contains(entry.Role))
                against.Add(18, subject, $"does not hold the role {entry.Role}; roles: {string.Join(", ", member.State.Roles)}");
            else
                _people.Add(new Person(entry, member, [.. member.State.Assignments.Values.Where(a => a.Cohort != cohortKey).SelectMany(a => a.Times).Where(t => t.To >= now)]));
        }
        _people.Sort((a, b) => string.CompareOrdinal(a.Facilitator, b.Facilitator));
    }

    /// <summary>The sessions with their staff.</summary>
    public ImmutableArray<PlanSession> Lead(ImmutableArray<PlanSession> sessions) => [.. sessions.Select(Lead)];

    /// <summary>Who leads a session, with the times that each of them gives.</summary>
    public IEnumerable<(RosterMember Member, string Role, ImmutableArray<Busy> Times)> Team =>
        _people.Where(p => p.Given.Count > 0).Select(p => (p.Member, p.Entry.Role, p.Given.ToImmutableArray()));

    /// <summary>True when a role meets a need: it is the role, or one that counts as facilitator.</summary>
    public static bool Meets(string role, StaffingNeed need, ImmutableArray<string> facilitatorRoles) =>
        need.Role == Roles.Facilitator ? facilitatorRoles.Contains(role) : need.Role == role;

    private PlanSession Lead(PlanSession session)
    {
        var time = new Busy(_cohortKey, session.IsVirtual ? "" : _site, session.StartsAt, session.FreeAt);
        var chosen = new List<Person>();
        // Whoever meets a narrow need counts for the wide one too, so the narrow ones come first.
        foreach (var need in session.Needs.OrderBy(n => n.Role == Roles.Facilitator))
        {
            var wanted = need.MembersFor(session.People);
            var have = chosen.Count(p => Meets(p.Entry.Role, need, _facilitatorRoles));
            while (have < wanted && Best(session, time, need, chosen) is { } person)
            {
                chosen.Add(person);
                have++;
            }
            if (have < wanted) _against.Add(RuleOf(need), session.Id, Missing(session, time, need, wanted, have, chosen));
        }
        if (session.IsMedicine && chosen.Count < 2) _against.Add(22, session.Id, $"a second responsible person must be on the premises, and {chosen.Count} would be");
        // Who may be there beside them, when somebody of the roster is free.
        foreach (var attached in session.Attached.Where(a => !a.Required && !chosen.Any(p => p.Entry.Role == a.Role)))
        {
            if (Best(session, time, new StaffingNeed(attached.Role, 0, 1), chosen) is { } person) chosen.Add(person);
        }
        foreach (var person in chosen)
        {
            person.Given.Add(time);
            person.Led[session.Pod] = person.Led.GetValueOrDefault(session.Pod) + 1;
        }
        return session with { Staff = [.. chosen.Select(p => p.Facilitator).Order(StringComparer.Ordinal)] };
    }

    private Person? Best(PlanSession session, Busy time, StaffingNeed need, List<Person> chosen) =>
        _people.Where(p => !chosen.Contains(p) && Meets(p.Entry.Role, need, _facilitatorRoles) && Hindrance(p, session, time) is null)
            .OrderBy(p => p.Entry.Pods.IsEmpty || session.Pod == 0)
            .ThenByDescending(p => p.Led.GetValueOrDefault(session.Pod))
            .ThenBy(p => p.Given.Count)
            .FirstOrDefault();

    /// <summary>Why somebody cannot lead a session; null when they can.</summary>
    private string? Hindrance(Person person, PlanSession session, Busy time)
    {
        if (session.Pod > 0 && !person.Entry.Pods.IsEmpty && !person.Entry.Pods.Contains(session.Pod)) return $"is meant for pod {string.Join(", ", person.Entry.Pods)}";
        var day = session.LocalStart.Date;
        if (person.Member.State.Unfit(person.Entry.Role, _jurisdiction, day, _level, _facilitatorRoles) is { } lacking) return $"has no {lacking.What} that is {lacking.Valid} (rule 20)";
        foreach (var other in person.Taken.Concat(person.Given))
        {
            if (other.ConflictsWith(time)) return $"is taken from {Local(other.From)} to {Local(other.To)}{(other.Cohort == _cohortKey ? " by this plan" : "")}, travel included (rule 7)";
        }
        if (person.Member.State.BusyCount + person.Given.Count >= FacilitatorState.BusyMax) return $"has {FacilitatorState.BusyMax} sessions already";
        return person.Member.State.Assignments.Count >= FacilitatorState.AssignmentsMax ? $"has {FacilitatorState.AssignmentsMax} assignments already" : null;
    }

    private string Missing(PlanSession session, Busy time, StaffingNeed need, int wanted, int have, List<Person> chosen)
    {
        var why = _people.Where(p => !chosen.Contains(p) && Meets(p.Entry.Role, need, _facilitatorRoles))
            .Select(p => $"{p.Facilitator} {Hindrance(p, session, time)}").ToList();
        var ratio = need.ParticipantsPerMember > 0 ? $" for {session.People} people at 1:{need.ParticipantsPerMember}" : "";
        var instead = need.ParticipantsPerMember > 0 && have >= need.MembersMin && have > 0
            ? $" {(session.Pod > 0 ? "A pod" : "A group")} of at most {need.SeatsFor(have)}, {wanted - have} more {need.Role}, or a site's own rule pack with its date would do."
            : "";
        return $"{wanted} {need.Role} are needed{ratio}, and {have} can come{(why.Count > 0 ? $": {string.Join("; ", why)}" : "; the roster has no more")}.{instead}";
    }

    private static int RuleOf(StaffingNeed need) =>
        need.Role == Roles.Prescriber ? 22 : need.ParticipantsPerMember > 0 ? 16 : need.Role == Roles.Facilitator ? 15 : 18;

    private string Local(Instant at) => at.InZone(_zone).ToString("uuuu-MM-dd HH:mm", null);

    private sealed class Person(RosterEntry entry, RosterMember member, ImmutableArray<Busy> taken)
    {
        public string Facilitator => Entry.Facilitator;
        public RosterEntry Entry { get; } = entry;
        public RosterMember Member { get; } = member;
        public ImmutableArray<Busy> Taken { get; } = taken;
        public List<Busy> Given { get; } = [];
        /// <summary>Sessions by pod.</summary>
        public Dictionary<int, int> Led { get; } = [];
    }
}
