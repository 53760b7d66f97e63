using Microsoft.Playwright;
using RttNetwork.Wire.V1;

namespace RttNetwork.Browser.Tests;

/// <summary>The door of a session that is open, by keyboard alone; what it comes to is asked of the network by gRPC.</summary>
[Collection(DoorNodeTests.Name)]
public sealed class DoorTests(DoorNode node)
{
    /// <summary>Whose checklist does not pass is held and stays out; once it passes they are in.</summary>
    [Fact]
    public async Task Somebody_is_held_by_the_checklist_and_then_checked_in()
    {
        var page = await node.Page();
        await page.GotoAsync("/");
        await page.Press(page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Site vancouver" }));
        await page.Press(page.Locator("#calendar ~ .scroll a").First);
        await Assertions.Expect(page.Locator("body")).ToContainTextAsync("The door is open.");
        var row = page.Locator("#people ~ .scroll tr", new PageLocatorOptions { HasText = node.Person[(node.Person.LastIndexOf('/') + 1)..] });
        await Assertions.Expect(row).ToContainTextAsync("expected");

        await CheckIn(page, oxygen: "88");
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("Recorded.");
        await Assertions.Expect(row).ToContainTextAsync("held: oxygen");
        Assert.Equal((0, "enrolled"), await Now());

        await CheckIn(page, oxygen: "97");
        await Assertions.Expect(row).ToContainTextAsync("checked in");
        await Assertions.Expect(page.Locator("#check-in")).ToHaveCountAsync(0);
        Assert.Equal((1, "in-medicine"), await Now());
    }

    /// <summary>The whole checklist, as somebody fills it in who has no mouse. Food was the evening before.</summary>
    private static async Task CheckIn(IPage page, string oxygen)
    {
        var form = page.Locator("#check-in + form");
        await page.Choose(form.Locator("select[name=Clinician]"), "vancouver-rn1");
        await page.Type(form.Locator("input[name=Systolic]"), "122");
        await page.Type(form.Locator("input[name=Diastolic]"), "78");
        await page.Type(form.Locator("input[name=Oxygen]"), oxygen);
        await page.Time(form.Locator("input[name=Food]"), "1100PM");
        await page.Time(form.Locator("input[name=Fluid]"), "0600AM");
        foreach (var item in new[] { "PressureAccepted", "Escort", "Medicines", "Pregnancy", "Item9" })
        {
            await page.TabTo(form.Locator($"input[name={item}]"));
            await page.Keyboard.PressAsync("Space");
        }
        await page.Press(form.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Check in" }));
    }

    /// <summary>How many are in the session, and where the person is on the pathway, as the network says.</summary>
    private async Task<(int Present, string Stage)> Now()
    {
        var door = await node.Client.Sessions.GetSessionAsync(new GetSessionRequest { Cohort = node.Cohort, Session = 0 });
        return (door.Present, (await node.Client.Pathways.GetPathwayAsync(new GetPathwayRequest { Participant = node.Person })).Stage);
    }
}
