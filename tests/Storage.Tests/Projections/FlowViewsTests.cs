using NodaTime;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Views;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Referrals;
using RttNetwork.Domain.Sites;

namespace RttNetwork.Storage.Tests.Projections;

/// <summary>Referrals between regions, told over by plain lists: each at the end that is in the region, by the day that it was there.</summary>
public sealed class FlowViewsTests
{
    private static readonly Instant Now = Instant.FromUtc(2026, 10, 1, 17, 0);
    private static readonly Dictionary<string, (string Region, string Zone)> Sites = new()
    {
        ["nanaimo"] = ("island", "America/Vancouver"),
        ["comox"] = ("island", "America/Vancouver"),
        ["calgary"] = ("prairie", "America/Edmonton"),
        ["halifax"] = ("coast", "America/Halifax"),
    };

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_referral_is_counted_at_the_end_that_is_in_the_region_on_the_day_that_it_was_sent_there(int seed)
    {
        await using var stage = await ProjectionStage.Create();
        var (random, writer) = (new Random(seed), new EventWriter(stage));
        foreach (var (site, (region, zone)) in Sites) await writer.Write(Keys.Site("bc", site), Now, new SiteOpened(site, region, "CA-BC", zone, null, null));
        List<(string Source, string Target, Instant At, string Status, string Outcome)> sent = [];
        for (var i = 0; i < 120; i++)
        {
            var (source, target) = (Sites.Keys.ElementAt(random.Next(4)), Sites.Keys.ElementAt(random.Next(4)));
            // About midnight as often as not.
            var at = Now + Duration.FromDays(random.Next(80)) + Duration.FromMinutes(random.Next(2) == 0 ? random.Next(1440) : (14 * 60) + random.Next(-60, 300));
            var form = new ReferralForm("p1", source, Sites[source].Region, target, Sites[target].Region, "GRIP-8", "", "", Priority.Routine, "closer-to-home", "", Now, at + Duration.FromDays(7), null, true);
            var stream = Keys.Referral("bc", $"r{i}");
            if (random.Next(8) == 0)
            {
                // Never sent: nobody's yet.
                await writer.Write(stream, at, new ReferralDrafted(form));
                if (random.Next(2) == 0) await writer.Write(stream, at, new ReferralWithdrawn("sent-in-error"));
                continue;
            }
            var (decided, status, outcome) = random.Next(5) switch
            {
                0 => ((IEvent?)null, "sent", ""),
                1 => (new ReferralDeclined("no-capacity"), "declined", "no-capacity"),
                2 => (new ReferralDeclined("not-eligible-here"), "declined", "not-eligible-here"),
                3 => (new ReferralExpired(), "expired", ""),
                _ => (new ReferralWithdrawn("person-declined"), "withdrawn", "person-declined"),
            };
            await writer.Write(stream, at, new ReferralSent(form, ""));
            if (decided is not null) await writer.Write(stream, at + Duration.FromDays(random.Next(40)), decided);
            sent.Add((source, target, at, status, outcome));
        }
        await stage.CatchUp(writer.Last);
        foreach (var region in new[] { "island", "prairie", "coast", "nowhere" })
        {
            foreach (var period in new DayPeriod?[] { null, new(new LocalDate(2026, 10, 1), new LocalDate(2026, 10, 31)), new(new LocalDate(2026, 11, 1), new LocalDate(2026, 11, 30)), new(new LocalDate(2026, 10, 20), new LocalDate(2026, 10, 20)) })
            {
                var shown = await stage.Views.ReferralFlows("bc", new FlowsAsk(region, period), default);
                var expected =
                    from s in sent
                    let own = Sites[s.Source].Region == region ? s.Source : Sites[s.Target].Region == region ? s.Target : null
                    where own is not null
                    let day = s.At.InZone(DateTimeZoneProviders.Tzdb[Sites[own].Zone]).Date
                    where period is not { } p || (day >= p.From && day <= p.To)
                    group s by (Sites[s.Source].Region, Sites[s.Target].Region, s.Status, s.Outcome) into flow
                    select $"{flow.Key.Item1} {flow.Key.Item2} {flow.Key.Status} {flow.Key.Outcome} {flow.Count()}";
                Assert.Equal(expected.Order(StringComparer.Ordinal), shown.Rows.Select(r => $"{r.SourceRegion} {r.TargetRegion} {r.Status} {r.Outcome} {r.Referrals}").Order(StringComparer.Ordinal));
            }
        }
        Assert.Empty((await stage.Views.ReferralFlows("on", new FlowsAsk("island", null), default)).Rows);
    }
}
