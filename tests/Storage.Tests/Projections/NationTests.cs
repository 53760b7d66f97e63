using NodaTime;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Views;
using RttNetwork.Domain.Sites;

namespace RttNetwork.Storage.Tests.Projections;

/// <summary>What a Nation governs and does not authorise is in no answer to an authority, neither by itself nor in a sum (rule 53).</summary>
public sealed class NationTests
{
    private const string Network = "bc";
    private static readonly PageRequest Whole = new(200, null, null);

    /// <summary>
    /// The attacker asks every question that there is. Each answer is what it would be if the site had never been: so whatever happens there, no answer changes,
    /// and no difference of two answers is of it.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Every_answer_is_what_it_would_be_if_the_site_had_never_been(int seed)
    {
        await using var stage = await ProjectionStage.Create();
        var network = new RandomNetwork(seed);
        await stage.CommitRandom(network, 600);
        await stage.CatchUp((await stage.Entries())[^1].Position);
        var all = await stage.Views.Capacity(Network, new CapacityAsk(CapacityBy.Cohort), Whole, network.Now, default);
        var compared = 0;
        foreach (var site in RandomNetwork.SiteIds)
        {
            var (views, others) = (stage.Views.Without([site]), all.Rows.Where(r => r.Site != site).ToList());
            foreach (var by in Enum.GetValues<CapacityBy>())
            {
                foreach (var (region, at, program, week) in
                    from region in (string?[])[null, .. RandomNetwork.Regions]
                    from at in (string?[])[null, .. RandomNetwork.SiteIds]
                    from program in (string?[])[null, .. RandomNetwork.Programs]
                    from week in (LocalDate?[])[null, .. all.Rows.SelectMany(r => r.Weeks).Distinct().Take(3)]
                    select (region, at, program, week))
                {
                    var ask = new CapacityAsk(by, region, at, null, program, week);
                    var told = CapacityRollUp.Of((await views.Capacity(Network, ask, Whole, network.Now, default)).Rows, ask, network.Now, ProjectionStage.Operator(Network));
                    Assert.Equal(Oracle.Text(CapacityRollUp.Of(others, ask, network.Now, ProjectionStage.Operator(Network))), Oracle.Text(told));
                    compared += told.Length;
                }
            }
            // Page by page too: what is left out does not end a list.
            var paged = new List<string>();
            for (string? after = null; ;)
            {
                var page = await views.Capacity(Network, new CapacityAsk(CapacityBy.Cohort), new PageRequest(1, after, null), network.Now, default);
                if (page.Rows.IsEmpty) break;
                paged.Add(after = page.Rows[0].Cohort);
            }
            Assert.Equal(others.Select(r => r.Cohort).Order(StringComparer.Ordinal), paged);
        }
        Assert.True(compared > 0 && all.Rows.Select(r => r.Site).Distinct().Count() > 1);
    }

    [Fact]
    public async Task A_site_is_withheld_unless_an_authorisation_counts_at_this_moment_and_while_the_projection_is_stale_in_any_case()
    {
        await using var stage = await ProjectionStage.Create(withProjection: false);
        var (writer, now) = (new EventWriter(stage), Instant.FromUtc(2027, 3, 1, 12, 0));
        var (hour, nanaimo) = (Duration.FromHours(1), Keys.Site(Network, "nanaimo"));
        await writer.Write(nanaimo, now, new SiteOpened("Nanaimo", "island", "CA-BC", "America/Vancouver", null, null));
        await writer.Write(Keys.Site(Network, "comox"), now, new SiteOpened("Comox", "island", "CA-BC", "America/Vancouver", null, null));
        Assert.Null(await stage.Views.Withheld(Network, now, default));                          // nobody knows before there are tables
        foreach (var (nation, authorisation, isWithheld) in new (string, FiguresAuthorisation?, bool)[]
        {
            ("", null, false),
            ("a-nation", null, true),
            ("a-nation", new("council", now - hour, now + hour), false),
            ("a-nation", new("council", now, now + hour), false),
            ("a-nation", new("council", now + Duration.Epsilon, now + hour), true),
            ("a-nation", new("council", now - hour, now), true),
            ("a-nation", null, true),
        })
        {
            await writer.Write(nanaimo, now, new NationGovernanceSet(nation, authorisation));
            await stage.CatchUp(writer.Last);
            WithheldSite[] expected = isWithheld ? [new("nanaimo", "island")] : [];
            Assert.Equal(expected, (await stage.Views.Withheld(Network, now, default))!.Value.AsEnumerable());
        }
        // A revocation may be among what a projection that stands still does not have.
        await writer.Write(nanaimo, now, new NationGovernanceSet("a-nation", new FiguresAuthorisation("council", now - hour, now + hour)));
        await stage.CatchUp(writer.Last);
        await writer.Write(nanaimo, now, new NationGovernanceSet("a-nation", null));
        await using (var connection = await stage.Open())
        await using (var command = new Npgsql.NpgsqlCommand("UPDATE rtt.journal SET recorded_at = recorded_at - interval '1 minute' WHERE stream = $1", connection) { Parameters = { new() { Value = nanaimo } } })
            await command.ExecuteNonQueryAsync();
        Assert.Equal([new WithheldSite("nanaimo", "island")], (await stage.Views.Withheld(Network, now, default))!.Value.AsEnumerable());
    }
}
