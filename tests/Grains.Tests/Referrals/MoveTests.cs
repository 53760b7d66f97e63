using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Referrals;
using RttNetwork.Contracts.Units;
using RttNetwork.Grains.Units;
using RttNetwork.Testing;
using static RttNetwork.Testing.TestNetwork;

namespace RttNetwork.Grains.Tests.Referrals;

/// <summary>Referrals and transfers through real grains on a real database: one unit over person, referral and every cohort (rules 38 to 42).</summary>
public sealed class MoveTests(SharedNetwork shared) : SharedNetworkTests(shared)
{
    private int _referrals;

    public override async Task InitializeAsync()
    {
        await Cluster.OpenSite();
        await Cluster.OpenSite("victoria");
        await Cluster.OpenCohort("here", seats: 2);
        await Cluster.OpenCohort("there", seats: 2, site: "victoria");
        await Cluster.Register("ann");
    }

    public override async Task DisposeAsync() => JournalIsWhole(await Shared.Entries());

    [Fact]
    public async Task A_referral_to_a_cohort_with_a_free_seat_holds_it_until_the_target_has_decided()
    {
        Accepted(await Cluster.Book("ann", "here"));
        var sent = Accepted(await Send("ann", leaves: "here"));
        Assert.Equal(("sent", There), (sent.Referral!.Status, sent.Referral.HeldIn));
        Assert.Equal((SeatState.Held, sent.Referral.Form.DueAt), (sent.Seat!.State, sent.Seat.HoldExpiresAt));
        Assert.Equal((1, 0, 1), await Taken());

        var accepted = Accepted(await Accept(sent.Referral.Referral));
        Assert.Equal(("accepted", There, SeatState.Booked), (accepted.Referral!.Status, accepted.Referral.AcceptedIn, accepted.Seat!.State));
        Assert.Equal((0, 1, 0), await Taken());
        // One unit: person, referral and both cohorts took part in one transaction.
        var journal = await Shared.Entries();
        var unit = Assert.Single(journal.GroupBy(e => e.Xid), u => u.Any(e => e.Stream == Key(sent.Referral.Referral) && e.Version == 2));
        Assert.Equal([$"{Network}/c-nanaimo.here", $"{Network}/c-victoria.there", $"{Network}/p-ann", Key(sent.Referral.Referral)], unit.Select(e => e.Stream).Order(StringComparer.Ordinal));
        // The new site knows the person from that moment on, and the old one no more; both know of the referral, and of each other's seats nothing.
        Assert.Single((await Cluster.Participant("ann").Get(Desk("victoria"), Now)).Value!.Enrolments);
        Assert.Null((await Cluster.Participant("ann").Get(Desk("nanaimo"), Now)).Value);
        Assert.Equal("", (await Referral(sent.Referral.Referral).Get(Desk("nanaimo"), Now)).Value!.AcceptedIn);
        Assert.Equal("", (await Referral(sent.Referral.Referral).Get(Desk("victoria"), Now)).Value!.Form.Leaves);
    }

    [Fact]
    public async Task Without_a_free_seat_a_referral_waits_and_holds_nothing()
    {
        await Fill("there", "victoria", 2);
        var sent = Accepted(await Send("ann"));
        Assert.Equal(("sent", "", null), (sent.Referral!.Status, sent.Referral.HeldIn, sent.Seat));
        Assert.Equal("SEAT_FULL", (await Accept(sent.Referral.Referral)).Refusal!.Reason);
        Assert.Equal("sent", await Status(sent.Referral.Referral));
        Accepted(await Cluster.Ask(SeatAsk.Cancel, "there-0", "there", site: "victoria"));
        Assert.Equal(SeatState.Booked, Accepted(await Accept(sent.Referral.Referral)).Seat!.State);
    }

    [Theory]
    [InlineData(ReferralEnd.Decline, "clinical", "declined")]
    [InlineData(ReferralEnd.Withdraw, "person-declined", "withdrawn")]
    [InlineData(ReferralEnd.Expire, "", "expired")]
    public async Task However_a_referral_ends_its_hold_ends_with_it_and_the_seat_here_stays(ReferralEnd end, string reason, string status)
    {
        Accepted(await Cluster.Book("ann", "here"));
        var sent = Accepted(await Send("ann", leaves: "here")).Referral!;
        var at = end is ReferralEnd.Expire ? sent.Form.DueAt : Now;
        if (end is ReferralEnd.Expire) Assert.Equal("TIME_NOT_YET", (await End(sent.Referral, end, reason)).Refusal!.Reason);
        Assert.Equal(status, Accepted(await End(sent.Referral, end, reason, now: at)).Referral!.Status);
        Assert.Equal((1, 0, 0), await Taken(at));
        Assert.Equal("REFERRAL_NOT_OPEN", (await Accept(sent.Referral)).Refusal!.Reason);
        // Nothing of it is in the way of another one.
        Accepted(await Send("ann", leaves: "here", now: at));
    }

    /// <summary>Judged on the system's clock, which the deadline's follower goes by: sent long ago, due a moment later.</summary>
    [Fact]
    public async Task A_referral_that_nobody_decides_ends_by_itself()
    {
        var due = Duration.FromHours(2);
        var sent = Accepted(await Send("ann", due: due, now: Instant.FromDateTimeOffset(TimeProvider.System.GetUtcNow()) - due + Duration.FromMilliseconds(300))).Referral!.Referral;
        var began = TimeProvider.System.GetTimestamp();
        while (await Status(sent) != "expired")
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(60), "The referral did not end within a minute.");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
        Assert.Equal((0, 0, 0), await Taken(Instant.FromDateTimeOffset(TimeProvider.System.GetUtcNow())));
        Accepted(await Send("ann"));
    }

    [Fact]
    public async Task A_draft_shares_and_holds_nothing_and_its_end_is_no_other_referrals()
    {
        var draft = Accepted(await Send("ann", draft: true)).Referral!;
        Assert.Equal(("draft", "", (0, 0, 0)), (draft.Status, draft.HeldIn, await Taken()));
        Assert.Null((await Referral(draft.Referral).Get(Desk("victoria"), Now)).Value);
        var sent = Accepted(await Send("ann")).Referral!.Referral;
        Accepted(await End(draft.Referral, ReferralEnd.Withdraw, "sent-in-error"));
        // The one that was sent is open still, and holds its seat.
        Assert.Equal((0, 0, 1), await Taken());
        Assert.Equal("REFERRAL_OPEN", (await Send("ann")).Refusal!.Reason);
        Accepted(await Accept(sent));
    }

    /// <summary>The lists may say something else when a client repeats what was accepted: it gets its first answer.</summary>
    [Fact]
    public async Task What_stands_against_a_referral_by_now_is_not_said_to_a_repeat_of_what_was_accepted()
    {
        var hindrance = new Refusal("SEAT_OPEN", "Seats are open.", 39, []);
        Assert.Equal("SEAT_OPEN", (await Send("ann", hindrance: hindrance)).Refusal!.Reason);
        var id = Cluster.NextRequestId();
        var first = Accepted(await Send("ann", requestId: id));
        foreach (var attempt in new[] { 0, 1 })
        {
            var again = await Send("ann", hindrance: hindrance, requestId: id, attempt: attempt);
            Assert.Equal((UnitOutcome.Replayed, first.Referral!.Referral), (again.Outcome, again.Reply!.Referral!.Referral));
        }
        Assert.Equal((0, 0, 1), await Taken());
    }

    [Fact]
    public async Task A_source_that_takes_back_what_the_target_looks_at_asks_first()
    {
        var sent = Accepted(await Send("ann")).Referral!.Referral;
        Accepted(await Referral(sent).Progress(new ReferralProgress(ReferralStep.Receive, 0, ""), Cluster.Unit(Desk("victoria"))));
        Assert.Equal("triage", Accepted(await Referral(sent).Progress(new ReferralProgress(ReferralStep.Triage, 1, ""), Cluster.Unit(Desk("victoria")))).Status);
        var asked = Accepted(await End(sent, ReferralEnd.Withdraw, "seat-found-here", Desk("nanaimo"))).Referral!;
        Assert.Equal(("cancel-requested", There), (asked.Status, asked.HeldIn));
        Assert.Equal((0, 0, 1), await Taken());
        Assert.Equal("REFERRAL_NOT_OPEN", (await Accept(sent)).Refusal!.Reason);
        Assert.Equal("withdrawn", Accepted(await End(sent, ReferralEnd.ConfirmWithdrawal, "", Desk("victoria"))).Referral!.Status);
        Assert.Equal((0, 0, 0), await Taken());
    }

    [Fact]
    public async Task Each_side_has_its_own_rights_and_a_third_sees_nothing()
    {
        var sent = Accepted(await Send("ann", caller: Desk("nanaimo"))).Referral!.Referral;
        Assert.Equal("NOT_YOUR_SIDE", (await Accept(sent, Desk("nanaimo"))).Refusal!.Reason);
        Assert.Equal("NOT_YOUR_SIDE", (await End(sent, ReferralEnd.Decline, "clinical", Desk("nanaimo"))).Refusal!.Reason);
        Assert.Equal("NOT_YOUR_SIDE", (await End(sent, ReferralEnd.Withdraw, "clinical", Desk("victoria"))).Refusal!.Reason);
        await Cluster.OpenSite("kelowna");
        foreach (var end in Enum.GetValues<ReferralEnd>()) Assert.Equal("NOT_FOUND", (await End(sent, end, "clinical", Desk("kelowna"))).Refusal!.Reason);
        Assert.Equal("NOT_FOUND", (await Accept(sent, Desk("kelowna"))).Refusal!.Reason);
        Assert.Equal("NOT_FOUND", (await Referral(sent).Progress(new ReferralProgress(ReferralStep.Receive, 0, ""), Cluster.Unit(Desk("kelowna")))).Refusal!.Reason);
        Assert.Null((await Referral(sent).Get(Desk("kelowna"), Now)).Value);
        Assert.Equal("NOT_FOUND", (await Send("ann", caller: Desk("victoria"))).Refusal!.Reason);
        Assert.Equal("sent", await Status(sent));
    }

    [Fact]
    public async Task What_is_wrong_with_a_referral_is_said_and_nothing_is_stored()
    {
        async Task Refused(string reason, string field, Task<UnitAnswer<MovedView>> answer)
        {
            var refusal = (await answer).Refusal!;
            Assert.Equal(reason, refusal.Reason);
            if (field.Length > 0) Assert.Equal(field, Assert.Single(refusal.Violations).Subject);
        }

        await Refused("REFERRAL_INVALID", "target", Send("ann", target: "nanaimo", cohort: "here"));
        await Refused("REFERRAL_INVALID", "reason", Send("ann", reason: "because"));
        await Refused("REFERRAL_INVALID", "due_at", Send("ann", due: Duration.FromMinutes(5)));
        await Refused("REFERRAL_INVALID", "due_at", Send("ann", due: Duration.FromDays(60)));
        await Refused("SHARING_NOT_CONSENTED", "sharing_consented", Send("ann", attested: false));
        await Refused("NOT_FOUND", "", Send("nobody"));
        await Refused("NOT_FOUND", "", Send("ann", cohort: "nowhere"));
        await Cluster.OpenCohort("over", site: "victoria", hour: 14);
        await Refused("INTAKE_CLOSED", "", Send("ann", cohort: "over", now: Instant.FromUtc(2027, 1, 6, 12, 0)));
        Accepted(await Send("ann"));
        await Refused("REFERRAL_OPEN", "", Send("ann"));
        // The referral that was sent, and its hold: the pool may have told the cohort of itself meanwhile, which is no event of it.
        Assert.Equal(2, (await Shared.Entries()).Count(e => e.Stream.StartsWith($"{Network}/r-", StringComparison.Ordinal) || (e.Stream == There && e.Version > 1 && e.Acts.Any(a => a.Events.Any(x => x is not Fenced)))));
    }

    [Fact]
    public async Task Nobody_is_accepted_after_the_deadline_or_twice()
    {
        var sent = Accepted(await Send("ann")).Referral!;
        Assert.Equal("REFERRAL_OVERDUE", (await Accept(sent.Referral, now: sent.Form.DueAt)).Refusal!.Reason);
        var id = Cluster.NextRequestId();
        var first = Accepted(await Accept(sent.Referral, requestId: id));
        var again = await Accept(sent.Referral, requestId: id, attempt: 1);
        Assert.Equal((UnitOutcome.Replayed, first.Seat!.BookedAt), (again.Outcome, again.Reply!.Seat!.BookedAt));
        Assert.Equal("REFERRAL_NOT_OPEN", (await Accept(sent.Referral)).Refusal!.Reason);
    }

    [Fact]
    public async Task Opposite_transfers_at_once_and_a_cycle_over_ten_cohorts_end_and_nobody_is_lost()
    {
        const int Cohorts = 10;
        for (var i = 0; i < Cohorts; i++)
        {
            await Cluster.OpenCohort($"c{i}", seats: 3, site: i % 2 == 0 ? "nanaimo" : "victoria", hour: 10 + (i / 2));
            foreach (var n in new[] { 0, 1 })
            {
                await Cluster.Register($"p{i}-{n}", i % 2 == 0 ? "nanaimo" : "victoria");
                Accepted(await Cluster.Book($"p{i}-{n}", $"c{i}", site: i % 2 == 0 ? "nanaimo" : "victoria"));
            }
        }
        for (var round = 0; round < 5; round++)
        {
            // Everybody goes on by one, and the other ones back: each pair of neighbours is crossed both ways at once.
            var at = round;
            var moves = Enumerable.Range(0, Cohorts).SelectMany(i => new[] { (Person: $"p{i}-0", From: i + at, To: i + at + 1), (Person: $"p{i}-1", From: i - at, To: i - at - 1) });
            var answers = await Task.WhenAll(moves.Select(async m =>
            {
                while (true)
                {
                    var answer = await Transfer(m.Person, Mod(m.From), Mod(m.To));
                    // Others took the versions first, or the seat is not free yet: the client asks again.
                    if (answer.Outcome is not UnitOutcome.Conflict && answer.Refusal?.Reason is not "SEAT_FULL") return answer;
                }
            }));
            Assert.All(answers, a => Assert.True(a.IsAccepted, $"{a.Outcome} {a.Refusal}"));
        }
        for (var i = 0; i < Cohorts; i++) Assert.Equal(2, (await Cluster.Get($"c{i}", i % 2 == 0 ? "nanaimo" : "victoria")).Seats.Booked);

        static int Mod(int i) => ((i % Cohorts) + Cohorts) % Cohorts;
    }

    [Fact]
    public async Task A_transfer_is_between_cohorts_of_one_template_by_who_reaches_both()
    {
        Accepted(await Cluster.Book("ann", "here"));
        Assert.Equal("NOT_FOUND", (await Transfer("ann", "here", "victoria", "there", caller: Desk("nanaimo"))).Refusal!.Reason);
        Assert.Equal("PROGRAM_MISMATCH", (await Transfer("ann", "here", "victoria", "there", program: "NUMINUS-GROUP")).Refusal!.Reason);
        Assert.Equal("SEAT_NOT_FOUND", (await Transfer("ann", "there", "nanaimo", "here", fromSite: "victoria")).Refusal!.Reason);
        Accepted(await Transfer("ann", "here", "victoria", "there"));
        Assert.Equal((0, 1, 0), await Taken());
    }

    [Theory]
    [InlineData(FaultKind.AnswerLost, true)]
    [InlineData(FaultKind.AnswerLost, false)]
    [InlineData(FaultKind.RequestLost, true)]
    [InlineData(FaultKind.RequestLost, false)]
    [InlineData(FaultKind.LandsLater, true)]
    [InlineData(FaultKind.LandsLater, false)]
    public async Task Whatever_becomes_of_the_commit_of_a_move_it_happened_once_or_not_at_all(FaultKind fault, bool accepts)
    {
        Accepted(await Cluster.Book("ann", "here"));
        var referral = accepts ? Accepted(await Send("ann", leaves: "here")).Referral!.Referral : "";
        var id = Cluster.NextRequestId();
        var there = There;
        var planned = Shared.Journal.Next(fault, unit => unit.Appends.Any(a => a.Stream == there));
        var first = accepts ? await Accept(referral, requestId: id) : await Transfer("ann", "here", "victoria", "there", requestId: id);
        if (fault is FaultKind.LandsLater)
        {
            planned.MayLand.SetResult();
            await planned.Landed.Task;
        }
        // The client that has no answer asks again, with the same id.
        for (var attempt = 1; !first.IsAccepted; attempt++)
        {
            Assert.True(first.Outcome is UnitOutcome.Unknown or UnitOutcome.Conflict, $"{first.Outcome} {first.Refusal}");
            first = accepts ? await Accept(referral, requestId: id, attempt: attempt) : await Transfer("ann", "here", "victoria", "there", requestId: id, attempt: attempt);
        }
        Assert.Equal((0, 1, 0), await Taken());
        Assert.Single((await Shared.Entries()).Where(e => e.Stream == There).SelectMany(e => e.Acts), a => a.RequestId == id && !a.Events.Any(e => e is Fenced));
    }

    private static string There => Keys.Cohort(Network, "victoria", "there");

    private static string Key(string referral) => Keys.Referral(Network, referral);

    private IReferralGrain Referral(string id) => Cluster.Grains.GetGrain<IReferralGrain>(Key(id));

    private async Task<string> Status(string referral) => (await Referral(referral).Get(Operator(), Now)).Value!.Status;

    /// <summary>Booked here, booked there, held there.</summary>
    private async Task<(int Here, int There, int Held)> Taken(Instant? at = null)
    {
        var there = (await Cluster.Cohort("there", "victoria").Get(Operator(), at ?? Now)).Value!.Seats;
        return ((await Cluster.Get("here")).Seats.Booked, there.Booked, there.Held);
    }

    private async Task Fill(string cohort, string site, int seats)
    {
        for (var i = 0; i < seats; i++)
        {
            await Cluster.Register($"{cohort}-{i}", site);
            Accepted(await Cluster.Book($"{cohort}-{i}", cohort, site: site));
        }
    }

    private Task<UnitAnswer<MovedView>> Send(
        string participant, string target = "victoria", string cohort = "there", string leaves = "", string reason = "no-seat-here", Duration? due = null, bool attested = true, Caller? caller = null, Instant? now = null, bool draft = false,
        Refusal? hindrance = null, Guid? requestId = null, int attempt = 0)
    {
        var form = new ReferralFormView(
            participant, "nanaimo", "island", target, "island", "GRIP-8", Keys.Cohort(Network, target, cohort), leaves.Length > 0 ? Keys.Cohort(Network, "nanaimo", leaves) : "", 3, reason, "physician",
            Now - Duration.FromDays(30), (now ?? Now) + (due ?? Duration.FromDays(7)), null, attested);
        var id = $"ref{Interlocked.Increment(ref _referrals)}";
        return Cluster.Participant(participant).Move(new SendReferral(Keys.Participant(Network, participant), Key(id), draft ? "" : form.Cohort, form, draft) { Hindrance = hindrance, DueMin = Duration.FromHours(1) }, Cluster.Unit(caller, requestId, now: now, attempt: attempt));
    }

    private Task<UnitAnswer<MovedView>> Accept(string referral, Caller? caller = null, Guid? requestId = null, int attempt = 0, Instant? now = null) =>
        Cluster.Participant("ann").Move(new AcceptReferral(Keys.Participant(Network, "ann"), Key(referral), "", There, []), Cluster.Unit(caller, requestId, now: now, attempt: attempt));

    private Task<UnitAnswer<MovedView>> End(string referral, ReferralEnd end, string reason, Caller? caller = null, Instant? now = null) =>
        Cluster.Participant("ann").Move(new EndReferral(Keys.Participant(Network, "ann"), Key(referral), [], end, reason), Cluster.Unit(caller, now: now));

    private Task<UnitAnswer<MovedView>> Transfer(string participant, int from, int to) =>
        Transfer(participant, $"c{from}", to % 2 == 0 ? "nanaimo" : "victoria", $"c{to}", fromSite: from % 2 == 0 ? "nanaimo" : "victoria");

    private Task<UnitAnswer<MovedView>> Transfer(
        string participant, string from, string site, string to, string program = "GRIP-8", string fromSite = "nanaimo", Caller? caller = null, Guid? requestId = null, int attempt = 0) =>
        Cluster.Participant(participant).Move(
            new TransferSeat(Keys.Participant(Network, participant), "", Keys.Cohort(Network, site, to), [Keys.Cohort(Network, fromSite, from)], program, 1, "person-asked"),
            Cluster.Unit(caller, requestId, attempt: attempt));

    private static void JournalIsWhole(ImmutableArray<Rig.ReadEntry> journal)
    {
        Rig.JournalChecks.StreamsHaveNoGap(journal);
        Rig.JournalChecks.SeatsHold(journal);
    }
}
