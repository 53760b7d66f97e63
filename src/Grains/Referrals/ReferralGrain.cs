using System.Collections.Immutable;
using NodaTime;
using Orleans.Concurrency;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Referrals;
using RttNetwork.Contracts.Units;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Referrals;
using RttNetwork.Grains.Participants;
using RttNetwork.Grains.Units;
using Refusal = RttNetwork.Contracts.Units.Refusal;

namespace RttNetwork.Grains.Referrals;

/// <summary>The mailbox of a referral. Key: <see cref="Keys.Referral"/>. Its two sites reach it, each with its own rights.</summary>
[GrainType("referral"), Reentrant]
public sealed class ReferralGrain(UnitServices services) : JournalGrain<ReferralState>(services), IReferralGrain
{
    private static readonly Domain.Common.Refusal NotTheTarget = new(Reason.NotYourSide, "The site that was asked says so, and nobody else.", 40);
    private static readonly Domain.Common.Refusal NotTheSource = new(Reason.NotYourSide, "The site that refers says so, and nobody else.", 40);

    public Task<UnitAnswer<MovedView>> Move(MoveCommand command, Unit unit)
    {
        var whole = Completed(State, command, unit);
        if (!MoveChain.IsLast(Stream, whole, unit))
        {
            return Enlist(unit,
                guard: referral => Decide(referral, Completed(referral, command, unit), unit).Refusal,
                facts: referral => Decide(referral, Completed(referral, command, unit), unit).Part,
                next: down => MoveChain.After(Stream, GrainFactory, Completed(State, command, unit), down));
        }
        return Finish(unit, referral =>
        {
            // It has changed since this grain was found to be the last: there is a cohort to ask.
            if (!MoveChain.IsLast(Stream, Completed(referral, command, unit), unit))
                return UnitDecision<ReferralState, MovedView>.Again();
            var (refusal, part) = Decide(referral, whole, unit);
            return refusal is not null ? UnitDecision<ReferralState, MovedView>.Refused(refusal) : Moving.End<ReferralState>(whole, unit, Stream, part, []);
        });
    }

    public Task<UnitAnswer<ReferralView>> Progress(ReferralProgress command, Unit unit) => Finish(unit, referral =>
    {
        if ((Hidden(referral, unit.Caller) ?? TargetOnly(referral, unit.Caller)) is { } refusal) return UnitDecision<ReferralState, ReferralView>.Refused(refusal);
        var decision = command.Step switch
        {
            ReferralStep.Receive => ReferralRules.Receive(referral),
            ReferralStep.Triage => ReferralRules.Triage(referral, (Priority)command.Priority),
            ReferralStep.Complete => ReferralRules.Complete(referral, command.Outcome),
            _ => throw new InvalidOperationException($"Unknown step {command.Step}."),
        };
        return UnitDecision<ReferralState, ReferralView>.From(decision, null, (after, version) => after.ToView(Stream, version, unit.Caller, unit.Now));
    });

    public Task<ReadAnswer<ReferralView>> Get(Caller caller, Instant now) =>
        Read((referral, version) => Hidden(referral, caller) is null ? referral.ToView(Stream, version, caller, now) : null);

    /// <summary>The command with the seats that this referral, and the person's pathway, give back.</summary>
    private static MoveCommand Completed(ReferralState referral, MoveCommand command, Unit unit)
    {
        var person = unit.Facts<MovingFacts>().Person.ToDomain();
        return command switch
        {
            AcceptReferral c when referral.Form is { } form => c with { Leaves = Relocation.GivenBack(person.Enrolments, person.Place, form.Leaves, referral.HeldIn, c.Joins, unit.Now) },
            // A hold that stands: one that has expired is nobody's already. Asking to withdraw gives nothing back yet.
            EndReferral c when referral.HeldIn.Length > 0 && (c.End is not ReferralEnd.Withdraw || referral.Status is ReferralStatus.Sent)
                && person.Enrolments.Any(e => e.Cohort == referral.HeldIn && e.HeldUntil > unit.Now) => c with { Leaves = [referral.HeldIn] },
            _ => command,
        };
    }

    /// <summary>Neither refusal nor part when the person's stream was not seen as it is now.</summary>
    private (Refusal? Refusal, ReferralPart? Part) Decide(ReferralState referral, MoveCommand command, Unit unit)
    {
        if (NotAllowed(referral, command, unit.Caller) is { } forbidden) return (forbidden, null);
        // An open referral is the person's too. Who has not heard of it would be left out of its end, and have it for ever.
        if (command is EndReferral && referral.IsOpen && unit.Facts<MovingFacts>().Referral != Stream) return (null, null);
        var decision = command switch
        {
            SendReferral { IsDraft: true } c => ReferralRules.Draft(referral, c.Form.ToDomain(), c.DueMin, unit.Now),
            SendReferral c => ReferralRules.Send(referral, c.Form.ToDomain(), c.Joins, c.DueMin, unit.Now),
            AcceptReferral c => ReferralRules.Accept(referral, unit.Facts<MovingFacts>().Person.ToDomain().Place, c.Joins, c.Leaves, c.Reviewer.Length > 0 ? Keys.IdOf(c.Reviewer) : "", unit.Now),
            EndReferral { End: ReferralEnd.Decline } c => ReferralRules.Decline(referral, c.Reason),
            EndReferral { End: ReferralEnd.Withdraw } c => ReferralRules.Withdraw(referral, c.Reason),
            EndReferral { End: ReferralEnd.ConfirmWithdrawal } => ReferralRules.ConfirmWithdrawal(referral),
            EndReferral { End: ReferralEnd.Expire } => ReferralRules.Expire(referral, unit.Now),
            _ => throw new InvalidOperationException($"A referral has no part in {command.GetType().Name}."),
        };
        if (decision.Refusal is { } refusal) return (Refusals.ToContract(refusal), null);
        var (events, after) = Part(referral, decision.Last, unit);
        if (command is not SendReferral { IsDraft: false, Joins.Length: > 0 } sent) return (null, new ReferralPart(events, after, [], null));
        var (eventsWaiting, afterWaiting) = Part(referral, ReferralRules.Send(referral, sent.Form.ToDomain(), "", sent.DueMin, unit.Now).Last, unit);
        return (null, new ReferralPart(events, after, eventsWaiting, afterWaiting));
    }

    private (byte[] Events, ReferralView After) Part(ReferralState referral, ImmutableArray<IEvent> events, Unit unit) =>
        (EntryCodec.WriteEvents(events), events.Aggregate(referral, (state, @event) => state.Apply(@event, unit.Now)).ToView(Stream, Version + 1, unit.Caller, unit.Now));

    /// <summary>The source sends and takes back, the target decides, the clock ends: each by its own right.</summary>
    private Refusal? NotAllowed(ReferralState referral, MoveCommand command, Caller caller)
    {
        if (command is SendReferral sent)
        {
            if (!caller.Reaches(Network, referral.Form?.Source ?? sent.Form.Source)) return Refusals.NotFound;
            return sent.Joins.Length > 0 && Keys.CohortParts(sent.Joins).Site != sent.Form.Target ? Refusals.NotFound : null;
        }
        if (Hidden(referral, caller) is { } hidden) return hidden;
        return command switch
        {
            AcceptReferral c => TargetOnly(referral, caller) ?? (Keys.CohortParts(c.Joins).Site == referral.Form!.Target ? null : Refusals.NotFound),
            EndReferral { End: ReferralEnd.Withdraw } => caller.Reaches(Network, referral.Form!.Source) ? null : Refusals.ToContract(NotTheSource),
            EndReferral { End: ReferralEnd.Expire } => caller.ReachesAll(Network) ? null : Refusals.NotFound,
            _ => TargetOnly(referral, caller),
        };
    }

    private Refusal? TargetOnly(ReferralState referral, Caller caller) => caller.Reaches(Network, referral.Form!.Target) ? null : Refusals.ToContract(NotTheTarget);

    /// <summary>A referral is there for its two sites; a draft for the one that wrote it.</summary>
    private Refusal? Hidden(ReferralState referral, Caller caller) =>
        referral.Form is { } form && (caller.Reaches(Network, form.Source) || (referral.Status is not ReferralStatus.Draft && caller.Reaches(Network, form.Target))) ? null : Refusals.NotFound;
}
