using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Referrals;
using RttNetwork.Contracts.Units;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Participants;
using RttNetwork.Domain.Pathways;
using RttNetwork.Domain.Referrals;
using RttNetwork.Grains.Cohorts;
using RttNetwork.Grains.Participants;
using RttNetwork.Grains.Pathways;
using RttNetwork.Grains.Units;
using Refusal = RttNetwork.Contracts.Units.Refusal;

namespace RttNetwork.Grains.Referrals;

/// <summary>What each grain of a move decides of itself, and how the parts become one unit.</summary>
internal static class Moving
{
    /// <summary>What the person's own stream stands against.</summary>
    public static Domain.Common.Refusal? OfPerson(this MoveCommand command, ParticipantState person, Instant now) => command switch
    {
        SendReferral c => Relocation.MayNotBeReferred(person, c.Form.ToDomain()),
        AcceptReferral => Relocation.MayNotMove(person, command.Referral, [], now),
        TransferSeat => Relocation.MayNotMove(person, null, command.Leaves, now),
        _ => null,
    };

    /// <summary>Who may ask for a seat of this cohort: by a referral, whoever the referral lets; else whoever reaches it.</summary>
    public static Refusal? Unreachable(MoveCommand command, Caller caller, string cohort) =>
        command is not TransferSeat || caller.Reaches(Keys.NetworkOf(cohort), Keys.CohortParts(cohort).Site) ? null : Refusals.NotFound;

    /// <summary>What a cohort decides of itself: whom it takes, or what it gets back. Neither refusal nor part when it knows nothing of what the person has there.</summary>
    public static (Refusal? Refusal, CohortPart? Part) OfCohort(this MoveCommand command, CohortState cohort, string stream, Unit unit)
    {
        if (command.Referral.Length > 0 && !unit.Enlisted.Any(e => e.Facts is ReferralPart)) return (null, null);
        var person = unit.Facts<MovingFacts>().Person.ToDomain();
        var template = command switch
        {
            TransferSeat c => new TemplateOf(c.Program, c.TemplateVersion),
            SendReferral c => new TemplateOf(c.Form.Program, 0),
            _ => new TemplateOf(unit.Facts<ReferralPart>().After.Form.Program, 0),
        };
        // A hold is no seat: what the person will give up for it is in nobody's way yet.
        var leaving = new Leaving(command is SendReferral { Form.Leaves: var named } ? Relocation.GivenBack(person.Enrolments, person.Place, named, "", command.Joins, unit.Now) : command.Leaves);
        if (stream != command.Joins)
        {
            if (Relocation.Leave(person, cohort, stream, command is TransferSeat ? template : null, command.Why(), unit.Now) is not { } left) return (null, null);
            return left.Refusal is { } stays ? (Refusals.ToContract(stays), null) : (null, new CohortPart(EntryCodec.WriteEvents(left.Last), EntryCodec.WriteEvents(left.First), null));
        }
        var decision = command is SendReferral sent
            ? Relocation.Keep(person, cohort, stream, leaving, template, $"referral:{sent.Form.Source}", sent.Form.DueAt, unit.Now)
            : Relocation.Join(person, cohort, stream, leaving, template, unit.Now);
        if (decision.Refusal is { } refusal)
            return command is SendReferral && Relocation.MayWait(refusal) ? (null, new CohortPart([], [], null)) : (Refusals.ToContract(refusal), null);
        var after = decision.Last.Aggregate(cohort, (state, @event) => state.Apply(@event, unit.Now));
        var plan = cohort.Plan!;
        return (null, new CohortPart(
            EntryCodec.WriteEvents(decision.Last),
            EntryCodec.WriteEvents(decision.First),
            new JoinedView(after.ToSeatView(stream, person.Participant, unit.Now), plan.Site, plan.Jurisdiction, plan.TimeZone, cohort.Pathway?.ReferralSources ?? [])));
    }

    /// <summary>What the evidence says of the person's going elsewhere, or being told of.</summary>
    public static Decision OfPathway(this MoveCommand command, PathwayState pathway, Unit unit)
    {
        if (command is SendReferral sent) return HandingOver.Share(pathway, command.Referral, sent.Form.Target);
        var joined = unit.Enlisted.Select(e => (e.Facts as CohortPart)?.Joined).First(j => j is not null)!;
        return HandingOver.Transfer(
            pathway,
            command.Leaves,
            new JoinedCohort(command.Joins, joined.Site, joined.Jurisdiction, joined.TimeZone, joined.ReferralSources),
            command.Reviewer.Length > 0 ? unit.Signer() : null,
            unit.Now);
    }

    /// <summary>The unit: every part in its stream, and what the parts together come to for the person.</summary>
    /// <param name="stream">The stream that ends it.</param>
    /// <param name="own">That stream's part; null for a pathway, which has events of its own.</param>
    /// <param name="ofPathway">These.</param>
    public static UnitDecision<TState, MovedView> End<TState>(MoveCommand command, Unit unit, string stream, Facts? own, ImmutableArray<IEvent> ofPathway)
    {
        ImmutableArray<(string Stream, Facts? Facts)> parts = [.. unit.Enlisted.Select(e => (e.Stream, e.Facts)), (stream, own)];
        if (parts.Any(p => p.Facts is null && Keys.KindOf(p.Stream) is (StreamKind.Cohort or StreamKind.Referral))) return UnitDecision<TState, MovedView>.Again();
        var (moving, referral) = (unit.Facts<MovingFacts>(), parts.Select(p => p.Facts).OfType<ReferralPart>().FirstOrDefault());
        var joined = parts.Select(p => (p.Facts as CohortPart)?.Joined).FirstOrDefault(j => j is not null);
        var waits = command is SendReferral && joined is null && referral!.AfterWaiting is not null;
        var ofReferral = EntryCodec.ReadEvents(waits ? referral!.EventsWaiting : referral?.Events);
        ImmutableArray<IEvent> ofPerson =
        [
            // What is left comes first: the fold never has two seats.
            .. parts.Select(p => p.Facts).OfType<CohortPart>().OrderBy(p => p.Joined is not null).SelectMany(p => EntryCodec.ReadEvents(p.OfPerson)),
            .. Relocation.OfPerson(moving.Person.ToDomain(), moving.Sites, moving.Referral, command.Referral.Length > 0 ? command.Referral : null, ofReferral,
                command is SendReferral ? null : joined?.Site, GoneFrom(command, moving, referral)),
        ];
        var events = parts.Select(p => (p.Stream, Events: p.Facts switch
        {
            MovingFacts => ofPerson,
            ReferralPart => ofReferral,
            CohortPart cohort => EntryCodec.ReadEvents(cohort.Events),
            _ => p.Stream == stream ? ofPathway : [],
        })).ToList();
        var reply = new MovedView(waits ? referral!.AfterWaiting : referral?.After, joined?.Seat);
        return new UnitDecision<TState, MovedView>(null, events[^1].Events, [.. events[..^1].Where(e => !e.Events.IsEmpty)], (_, _) => reply, []);
    }

    /// <summary>The sites that the person leaves, and at which they have no other seat or hold.</summary>
    private static IEnumerable<string> GoneFrom(MoveCommand command, MovingFacts moving, ReferralPart? referral)
    {
        var stays = moving.Person.Enrolments.Where(e => !command.Leaves.Contains(e.Cohort)).Select(e => Keys.CohortParts(e.Cohort).Site).ToHashSet();
        var left = command.Leaves.Select(l => Keys.CohortParts(l).Site).Concat(referral is null ? [] : [referral.After.Form.Source]);
        return left.Where(s => !stays.Contains(s));
    }

    /// <summary>Why a seat is given back: a code.</summary>
    private static string Why(this MoveCommand command) => command switch
    {
        AcceptReferral => "referred",
        TransferSeat c => c.Reason,
        EndReferral => "referral-ended",
        _ => throw new InvalidOperationException($"Nothing is given back by {command.GetType().Name}."),
    };
}
