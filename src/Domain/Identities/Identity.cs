using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Participants;

namespace RttNetwork.Domain.Identities;

/// <summary>An identifier belongs to a participant, for ever.</summary>
[EventName("identity-claimed/1")]
public sealed record IdentityClaimed(string Participant) : IEvent;

/// <summary>An identifier, known only as its keyed hash.</summary>
public sealed record IdentityState : IFold<IdentityState>
{
    public static IdentityState Empty { get; } = new();
    public static int FoldVersion => 1;

    /// <summary>The participant's id; null while nobody has claimed the identifier.</summary>
    public string? Owner { get; init; }

    /// <inheritdoc/>
    public IdentityState Apply(IEvent @event, Instant at) => @event switch
    {
        IdentityClaimed e => this with { Owner = e.Participant },
        _ => throw new InvalidOperationException($"An identity does not fold {@event.GetType().Name}."),
    };
}

/// <summary>What registering decided: the participant's events, and which of the identifiers are claimed by it.</summary>
/// <param name="Refusal">Null unless refused.</param>
/// <param name="Claimed">For each identifier, in order: true when the unit claims it.</param>
/// <param name="OwnedByAnother">True when an identifier went to somebody else since the caller looked: look again.</param>
public readonly record struct RegistrationDecision(Refusal? Refusal, ImmutableArray<IEvent> Participant, ImmutableArray<bool> Claimed, bool OwnedByAnother);

/// <summary>One person, one participant per network: the rules of registering.</summary>
public static class Registration
{
    /// <summary>Sites that may have access to one person.</summary>
    public const int SitesMax = 32;

    /// <param name="person">The participant that the caller found by an identifier, or a new one.</param>
    /// <param name="participant">Its id.</param>
    /// <param name="owners">Who owns each identifier now; null for nobody.</param>
    public static RegistrationDecision Decide(
        ParticipantState person, string participant, ImmutableArray<string?> owners,
        string site, string residenceRegion, string governingNation, bool deceased, bool underAge)
    {
        if (deceased) return Refuse(new Refusal(Reason.Deceased, "The person is recorded as deceased."));
        if (underAge) return Refuse(new Refusal(Reason.UnderAge, "The person is under age for the network's programs."));
        if (owners.Any(o => o is not null && o != participant))
        {
            return person.HomeSite is not null && owners.Contains(participant)
                ? Refuse(new Refusal(Reason.IdentifiersOfSeveralPeople, "The identifiers belong to several people of the network: they must be matched first."))
                : new RegistrationDecision(null, [], [], true);
        }
        var events = ImmutableArray.CreateBuilder<IEvent>();
        if (person.HomeSite is null)
        {
            events.Add(new ParticipantRegistered(site, owners.IsEmpty, residenceRegion, governingNation));
        }
        else
        {
            if (person.Provisional && !owners.IsEmpty) events.Add(new ParticipantMatched());
            if (!person.Sites.Contains(site))
            {
                if (person.Sites.Length >= SitesMax)
                    return Refuse(Refusal.Of(Reason.SitesMaxReached, 0, $"At most {SitesMax} sites have access to one person.", ("sites", person.Sites.Length)));
                events.Add(new AccessGranted(site));
            }
        }
        return new RegistrationDecision(null, events.ToImmutable(), [.. owners.Select(o => o is null)], false);

        static RegistrationDecision Refuse(Refusal refusal) => new(refusal, [], [], false);
    }
}
