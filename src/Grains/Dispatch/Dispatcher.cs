using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using NodaTime;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Facilitators;
using RttNetwork.Contracts.Participants;
using RttNetwork.Contracts.Pathways;
using RttNetwork.Contracts.Programs;
using RttNetwork.Contracts.Safety;
using RttNetwork.Contracts.Sites;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.WaitLists;
using RttNetwork.Grains.Units;

namespace RttNetwork.Grains.Dispatch;

/// <summary>
/// Follows the journal and starts the units that its events ask for. One is active in the cluster; it moves its place
/// only after a batch's units have ended, and their request ids are derived from the events, so that nothing is left
/// out and a repeat changes nothing.
/// </summary>
public sealed class Dispatcher(IFollowers followers, IFeed feed, IGrainFactory grains, TimeProvider time, ILogger<Dispatcher> log) : SeatedService(Name, followers, time, log)
{
    private const string Name = "dispatcher";
    private const int EntriesMax = 500;
    private const int UnitsAtOnceMax = 8;
    private const int AttemptsMax = 20;
    private const int TurnsMax = 5;
    private static readonly TimeSpan PlaceNotedEvery = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    protected override async Task Work(IFollower seat, CancellationToken stop)
    {
        var (read, movedAt) = (seat.Position, Time.GetTimestamp());
        while (!stop.IsCancellationRequested)
        {
            var entries = await feed.Read(read, EntriesMax, stop);
            if (entries.IsEmpty)
            {
                await feed.WaitForMore(stop);
                continue;
            }
            ImmutableArray<Reaction> reactions = [.. entries.SelectMany(Reactions.To)];
            await React(reactions, stop);
            read = entries[^1].Position;
            // The place is a durable write: where nothing was done it is only noted now and then, for reading it again costs less.
            if (reactions.IsEmpty && Time.GetElapsedTime(movedAt) < PlaceNotedEvery) continue;
            if (!await seat.MoveTo(read, stop)) return;
            movedAt = Time.GetTimestamp();
        }
    }

    private Task React(ImmutableArray<Reaction> reactions, CancellationToken stop) =>
        Parallel.ForEachAsync(reactions, new ParallelOptions { MaxDegreeOfParallelism = UnitsAtOnceMax, CancellationToken = stop }, async (reaction, cancel) =>
        {
            for (var attempt = 0; attempt < AttemptsMax; attempt++)
            {
                var outcome = await Start(reaction, attempt);
                if (outcome is UnitOutcome.Accepted or UnitOutcome.Already or UnitOutcome.Replayed or UnitOutcome.Refused) return;
                await Task.Delay(Pause, Time, cancel);
            }
            // The place is not moved: whoever takes the seat next comes back to this event. Nothing is left out.
            throw new JournalUnavailableException($"A unit for {reaction.Cohort} after {reaction.Stream} did not end in {AttemptsMax} attempts.");
        });

    private async Task<UnitOutcome> Start(Reaction reaction, int attempt)
    {
        var now = Instant.FromDateTimeOffset(Time.GetUtcNow());
        var caller = new Caller(Keys.NetworkOf(reaction.Stream), Name, CallerScope.System, [], [], "follow-up");
        var unit = Unit.Start(caller, reaction.RequestId, [], now, now + Duration.FromTimeSpan(UnitLimits.Unit), attempt: attempt);
        try
        {
            return Keys.KindOf(reaction.Stream) switch
            {
                StreamKind.Site => await Refresh(reaction, unit),
                StreamKind.Facilitator => (await grains.Of<IFacilitatorGrain>(reaction.Stream).RefreshCredential(new RefreshCredential(reaction.Cohort, reaction.Version), unit)).Outcome,
                StreamKind.Pathway when reaction.Session is { } session => (await CancelMakeUp(Keys.Participant(unit.Caller.Network, Keys.IdOf(reaction.Stream)), reaction.Cohort, session, unit)).Outcome,
                // The seat of a person who has left the pathway. It may be given back already: then there is none, and that is an end too.
                StreamKind.Pathway => (await GiveBack(Keys.Participant(unit.Caller.Network, Keys.IdOf(reaction.Stream)), reaction.Cohort, unit)).Outcome,
                StreamKind.SafetyEvent => await Flag(reaction, unit),
                StreamKind.WaitListPool => (await grains.Of<IPoolGrain>(reaction.Stream).Tell(new TellCohort(reaction.Cohort, reaction.Version, 0), unit)).Outcome,
                StreamKind.Cohort when reaction.Pool is { } pool => (await grains.Of<IPoolGrain>(pool).Tell(new TellCohort(reaction.Cohort, 0, reaction.Version), unit)).Outcome,
                StreamKind.Participant when reaction is { Pool: { } pool, HasEnded: true } => (await Clear(pool, reaction.Stream, unit, reaction.Version)).Outcome,
                StreamKind.Participant when reaction.Pool is { } pool => await Everywhere(pool, reaction, unit),
                StreamKind.Cohort when reaction.IsOfGuest => (await grains.Of<ICohortGrain>(reaction.Stream).ReserveSeats(unit)).Outcome,
                StreamKind.Cohort => await Offer(reaction, unit),
                StreamKind.Participant => (await Wait(reaction.Cohort, reaction.Stream, WaitAsk.Reconsider, unit, reaction.Version)).Outcome,
                var kind => throw new InvalidOperationException($"Nothing follows from a {kind}."),
            };
        }
        catch (Exception e)
        {
            log.LogWarning("A unit for {Cohort} got no answer ({Error}).", reaction.Cohort, e.GetType().Name);
            return UnitOutcome.Unknown;
        }
    }

    /// <summary>Reference data is passed by value: by which rules a site is permitted what is read beforehand.</summary>
    private async Task<UnitOutcome> Refresh(Reaction reaction, Unit unit)
    {
        var packs = await grains.Of<IRulePacksGrain>(Keys.RulePacks(unit.Caller.Network)).Get(unit.Caller, null, null);
        if (packs.Value is not { } inForce) return UnitOutcome.Unavailable;
        return (await grains.Of<ISiteGrain>(reaction.Stream).RefreshRoom(new RefreshRoom(reaction.Cohort, reaction.Version) { Packs = inForce }, unit)).Outcome;
    }

    /// <summary>Whether the event stands is asked of itself: a flag that comes late does not outlast it.</summary>
    private async Task<UnitOutcome> Flag(Reaction reaction, Unit unit)
    {
        var answer = await grains.Of<ISafetyEventGrain>(reaction.Stream).Get(unit.Caller);
        if (answer.Value is not { } stands || stands.Version < reaction.Version) return UnitOutcome.Unavailable;
        var command = new FlagSafety(stands.SafetyEvent, stands.Session, stands.ClosedAt is null);
        return (await grains.Of<ICohortGrain>(reaction.Cohort).FlagSafety(command, unit)).Outcome;
    }

    /// <summary>Offers a seat that is kept to whose turn it is, or passes them over: the next one follows from that event.</summary>
    private async Task<UnitOutcome> Offer(Reaction reaction, Unit unit)
    {
        var outcome = UnitOutcome.Conflict;
        for (var turn = 0; turn < TurnsMax && outcome is UnitOutcome.Conflict; turn++)
        {
            // Who comes first may change before both hold their turn: it is asked anew.
            var next = await grains.Of<ICohortGrain>(reaction.Cohort).NextInTurn(reaction.Version, unit.Now);
            if (next.Value is not { } first) return UnitOutcome.Unavailable;
            if (first.Participant is null) return UnitOutcome.Already;
            outcome = (await Wait(reaction.Cohort, first.Participant, WaitAsk.OfferInTurn, unit)).Outcome;
        }
        return outcome;
    }

    /// <summary>Considers a person anew in every cohort of a pool: a unit for each.</summary>
    private async Task<UnitOutcome> Everywhere(string pool, Reaction reaction, Unit unit)
    {
        var cohorts = await grains.Of<IPoolGrain>(pool).Cohorts();
        if (cohorts.Value is not { } told) return UnitOutcome.Unavailable;
        foreach (var cohort in told.Keys)
        {
            var now = Instant.FromDateTimeOffset(Time.GetUtcNow());
            var one = unit with { RequestId = Reactions.RequestId($"{reaction.RequestId} {cohort}"), Now = now, Deadline = now + Duration.FromTimeSpan(UnitLimits.Unit) };
            var outcome = (await Wait(cohort, reaction.Stream, WaitAsk.Reconsider, one, reaction.Version)).Outcome;
            // Those before it have theirs, and get the same answer again.
            if (outcome is not (UnitOutcome.Accepted or UnitOutcome.Already or UnitOutcome.Replayed or UnitOutcome.Refused)) return outcome;
        }
        return UnitOutcome.Accepted;
    }

    private Task<UnitAnswer<PoolPlaceView>> Clear(string pool, string participant, Unit unit, int atLeast) =>
        grains.Of<IParticipantGrain>(participant).Pool(new PoolRequest(pool, participant, PoolAsk.Clear) { AtLeast = atLeast }, unit);

    private Task<UnitAnswer<WaitView>> Wait(string cohort, string participant, WaitAsk ask, Unit unit, int atLeast = 0) =>
        grains.Of<IParticipantGrain>(participant).Wait(new WaitRequest(cohort, participant, ask) { AtLeast = atLeast }, unit);

    private Task<UnitAnswer<PathwayView>> CancelMakeUp(string participant, string cohort, int session, Unit unit) =>
        grains.Of<IParticipantGrain>(participant).Pathway(new CancelMakeUp(cohort, session), unit);

    private Task<UnitAnswer<SeatView>> GiveBack(string participant, string cohort, Unit unit) =>
        grains.Of<IParticipantGrain>(participant).Seat(new SeatRequest(cohort, participant, "left-pathway"), SeatAsk.Cancel, unit);
}
