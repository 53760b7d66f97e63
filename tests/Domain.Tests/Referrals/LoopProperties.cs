using System.Collections.Immutable;
using CsCheck;
using NodaTime;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Participants;
using RttNetwork.Domain.Referrals;

namespace RttNetwork.Domain.Tests.Referrals;

/// <summary>
/// The closed loop of referrals (rules 38 to 40) of one person, whatever their sites ask and in whatever order, at whatever time: each of the rules as something that must be so of the
/// events that were recorded, and not as what a step does.
/// </summary>
public sealed class LoopProperties
{
    private const int Referrals = 3;
    private static readonly Duration DueMin = Duration.FromHours(1);

    private enum Ask { Draft, Send, Receive, Triage, Accept, Decline, Withdraw, Confirm, Expire, Complete }

    /// <param name="Hours">That pass before it.</param>
    /// <param name="Code">Chooses the due time, a reason or a priority.</param>
    private sealed record Step(Ask Ask, int Referral, int Hours, int Code);

    private static readonly Gen<Step> AnyStep = Gen.Select(Gen.Enum<Ask>(), Gen.Int[0, Referrals - 1], Gen.OneOf(Gen.Const(0), Gen.Int[0, 60]), Gen.Int[0, 999], (ask, referral, hours, code) => new Step(ask, referral, hours, code));

    [Fact]
    public void A_referral_is_decided_once_in_its_time_and_of_a_person_one_is_open_at_a_time() => AnyStep.Array[0, 60].Sample(steps =>
    {
        var loop = new Loop();
        foreach (var step in steps)
        {
            loop.Do(step);
            loop.AssertTrue();
        }
        loop.AssertEverythingCanEnd();
    }, iter: 20_000);

    /// <summary>A target has between the least time of its network and thirty days, both included; who is not known by a code, or is sent to themselves or from the future, is not sent.</summary>
    [Fact]
    public void What_is_sent_is_valid() => Gen.Select(Gen.Int[-100, 60 * 24 * 31], Gen.Int[0, 5], Gen.Int[-5, 5], Gen.Bool, Gen.Bool, Gen.Bool, Gen.Bool).Sample((minutes, edge, received, isItself, isUnknown, hasProgram, isDraft) =>
    {
        var now = World.Start;
        var due = edge switch { 0 => now + DueMin, 1 => now + ReferralRules.DueMax, 2 => now + ReferralRules.DueMax + Duration.Epsilon, 3 => now + DueMin - Duration.Epsilon, 4 => now + Duration.FromSeconds(minutes / 10), _ => now + Duration.FromMinutes(minutes) };
        var form = Form(due) with { ReceivedAt = now + Duration.FromHours(received), Target = isItself ? "nanaimo" : "victoria", Reason = isUnknown ? "because" : "closer-to-home", Program = hasProgram ? "GRIP-8" : "" };
        var decision = isDraft ? ReferralRules.Draft(ReferralState.Empty, form, DueMin, now) : ReferralRules.Send(ReferralState.Empty, form, "", DueMin, now);
        var isValid = due >= now + DueMin && due <= now + Duration.FromDays(30) && received <= 0 && !isItself && !isUnknown && hasProgram;
        Assert.Equal(isValid ? null : Reason.ReferralInvalid, decision.Refusal?.Reason);
        Assert.Equal(isValid, !decision.Last.IsEmpty);
    });

    private static ReferralForm Form(Instant due) => new("p", "nanaimo", "island", "victoria", "island", "GRIP-8", "", "", Priority.Routine, "closer-to-home", "physician", World.Start - Duration.FromDays(1), due, null, true);

    /// <summary>One person, their referrals, and all that was recorded of each; units are applied whole or not at all, as the grains do.</summary>
    private sealed class Loop
    {
        private static readonly string[] Keys = [.. Enumerable.Range(1, Referrals).Select(i => $"bc/r-{i}")];

        private readonly ReferralState[] _states = [.. Keys.Select(_ => ReferralState.Empty)];
        private readonly List<(IEvent Event, Instant At)>[] _recorded = [.. Keys.Select(_ => new List<(IEvent, Instant)>())];
        private ParticipantState _person = ParticipantState.Empty.Apply(new ParticipantRegistered("nanaimo", false, "", ""), World.Start).Apply(new EligibilitySet(true, "screened"), World.Start);
        private Instant _now = World.Start;

        public void Do(Step step)
        {
            _now += Duration.FromHours(step.Hours);
            var (key, state) = (Keys[step.Referral], _states[step.Referral]);
            var form = Form(_now + Duration.FromHours(step.Code % 72)) with { Priority = (Priority)(1 + (step.Code % 4)) };
            string Of(ImmutableArray<string> codes) => codes[step.Code % codes.Length];
            Refusal? ofPerson = step.Ask switch
            {
                Ask.Send => Relocation.MayNotBeReferred(_person, form),
                Ask.Accept => Relocation.MayNotMove(_person, key, [], _now),
                _ => null,
            };
            if (ofPerson is not null) return;
            var decision = step.Ask switch
            {
                Ask.Draft => ReferralRules.Draft(state, form, DueMin, _now),
                Ask.Send => ReferralRules.Send(state, form, step.Code % 2 == 0 ? "bc/c-victoria.c" : "", DueMin, _now),
                Ask.Receive => ReferralRules.Receive(state),
                Ask.Triage => ReferralRules.Triage(state, (Priority)(1 + (step.Code % 4))),
                Ask.Accept => ReferralRules.Accept(state, null, "bc/c-victoria.c", [], "", _now),
                Ask.Decline => ReferralRules.Decline(state, Of(ReferralReasons.Declined)),
                Ask.Withdraw => ReferralRules.Withdraw(state, Of(ReferralReasons.Withdrawn)),
                Ask.Confirm => ReferralRules.ConfirmWithdrawal(state),
                Ask.Expire => ReferralRules.Expire(state, _now),
                _ => ReferralRules.Complete(state, Of(ReferralReasons.Outcomes)),
            };
            Assert.True(decision.Refusal is null || decision.Last.IsEmpty);
            if (decision.Refusal is null) Record(step.Referral, decision.Last);
        }

        public void AssertTrue()
        {
            // One at most is open, and the person's own stream says which.
            Assert.Equal(_states.Select((s, i) => (s.IsOpen, Key: Keys[i])).SingleOrDefault(s => s.IsOpen).Key, _person.Referral);
            for (var i = 0; i < Referrals; i++)
            {
                var (state, recorded) = (_states[i], _recorded[i]);
                var (sent, ended) = (At<ReferralSent>(recorded), recorded.Where(r => r.Event is ReferralAccepted or ReferralDeclined or ReferralExpired or ReferralWithdrawn).ToList());
                Assert.InRange(recorded.Count(r => r.Event is ReferralSent), 0, 1);
                Assert.InRange(recorded.Count(r => r.Event is ReferralDrafted), 0, 1);
                Assert.InRange(recorded.Count(r => r.Event is ReferralReceived), 0, 1);
                Assert.InRange(ended.Count, 0, 1);
                if (recorded.Count > 0) Assert.True(recorded[0].Event is ReferralDrafted or ReferralSent);
                if (ended is [var end])
                {
                    // After the end there is only what became of whom was accepted.
                    var after = recorded.SkipWhile(r => r != end).Skip(1).Select(r => r.Event).ToList();
                    Assert.True(after is [] || (after is [ReferralCompleted] && end.Event is ReferralAccepted));
                    var cancelled = At<ReferralCancelRequested>(recorded);
                    var seen = At<ReferralReceived>(recorded) ?? At<ReferralTriaged>(recorded);
                    if (end.Event is ReferralAccepted) Assert.True(sent is not null && cancelled is null && end.At < state.Form!.DueAt);
                    if (end.Event is ReferralExpired) Assert.True(sent is not null && end.At >= state.Form!.DueAt);
                    if (end.Event is ReferralDeclined) Assert.NotNull(sent);
                    // Whoever has begun to look at it is asked before it is taken back, and the reason is the source's.
                    if (end.Event is ReferralWithdrawn withdrawn)
                        Assert.Equal(seen is null ? null : withdrawn.Reason, recorded.Select(r => r.Event).OfType<ReferralCancelRequested>().SingleOrDefault()?.Reason);
                    Assert.Equal((end.At, ""), (state.DecidedAt, state.HeldIn));
                    AssertDecided(state);
                }
                else
                {
                    Assert.Equal((sent is not null, false), (state.IsOpen, recorded.Any(r => r.Event is ReferralCompleted)));
                }
                // What was sent is what counts, whatever the draft said; the priority is the target's once they have looked, and received is when they first did.
                if (recorded.Select(r => r.Event).OfType<ReferralSent>().SingleOrDefault() is not { } said) continue;
                Assert.Equal(said.Form, state.Form);
                Assert.Equal(recorded.Select(r => r.Event).OfType<ReferralTriaged>().LastOrDefault()?.Priority ?? said.Form.Priority, state.Priority);
                Assert.Equal(recorded.Where(r => r.Event is ReferralReceived or ReferralTriaged).Select(r => (Instant?)r.At).FirstOrDefault(), state.ReceivedAt);
            }
        }

        /// <summary>Whatever has happened, time alone ends what is open; then another can be sent.</summary>
        public void AssertEverythingCanEnd()
        {
            _now += ReferralRules.DueMax;
            for (var i = 0; i < Referrals; i++)
            {
                if (!_states[i].IsOpen) continue;
                Assert.Equal(Reason.ReferralOpen, Relocation.MayNotBeReferred(_person, Form(_now))?.Reason);
                Record(i, ReferralRules.Expire(_states[i], _now).Last);
                Assert.Equal(ReferralStatus.Expired, _states[i].Status);
            }
            Assert.Null(Relocation.MayNotBeReferred(_person, Form(_now)));
        }

        /// <summary>By what its own stream says, whatever the person's stream would say too: whoever asks may have an older one.</summary>
        private void AssertDecided(ReferralState state)
        {
            Decision[] asked =
            [
                ReferralRules.Draft(state, Form(_now + DueMin), DueMin, _now), ReferralRules.Send(state, Form(_now + DueMin), "", DueMin, _now), ReferralRules.Receive(state), ReferralRules.Triage(state, Priority.Low),
                ReferralRules.Accept(state, null, "bc/c-victoria.c", [], "", World.Start), ReferralRules.Decline(state, "duplicate"), ReferralRules.Withdraw(state, "clinical"),
                ReferralRules.ConfirmWithdrawal(state), ReferralRules.Expire(state, _now + ReferralRules.DueMax),
            ];
            Assert.All(asked, decision => Assert.Equal((Reason.ReferralNotOpen, true), (decision.Refusal?.Reason, decision.Last.IsEmpty)));
        }

        private void Record(int referral, ImmutableArray<IEvent> events)
        {
            var ofPerson = Relocation.OfPerson(_person.Facts("p"), _person.Sites, _person.Referral, Keys[referral], events, null, []);
            // The end of a draft is no other referral's.
            Assert.All(ofPerson.OfType<ReferralClosed>(), e => Assert.Equal(_person.Referral, e.Referral));
            foreach (var e in ofPerson) _person = _person.Apply(e, _now);
            foreach (var e in events)
            {
                _states[referral] = _states[referral].Apply(e, _now);
                _recorded[referral].Add((e, _now));
            }
        }

        private static Instant? At<TEvent>(List<(IEvent Event, Instant At)> recorded) => recorded.Where(r => r.Event is TEvent).Select(r => (Instant?)r.At).FirstOrDefault();
    }
}
