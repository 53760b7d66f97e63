using System.Collections.Immutable;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Facilitators;
using RttNetwork.Contracts.Participants;
using RttNetwork.Contracts.Sites;
using RttNetwork.Contracts.Units;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Sites;
using RttNetwork.Grains.Units;

namespace RttNetwork.Grains.Cohorts;

/// <summary>The way of the unit that withdraws an appointment: whoever has it, who leads it, the site, the appointment.</summary>
internal static class AppointmentChain
{
    /// <summary>Calls the grain that comes after a stream of the chain.</summary>
    public static Task<UnitAnswer<CohortView>> After(string stream, IGrainFactory grains, WithdrawAppointment command, Unit unit)
    {
        var following = command.Chain.IndexOf(stream) + 1;
        if (following >= command.Chain.Length) return grains.Of<ICohortGrain>(command.Cohort).FinishWithdrawal(command, unit);
        var next = command.Chain[following];
        return Keys.KindOf(next) switch
        {
            StreamKind.Participant => grains.Of<IParticipantGrain>(next).WithdrawAppointment(command, unit),
            StreamKind.Facilitator => grains.Of<IFacilitatorGrain>(next).WithdrawAppointment(command, unit),
            StreamKind.Site => grains.Of<ISiteGrain>(next).WithdrawAppointment(command, unit),
            var kind => throw new InvalidOperationException($"A {kind} has no part in an appointment."),
        };
    }

    /// <summary>The ids of one kind in the chain.</summary>
    public static ImmutableArray<string> Of(this WithdrawAppointment command, StreamKind kind) => [.. command.Chain.Where(k => Keys.KindOf(k) == kind).Select(Keys.IdOf)];

    /// <summary>The unit of a withdrawal; one that must look again gathers its members anew.</summary>
    public static UnitDecision<CohortState, CohortView> ToUnit(this WithdrawalDecision? decision, string cohort, Func<CohortState, int, CohortView> reply)
    {
        if (decision is null) return UnitDecision<CohortState, CohortView>.Again();
        if (decision.Refusal is { } refusal) return UnitDecision<CohortState, CohortView>.Refused(Refusals.ToContract(refusal));
        var (network, site) = (Keys.NetworkOf(cohort), Keys.CohortParts(cohort).Site);
        return new UnitDecision<CohortState, CohortView>(
            null,
            decision.Cohort,
            [
                .. decision.People.Select(p => (Keys.Participant(network, p), ImmutableArray.Create(WithdrawalDecision.OfPerson(cohort)))),
                .. decision.Facilitators.Select(f => (Keys.Facilitator(network, f), ImmutableArray.Create(WithdrawalDecision.OfFacilitator(cohort)))),
                .. decision.Room.Length == 0 ? [] : new[] { (Keys.Site(network, site), ImmutableArray.Create<IEvent>(new RoomReleased(decision.Room, cohort))) },
            ],
            reply,
            []);
    }
}
