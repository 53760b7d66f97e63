using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Programs;

namespace RttNetwork.Domain.Tests.Programs;

/// <summary>Ratios as data: the published vectors at their edges, the strictest participant, caps and dates.</summary>
public sealed class RulePackTests
{
    private static readonly LocalDate Day = new(2027, 1, 12);

    /// <summary>OAR 333-333-5230, as shipped.</summary>
    public static readonly RulePack Oregon = new("us-or-psilocybin", 1, "Oregon", "US-OR", "", new LocalDate(2025, 1, 1), null, "OAR 333-333-5230",
        [
            Band(0, 5_000, true, 25), Band(5_000, 10_000, false, 15), Band(10_000, 15_000, false, 8),
            Band(15_000, 25_000, false, 6), Band(25_000, 35_000, true, 4), Band(35_000, 50_000, true, 2),
        ],
        [new CapRule(SessionKinds.Medicine, "psilocybin", 25)],
        []);

    public static readonly RulePack Default = new("default", 1, "Default", "", "", new LocalDate(2026, 1, 1), null, "",
        [
            new RatioRule(SessionKinds.Medicine, "", null, Roles.Facilitator, 4, 2, true),
            new RatioRule(SessionKinds.Medicine, "", null, Roles.Nurse, 5, 1, false),
            new RatioRule(SessionKinds.Medicine, "iv", null, Roles.Nurse, 2, 1, false),
        ],
        [new CapRule(SessionKinds.Medicine, "", 25)],
        []);

    private static readonly SessionTemplate Ceremony = Templates.Session("ceremony", SessionKinds.Medicine, Scopes.Cohort, Modes.InPerson, [2], 240, staffing: [new(Roles.Facilitator, 0, 1)]);

    [Theory]
    [InlineData(1, 25)]
    [InlineData(4_999, 25)]
    [InlineData(5_000, 15)]
    [InlineData(9_999, 15)]
    [InlineData(10_000, 8)]
    [InlineData(14_999, 8)]
    [InlineData(15_000, 6)]
    [InlineData(24_999, 6)]
    [InlineData(25_000, 4)]
    [InlineData(34_999, 4)]
    [InlineData(35_000, 2)]
    [InlineData(35_001, 2)]
    [InlineData(50_000, 2)]
    public void Oregon_counts_by_the_dose_and_takes_the_stricter_band_on_an_edge(int micrograms, int participantsPerFacilitator)
    {
        var need = Assert.Single(RulePacks.NeedsOf(Ceremony, [Oregon], 10, [new Intended("psilocybin", micrograms)]));
        Assert.Equal(new StaffingNeed(Roles.Facilitator, participantsPerFacilitator, 1), need);
    }

    [Theory]
    [InlineData(50_000, false)]
    [InlineData(50_001, true)]
    public void A_dose_beyond_every_band_has_no_ratio_and_is_not_given(int micrograms, bool beyond) =>
        Assert.Equal(beyond, RulePacks.IsBeyondEveryBand(SessionKinds.Medicine, [Oregon], new Intended("psilocybin", micrograms)));

    [Fact]
    public void The_largest_dose_in_the_room_sets_the_ratio_for_everybody() =>
        Assert.Equal(2, Assert.Single(RulePacks.NeedsOf(Ceremony, [Oregon], 10, [new("psilocybin", 2_000), new("psilocybin", 40_000), new("psilocybin", 12_000)])).ParticipantsPerMember);

    [Fact]
    public void A_dose_that_nobody_knows_may_be_the_largest() =>
        Assert.Equal(2, Assert.Single(RulePacks.NeedsOf(Ceremony, [Oregon], 10, [new("psilocybin", 0)])).ParticipantsPerMember);

    [Fact]
    public void Ketamine_in_Oregon_is_not_psilocybin()
    {
        Assert.Equal(0, Assert.Single(RulePacks.NeedsOf(Ceremony, [Oregon], 10, [new("im", 0)])).ParticipantsPerMember);
        Assert.Equal(0, RulePacks.CapOf(SessionKinds.Medicine, [Oregon], [new("im", 0)]));
        Assert.Equal(25, RulePacks.CapOf(SessionKinds.Medicine, [Oregon], [new("psilocybin", 1_000)]));
    }

    [Theory]
    [InlineData(4, 4, 1)]
    [InlineData(4, 5, 2)]
    [InlineData(5, 5, 1)]
    [InlineData(5, 6, 2)]
    [InlineData(25, 25, 1)]
    [InlineData(25, 26, 2)]
    [InlineData(0, 40, 0)]
    public void One_more_than_the_ratio_needs_one_more_member(int participantsPerMember, int people, int members) =>
        Assert.Equal(members, new StaffingNeed(Roles.Nurse, participantsPerMember, 0).MembersFor(people));

    [Fact]
    public void The_strictest_route_in_the_room_governs()
    {
        var needs = RulePacks.NeedsOf(Templates.Medicine(Scopes.Pod, [4], 240), [Default], 8, [new("im", 0), new("iv", 0)]);
        Assert.Equal(2, needs.Single(n => n.Role == Roles.Nurse).ParticipantsPerMember);
    }

    [Fact]
    public void A_rule_for_groups_leaves_one_person_alone()
    {
        var alone = RulePacks.NeedsOf(Ceremony, [Default], 1, [new("im", 0)]);
        Assert.Equal(new StaffingNeed(Roles.Facilitator, 0, 1), alone.Single(n => n.Role == Roles.Facilitator));
        Assert.Equal(2, RulePacks.NeedsOf(Ceremony, [Default], 2, [new("im", 0)]).Single(n => n.Role == Roles.Facilitator).MembersMin);
    }

    [Fact]
    public void A_sites_policy_replaces_the_default_and_the_template_and_never_the_law()
    {
        var policy = Default with { Pack = "nanaimo", Site = "nanaimo", Ratios = [new RatioRule(SessionKinds.Medicine, "", null, Roles.Nurse, 10, 1, false), new RatioRule(SessionKinds.Medicine, "", null, Roles.Facilitator, 30, 1, false)] };
        var needs = RulePacks.NeedsOf(Templates.Medicine(Scopes.Pod, [4], 240), [Default, policy], 8, [new("im", 0)]);
        Assert.Equal(new StaffingNeed(Roles.Nurse, 10, 1), needs.Single(n => n.Role == Roles.Nurse));
        // How many there must be at least stays the template's.
        Assert.Equal(new StaffingNeed(Roles.Facilitator, 30, 2), needs.Single(n => n.Role == Roles.Facilitator));
        var inOregon = RulePacks.NeedsOf(Ceremony, [Default, policy, Oregon], 8, [new("psilocybin", 30_000)]);
        Assert.Equal(4, inOregon.Single(n => n.Role == Roles.Facilitator).ParticipantsPerMember);
    }

    [Fact]
    public void A_pack_counts_where_it_is_in_force_and_on_its_days()
    {
        ImmutableArray<RulePack> packs = [Default, Oregon, Default with { Version = 2, EffectiveFrom = new LocalDate(2027, 6, 1) }, Default with { Pack = "old", EffectiveUntil = new LocalDate(2026, 6, 1) }];
        Assert.Equal([("default", 1)], RulePacks.InForce(packs, "CA-BC", "nanaimo", Day).Select(p => (p.Pack, p.Version)));
        Assert.Equal([("default", 2), ("us-or-psilocybin", 1)], RulePacks.InForce(packs, "US-OR", "bend", new LocalDate(2027, 6, 1)).Select(p => (p.Pack, p.Version)).Order());
    }

    [Fact]
    public void A_route_needs_one_of_its_accreditations()
    {
        var alberta = Default with { Pack = "ca-ab", Jurisdiction = "CA-AB", Ratios = [], Routes = [new RouteRule("", ["licence"]), new RouteRule("iv", ["hospital", "non-hospital-facility"])] };
        Assert.Empty(RulePacks.NotPermitted("im", [alberta], code => code == "licence"));
        Assert.Single(RulePacks.NotPermitted("iv", [alberta], code => code == "licence"));
        Assert.Empty(RulePacks.NotPermitted("iv", [alberta], code => code is "licence" or "hospital"));
    }

    [Fact]
    public void A_pack_that_contradicts_itself_is_told_every_field()
    {
        var wrong = Default with
        {
            EffectiveUntil = new LocalDate(2025, 1, 1),
            Ratios = [new RatioRule("", "", new DoseBand(10, 5, true), "shaman", -1, 0, false), new RatioRule("", "", null, Roles.Nurse, 0, 0, false)],
            Caps = [new CapRule("party", "", 0)],
            Routes = [new RouteRule("iv", [])],
        };
        var refusal = RulePacks.Publish(RulePacksState.Empty, wrong).Refusal!;
        Assert.Equal(Reason.TemplateInvalid, refusal.Reason);
        Assert.Equal(
            ["caps[0].seats_max", "caps[0].session_kind", "effective_until", "ratios[0].dose", "ratios[0].participants_per_member", "ratios[0].role", "ratios[0].route", "ratios[1].members_min", "routes[0].accreditation_any_of"],
            refusal.Violations.Select(v => v.Subject).Order(StringComparer.Ordinal));
    }

    private static RatioRule Band(int from, int upTo, bool included, int participants) =>
        new(SessionKinds.Medicine, "psilocybin", new DoseBand(from, upTo, included), Roles.Facilitator, participants, 1, false);
}
