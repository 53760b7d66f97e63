using System.Globalization;
using NodaTime;
using Npgsql;
using RttNetwork.Contracts.Views;
using RttNetwork.Domain.Webhooks;
using RttNetwork.Grains.Units;
using RttNetwork.Grains.Webhooks;
using RttNetwork.Storage.Webhooks;
using RttNetwork.Testing;

namespace RttNetwork.Grains.Tests.Webhooks;

/// <summary>What waits and what was given up, on a real database: who is next, how much there may be, and how it goes.</summary>
public sealed class OutboxTests : IAsyncLifetime
{
    private const string Network = "bc";
    private static readonly Instant At = Instant.FromUtc(2026, 12, 1, 17, 0);
    private static readonly DueMax Most = new(4, 12, 512);
    private readonly WebhookOptions _options = new() { WaitingMax = 100, GivenUpMax = 50 };
    private TestDatabase _database = null!;
    private NpgsqlDataSource _source = null!;
    private NpgsqlWebhookOutbox _outbox = null!;
    private FeedPosition _place;

    public async Task InitializeAsync()
    {
        _database = await PostgresFixture.CreateDatabase();
        await Connect(pooling: true);
    }

    public async Task DisposeAsync()
    {
        await _source.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Everybodys_first_delivery_comes_before_anybodys_second_and_whoever_was_tried_longest_ago_is_first()
    {
        await Write([Made("a"), Made("b"), Made("c"), .. Queued("a", 10), .. Queued("b", 2, At + Duration.FromHours(1)), .. Queued("c", 1, At + Duration.FromHours(2))]);
        var now = At + Duration.FromHours(3);
        Assert.Equal(["a0", "b0", "c0", "a1", "b1", "a2", "a3"], await Due(now));
        // What is under way counts: the webhook has had its turn, and has as many places fewer.
        Assert.Equal(["b0", "c0", "a1", "b1", "a2", "a3"], await Due(now, "a0"));
        Assert.Equal(["b0", "c0", "b1"], await Due(now, "a0", "a1", "a2", "a3"));
        await _outbox.Delivered(Key("a", "a0"), slow: false, now, default);
        Assert.Equal(["b0", "c0", "a1", "b1", "a2", "a3", "a4"], await Due(now));
        // One that failed or was slow has one at a time.
        await _outbox.NotDelivered(Key("b", "b0"), 1, "http-500", now, now + Duration.FromMinutes(5), default);
        await _outbox.Delivered(Key("a", "a1"), slow: true, now + Duration.FromSeconds(1), default);
        Assert.Equal(["c0", "b1", "a2"], await Due(now));
        Assert.Equal(["c0", "b1"], await Due(now, "a2"));
        // Of one network no more than it has places for, whatever waits.
        Assert.Equal(["c0", "b1"], [.. (await _outbox.Due(now, Most with { PerNetwork = 1 }, [], default)).Select(d => d.Key.Delivery)]);
    }

    [Fact]
    public async Task What_is_over_the_bound_is_given_up_and_listed_and_what_is_over_that_one_is_counted()
    {
        await Write([Made("a"), Made("b"), .. Queued("a", 175), .. Queued("b", 3)]);
        Assert.Equal((100, 50, 25L, false), await Backlog("a"));
        Assert.Equal((3, 0, 0L, false), await Backlog("b"));
        var failed = await _outbox.Failed(Network, null, new PageRequest(200, null, null), default);
        Assert.Equal((50, "a100", "a149"), (failed.Rows.Length, failed.Rows.Min(r => r.Delivery), failed.Rows.Max(r => r.Delivery)));
        Assert.All(failed.Rows, r => Assert.Equal((0, "backlog"), (r.Attempts, r.LastResult)));
        // The oldest are sent, and there is room again.
        Assert.Equal("a000", (await _outbox.Due(At, Most, [], default)).First(d => d.Key.Webhook == "a").Key.Delivery);
        await _outbox.Delivered(Key("a", "a000"), slow: false, At, default);
        await _outbox.NotDelivered(Key("a", "a001"), 1, "http-500", At, dueAt: null, default);
        Assert.Equal((98, 51, 25L, true), await Backlog("a"));
        await Write([new Revived(Key("a", "a149"), At), .. Queued("a", 3, from: 175)]);
        Assert.Equal((100, 50, 27L, true), await Backlog("a"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_webhook_that_ended_is_sent_nothing_and_its_deliveries_go_in_steps(bool disabled)
    {
        await Write([Made("a"), Made("b"), .. Queued("a", 120), .. Queued("b", 1)]);
        await Write([new WebhookEnded(Network, "a", disabled)]);
        Assert.Equal(121, await Rows());
        Assert.Equal(["b0"], await Due(At));
        Assert.Empty((await _outbox.Failed(Network, null, new PageRequest(200, null, null), default)).Rows);
        Assert.Equal(disabled, (await _outbox.Load(default)).Webhooks[Network].Of("a") is not null);
        // What comes for it meanwhile is nobody's.
        await Write(Queued("a", 1, from: 500));
        foreach (var left in new[] { 71, 21, 1 })
        {
            Assert.Equal(left > 1, await _outbox.Tidy(At - Duration.FromDays(30), 50, default));
            Assert.Equal(left, await Rows());
        }
        Assert.Equal(disabled ? 2L : 1L, await Scalar("select count(*) from rtt.webhook"));
    }

    [Fact]
    public async Task What_was_given_up_long_ago_is_forgotten_in_steps()
    {
        await Write([Made("a"), .. Queued("a", 150)]);
        Assert.False(await _outbox.Tidy(At, 20, default));
        Assert.Equal((100, 50, 0L, false), await Backlog("a"));
        Assert.True(await _outbox.Tidy(At + Duration.FromSeconds(1), 20, default));
        Assert.Equal((100, 30, 0L, false), await Backlog("a"));
        Assert.True(await _outbox.Tidy(At + Duration.FromSeconds(1), 20, default));
        Assert.False(await _outbox.Tidy(At + Duration.FromSeconds(1), 20, default));
        Assert.Equal((100, 0, 0L, false), await Backlog("a"));
    }

    /// <summary>However much others have: what the database says that it has read.</summary>
    [Fact]
    public async Task A_sites_list_of_failures_reads_the_sites_own()
    {
        // A connection says what it has read when it ends.
        await Connect(pooling: false);
        await Write([Made("a", "nanaimo"), Made("b", "victoria"), .. Queued("a", 120), .. Queued("b", 101)]);
        await Scalar("""
            with more as (
                insert into rtt.webhook_delivery (network, webhook, delivery, type, body, happened_at, due_at, failed_at)
                select network, webhook, 'x' || n, type, body, happened_at, due_at, due_at + n * interval '1 second' from rtt.webhook_delivery, generate_series(1, 20000) n where delivery = 'a000' returning 1)
            select count(*) from more
            """);
        await using (var analyze = _source.CreateCommand("analyze rtt.webhook_delivery")) await analyze.ExecuteNonQueryAsync();
        await Scalar("select count(pg_stat_reset()::text)");
        var failed = await _outbox.Failed(Network, "victoria", new PageRequest(50, null, null), default);
        Assert.Equal("b100", Assert.Single(failed.Rows).Delivery);
        var first = await _outbox.Failed(Network, null, new PageRequest(50, null, null), default);
        var second = await _outbox.Failed(Network, null, new PageRequest(50, first.Next, null), default);
        Assert.Equal((50, 50, 100), (first.Rows.Length, second.Rows.Length, first.Rows.Concat(second.Rows).Select(r => r.Delivery).Distinct().Count()));
        const string read = "select coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) from pg_stat_user_tables where relname = 'webhook_delivery'";
        for (var looks = 0; looks < 500 && await Scalar(read) == 0; looks++) await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        Assert.InRange(await Scalar(read), 1L, 1000L);
    }

    /// <summary>
    /// Two that send may be at work for a moment, and two that follow: each says late what the other has said already. What was delivered stays delivered, an attempt counts once, what was given
    /// up stays so until it is revived, what comes from a place that is not the last one is nothing, and what is counted is what is there.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Whatever_two_who_send_and_two_who_follow_say_of_the_same_deliveries_each_is_there_once_as_it_was_last_said(int seed)
    {
        var (random, now) = (new Random(seed), At);
        // Of each delivery that is there: its attempts, and whether it was given up.
        var model = new Dictionary<string, (int Attempts, bool IsGivenUp)>();
        var queued = new Dictionary<string, int> { ["a"] = 0, ["b"] = 0 };
        await Write([Made("a"), Made("b")]);
        for (var step = 0; step < 100; step++)
        {
            now += Duration.FromSeconds(random.Next(60));
            var webhook = random.Next(2) == 0 ? "a" : "b";
            var all = Enumerable.Range(0, queued[webhook]).Select(i => $"{webhook}{i:000}").ToList();
            var delivery = all.Count == 0 ? $"{webhook}999" : all[random.Next(all.Count)];
            (int Attempts, bool IsGivenUp)? known = model.TryGetValue(delivery, out var found) ? found : null;
            switch (random.Next(6))
            {
                case 0:
                    var count = random.Next(1, 4);
                    OutboxChange[] come = [.. Enumerable.Range(queued[webhook], count).Select(i => new Queued(Key(webhook, $"{webhook}{i:000}"), "offer.made", "{}", now, now, ""))];
                    await Write(come);
                    // Again by another who has followed the same entries, or from an older place: it is nobody's.
                    Assert.False(await _outbox.Write(_place with { Xid = _place.Xid - 1 }, _place with { Xid = _place.Xid + 1 }, [.. come, new OfferStands(new OpenOffer("bc/c-x", "p", now))], anew: false, default));
                    for (var i = 0; i < count; i++) model[$"{webhook}{queued[webhook]++:000}"] = (0, false);
                    break;
                case 1:
                    await _outbox.Delivered(Key(webhook, delivery), slow: random.Next(2) == 0, now, default);
                    if (known is { IsGivenUp: false }) model.Remove(delivery);
                    break;
                case 2 or 3:
                    // Of this attempt, or of one that somebody else has spoken of before; the last one has no other after it.
                    var (attempt, isLast) = (Math.Max(1, (known?.Attempts ?? 0) + random.Next(-1, 2)), random.Next(4) == 0);
                    await _outbox.NotDelivered(Key(webhook, delivery), attempt, "http-500", now, isLast ? null : now + Duration.FromMinutes(5), default);
                    if (known is { IsGivenUp: false } k && attempt == k.Attempts + 1) model[delivery] = (attempt, isLast);
                    break;
                case 4:
                    await Write([new Revived(Key(webhook, delivery), now)]);
                    if (known is { IsGivenUp: true }) model[delivery] = (0, false);
                    break;
                default:
                    await _outbox.Tidy(At - Duration.FromDays(30), 50, default);
                    break;
            }
            Assert.Equal(model.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => (m.Key, m.Value.Attempts, m.Value.IsGivenUp)), await There());
            await Backlog("a");
            await Backlog("b");
        }
        Assert.Equal(0L, await Scalar("select count(*) from rtt.webhook_offer"));
        // Whatever is not given up comes, soon or late.
        Assert.Equal(model.Count(m => !m.Value.IsGivenUp), (await _outbox.Due(now + Duration.FromDays(1), new DueMax(1000, 1000, 1000), [], default)).Count(d => !d.Slow) + await Scalar("select count(*) from rtt.webhook_delivery d join rtt.webhook w using (network, webhook) where w.slow and d.failed_at is null"));
    }

    private async Task Connect(bool pooling)
    {
        if (_source is { } before) await before.DisposeAsync();
        _source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(_database.ConnectionString) { Pooling = pooling });
        _outbox = new NpgsqlWebhookOutbox(_source, _options);
    }

    private async Task<List<(string Delivery, int Attempts, bool IsGivenUp)>> There()
    {
        await using var command = _source.CreateCommand("select delivery, attempts, failed_at is not null from rtt.webhook_delivery order by delivery");
        await using var reader = await command.ExecuteReaderAsync();
        var all = new List<(string, int, bool)>();
        while (await reader.ReadAsync()) all.Add((reader.GetString(0), reader.GetInt32(1), reader.GetBoolean(2)));
        return all;
    }

    private static WebhookKept Made(string webhook, string site = "") => new(Network, new Webhook(webhook, site, "https://hooks.example/", [], new SealedSecret("key", "secret"), At));

    private static DeliveryKey Key(string webhook, string delivery) => new(Network, webhook, delivery);

    /// <summary>a0, a1, ...; of more than ten a000, a001, ...</summary>
    private static IEnumerable<OutboxChange> Queued(string webhook, int count, Instant? at = null, int from = 0) => Enumerable.Range(from, count).Select(i =>
        new Queued(Key(webhook, webhook + i.ToString(from + count > 10 ? "000" : "0", CultureInfo.InvariantCulture)), "offer.made", "{}", At, at ?? At, ""));

    private async Task Write(IEnumerable<OutboxChange> changes)
    {
        var to = new FeedPosition(_place.Xid + 1, 1);
        Assert.True(await _outbox.Write(_place, to, [.. changes], anew: false, default));
        _place = to;
    }

    private async Task<List<string>> Due(Instant now, params string[] underWay) =>
        [.. (await _outbox.Due(now, Most, [.. underWay.Select(d => Key(d[..1], d))], default)).Select(d => d.Key.Delivery)];

    private async Task<(int Waiting, int GivenUp, long Dropped, bool Slow)> Backlog(string webhook)
    {
        var backlog = (await _outbox.Backlogs(Network, default))[webhook];
        // What is counted is what is there.
        Assert.Equal(backlog.Waiting, await Scalar($"select count(*) from rtt.webhook_delivery where webhook = '{webhook}' and failed_at is null"));
        Assert.Equal(backlog.GivenUp, await Scalar($"select count(*) from rtt.webhook_delivery where webhook = '{webhook}' and failed_at is not null"));
        return (backlog.Waiting, backlog.GivenUp, backlog.Dropped, backlog.Slow);
    }

    private Task<long> Rows() => Scalar("select count(*) from rtt.webhook_delivery");

    private async Task<long> Scalar(string sql)
    {
        await using var command = _source.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
