using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Facilitators;
using RttNetwork.Contracts.Pathways;
using RttNetwork.Contracts.Programs;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;
using static RttNetwork.Testing.TestNetwork;

namespace RttNetwork.Grains.Tests.Cohorts;

/// <summary>Appointments on real grains and a real database: offered, held, booked, kept and withdrawn, each as one unit.</summary>
public sealed class AppointmentTests(SharedNetwork shared) : SharedNetworkTests(shared)
{
    private static readonly LocalDateTime At = new(2027, 1, 6, 10, 20);

    public override async Task InitializeAsync()
    {
        await Cluster.OpenSite();
        foreach (var id in new[] { "t1", "t2" })
            Accepted(await Cluster.Facilitator(id).Register(new RegisterFacilitator("nanaimo", ["therapist"], [new CredentialView("therapist", "CA-BC", new LocalDate(2020, 1, 1), null)]), Cluster.Unit()));
        await Cluster.Register("ann", eligible: false);
        await Cluster.Register("bob", eligible: false);
    }

    [Fact]
    public async Task A_site_offers_a_consultation_and_one_of_many_gets_it()
    {
        var desk = Desk("nanaimo");
        var offered = Accepted(await Offer("a1", "consultation", caller: desk));
        Assert.Equal(("consultation", 1, "open"), (offered.Appointment!.Kind, offered.Seats.Open, offered.Appointment.Withdrawn ? "withdrawn" : "open"));
        Assert.Equal("NOT_FOUND", (await Offer("a2", "consultation", caller: Desk("victoria"))).Refusal!.Reason);

        for (var i = 0; i < 8; i++) await Cluster.Register($"p{i}", eligible: false);
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Cluster.Book($"p{i}", "a1")));
        Assert.Single(answers, a => a.Outcome == UnitOutcome.Accepted);
        Assert.All(answers.Where(a => !a.IsAccepted), a => Assert.Equal("SEAT_FULL", a.Refusal!.Reason));
        Assert.Equal(1, (await Cluster.Get("a1")).Seats.Booked);
    }

    [Fact]
    public async Task Two_offers_for_one_therapist_at_one_hour_leave_one_and_the_same_request_offers_once()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => Offer($"a{i}", "consultation", ["t1"])));
        Assert.Single(answers, a => a.Outcome == UnitOutcome.Accepted);
        Assert.All(answers.Where(a => !a.IsAccepted), a => Assert.Equal("PLAN_REFUSED", a.Refusal!.Reason));
        Assert.Single((await Cluster.Facilitator("t1").Get(Operator())).Value!.Assignments);

        var unit = Cluster.Unit();
        Accepted(await Offer("b1", "consultation", ["t2"], unit: unit));
        Assert.Equal(UnitOutcome.Replayed, (await Offer("b1", "consultation", ["t2"], unit: unit with { Attempt = 1 })).Outcome);
        Assert.Single((await Cluster.Facilitator("t2").Get(Operator())).Value!.Assignments);
    }

    [Fact]
    public async Task Who_is_in_a_session_of_their_cohort_has_no_appointment_then()
    {
        // Cohorts of the test network meet on Tuesdays from nine for 45 minutes.
        await Cluster.OpenCohort("c1");
        await Cluster.Register("eve");
        Accepted(await Cluster.Book("eve", "c1"));
        Accepted(await Offer("during", "consultation", at: new LocalDateTime(2027, 1, 12, 9, 30)));
        Accepted(await Offer("after", "consultation", at: new LocalDateTime(2027, 1, 12, 9, 45)));
        Assert.Equal(("PERSON_BUSY", 7), ((await Cluster.Book("eve", "during")).Refusal is { } r ? (r.Reason, r.Rule) : default));
        Accepted(await Cluster.Book("eve", "after"));
    }

    [Fact]
    public async Task What_is_withdrawn_is_free_in_every_stream_and_stays_in_the_list_as_withdrawn()
    {
        Accepted(await Offer("a1", "intake", room: "hall"));
        var booked = await Cluster.Book("ann", "a1");
        Accepted(booked);
        // Whoever has it must hold their turn: a unit without them is dead, and asks for its members anew.
        Assert.Equal(UnitOutcome.Conflict, (await Cluster.Facilitator("t1").WithdrawAppointment(Withdrawal("a1", "t1"), Cluster.Unit())).Outcome);
        var unit = Cluster.Unit();
        var command = Withdrawal("a1", "t1", "ann");
        Assert.True(Accepted(await Cluster.Participant("ann").WithdrawAppointment(command, unit)).Appointment!.Withdrawn);
        Assert.Equal(UnitOutcome.Replayed, (await Cluster.Participant("ann").WithdrawAppointment(command, unit with { Attempt = 1 })).Outcome);
        Assert.Empty((await Cluster.Participant("ann").Get(Operator(), Now)).Value!.Enrolments);
        Assert.Empty((await Cluster.Facilitator("t1").Get(Operator())).Value!.Assignments);
        Assert.Equal("APPOINTMENT_WITHDRAWN", (await Cluster.Book("bob", "a1")).Refusal!.Reason);
        // Room, therapist and person are free for another at the same hour.
        var again = await Offer("a2", "intake", ["t1"], room: "hall");
        Accepted(again);
        var last = await Cluster.Book("ann", "a2");
        Accepted(last);

        var list = await List(last.Token!);
        Assert.Equal(["a1", "a2"], list.Select(r => r.Appointment));
        Assert.True(list[0].Withdrawn && list[0].Staff.IsEmpty);
        Assert.Equal((false, 1, "t1", "hall"), (list[1].Withdrawn, list[1].Booked, list[1].Staff.Single(), list[1].Room));
        Assert.Empty(await List(last.Token!, openOnly: true));
        // No search for seats, and no list of cohorts, shows an appointment.
        var views = Cluster.Grains.GetGrain<IViewsGrain>(Network);
        Accepted(await Offer("a3", "consultation", at: At.PlusHours(5)));
        Assert.Empty((await views.Cohorts(Operator(), new PageRequest(50, null, last.Token), "nanaimo")).Rows);
        Assert.Empty((await views.SearchSeats(Operator(), new PageRequest(50, null, last.Token), new SeatSearch("GRIP-8", null, null, null, 1, Now))).Rows);
    }

    [Fact]
    public async Task A_person_on_no_pathway_kept_a_consultation()
    {
        Accepted(await Offer("a1", "consultation"));
        Accepted(await Cluster.Book("ann", "a1"));
        var attended = new RecordAttendance(Keys.Cohort(Network, "nanaimo", "a1"), 0, true);
        Assert.Equal("TIME_NOT_YET", (await Cluster.Participant("ann").Pathway(attended, Cluster.Unit())).Refusal!.Reason);
        var after = At.InZoneStrictly(DateTimeZoneProviders.Tzdb["America/Vancouver"]).ToInstant() + Duration.FromMinutes(20);
        Accepted(await Cluster.Participant("ann").Pathway(attended, Cluster.Unit(now: after)));
        Assert.True((await Cluster.Get("a1")).Appointment!.Kept);
        Assert.Equal("SEAT_NOT_FOUND", (await Cluster.Participant("bob").Pathway(attended, Cluster.Unit(now: after))).Refusal!.Reason);
    }

    private Task<UnitAnswer<CohortView>> Offer(string id, string session, string[]? roster = null, LocalDateTime? at = null, string room = "", Caller? caller = null, Unit? unit = null)
    {
        var (when, who) = (at ?? At, roster ?? ["t1", "t2"]);
        var command = new PlanCohort(
            Keys.Cohort(Network, "nanaimo", id), Keys.Site(Network, "nanaimo"), [.. who.Select(f => Keys.Facilitator(Network, f))], "", Template(), [], when.Date, 1, 0,
            [new SlotView(session, 0, (int)when.DayOfWeek, (when.Hour * 60) + when.Minute, room, [])], [.. who.Select(f => new RosterEntryView(f, "", []))], [], [], [], Duration.FromMinutes(15), 1, 1, "")
        {
            Appointment = new AppointmentAsk(session, when, room, "", null),
        };
        return Cluster.Facilitator(who[0]).Plan(command, unit ?? Cluster.Unit(caller));
    }

    private static WithdrawAppointment Withdrawal(string id, string facilitator, params string[] people) => new(
        Keys.Cohort(Network, "nanaimo", id), [.. people.Select(p => Keys.Participant(Network, p)), Keys.Facilitator(Network, facilitator), Keys.Site(Network, "nanaimo")], "ill");

    private async Task<ImmutableArray<AppointmentRow>> List(string atLeast, bool openOnly = false)
    {
        var views = Cluster.Grains.GetGrain<IViewsGrain>(Network);
        for (var attempt = 0; attempt < 30; attempt++)
        {
            // A read waits for a second itself.
            var page = await views.Appointments(Operator(), new PageRequest(50, null, atLeast), new AppointmentSearch("nanaimo", null, null, null, null, openOnly, Now));
            if (!page.Behind) return page.Rows;
        }
        throw new TimeoutException("The list did not come as far as the last write.");
    }

    private static ProgramTemplateView Template() => new(
        "GRIP-8", 1, "GRIP", new LocalDate(2026, 1, 1), null, "participants", 8, new GroupSizesView(6, 12, 4, 6, 8), ["im"], new MedicineRulesView(14, 1, 24, 90, true),
        new IntakeRulesView(false, "consultation", 7, "first-week-end", 90, 75, 0, 0, ""), ["therapist"],
        [
            Session("consultation", "consultation", "virtual", 20, 0),
            Session("intake", "intake", "hybrid", 60, 10),
        ],
        [], null);

    private static SessionTemplateView Session(string id, string kind, string mode, int minutes, int turnover) => new(
        id, kind, id, "person", mode, [], 0, false, 0, 0, minutes, 0, turnover, [new StaffingNeedView("therapist", 0, 1)], [], []);
}
