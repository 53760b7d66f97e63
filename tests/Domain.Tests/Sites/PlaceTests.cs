using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Sites;

namespace RttNetwork.Domain.Tests.Sites;

public sealed class PlaceTests
{
    private static readonly Instant Now = World.Start;

    [Fact]
    public void British_Columbia_keeps_one_clock_all_year_from_2026_on()
    {
        var (_, sessions) = Place("America/Vancouver", Draft(new LocalDateTime(2026, 12, 15, 17, 30)), Draft(new LocalDateTime(2027, 6, 15, 17, 30)));
        Assert.Equal(Instant.FromUtc(2026, 12, 16, 0, 30), sessions[0].StartsAt);
        Assert.Equal(Instant.FromUtc(2027, 6, 16, 0, 30), sessions[1].StartsAt);
    }

    [Theory]
    [InlineData("America/Denver", 0, 30)]
    [InlineData("America/Edmonton", 23, 30)]
    [InlineData("America/Regina", 23, 30)]
    [InlineData("America/Toronto", 22, 30)]
    [InlineData("America/St_Johns", 21, 0)]
    public void A_winter_evening_is_resolved_in_the_zone_of_the_site(string zone, int utcHour, int utcMinute)
    {
        var (_, sessions) = Place(zone, Draft(new LocalDateTime(2027, 1, 12, 17, 30)));
        var utc = sessions[0].StartsAt.InUtc();
        Assert.Equal((utcHour, utcMinute), (utc.Hour, utc.Minute));
    }

    [Fact]
    public void An_hour_that_the_clock_skips_is_refused()
    {
        var (refusal, _) = Place("America/Toronto", Draft(new LocalDateTime(2027, 3, 14, 2, 30)));
        Assert.Equal(Reason.SessionTimeInvalid, refusal!.Reason);
    }

    [Fact]
    public void An_hour_that_the_clock_passes_twice_is_taken_the_first_time()
    {
        var (_, sessions) = Place("America/Toronto", Draft(new LocalDateTime(2027, 11, 7, 1, 30)));
        Assert.Equal(Instant.FromUtc(2027, 11, 7, 5, 30), sessions[0].StartsAt);
    }

    [Fact]
    public void A_weekly_session_keeps_its_wall_time_over_a_clock_change()
    {
        var (_, sessions) = Place("America/Toronto", Draft(new LocalDateTime(2027, 3, 9, 17, 30)), Draft(new LocalDateTime(2027, 3, 16, 17, 30)));
        Assert.Equal(Duration.FromHours((7 * 24) - 1), sessions[1].StartsAt - sessions[0].StartsAt);
    }

    [Theory]
    [InlineData(120, Reason.RoomOccupied)]
    [InlineData(119, Reason.RoomOccupied)]
    [InlineData(150, null)]
    [InlineData(149, Reason.RoomOccupied)]
    public void A_room_is_free_again_after_the_turnover(int minutesLater, Reason? expected)
    {
        var first = new LocalDateTime(2027, 1, 12, 17, 30);
        var site = Site("America/Vancouver");
        var (_, sessions) = SiteRules.Place(site, "hall", "c2", [Draft(first)], DateTimeZoneProviders.Tzdb["America/Vancouver"]);
        site = site.Apply(new RoomReserved("hall", "c1", SiteRules.RoomTimes(sessions)), Now);
        var (refusal, _) = SiteRules.Place(site, "hall", "c2", [Draft(first.PlusMinutes(minutesLater))], DateTimeZoneProviders.Tzdb["America/Vancouver"]);
        Assert.Equal(expected, refusal?.Reason);
    }

    [Fact]
    public void A_cohort_that_exists_is_told_so_and_not_that_its_own_room_is_taken()
    {
        var first = new LocalDateTime(2027, 1, 12, 17, 30);
        var site = Site("America/Vancouver").Apply(new RoomReserved("hall", "c2", []), Now);
        var (refusal, _) = SiteRules.Place(site, "hall", "c2", [Draft(first)], DateTimeZoneProviders.Tzdb["America/Vancouver"]);
        Assert.Equal(Reason.AlreadyExists, refusal!.Reason);
    }

    [Fact]
    public void A_virtual_session_takes_no_room()
    {
        var first = new LocalDateTime(2027, 1, 12, 17, 30);
        var site = Site("America/Vancouver").Apply(new RoomReserved("hall", "c1", SiteRules.RoomTimes(
            SiteRules.Place(Site("America/Vancouver"), "hall", "c1", [Draft(first)], DateTimeZoneProviders.Tzdb["America/Vancouver"]).Sessions)), Now);
        var (refusal, _) = SiteRules.Place(site, "hall", "c2", [Draft(first) with { IsVirtual = true }], DateTimeZoneProviders.Tzdb["America/Vancouver"]);
        Assert.Null(refusal);
    }

    [Fact]
    public void Two_sessions_of_one_cohort_never_overlap()
    {
        var first = new LocalDateTime(2027, 1, 12, 17, 30);
        var (refusal, _) = Place("America/Vancouver", Draft(first), Draft(first.PlusMinutes(60)));
        Assert.Equal(Reason.SessionTimeInvalid, refusal!.Reason);
    }

    [Fact]
    public void A_blocked_room_takes_no_cohort()
    {
        var site = Site("America/Vancouver").Apply(new RoomBlocked("hall", "flood", []), Now);
        var (refusal, _) = SiteRules.Place(site, "hall", "c2", [Draft(new LocalDateTime(2027, 1, 12, 17, 30))], DateTimeZone.Utc);
        Assert.Equal(Reason.RoomBlocked, refusal!.Reason);
    }

    private static SessionDraft Draft(LocalDateTime start) => new("small-group", start, Duration.FromMinutes(120), Duration.FromMinutes(30), false);

    private static SiteState Site(string zone) => SiteState.Empty
        .Apply(new SiteOpened("Nanaimo", "island", "CA-BC", zone, null, null), Now)
        .Apply(new RoomOpened("hall", "Hall", 40), Now);

    private static (Refusal? Refusal, ImmutableArray<Domain.Cohorts.Session> Sessions) Place(string zone, params ImmutableArray<SessionDraft> drafts) =>
        SiteRules.Place(Site(zone), "hall", "c1", drafts, DateTimeZoneProviders.Tzdb[zone]);
}
