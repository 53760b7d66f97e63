using NodaTime;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Participants;

namespace RttNetwork.Domain.Pathways;

/// <summary>Consents: versioned, and revocable at once (rules 28 and 35). No rule sets them aside.</summary>
public static class Consent
{
    /// <summary>Kinds of consent that one person may have given.</summary>
    public const int KindsMax = 16;

    /// <summary>Gives a consent in one version of its form. Not while medicine acts: consent needs capacity.</summary>
    public static Decision Give(PersonFacts person, PathwayState pathway, string kind, int version, Instant now)
    {
        if (MayNotGive(person) is { } refusal) return refusal;
        var asked = pathway.Opened!.Policy.ConsentVersion(kind);
        if (version < asked)
            return Refusal.Of(Reason.ConsentOutdated, 35, $"Version {version} of this consent is not asked for any more: {asked} is.", ("version", version), ("version_min", asked));
        if (pathway.Consents.GetValueOrDefault(kind) == version) return Decision.Already;
        if (!pathway.Consents.ContainsKey(kind) && pathway.Consents.Count >= KindsMax)
            return Refusal.Of(Reason.ConsentsMaxReached, 35, $"A person gives at most {KindsMax} kinds of consent.", ("consents", pathway.Consents.Count));
        var step = new Step(person, pathway, now);
        step.Record(new ConsentGiven(kind, version));
        step.Advance(pathway.Today(now), "consent-given");
        return step.Done();
    }

    /// <summary>Why a consent does not count where the person is; null when it does.</summary>
    public static Refusal? MayNotGive(PersonFacts person) =>
        !person.Stage.IsOpen() ? Journey.NotOpen(person.Stage)
        : person.Stage is Stage.InMedicine ? new Refusal(Reason.IllegalTransition, "The person is in a medicine session: nobody consents there.", 35)
        : null;

    /// <summary>Withdraws a consent: wherever the person is, at once, for everything to come. Nothing that happened under it is undone.</summary>
    public static Decision Revoke(PersonFacts person, PathwayState pathway, string kind, Instant now)
    {
        if (pathway.Opened is null) return Journey.NotOpen(person.Stage);
        if (!pathway.Consents.ContainsKey(kind)) return Decision.Already;
        var step = new Step(person, pathway, now);
        step.Record(new ConsentRevoked(kind));
        step.Advance(pathway.Today(now), "consent-revoked");
        return step.Done();
    }
}
