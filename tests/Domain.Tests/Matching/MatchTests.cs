using CsCheck;
using NodaTime;
using RttNetwork.Domain.Matching;
using RttNetwork.Domain.Sites;

namespace RttNetwork.Domain.Tests.Matching;

public sealed class MatchTests
{
    private static readonly LocalDate Today = new(2027, 1, 1);
    private static readonly CapacityLimit Limit = new("flood", Instant.FromUtc(2026, 12, 24, 9, 0), new LocalDate(2027, 1, 31), Instant.FromUtc(2027, 2, 1, 8, 0));
    private static readonly Gen<Match> GenMatch =
        Gen.Select(Gen.Int[-400, 4000], Gen.Int[0, 20_100], Gen.Bool, Gen.Bool, Gen.Int[1, 200], Gen.Bool, (days, km, isKnown, hasOrigin, open, limited) =>
            new Match(Today.PlusDays(days), Today, isKnown ? km : null, hasOrigin, open, limited ? Limit : null));

    [Fact]
    public void Ten_kilometres_are_as_bad_as_a_day_and_nobody_waits_less_than_nothing()
    {
        var match = new Match(Today.PlusDays(12), Today, 92, true, 3, null);
        Assert.Equal((212, 12), (match.Points, match.WaitDays));
        Assert.Equal((match with { DistanceKm = 102 }).Points, (match with { FirstDay = Today.PlusDays(13) }).Points);
        var begun = match with { FirstDay = Today.PlusDays(-3), HasOrigin = false };
        Assert.Equal((-30, 0), (begun.Points, begun.WaitDays));
        Assert.Equal("has begun on 2026-12-29", begun.Reasons()[0].Text);
    }

    [Fact]
    public void Every_reason_has_its_figures()
    {
        var match = new Match(Today.PlusDays(1), Today, 1200, true, 1, Limit);
        Assert.Equal(
            ["limited capacity since 2026-12-24 until 2027-01-31: flood; after every other site", "1 day to wait: begins on 2027-01-02", "1200 km away", "1 seat open"],
            match.Reasons().Select(r => r.Text));
        Assert.Equal(["wait", "distance-unknown", "seats-open"], (match with { Limit = null, DistanceKm = null }).Reasons().Select(r => r.Code));
        Assert.Equal(["wait", "seats-open"], (match with { Limit = null, HasOrigin = false }).Reasons().Select(r => r.Code));
    }

    [Fact]
    public void The_points_are_the_sum_of_their_reasons() =>
        GenMatch.Sample(match => Assert.Equal(match.Points, match.Reasons().Sum(r => r.Points)));

    [Fact]
    public void Nearer_and_sooner_are_never_worse_and_seats_and_limits_change_no_points() => GenMatch.Sample(match =>
    {
        Assert.True((match with { FirstDay = match.FirstDay.PlusDays(1) }).Points > match.Points);
        if (match is { DistanceKm: { } km, HasOrigin: true }) Assert.True((match with { DistanceKm = km + 1 }).Points > match.Points);
        Assert.Equal(match.Points, (match with { SeatsOpen = match.SeatsOpen + 1, Limit = null }).Points);
        Assert.Equal((match with { DistanceKm = null, HasOrigin = true }).Points, (match with { DistanceKm = Match.UnknownKm, HasOrigin = true }).Points);
    });
}
