using System.Collections.Immutable;

namespace RttNetwork.Domain.Common;

/// <summary>The roles that a facilitator may hold.</summary>
public static class Roles
{
    public const string Prescriber = "prescriber";
    public const string Nurse = "nurse";
    public const string Therapist = "therapist";
    public const string Somatic = "somatic";
    public const string Elder = "elder";
    public const string Peer = "peer";

    /// <summary>Who leads a group without a clinical licence: counted with a certificate of training. Also the name of a need that any role which a template counts can meet.</summary>
    public const string Facilitator = "facilitator";

    public static ImmutableArray<string> All { get; } = [Prescriber, Nurse, Therapist, Somatic, Elder, Peer, Facilitator];

    /// <summary>
    /// True for a role that counts only with a credential that is valid at the site on the session's date (rule 20).
    /// An Elder's, somatic practitioner's or peer's presence is never a licence check.
    /// </summary>
    public static bool IsLicensed(string role) => role is Prescriber or Nurse or Therapist or Facilitator;
}
