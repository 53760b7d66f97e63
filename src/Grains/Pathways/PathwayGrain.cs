using System.Collections.Immutable;
using NodaTime;
using Orleans.Concurrency;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Participants;
using RttNetwork.Contracts.Pathways;
using RttNetwork.Contracts.Referrals;
using RttNetwork.Contracts.Sessions;
using RttNetwork.Contracts.Units;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Pathways;
using RttNetwork.Grains.Participants;
using RttNetwork.Grains.Referrals;
using RttNetwork.Grains.Units;
using Departing = RttNetwork.Domain.Cohorts.Departure;
using Departure = RttNetwork.Contracts.Cohorts.Departure;

namespace RttNetwork.Grains.Pathways;

/// <summary>The mailbox of the evidence of a person's pathway. Key: <see cref="Keys.Pathway"/>.</summary>
[GrainType("pathway"), Reentrant]
public sealed class PathwayGrain(UnitServices services, [PersistentState("pathway", "snapshots")] IPersistentState<Snapshot> snapshot)
    : JournalGrain<PathwayState>(services, snapshot), IPathwayGrain
{
    public Task<UnitAnswer<PathwayView>> Finish(PathwayCommand command, Unit unit)
    {
        var person = unit.Facts<ParticipantFacts>().ToDomain();
        return Finish(unit, pathway =>
        {
            // A pathway is the business of the site that leads it, also for another site that knows the person.
            var site = command is ReferParticipant referral ? referral.Site : pathway.Opened?.Site;
            if (site is not null && !unit.Caller.Reaches(Network, site)) return UnitDecision<PathwayState, PathwayView>.Refused(Refusals.NotFound);
            var decision = command.Decide(person, pathway, unit);
            var decided = UnitDecision<PathwayState, PathwayView>.From(decision, unit.Enlisted[0].Stream,
                (after, version) => after.ToView(person.After(decision.First, unit.Now), Network, version, unit.Now));
            return decision.Between.IsDefaultOrEmpty ? decided : decided with { Others = decided.Others.Add((command.Cohort, decision.Between)) };
        });
    }

    public Task<UnitAnswer<SeatView>> FinishDeparture(Departure command, Unit unit)
    {
        var person = unit.Facts<ParticipantFacts>().ToDomain();
        var facts = unit.Facts<DepartureFacts>();
        return Finish(unit, pathway =>
        {
            // It was read before anybody held a turn: another one, or none by now, and the way is another one.
            if (pathway.MakeUp is not { } makeUp || makeUp.Cohort != command.Host || makeUp.Session != command.Session)
                return UnitDecision<PathwayState, SeatView>.Again();
            var back = new SeatGivenBack(command.Seat.Cohort, facts.Recovers ? (facts.Taken, facts.Usable) : null, facts.Kept);
            var events = Departing.Events(person, back, makeUp, command.Seat.Reason);
            return new UnitDecision<PathwayState, SeatView>(
                null,
                events.Pathway,
                [(unit.Enlisted[0].Stream, events.Person), (command.Seat.Cohort, events.Cohort), .. events.Host.IsEmpty ? [] : new[] { (command.Host, events.Host) }],
                (_, _) => new SeatView(command.Seat.Cohort, person.Participant, SeatState.None, null, null),
                []);
        });
    }

    public Task<UnitAnswer<MovedView>> FinishMove(MoveCommand command, Unit unit) => Finish(unit, pathway =>
    {
        // Who refers or moves a person leads them; a referral itself says who may accept it.
        if (pathway.Opened is not { } opened || (command is SendReferral or TransferSeat && !unit.Caller.Reaches(Network, opened.Site)))
            return UnitDecision<PathwayState, MovedView>.Refused(Refusals.NotFound);
        var decision = command.OfPathway(pathway, unit);
        return decision.Refusal is { } refusal
            ? UnitDecision<PathwayState, MovedView>.Refused(Refusals.ToContract(refusal))
            : Moving.End<PathwayState>(command, unit, Stream, null, decision.Last);
    });

    public Task<ReadAnswer<Hindrances>> MayGo(Caller caller, ImmutableArray<DestinationView> destinations, Instant now) => Read((pathway, _) =>
        pathway.Opened is not { } opened || !caller.Reaches(Network, opened.Site) ? null : new Hindrances([.. destinations.Select(d => d.HindranceOf(pathway, now))]));

    public Task<ReadAnswer<ExpectedView>> Expected() =>
        Read((pathway, _) => new ExpectedView(pathway.MakeUp is { } makeUp ? new MakeUpView(makeUp.Cohort, makeUp.Session, makeUp.Day) : null) { Number = pathway.Number, ReceivedAt = pathway.Opened?.ReceivedAt });

    public Task<ReadAnswer<PathwayView>> Show(ParticipantFacts person, Caller caller, Instant now) => Read((pathway, version) =>
        pathway.Opened is null || caller.Reaches(Network, pathway.Opened.Site) ? pathway.ToView(person.ToDomain(), Network, version, now) : null);

    public Task<ReadAnswer<PersonAtTheDoorView>> AtTheDoor(ParticipantFacts person, PathwaySessionFacts session, Caller caller, Instant now) => Read((pathway, _) =>
        pathway.Opened is null || caller.Reaches(Network, pathway.Opened.Site) ? pathway.ToDoorView(person.ToDomain(), session.ToDomain(), now) : null);
}
