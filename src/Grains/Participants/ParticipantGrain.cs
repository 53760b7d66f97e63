using System.Collections.Immutable;
using System.Text.Json;
using NodaTime;
using Orleans.Concurrency;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Participants;
using RttNetwork.Contracts.Pathways;
using RttNetwork.Contracts.Referrals;
using RttNetwork.Contracts.Safety;
using RttNetwork.Contracts.Sessions;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.WaitLists;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Identities;
using RttNetwork.Domain.Participants;
using RttNetwork.Domain.Pathways;
using RttNetwork.Grains.Cohorts;
using RttNetwork.Grains.Pathways;
using RttNetwork.Grains.Privacy;
using RttNetwork.Grains.Referrals;
using RttNetwork.Grains.Safety;
using RttNetwork.Grains.Units;
using Refusal = RttNetwork.Contracts.Units.Refusal;

namespace RttNetwork.Grains.Participants;

/// <summary>The mailbox of a participant. Key: <see cref="Keys.Participant"/>. What is personal passes through and is kept in no field.</summary>
[GrainType("participant"), Reentrant]
public sealed class ParticipantGrain(UnitServices services, PersonalCipher cipher, IPersonalVault vault)
    : JournalGrain<ParticipantState>(services), IParticipantGrain
{
    private string Id => Keys.IdOf(Stream);

    public Task<UnitAnswer<ParticipantView>> FinishRegister(RegisterParticipant command, Unit unit)
    {
        if (!unit.Caller.Reaches(Network, command.Site)) return Task.FromResult(UnitAnswer<ParticipantView>.Of(Refusals.NotFound));
        ImmutableArray<string?> owners = [.. unit.Enlisted.Select(e => ((IdentityFacts)e.Facts!).Owner)];
        return Finish(unit, person =>
        {
            var decided = Registration.Decide(person, Id, owners, command.Site, command.ResidenceRegion, command.GoverningNation, command.Deceased, command.UnderAge);
            if (decided.Refusal is { } refusal) return UnitDecision<ParticipantState, ParticipantView>.Refused(Refusals.ToContract(refusal));
            var isNew = person.HomeSite is null;
            return new UnitDecision<ParticipantState, ParticipantView>(
                null,
                decided.Participant,
                [.. unit.Enlisted.Where((_, i) => decided.Claimed[i]).Select(e => (e.Stream, ImmutableArray.Create<IEvent>(new IdentityClaimed(Id))))],
                (after, version) => after.ToView(Stream, version, unit.Caller, unit.Now, alreadyRegistered: !isNew),
                isNew && command.Personal is { } personal ? [cipher.Seal(Network, Id, JsonSerializer.SerializeToUtf8Bytes(personal, EventCatalog.Json)) with { ResidencyRegion = command.ResidenceRegion, GoverningNation = command.GoverningNation }] : [],
                decided.OwnedByAnother);
        });
    }

    public Task<UnitAnswer<ParticipantView>> SetEligibility(SetEligibility command, Unit unit) =>
        Change(unit, person => ParticipantRules.SetEligibility(person, command.Eligible, command.Reason), []);

    public Task<UnitAnswer<SeatView>> Seat(SeatRequest command, SeatAsk ask, Unit unit) => Enlist(unit,
        guard: person => Hidden(person, unit.Caller)
            ?? (ask is SeatAsk.Hold or SeatAsk.Book ? Refusals.ToContract(ParticipantRules.MayTakeSeat(person, unit.Now)) : null),
        facts: person => person.ToFacts(Stream),
        // Who gives the seat of their pathway back may be expected as a guest elsewhere: that place goes with it.
        next: down => ask is SeatAsk.Cancel && State.Place is { } place && place.Stage.HasSeat() && place.Cohort == command.Cohort
            ? Depart(command, down)
            : GrainFactory.Of<ICohortGrain>(command.Cohort).FinishSeat(command, ask, down));

    public async Task<UnitAnswer<WaitView>> Wait(WaitRequest command, Unit unit) => await Holds(command.AtLeast)
        ? await Enlist(unit,
            guard: person => Hidden(person, unit.Caller),
            // An offer to one of a pool may be a site's that does not know them yet.
            facts: person => person.Pools.IsEmpty ? person.ToFacts(Stream) : person.ToFacts(Stream) with { Sites = person.Sites },
            next: down => command.Ask is WaitAsk.Join && State.Place is { } place && place.Stage.IsOpen()
                ? JoinSince(command, down)
                : GrainFactory.Of<ICohortGrain>(command.Cohort).FinishWait(command, down),
            // Whoever is passed over, or is not asked again, is not written to.
            attests: command.Ask is WaitAsk.OfferInTurn or WaitAsk.Reconsider or WaitAsk.Lapse)
        : UnitAnswer<WaitView>.Of(UnitOutcome.Unavailable);

    public async Task<UnitAnswer<PoolPlaceView>> Pool(PoolRequest command, Unit unit) => await Holds(command.AtLeast)
        ? await Enlist(unit,
            guard: person => Hidden(person, unit.Caller),
            facts: person => person.ToFacts(Stream),
            next: down => command.Ask is PoolAsk.Join && State.Place is { } place && place.Stage.IsOpen() && Keys.IsPoolOf(command.Pool, place.Program)
                ? JoinSince(command, down)
                : GrainFactory.Of<IPoolGrain>(command.Pool).FinishPlace(command, down),
            // Who has another priority, and whose place is cleared, is not written to.
            attests: command.Ask is PoolAsk.Join or PoolAsk.Clear)
        : UnitAnswer<PoolPlaceView>.Of(UnitOutcome.Unavailable);

    /// <summary>That the caller reaches the appointment's site is the site's to say.</summary>
    public Task<UnitAnswer<CohortView>> WithdrawAppointment(WithdrawAppointment command, Unit unit) => Enlist(unit,
        guard: person => person.HomeSite is null ? Refusals.NotFound : null,
        facts: _ => null,
        next: down => AppointmentChain.After(Stream, GrainFactory, command, down));

    public Task<UnitAnswer<ParticipantView>> ErasePersonalData(Unit unit) =>
        Change(unit, ParticipantRules.ErasePersonalData, [new VaultChange(Network, Id, null, default)]);

    public async Task<UnitAnswer<PersonalFields>> ReadPersonalData(Unit unit)
    {
        var recorded = await Change(unit, ParticipantRules.ReadPersonalData, []);
        if (!recorded.IsAccepted) return new UnitAnswer<PersonalFields>(recorded.Outcome, null, recorded.Refusal, [], null);
        if (await vault.Read(Network, Id, CancellationToken.None) is not { } row)
            return UnitAnswer<PersonalFields>.Of(Refusals.ToContract(new Domain.Common.Refusal(Reason.PersonalDataErased, "The person has no personal data in the network.")));
        var fields = JsonSerializer.Deserialize<PersonalFields>(cipher.Open(row, Network, Id), EventCatalog.Json);
        return UnitAnswer<PersonalFields>.Of(recorded.Outcome, fields, recorded.Token);
    }

    public Task<ReadAnswer<ParticipantView>> Get(Caller caller, Instant now) =>
        Read((person, version) => Hidden(person, caller) is null ? person.ToView(Stream, version, caller, now) : null);

    public Task<UnitAnswer<PathwayView>> Pathway(PathwayCommand command, Unit unit) => Enlist(unit,
        guard: person => Hidden(person, unit.Caller),
        facts: person => person.ToFacts(Stream),
        next: down => PathwayChain.After(StreamKind.Participant, GrainFactory, command, down),
        // What does not move the person is written to the evidence alone.
        attests: true);

    public Task<UnitAnswer<MovedView>> Move(MoveCommand command, Unit unit) => Enlist(unit,
        guard: person => (command is SendReferral or TransferSeat ? Hidden(person, unit.Caller) : person.HomeSite is null ? Refusals.NotFound : null)
            ?? Refusals.ToContract(command.OfPerson(person, unit.Now))
            ?? (command as SendReferral)?.Hindrance,
        facts: person => new MovingFacts(person.ToFacts(Stream), person.Referral, person.Sites),
        next: down => MoveChain.After(Stream, GrainFactory, command, down));

    public Task<UnitAnswer<SafetyEventView>> SafetyEvent(SafetyCommand command, Unit unit) => Enlist(unit,
        guard: person => Hidden(person, unit.Caller),
        facts: person => null,
        next: down => SafetyChain.After(StreamKind.Participant, GrainFactory, command, down),
        attests: true);

    public async Task<ReadAnswer<PathwayView>> GetPathway(Caller caller, Instant now)
    {
        var person = await Read((state, _) => Hidden(state, caller) is null ? state.ToFacts(Stream) : null);
        return person.Value is { } facts
            ? await GrainFactory.Of<IPathwayGrain>(Keys.Pathway(Network, Id)).Show(facts, caller, now)
            : new ReadAnswer<PathwayView>(null, person.Unavailable);
    }

    public async Task<ReadAnswer<MayGoView>> MayGo(Caller caller, ImmutableArray<DestinationView> destinations, Instant now)
    {
        var person = await Read((state, _) => Hidden(state, caller) is null ? state.ToFacts(Stream) : null);
        if (person.Value is not { } facts) return new ReadAnswer<MayGoView>(null, person.Unavailable);
        // Nobody's evidence is asked when no pathway is open: a move of theirs does not touch it.
        if (facts.Place is not { } place || !Stages.Of(place.Stage).IsOpen()) return new ReadAnswer<MayGoView>(new MayGoView(facts, [.. destinations.Select(_ => (string?)null)]), false);
        var evidence = await GrainFactory.Of<IPathwayGrain>(Keys.Pathway(Network, Id)).MayGo(caller, destinations, now);
        return new ReadAnswer<MayGoView>(evidence.Value is { } found ? new MayGoView(facts, found.Codes) : null, evidence.Unavailable);
    }

    public async Task<ReadAnswer<PersonAtTheDoorView>> AtTheDoor(PathwaySessionFacts session, Caller caller, Instant now)
    {
        var person = await Read((state, _) => Hidden(state, caller) is null ? state.ToFacts(Stream) : null);
        return person.Value is { } facts
            ? await GrainFactory.Of<IPathwayGrain>(Keys.Pathway(Network, Id)).AtTheDoor(facts, session, caller, now)
            : new ReadAnswer<PersonAtTheDoorView>(null, person.Unavailable);
    }

    private Task<UnitAnswer<ParticipantView>> Change(Unit unit, Func<ParticipantState, Decision> decide, ImmutableArray<VaultChange> vaultChanges) => Finish(unit, person =>
    {
        if (Hidden(person, unit.Caller) is { } hidden) return UnitDecision<ParticipantState, ParticipantView>.Refused(hidden);
        var decision = UnitDecision<ParticipantState, ParticipantView>.From(decide(person), null, (after, version) => after.ToView(Stream, version, unit.Caller, unit.Now));
        return decision.Refusal is null && !decision.IsAlready ? decision with { Vault = vaultChanges } : decision;
    });

    /// <summary>The referral's date stands in the pathway alone, and never changes while this grain holds its turn.</summary>
    private async Task<UnitAnswer<WaitView>> JoinSince(WaitRequest command, Unit down) => await Referred() is { } receivedAt
        ? await GrainFactory.Of<ICohortGrain>(command.Cohort).FinishWait(command with { Referred = receivedAt }, down)
        : UnitAnswer<WaitView>.Of(UnitOutcome.Unavailable);

    private async Task<UnitAnswer<PoolPlaceView>> JoinSince(PoolRequest command, Unit down) => await Referred() is { } receivedAt
        ? await GrainFactory.Of<IPoolGrain>(command.Pool).FinishPlace(command with { Referred = receivedAt }, down)
        : UnitAnswer<PoolPlaceView>.Of(UnitOutcome.Unavailable);

    private async Task<Instant?> Referred()
    {
        var expected = await GrainFactory.Of<IPathwayGrain>(Keys.Pathway(Network, Id)).Expected();
        return expected.Value is { ReceivedAt: { } receivedAt } pathway && pathway.Number == State.Pathways ? receivedAt : null;
    }

    private async Task<UnitAnswer<SeatView>> Depart(SeatRequest command, Unit down)
    {
        var expected = await GrainFactory.Of<IPathwayGrain>(Keys.Pathway(Network, Id)).Expected();
        if (expected.Unavailable) return UnitAnswer<SeatView>.Of(UnitOutcome.Unavailable);
        if (expected.Value!.MakeUp is not { } makeUp) return await GrainFactory.Of<ICohortGrain>(command.Cohort).FinishSeat(command, SeatAsk.Cancel, down);
        var departure = new Departure(command, makeUp.Cohort, makeUp.Session);
        var first = string.CompareOrdinal(departure.Host, command.Cohort) < 0 ? departure.Host : command.Cohort;
        return await GrainFactory.Of<ICohortGrain>(first).Depart(departure, down);
    }

    /// <summary>A person whom no site of the caller has access to looks like one who is not there.</summary>
    private Refusal? Hidden(ParticipantState person, Caller caller) =>
        person.HomeSite is not null && (caller.ReachesAll(Network) || person.Sites.Any(s => caller.Reaches(Network, s))) ? null : Refusals.NotFound;
}
