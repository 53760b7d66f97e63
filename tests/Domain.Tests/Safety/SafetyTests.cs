using System.Collections.Immutable;
using CsCheck;
using NodaTime;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Safety;
using RttNetwork.Domain.Sites;
using RttNetwork.Domain.Tests.Pathways;

namespace RttNetwork.Domain.Tests.Safety;

/// <summary>Rule 46: recorded at once, known to who must know, reported by the clock, closed by a clinician.</summary>
public sealed class SafetyTests
{
    private static readonly ImmutableArray<SafetyRegimeRule> Regimes =
        [new("ca-hospital", "CA", "hospital", true, 30, false), new("us-rems", "US", "rems", false, 7, true), new("us-state", "US", "", true, 10, false)];

    private static readonly ImmutableArray<Accreditation> Hospital = [new("hospital", new LocalDate(2026, 1, 1), new LocalDate(2026, 12, 31))];
    private static readonly ImmutableArray<Accreditation> Rems = [new("rems", new LocalDate(2026, 1, 1), null)];
    private static readonly LocalDate Recorded = new(2026, 12, 1);
    private static readonly Instant Now = Instant.FromUtc(2026, 12, 1, 17, 0);

    /// <summary>Thirty calendar days from the record in a Canadian hospital, and only for what is serious; seven from the session under REMS, for everything.</summary>
    [Theory]
    [InlineData("CA-BC", "hospital", true, "ca-hospital 2026-12-31")]
    [InlineData("CA-BC", "hospital", false, "")]
    [InlineData("CA-BC", "", true, "")]
    [InlineData("CA-BC", "rems", true, "")]
    [InlineData("US-CO", "rems", false, "us-rems 2026-12-05")]
    [InlineData("US-CO", "rems", true, "us-rems 2026-12-05, us-state 2026-12-11")]
    [InlineData("US-CO", "", true, "us-state 2026-12-11")]
    [InlineData("CAT", "hospital", true, "")]
    public void A_clock_runs_for_each_regime_that_binds_the_site_that_day(string jurisdiction, string accreditation, bool serious, string clocks)
    {
        ImmutableArray<Accreditation> held = accreditation.Length == 0 ? [] : [new(accreditation, new LocalDate(2026, 1, 1), null)];
        Assert.Equal(clocks, string.Join(", ", SafetyRules.Clocks(Regimes, jurisdiction, held, serious, Recorded, new LocalDate(2026, 11, 28)).Select(c => $"{c.Regime} {c.DueOn:uuuu-MM-dd}")));
    }

    [Fact]
    public void An_accreditation_binds_from_its_first_to_its_last_day()
    {
        int Running(LocalDate on) => SafetyRules.Clocks(Regimes, "CA-BC", Hospital, true, on, on).Length;
        Assert.Equal((0, 1, 1, 0), (Running(new LocalDate(2025, 12, 31)), Running(new LocalDate(2026, 1, 1)), Running(new LocalDate(2026, 12, 31)), Running(new LocalDate(2027, 1, 1))));
    }

    [Fact]
    public void Nothing_stands_against_recording_what_has_happened()
    {
        // Nobody in particular, no session, no clinician; only what has not happened is not recorded.
        var state = Do(SafetyEventState.Empty, s => SafetyRules.Record(s, Draft() with { Participant = "", Cohort = "", Session = -1 }, null, [], Regimes, Now));
        Assert.Empty(state.Recorded!.Clocks);
        Assert.Equal(Reason.AlreadyExists, SafetyRules.Record(state, Draft(), null, [], Regimes, Now).Refusal?.Reason);
        Assert.Equal(Reason.TimeNotYet, SafetyRules.Record(SafetyEventState.Empty, Draft() with { OccurredAt = Now + Duration.FromTicks(1) }, null, [], Regimes, Now).Refusal?.Reason);
    }

    [Fact]
    public void It_is_closed_when_who_must_know_has_said_so_and_every_report_was_made()
    {
        var state = Do(SafetyEventState.Empty, s => SafetyRules.Record(s, Draft(), null, Hospital, Regimes, Now));
        Assert.Equal(new LocalDate(2026, 12, 31), state.DueOn);
        var refusal = SafetyRules.Close(state, "resolved", Course.Prescriber, "desk", Now).Refusal;
        Assert.Equal((Reason.SafetyEventOpen, "acknowledged acknowledged reported"), (refusal?.Reason, string.Join(' ', refusal!.Violations.Select(v => v.Subject))));

        // A site says so by a prescriber whose credential is valid there; the operator by itself.
        Assert.Equal("medical_lead", Assert.Single(SafetyRules.Acknowledge(state, null, false, "desk", Now).Refusal!.Violations).Subject);
        Assert.Equal(Reason.RoleNotHeld, SafetyRules.Acknowledge(state, Course.Nurse, false, "desk", Now).Refusal?.Reason);
        Assert.Equal(Reason.CredentialNotValid, SafetyRules.Acknowledge(state, Course.SignerOf("doc", Roles.Prescriber, "CA-AB"), false, "desk", Now).Refusal?.Reason);
        state = Do(state, s => SafetyRules.Acknowledge(s, Course.Prescriber, false, "desk", Now));
        Assert.Equal(Decision.Already, SafetyRules.Acknowledge(state, Course.Prescriber, false, "desk", Now));
        state = Do(state, s => SafetyRules.Acknowledge(s, null, true, "ops", Now));
        Assert.Equal(["medical-lead doc desk", "operator  ops"], state.Acknowledged.Select(a => $"{a.As} {a.Facilitator} {a.By}"));

        Assert.Equal(Reason.SafetyReportNotDue, SafetyRules.Report(state, "us-rems", "desk").Refusal?.Reason);
        Assert.Equal("reported", Assert.Single(SafetyRules.Close(state, "resolved", Course.Prescriber, "desk", Now).Refusal!.Violations).Subject);
        state = Do(state, s => SafetyRules.Report(s, "ca-hospital", "desk"));
        Assert.Null(state.DueOn);
        Assert.Equal("outcome", Assert.Single(SafetyRules.Close(state, "fine", Course.Prescriber, "desk", Now).Refusal!.Violations).Subject);
        Assert.Equal(Reason.RoleNotHeld, SafetyRules.Close(state, "resolved", Course.Therapist, "desk", Now).Refusal?.Reason);
        state = Do(state, s => SafetyRules.Close(s, "resolved", Course.Prescriber, "desk", Now));
        Assert.Equal(("resolved", "doc", Now), (state.Closed!.Outcome, state.Closed.Facilitator, state.ClosedAt));
        Assert.Equal(Decision.Already, SafetyRules.Close(state, "resolved", Course.Prescriber, "desk", Now));
    }

    [Fact]
    public void A_report_that_is_late_is_recorded_all_the_same()
    {
        var state = Do(SafetyEventState.Empty, s => SafetyRules.Record(s, Draft() with { Jurisdiction = "US-CO" }, new LocalDate(2026, 11, 2), Rems, [Regimes[1]], Now));
        // Due before it was recorded: the clock is that of the session.
        Assert.Equal(new LocalDate(2026, 11, 9), state.DueOn);
        Assert.Null(SafetyRules.Report(state, "us-rems", "desk").Refusal);
    }

    /// <summary>The cohort's seats, sessions and staff are as before: a flag is something to look at, and nothing else.</summary>
    [Fact]
    public void A_serious_event_flags_the_cohort_until_it_is_closed_and_cancels_nothing()
    {
        var course = Course.Prepared();
        var before = course.Cohort;
        var flagged = course.Cohort.Apply(Assert.IsType<SafetyFlagged>(Assert.Single(SafetyRules.Flag(course.Cohort, "e1", 2, stands: true).Last)), Now);
        Assert.Equal(2, flagged.SafetyFlags["e1"]);
        Assert.Equal(before, flagged with { SafetyFlags = before.SafetyFlags });
        Assert.Equal(Decision.Already, SafetyRules.Flag(flagged, "e1", 2, stands: true));
        course.Cohort = flagged;
        course.Through(2);
        var lifted = flagged.Apply(Assert.Single(SafetyRules.Flag(flagged, "e1", 2, stands: false).Last), Now);
        Assert.Empty(lifted.SafetyFlags);
        Assert.Equal(Decision.Already, SafetyRules.Flag(lifted, "e1", 2, stands: false));
        // A cohort in which everything goes wrong has so many flags, and the list of events has the rest.
        var many = lifted;
        for (var i = 0; i <= CohortState.SafetyFlagsMax; i++)
        {
            foreach (var e in SafetyRules.Flag(many, $"x{i}", -1, stands: true).Last) many = many.Apply(e, Now);
        }
        Assert.Equal(CohortState.SafetyFlagsMax, many.SafetyFlags.Count);
    }

    [Fact]
    public void Only_what_is_serious_and_happened_in_a_session_of_a_cohort_flags_it()
    {
        bool Flags(SafetyEventRecorded draft) => Do(SafetyEventState.Empty, s => SafetyRules.Record(s, draft, null, [], Regimes, Now)).Flags;
        Assert.True(Flags(Draft()));
        Assert.False(Flags(Draft() with { Criteria = [] }));
        Assert.False(Flags(Draft() with { Cohort = "" }));
    }

    private enum Verb { Lead, Operator, Report, Close, CloseBadly }

    /// <summary>In whatever order things are said: closed is only what was acknowledged twice and reported, and nothing is taken back.</summary>
    [Fact]
    public void Whatever_is_said_in_whatever_order_nothing_is_closed_too_early()
    {
        Gen.Enum<Verb>().Array[0, 12].Sample(
            verbs =>
            {
                var state = Do(SafetyEventState.Empty, s => SafetyRules.Record(s, Draft(), null, Hospital, Regimes, Now));
                var said = new HashSet<Verb>();
                foreach (var verb in verbs)
                {
                    var decision = verb switch
                    {
                        Verb.Lead => SafetyRules.Acknowledge(state, Course.Prescriber, false, "desk", Now),
                        Verb.Operator => SafetyRules.Acknowledge(state, null, true, "ops", Now),
                        Verb.Report => SafetyRules.Report(state, "ca-hospital", "desk"),
                        Verb.Close => SafetyRules.Close(state, "resolved", Course.Prescriber, "desk", Now),
                        _ => SafetyRules.Close(state, "resolved", Course.Nurse, "desk", Now),
                    };
                    if (decision.Refusal is null) said.Add(verb);
                    foreach (var e in decision.Last) state = state.Apply(e, Now);
                    Assert.Equal(said.Contains(Verb.Close), state.Closed is not null);
                    if (state.Closed is not null) Assert.True(said.IsSupersetOf([Verb.Lead, Verb.Operator, Verb.Report]));
                    Assert.DoesNotContain(Verb.CloseBadly, said);
                    Assert.True(state.Acknowledged.Length <= 2 && state.Reported.Length <= 1);
                }
            },
            iter: 5_000);
    }

    private static SafetyEventRecorded Draft() => new("nanaimo", "CA-BC", "America/Vancouver", "ann", "blood-pressure", Severities.Severe, ["hospitalisation"], Course.CohortKey, 2, Now - Duration.FromHours(1), [], "desk");

    private static SafetyEventState Do(SafetyEventState state, Func<SafetyEventState, Decision> rule)
    {
        var decision = rule(state);
        Assert.Null(decision.Refusal);
        return decision.Last.Aggregate(state, (s, e) => s.Apply(e, Now));
    }
}
