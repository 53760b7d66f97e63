using System.Collections.Immutable;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Facilitators;
using RttNetwork.Contracts.Pathways;
using RttNetwork.Contracts.Referrals;
using RttNetwork.Contracts.Units;
using RttNetwork.Domain.Pathways;

namespace RttNetwork.Grains.Referrals;

/// <summary>
/// The way of a unit in which somebody moves: the person, the referral if there is one, who verifies if anybody must, the cohorts in the order of their
/// keys, and the evidence of a pathway that is open. Whoever learns of a seat that is given back adds it to the command for those who come after.
/// </summary>
internal static class MoveChain
{
    /// <summary>True for the stream that ends the unit.</summary>
    public static bool IsLast(string stream, MoveCommand command, Unit unit) => Streams(command, unit)[^1] == stream;

    /// <summary>Calls the grain that comes after a stream of the chain.</summary>
    public static Task<UnitAnswer<MovedView>> After(string stream, IGrainFactory grains, MoveCommand command, Unit unit)
    {
        var streams = Streams(command, unit);
        var following = streams.IndexOf(stream) + 1;
        // The referral has changed since its part in the chain was seen: whoever is first looks again.
        if (following >= streams.Length) return Task.FromResult(UnitAnswer<MovedView>.Of(UnitOutcome.Conflict));
        var next = streams[following];
        return Keys.KindOf(next) switch
        {
            StreamKind.Referral => grains.Of<IReferralGrain>(next).Move(command, unit),
            StreamKind.Facilitator => grains.Of<IFacilitatorGrain>(next).SignMove(command, unit),
            StreamKind.Cohort => grains.Of<ICohortGrain>(next).Move(command, unit),
            StreamKind.Pathway => grains.Of<IPathwayGrain>(next).FinishMove(command, unit),
            var kind => throw new InvalidOperationException($"A {kind} has no part in a move."),
        };
    }

    private static ImmutableArray<string> Streams(MoveCommand command, Unit unit)
    {
        var person = unit.Facts<MovingFacts>().Person;
        var streams = ImmutableArray.CreateBuilder<string>(6);
        streams.Add(command.Participant);
        if (command.Referral.Length > 0) streams.Add(command.Referral);
        if (command.Reviewer.Length > 0) streams.Add(command.Reviewer);
        streams.AddRange(command.Cohorts());
        // What ends without a seat concerns nobody's evidence, and a draft shares none.
        var isOpen = person.Place is { } place && Stages.Of(place.Stage).IsOpen();
        if (isOpen && command is (AcceptReferral or TransferSeat or SendReferral { IsDraft: false })) streams.Add(Keys.Pathway(Keys.NetworkOf(command.Participant), person.Participant));
        return streams.DrainToImmutable();
    }
}
