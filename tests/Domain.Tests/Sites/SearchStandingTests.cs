using NodaTime;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Sites;

namespace RttNetwork.Domain.Tests.Sites;

/// <summary>What searches know of a site, and how they treat it.</summary>
public sealed class SearchStandingTests
{
    private static readonly DateTimeZone Zone = DateTimeZoneProviders.Tzdb["America/Vancouver"];
    private static readonly Instant Now = Instant.FromUtc(2027, 1, 6, 6, 30);                      // 23:30 on the 5th at the site, which keeps summer time
    private static readonly SiteState Open = After(SiteState.Empty, SiteRules.Open(SiteState.Empty, new SiteOpened("North", "island", "CA-BC", Zone.Id, null, null), [], []));

    [Fact]
    public void Limited_capacity_lasts_until_its_last_day_is_over_at_the_site()
    {
        var limited = After(Open, Limit("flood", new LocalDate(2027, 1, 6)));
        var midnight = new LocalDate(2027, 1, 7).AtStartOfDayInZone(Zone).ToInstant();
        Assert.True(limited.Limit!.HoldsAt(midnight - Duration.Epsilon));
        Assert.False(limited.Limit.HoldsAt(midnight));
        Assert.Equal(new CapacityLimit("flood", Now, new LocalDate(2027, 1, 6), midnight), limited.Limit);

        // Today at the site is still the 5th.
        Assert.Null(Limit("flood", new LocalDate(2027, 1, 5)).Refusal);
        var refusal = Limit("flood", new LocalDate(2027, 1, 4)).Refusal!;
        Assert.Equal((Reason.LimitedCapacityOver, 43), (refusal.Reason, refusal.Rule));
        Assert.StartsWith("until:", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_limit_that_is_said_anew_keeps_its_beginning_and_one_that_was_over_begins_again()
    {
        var limited = After(Open, Limit("flood", new LocalDate(2027, 1, 6)));
        var later = Now + Duration.FromHours(3);
        var longer = After(limited, SiteRules.SetLimitedCapacity(limited, true, "flood", null, Zone, later), later);
        Assert.Equal(new CapacityLimit("flood", Now, null, null), longer.Limit);
        Assert.True(SiteRules.SetLimitedCapacity(longer, true, "flood", null, Zone, later).Last.IsEmpty);

        var after = Now + Duration.FromDays(10);
        Assert.Equal(after, After(limited, SiteRules.SetLimitedCapacity(limited, true, "flood", null, Zone, after), after).Limit!.Since);
        Assert.Null(After(longer, SiteRules.SetLimitedCapacity(longer, false, "", null, Zone, later), later).Limit);
    }

    [Fact]
    public void Only_a_site_with_limited_capacity_is_hidden_and_it_stays_so_until_it_is_unhidden()
    {
        Assert.Equal((Reason.SiteNotLimited, 43), (SiteRules.Hide(Open, "flood", HidingAgreedBy.Operator, Now).Refusal is { } r ? (r.Reason, r.Rule) : default));
        var limited = After(Open, Limit("flood", new LocalDate(2027, 1, 6)));
        Assert.Equal(Reason.SiteNotLimited, SiteRules.Hide(limited, "flood", HidingAgreedBy.Operator, Now + Duration.FromDays(10)).Refusal!.Reason);
        var hidden = After(limited, SiteRules.Hide(limited, "flood", HidingAgreedBy.Authority, Now));
        Assert.Equal(new Hiding("flood", HidingAgreedBy.Authority), hidden.Hidden);
        Assert.True(SiteRules.Hide(hidden, "flood", HidingAgreedBy.Authority, Now).Last.IsEmpty);
        // The site says itself that it has room again: that does not undo what others have agreed to.
        var unlimited = After(hidden, SiteRules.SetLimitedCapacity(hidden, false, "", null, Zone, Now));
        Assert.NotNull(unlimited.Hidden);
        Assert.Null(After(unlimited, SiteRules.Unhide(unlimited)).Hidden);
    }

    [Fact]
    public void A_site_is_described_anew_in_one_order_and_only_when_something_changes()
    {
        var described = After(Open, SiteRules.Describe(Open, 49.2, -123.9, ["fr", "en"], ["wheelchair"]));
        Assert.Equal((49.2, -123.9), (described.Profile!.Latitude, described.Profile.Longitude));
        Assert.Equal(["en", "fr"], described.Languages.AsEnumerable());
        Assert.True(SiteRules.Describe(described, 49.2, -123.9, ["en", "fr"], ["wheelchair"]).Last.IsEmpty);
        Assert.Single(SiteRules.Describe(described, null, null, ["en", "fr"], ["wheelchair"]).Last);
        Assert.Equal(2, SiteRules.Open(SiteState.Empty, described.Profile, ["en"], []).Last.Length);
        Assert.Equal(Reason.NotFound, SiteRules.Describe(SiteState.Empty, null, null, [], []).Refusal!.Reason);
    }

    [Fact]
    public void What_was_stored_before_limits_had_an_end_is_read_as_it_was_meant()
    {
        var limited = Open.Apply(new LimitedCapacitySet(true, "staff"), Now);
        Assert.Equal(new CapacityLimit("staff", Now, null, null), limited.Limit);
        Assert.Null(limited.Apply(new LimitedCapacitySet(false, ""), Now).Limit);
    }

    private static Decision Limit(string reason, LocalDate? until) => SiteRules.SetLimitedCapacity(Open, true, reason, until, Zone, Now);

    private static SiteState After(SiteState site, Decision decision) => After(site, decision, Now);

    private static SiteState After(SiteState site, Decision decision, Instant at)
    {
        Assert.Null(decision.Refusal);
        return decision.Last.Aggregate(site, (s, e) => s.Apply(e, at));
    }
}
