using System.Collections.Immutable;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Facilitators;
using RttNetwork.Contracts.Pathways;
using RttNetwork.Domain.Facilitators;

namespace RttNetwork.Grains.Facilitators;

/// <summary>Between the facilitator's contracts and its domain.</summary>
internal static class FacilitatorMapping
{
    public static FacilitatorView ToView(this FacilitatorState facilitator, string key, int version) => new(
        Keys.NetworkOf(key),
        Keys.IdOf(key),
        facilitator.HomeSite!,
        facilitator.Roles,
        [.. facilitator.Credentials.Select(ToView)],
        [.. facilitator.Assignments.Values.OrderBy(a => a.Cohort, StringComparer.Ordinal)
            .Select(a => new AssignmentView(a.Cohort, a.Role, a.Times.Min(t => t.From), a.Times.Max(t => t.To)))],
        version)
    {
        Trainings = [.. facilitator.Trainings.Select(ToView)],
    };

    public static FacilitatorFacts ToFacts(this FacilitatorState facilitator, string key, int version) => new(
        Keys.IdOf(key),
        version,
        facilitator.Roles,
        [.. facilitator.Credentials.Select(ToView)],
        [.. facilitator.Assignments.Values.SelectMany(a => a.Times.Select(t => new BusyView(t.Cohort, a.Role, t.Site, t.From, t.To)))])
    {
        HomeSite = facilitator.HomeSite ?? "",
        Trainings = [.. facilitator.Trainings.Select(ToView)],
    };

    public static SignerFacts ToSigner(this FacilitatorState facilitator, string key, int version) =>
        new(Keys.IdOf(key), version, facilitator.Roles, [.. facilitator.Credentials.Select(ToView)]);

    /// <summary>The facilitator as a cohort's rules see it.</summary>
    public static FacilitatorState ToDomain(this FacilitatorFacts facts) => FacilitatorState.Empty with
    {
        HomeSite = facts.HomeSite,
        Roles = facts.Roles,
        Credentials = [.. facts.Credentials.Select(ToDomain)],
        Trainings = [.. facts.Trainings.Select(ToDomain)],
        Assignments = facts.Busy.GroupBy(b => b.Cohort).ToImmutableDictionary(
            g => g.Key,
            g => new Assignment(g.Key, g.First().Role, [.. g.Select(b => new Busy(b.Cohort, b.Site, b.From, b.To))])),
    };

    public static Credential ToDomain(this CredentialView credential) =>
        new(credential.Role, credential.Jurisdiction, credential.ValidFrom, credential.ValidUntil);

    public static Training ToDomain(this TrainingView training) => new(training.Level, training.Membership, training.ValidFrom, training.ValidUntil);

    private static TrainingView ToView(Training training) => new(training.Level, training.Membership, training.ValidFrom, training.ValidUntil);

    private static CredentialView ToView(Credential credential) =>
        new(credential.Role, credential.Jurisdiction, credential.ValidFrom, credential.ValidUntil);
}
