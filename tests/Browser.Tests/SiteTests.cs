using Microsoft.Playwright;
using RttNetwork.Wire.V1;

namespace RttNetwork.Browser.Tests;

/// <summary>The work of a front desk, by keyboard alone; what it comes to is asked of the network by gRPC.</summary>
[Collection(PagesNodeTests.Name)]
public sealed class SiteTests(PagesNode node)
{
    private const string Desk = "Front desk of nanaimo";
    private static readonly string Cohort = PagesNode.Cohort("nanaimo", "rtt-2027-01");

    [Fact]
    public async Task A_seat_is_booked()
    {
        var person = node.People[1];
        var page = await node.Page(Desk);
        await page.GotoAsync("/");
        await page.Press(page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Site nanaimo" }));
        await Ask(page, person, "Book");
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("Booked.");
        Assert.Equal(SeatState.Booked, (await SeatOf(person))?.State);
    }

    [Fact]
    public async Task A_seat_is_held_and_given_back()
    {
        var person = node.People[2];
        var page = await node.Page(Desk);
        await page.GotoAsync("/sites/nanaimo");
        await Ask(page, person, "Hold");
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("Held.");
        Assert.Equal(SeatState.Held, (await SeatOf(person))?.State);

        var row = page.Locator("tr", new PageLocatorOptions { HasText = Id(person) });
        await page.Press(row.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Give back" }));
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("Given back.");
        Assert.Null(await SeatOf(person));
    }

    [Fact]
    public async Task What_is_refused_is_said_with_its_rule()
    {
        var page = await node.Page(Desk);
        await page.GotoAsync("/sites/nanaimo");
        await page.Choose(page.Locator("#book + form select[name=Cohort]"), "GRIP");
        await page.Type(page.Locator("#book + form input[name=Person]"), Id(node.People[3]));
        await page.Press(page.Locator("#book + form").GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Book" }));
        await Assertions.Expect(page.Locator("#refusal")).ToContainTextAsync("Refused.");
    }

    [Fact]
    public async Task Somebody_is_referred_to_another_site()
    {
        var person = node.People[4];
        var page = await node.Page(Desk);
        await page.GotoAsync("/sites/nanaimo");
        var form = page.Locator("#refer + form");
        await page.Type(form.Locator("input[name=Person]"), Id(person));
        await page.Choose(form.Locator("select[name=Target]"), "Harbour");
        await page.Type(form.Locator("input[name=Program]"), "RTT-KaT-12");
        await page.TabTo(form.Locator("input[name=Consented]"));
        await page.Keyboard.PressAsync("Space");
        await page.Press(form.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Refer" }));
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("Referred.");
        var sent = await node.Operator.Referrals.ListReferralsAsync(new ListReferralsRequest { Parent = $"networks/{PagesNode.Network}/sites/nanaimo", Outgoing = true });
        Assert.Contains(sent.Referrals, r => r.Participant == person && r.Target.EndsWith("/prince-rupert", StringComparison.Ordinal));
    }

    /// <summary>The door of a session that is not yet: everybody is on the list, and who is recorded too early is refused by the rule.</summary>
    [Fact]
    public async Task At_the_door_everybody_is_listed_and_who_comes_too_early_is_told()
    {
        var page = await node.Page(Desk);
        await page.GotoAsync("/sites/nanaimo");
        await page.Press(page.Locator("#calendar ~ .scroll a").First);
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new PageGetByRoleOptions { Name = "Whose session it is" })).ToBeVisibleAsync();
        await page.Press(page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Took part" }).First);
        await Assertions.Expect(page.Locator("#refusal")).ToContainTextAsync("Refused.");
    }

    /// <summary>Sent twice, as by a reload or a double press, it is done once.</summary>
    [Fact]
    public async Task A_form_that_is_sent_twice_is_done_once()
    {
        var person = node.People[5];
        var page = await node.Page(Desk);
        await page.GotoAsync("/sites/nanaimo");
        var form = page.Locator("#book + form");
        var id = await form.Locator("input[name=RequestId]").InputValueAsync();
        await Ask(page, person, "Hold");
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("Held.");
        await page.EvaluateAsync("id => document.querySelector('#book + form input[name=RequestId]').value = id", id);
        await Ask(page, person, "Hold");
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("Held.");
        var seats = await node.Operator.Cohorts.ListSeatsAsync(new ListSeatsRequest { Parent = Cohort });
        Assert.Single(seats.Seats, s => s.Participant == person);
        await node.Operator.Cohorts.ReleaseSeatAsync(new ReleaseSeatRequest { Cohort = Cohort, Participant = person, RequestId = PagesNode.RequestId() });
    }

    private static async Task Ask(IPage page, string person, string button)
    {
        await page.Choose(page.Locator("#book + form select[name=Cohort]"), "RTT");
        await page.Type(page.Locator("#book + form input[name=Person]"), Id(person));
        await page.Press(page.Locator("#book + form").GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = button }));
    }

    private async Task<Seat?> SeatOf(string person) =>
        (await node.Operator.Cohorts.ListSeatsAsync(new ListSeatsRequest { Parent = Cohort })).Seats.FirstOrDefault(s => s.Participant == person);

    private static string Id(string name) => name[(name.LastIndexOf('/') + 1)..];
}
