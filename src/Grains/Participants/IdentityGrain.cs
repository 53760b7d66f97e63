using Orleans.Concurrency;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Participants;
using RttNetwork.Contracts.Units;
using RttNetwork.Domain.Identities;
using RttNetwork.Grains.Units;

namespace RttNetwork.Grains.Participants;

/// <summary>The mailbox of an identifier, known only as its keyed hash. Key: <see cref="Keys.Identity"/>.</summary>
[GrainType("identity"), Reentrant]
public sealed class IdentityGrain(UnitServices services) : JournalGrain<IdentityState>(services), IIdentityGrain
{
    public Task<ReadAnswer<IdentityOwner>> Owner() => Read((identity, _) => new IdentityOwner(identity.Owner));

    public Task<UnitAnswer<ParticipantView>> Claim(RegisterParticipant command, Unit unit) => Enlist(unit,
        guard: _ => null,
        facts: identity => new IdentityFacts(identity.Owner),
        next: down =>
        {
            var following = command.Identities.IndexOf(Stream) + 1;
            return following < command.Identities.Length
                ? GrainFactory.Of<IIdentityGrain>(command.Identities[following]).Claim(command, down)
                : GrainFactory.Of<IParticipantGrain>(Keys.Participant(Network, command.Participant)).FinishRegister(command, down);
        });
}
