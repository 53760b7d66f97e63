using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using NodaTime;
using Npgsql;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Referrals;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;
using RttNetwork.Contracts.WaitLists;
using RttNetwork.Contracts.Webhooks;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Referrals;
using RttNetwork.Domain.WaitLists;
using RttNetwork.Domain.Webhooks;
using RttNetwork.Grains.Dispatch;
using RttNetwork.Grains.Webhooks;
using RttNetwork.Rig;
using RttNetwork.Testing;
using Xunit.Abstractions;
using static RttNetwork.Testing.TestNetwork;
using CreateWebhook = RttNetwork.Contracts.Webhooks.CreateWebhook;

namespace RttNetwork.Grains.Tests.Webhooks;

/// <summary>Webhooks from the journal to a real server: real grains, a real database, and everybody who follows at work.</summary>
public sealed class DeliveryTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int StepsMax = 600;
    private const int EventsMin = 15;
    private static readonly Duration OfferLasts = Duration.FromMinutes(15);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly string[] DataNames = ["name", "participant", "source", "target", "version", "place"];

    private readonly LeapingClock _clock = new();
    private WebhookOptions _options = new() { AllowLoopback = true, Look = TimeSpan.FromMilliseconds(20) };
    private int _runs;
    private int _webhooks;
    private TestDatabase _database = null!;
    private TestNetwork _network = null!;
    private Receiver _receiver = null!;

    public async Task InitializeAsync()
    {
        _receiver = await Receiver.Start();
        _database = await PostgresFixture.CreateDatabase();
        _network = await Run();
        foreach (var site in new[] { "nanaimo", "victoria", "kelowna" }) await _network.OpenSite(site);
    }

    public async Task DisposeAsync()
    {
        await _network.DisposeAsync();
        await _database.DisposeAsync();
        await _receiver.DisposeAsync();
    }

    [Fact]
    public async Task Offers_and_referrals_are_told_signed_and_thin_to_the_sites_that_they_concern_and_to_nobody_else()
    {
        await using var elsewhere = await Receiver.Start();
        await using var target = await Receiver.Start();
        var secret = (await Create(_receiver, "nanaimo", Desk("nanaimo"))).Secret;
        await Create(elsewhere, "kelowna");
        await Create(target, "victoria", types: [WebhookTypes.ReferralSent, WebhookTypes.ReferralDeclined]);

        await Full("c1", "bob", "eve", "zoe");
        await Ask(SeatAsk.Cancel, "c1-p0", "c1");
        await Offered("c1", "bob");
        Accepted(await Wait(WaitAsk.Decline, "bob", "c1"));
        await Offered("c1", "eve");
        _clock.Leap(OfferLasts.ToTimeSpan());
        await Offered("c1", "zoe");
        Accepted(await Ask(SeatAsk.Accept, "zoe", "c1"));
        await Ask(SeatAsk.Cancel, "c1-p1", "c1");
        // Another seat: those who let the first one go are asked again.
        await Offered("c1", "bob");
        Accepted(await Wait(WaitAsk.Leave, "bob", "c1"));
        await Offered("c1", "eve");

        await _network.OpenCohort("there", seats: 1, site: "victoria");
        await _network.Register("ann");
        // A draft is nobody's but the source's, and its end is told to nobody.
        Accepted(await Send("ann", "r0", "there", draft: true));
        Accepted(await End("ann", "r0", ReferralEnd.Withdraw, "sent-in-error"));
        Accepted(await Send("ann", "r1", "there"));
        Accepted(await End("ann", "r1", ReferralEnd.Decline, "clinical"));

        await Arrive(_receiver, 11);
        Assert.Equal(
            ["offer.made bob", "offer.declined bob", "offer.made eve", "offer.lapsed eve", "offer.made zoe", "offer.accepted zoe", "offer.made bob", "offer.withdrawn bob", "offer.made eve"],
            Distinct(_receiver).Where(a => a.Type.StartsWith("offer", StringComparison.Ordinal)).OrderBy(a => a.Order).Select(a => $"{a.Type} {a.Data.GetProperty("participant").GetString()!.Split('/')[^1]}"));
        var referral = Distinct(_receiver).Where(a => a.Type.StartsWith("referral", StringComparison.Ordinal)).OrderBy(a => a.Order).ToList();
        Assert.Equal(["referral.sent", "referral.declined"], referral.Select(a => a.Type));
        Assert.Equal(("networks/bc/referrals/r1", "networks/bc/sites/nanaimo", "networks/bc/sites/victoria"),
            (referral[0].Name, referral[0].Data.GetProperty("source").GetString(), referral[0].Data.GetProperty("target").GetString()));
        Assert.All(_receiver.All, a =>
        {
            Assert.True(a.IsSignedWith(secret));
            Assert.InRange(a.Timestamp, Now().ToUnixTimeSeconds() - 3600, Now().ToUnixTimeSeconds() + 1);
            // Thin: whoever may know more asks for it by name.
            Assert.Equal(["data", "timestamp", "type"], a.Json.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal));
            Assert.All(a.Data.EnumerateObject(), p => Assert.Contains(p.Name, DataNames));
        });
        await Arrive(target, 2);
        Assert.Equal(["referral.declined", "referral.sent"], Distinct(target).Select(a => a.Type).Order(StringComparer.Ordinal));
        Assert.Empty(elsewhere.All);
        Assert.False(target.All.First().IsSignedWith(secret));
    }

    [Fact]
    public async Task A_failure_is_tried_again_under_the_same_id_and_survives_a_restart_of_whoever_sends()
    {
        _receiver.Answer = _ => 500;
        var secret = (await Create(_receiver, "nanaimo")).Secret;
        await Referred("ann", "r1");
        await Arrive(_receiver, 1);
        await Until(async () => await Attempts() == 1);
        await _network.DisposeAsync();

        // A redirect is no answer, and is not followed.
        _receiver.Answer = _ => 307;
        _network = await Run();
        _clock.Leap(TimeSpan.FromSeconds(7));
        await Until(async () => await Attempts() == 2);
        _receiver.Answer = _ => 204;
        _clock.Leap(TimeSpan.FromMinutes(7));
        await Until(async () => await Waiting() == 0);
        Assert.Equal(3, _receiver.All.Count);
        Assert.Single(_receiver.All.Select(a => (a.Id, a.Body)).Distinct());
        Assert.All(_receiver.All, a => Assert.True(a.IsSignedWith(secret)));
        // Each attempt says when it was made.
        Assert.Equal(3, _receiver.All.Select(a => a.Timestamp).Distinct().Count());
    }

    [Fact]
    public async Task Whoever_dies_before_the_answer_is_followed_by_one_who_sends_the_same_again()
    {
        _receiver.Answer = _ => -1;
        await Create(_receiver, "nanaimo");
        await Referred("ann", "r1");
        await Arrive(_receiver, 1);
        await _network.DisposeAsync();
        _receiver.Answer = _ => 204;
        _network = await Run();
        await Until(async () => await Waiting() == 0);
        Assert.Equal(2, _receiver.All.Count);
        Assert.Single(_receiver.All.Select(a => a.Id).Distinct());
    }

    [Fact]
    public async Task What_was_given_up_after_the_last_attempt_is_listed_and_tried_again_when_the_operator_asks()
    {
        _receiver.Answer = _ => 503;
        var webhook = await Create(_receiver, "nanaimo");
        await Referred("ann", "r1");
        for (var attempt = 1; attempt <= _options.Retries.Length; attempt++)
        {
            await Until(async () => await Attempts() == attempt);
            Assert.Empty((await Failed()).Rows);
            // Not before its time, and a fifth later at most.
            Assert.InRange(await DueIn(), _options.Retries[attempt - 1] - TimeSpan.FromSeconds(30), _options.Retries[attempt - 1] * 1.2 + TimeSpan.FromSeconds(1));
            _clock.Leap(_options.Retries[attempt - 1] * 1.21);
        }
        await Until(async () => (await Failed()).Rows.Length == 1);
        var failed = (await Failed()).Rows[0];
        Assert.Equal((webhook.Webhook, _receiver.All.First().Id, "referral.sent", 10, "http-503"), (failed.Webhook, failed.Delivery, failed.Type, failed.Attempts, failed.LastResult));
        Assert.Equal(10, _receiver.All.Count);
        Assert.Single((await Failed(Desk("nanaimo"), "nanaimo")).Rows);
        Assert.Empty((await Failed(Desk("victoria"), "nanaimo")).Rows);
        Assert.Empty((await Failed(Desk("nanaimo"), null)).Rows);

        _receiver.Answer = _ => 200;
        Assert.Equal("NOT_FOUND", (await Hooks.Redeliver(new RedeliverWebhook(failed.Webhook, failed.Delivery), Unit(Desk("nanaimo")))).Refusal!.Reason);
        Assert.Equal("DELIVERY_NOT_FAILED", (await Hooks.Redeliver(new RedeliverWebhook(failed.Webhook, "msg_other"), Unit())).Refusal!.Reason);
        var unit = Unit();
        Accepted(await Hooks.Redeliver(new RedeliverWebhook(failed.Webhook, failed.Delivery), unit));
        await Until(async () => await Waiting() == 0);
        Assert.Equal((11, 1), (_receiver.All.Count, _receiver.All.Select(a => a.Id).Distinct().Count()));
        // A repeat gets its answer, though nothing is there any more.
        Assert.Equal(UnitOutcome.Replayed, (await Hooks.Redeliver(new RedeliverWebhook(failed.Webhook, failed.Delivery), unit with { Attempt = 1 })).Outcome);
        Assert.Empty((await Failed()).Rows);
    }

    [Fact]
    public async Task A_receiver_that_is_gone_is_sent_nothing_any_more_also_not_what_waits()
    {
        _receiver.Answer = _ => 410;
        var webhook = await Create(_receiver, "nanaimo");
        await Referred("ann", "r1");
        await Until(async () => (await Listed(Operator(), null)).Single().Disabled && await Waiting() == 0);
        var told = _receiver.All.Count;
        _receiver.Answer = _ => 204;
        await using var other = await Receiver.Start();
        await Create(other, "nanaimo");
        Accepted(await End("ann", "r1", ReferralEnd.Withdraw, "clinical"));
        await Arrive(other, 1);
        _clock.Leap(TimeSpan.FromDays(2));
        await Until(async () => await Waiting() == 0);
        Assert.Equal(told, _receiver.All.Count);
        Assert.Equal("WEBHOOK_DISABLED", (await Hooks.Rotate(new RotateWebhookSecret(webhook.Webhook), Unit())).Refusal!.Reason);
        Accepted(await Hooks.Delete(new DeleteWebhook(webhook.Webhook), Unit()));
    }

    [Fact]
    public async Task A_receiver_that_never_answers_holds_up_nobody_else()
    {
        await _network.DisposeAsync();
        _options = _options with { AtOnceMax = 4, PerWebhookAtOnceMax = 2, FailingAtOnceMax = 1, AnswerWithin = TimeSpan.FromHours(1) };
        _network = await Run();
        await using var hanging = await Receiver.Start();
        hanging.Answer = _ => -1;
        await Create(hanging, "nanaimo");
        await Create(_receiver, "nanaimo");
        for (var i = 0; i < 10; i++) await Referred($"w{i}", $"r{i}");
        await Until(async () => Distinct(_receiver).Count == 10 && await Waiting() == 10);
        Assert.Equal(2, hanging.All.Count);
    }

    /// <summary>A name that led to the internet when the webhook was made, and leads to this machine when something is sent.</summary>
    [Fact]
    public async Task A_name_that_leads_elsewhere_by_then_is_not_connected_to()
    {
        await _network.DisposeAsync();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var (looks, port) = (0, ((IPEndPoint)listener.LocalEndpoint).Port);
        _options = _options with { AllowLoopback = false, Port = port, Resolve = (_, _) => Task.FromResult<IPAddress[]>([Interlocked.Increment(ref looks) == 1 ? IPAddress.Parse("93.184.216.34") : IPAddress.Loopback]) };
        _network = await Run();
        Accepted(await Hooks.Create(new CreateWebhook("rebound", "nanaimo", $"https://hooks.example:{port}/", []), Unit()));
        await Referred("ann", "r1");
        await Until(async () => await Attempts() == 1);
        Assert.Equal("address-refused", await Scalar<string>("select last_result from rtt.webhook_delivery"));
        Assert.False(listener.Pending());
        Assert.True(looks > 1);
    }

    [Fact]
    public async Task A_secret_is_shown_once_kept_sealed_and_rotated_with_a_day_for_both()
    {
        var unit = Unit(Desk("nanaimo"));
        var command = new CreateWebhook("w1", "nanaimo", _receiver.Url, []);
        var made = Accepted(await Hooks.Create(command, unit));
        Assert.Matches("^whsec_[A-Za-z0-9+/]{43}=$", made.Secret);
        Assert.Equal(("", ""), (made.SealedKey, made.SealedSecret));
        // The same request has the same secret, and nobody else has it.
        var again = await Hooks.Create(command, unit with { Attempt = 1 });
        Assert.Equal((UnitOutcome.Replayed, made.Secret), (again.Outcome, again.Reply!.Secret));
        Assert.Equal("", Accepted(await Hooks.Create(command with { Webhook = "w9" }, Unit() with { ValidateOnly = true })).Secret);
        Assert.Equal("", Assert.Single(await Listed(Desk("nanaimo"), "nanaimo")).Secret);
        foreach (var form in new[] { made.Secret["whsec_".Length..], Convert.ToHexStringLower(Convert.FromBase64String(made.Secret["whsec_".Length..])) })
        {
            Assert.Equal(0L, await Scalar<long>($"select count(*) from (select entry::text as t from rtt.journal union all select reply::text from rtt.receipt union all select w::text from rtt.webhook w) x where position('{form}' in t) > 0"));
        }

        var rotated = Accepted(await Hooks.Rotate(new RotateWebhookSecret("w1"), Unit(Desk("nanaimo")))).Secret;
        Assert.NotEqual(made.Secret, rotated);
        await Referred("ann", "r1");
        await Arrive(_receiver, 1);
        Assert.True(_receiver.All.Last().IsSignedWith(rotated) && _receiver.All.Last().IsSignedWith(made.Secret));
        _clock.Leap(TimeSpan.FromHours(25));
        Accepted(await End("ann", "r1", ReferralEnd.Withdraw, "clinical"));
        await Arrive(_receiver, 2);
        Assert.True(_receiver.All.Last().IsSignedWith(rotated));
        Assert.False(_receiver.All.Last().IsSignedWith(made.Secret));
    }

    [Fact]
    public async Task A_site_has_its_own_webhooks_a_network_at_most_fifty_and_a_private_address_none()
    {
        Assert.Equal("NOT_FOUND", (await Hooks.Create(new CreateWebhook("x", "victoria", _receiver.Url, []), Unit(Desk("nanaimo")))).Refusal!.Reason);
        Assert.Equal("NOT_FOUND", (await Hooks.Create(new CreateWebhook("x", "", _receiver.Url, []), Unit(Desk("nanaimo")))).Refusal!.Reason);
        Assert.Equal("WEBHOOK_ADDRESS_REFUSED", (await Hooks.Create(new CreateWebhook("x", "", "https://10.0.0.1/", []), Unit())).Refusal!.Reason);
        var mine = await Create(_receiver, "nanaimo", Desk("nanaimo"));
        var theirs = await Create(_receiver, "victoria");
        var all = await Create(_receiver, "");
        foreach (var foreign in new[] { theirs, all })
        {
            Assert.Equal("NOT_FOUND", (await Hooks.Delete(new DeleteWebhook(foreign.Webhook), Unit(Desk("nanaimo")))).Refusal!.Reason);
            Assert.Equal("NOT_FOUND", (await Hooks.Rotate(new RotateWebhookSecret(foreign.Webhook), Unit(Desk("nanaimo")))).Refusal!.Reason);
        }
        Assert.Equal("NOT_FOUND", (await Hooks.Disable(new DisableWebhook(mine.Webhook), Unit())).Refusal!.Reason);
        Assert.Equal([mine.Webhook], (await Listed(Desk("nanaimo"), "nanaimo")).Select(w => w.Webhook));
        Assert.Empty(await Listed(Desk("nanaimo"), null));
        Assert.Equal(3, (await Listed(Operator(), null)).Length);
        for (var i = 3; i < WebhooksState.Max; i++) await Create(_receiver, "nanaimo");
        var refusal = (await Hooks.Create(new CreateWebhook("one-more", "", _receiver.Url, []), Unit())).Refusal!;
        Assert.Equal(("WEBHOOKS_MAX_REACHED", "50"), (refusal.Reason, refusal.Numbers.Single(n => n.Name == "webhooks_max").Value));
        // Page by page, each once.
        var (pages, after) = (new List<string>(), (string?)null);
        do
        {
            var page = await Hooks.List(Operator(), new PageRequest(7, after, null), null);
            pages.AddRange(page.Rows.Select(w => w.Webhook));
            after = page.Next;
        }
        while (after is not null);
        Assert.Equal((WebhooksState.Max, WebhooksState.Max), (pages.Count, pages.Distinct().Count()));
        Accepted(await Hooks.Delete(new DeleteWebhook(mine.Webhook), Unit(Desk("nanaimo"))));
        await Create(_receiver, "");
    }

    /// <summary>
    /// Whatever happens in a random run, with a receiver that fails at random and a restart in the midst of it: every event that the journal has since the
    /// webhook was made has arrived, under the id that follows from its place, and nothing else has.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Every_event_of_a_random_run_arrives_under_its_own_id_and_what_happened_to_one_thing_can_be_put_in_order(int seed)
    {
        await _network.DisposeAsync();
        _options = _options with { Retries = [.. Enumerable.Repeat(TimeSpan.FromMilliseconds(30), 200)] };
        _network = await Run();
        var (random, failing) = (new Random(seed), new Random(seed + 1000));
        _receiver.Answer = _ => Locked(failing, r => r.Next(3)) switch { 0 => 500, _ => 204 };
        var webhook = await Create(_receiver, "");
        string[] people = [.. Enumerable.Range(0, 8).Select(i => $"w{i}")];
        await Full("c1", people);
        await _network.OpenCohort("there", seats: 4, site: "victoria");
        var sent = new List<(string Person, string Referral)>();
        for (var i = 0; i < 8; i++) await _network.Register($"s{i}");
        // What comes of the wishes depends on who is faster: it goes on until there is enough to tell.
        for (var step = 0; step < 90 || (step < StepsMax && await Events() <= EventsMin); step++)
        {
            if (step == 45)
            {
                await _network.DisposeAsync();
                _network = await Run();
            }
            var person = people[random.Next(people.Length)];
            switch (random.Next(9))
            {
                case 0: await Ask(SeatAsk.Cancel, random.Next(2) == 0 ? $"c1-p{random.Next(2)}" : person, "c1"); break;
                case 1: await Ask(SeatAsk.Accept, person, "c1"); break;
                case 2: await Wait(WaitAsk.Decline, person, "c1"); break;
                case 3: await Wait(WaitAsk.Join, person, "c1"); break;
                case 4: await Wait(WaitAsk.Offer, person, "c1"); break;
                case 5: await Wait(WaitAsk.Leave, person, "c1"); break;
                case 6 when random.Next(4) == 0: _clock.Leap(OfferLasts.ToTimeSpan()); break;
                case 7:
                    var asks = (Person: $"s{random.Next(8)}", Referral: $"r{step}");
                    if ((await Send(asks.Person, asks.Referral, "there")).IsAccepted) sent.Add(asks);
                    break;
                case 8 when sent.Count > 0:
                    var (who, referral) = sent[random.Next(sent.Count)];
                    switch (random.Next(6))
                    {
                        case 0: await Progress(referral, new ReferralProgress(ReferralStep.Receive, 0, "")); break;
                        case 1: await Progress(referral, new ReferralProgress(ReferralStep.Triage, 1, "")); break;
                        case 2: await End(who, referral, ReferralEnd.Withdraw, "clinical"); break;
                        case 3: await End(who, referral, ReferralEnd.ConfirmWithdrawal, ""); break;
                        case 4: await End(who, referral, ReferralEnd.Decline, "clinical"); break;
                        default: await Progress(referral, new ReferralProgress(ReferralStep.Complete, 0, "attended")); break;
                    }
                    break;
            }
        }
        ImmutableArray<(string Id, string Stream, int Version, int Place, string Type)> expected = [];
        await Until(async () =>
        {
            var before = expected.Length;
            expected = [.. Told(await JournalReader.ReadAll(_database.ConnectionString), webhook.Webhook)];
            return before == expected.Length && expected.Select(e => e.Id).All(id => _receiver.All.Any(a => a.Id == id)) && await Waiting() == 0;
        });
        output.WriteLine($"seed {seed}: {expected.Length} events, {_receiver.All.Count} deliveries, {expected.Select(e => e.Type).Distinct().Count()} types");
        Assert.True(expected.Length > EventsMin);
        Assert.Equal(expected.Select(e => e.Id).Order(StringComparer.Ordinal), Distinct(_receiver).Select(a => a.Id).Order(StringComparer.Ordinal));
        foreach (var thing in expected.GroupBy(e => e.Stream))
        {
            var name = Keys.KindOf(thing.Key) is StreamKind.Referral ? $"networks/bc/referrals/{Keys.IdOf(thing.Key)}" : "networks/bc/sites/nanaimo/cohorts/c1";
            Assert.Equal(thing.Select(e => e.Type), Distinct(_receiver).Where(a => a.Name == name).OrderBy(a => a.Order).Select(a => a.Type));
        }

        async Task<int> Events() => Told(await JournalReader.ReadAll(_database.ConnectionString), webhook.Webhook).Count();
    }

    /// <summary>What a webhook of the whole network is told, read from the journal by a model of its own.</summary>
    private static IEnumerable<(string Id, string Stream, int Version, int Place, string Type)> Told(ImmutableArray<ReadEntry> journal, string webhook)
    {
        var (begun, offers) = (false, new Dictionary<(string, string), Instant>());
        foreach (var entry in journal)
        {
            var place = -1;
            foreach (var act in entry.Acts)
            {
                foreach (var @event in act.Events)
                {
                    place++;
                    begun |= @event is WebhookCreated created && created.Webhook == webhook;
                    string? Over(string person, string type) => offers.Remove((entry.Stream, person), out var until) ? act.At < until ? type : "offer.lapsed" : null;
                    var type = @event switch
                    {
                        SeatOffered e => Made(e),
                        OfferDeclined e => Over(e.Participant, "offer.declined"),
                        OfferLapsed e => Over(e.Participant, "offer.lapsed"),
                        SeatBooked e => Over(e.Participant, "offer.accepted"),
                        WaitLeft e => Over(e.Participant, "offer.withdrawn"),
                        ReferralSent => "referral.sent",
                        ReferralReceived => "referral.received",
                        ReferralTriaged => "referral.triaged",
                        ReferralAccepted => "referral.accepted",
                        ReferralDeclined => "referral.declined",
                        ReferralExpired => "referral.expired",
                        ReferralCancelRequested => "referral.cancel_requested",
                        ReferralWithdrawn => "referral.withdrawn",
                        ReferralCompleted => "referral.completed",
                        _ => null,
                    };
                    if (begun && type is not null)
                    {
                        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{entry.Stream}@{entry.Version}/{place} {webhook}"));
                        yield return ($"msg_{Convert.ToHexString(hash)[..32].ToLowerInvariant()}", entry.Stream, entry.Version, place, type);
                    }
                    string Made(SeatOffered e)
                    {
                        offers[(entry.Stream, e.Participant)] = e.ExpiresAt;
                        return "offer.made";
                    }
                }
            }
        }
    }

    private static T Locked<T>(Random random, Func<Random, T> draw)
    {
        lock (random) return draw(random);
    }

    private IWebhooksGrain Hooks => _network.Grains.GetGrain<IWebhooksGrain>(Keys.Webhooks(Network));

    private async Task<WebhookView> Create(Receiver receiver, string site, Caller? caller = null, ImmutableArray<string> types = default)
    {
        var made = Accepted(await Hooks.Create(new CreateWebhook($"w{Interlocked.Increment(ref _webhooks):00}", site, receiver.Url, types.IsDefault ? [] : types), Unit(caller)));
        Assert.StartsWith(Signature.SecretPrefix, made.Secret, StringComparison.Ordinal);
        return made;
    }

    private async Task<ImmutableArray<WebhookView>> Listed(Caller caller, string? site) => (await Hooks.List(caller, new PageRequest(200, null, null), site)).Rows;

    private Task<Page<FailedDeliveryRow>> Failed(Caller? caller = null, string? site = null) => Hooks.Failed(caller ?? Operator(), new PageRequest(50, null, null), site);

    /// <summary>One event: a referral to a site where it waits.</summary>
    private async Task Referred(string person, string referral)
    {
        await _network.Register(person);
        Accepted(await Send(person, referral, ""));
    }

    private Task<UnitAnswer<MovedView>> Send(string person, string referral, string cohort, bool draft = false)
    {
        var form = new ReferralFormView(
            person, "nanaimo", "island", "victoria", "island", "GRIP-8", cohort.Length > 0 ? Keys.Cohort(Network, "victoria", cohort) : "", "", 3, "no-seat-here", "physician",
            Now() - Duration.FromDays(30), Now() + Duration.FromDays(20), null, true);
        return _network.Participant(person).Move(new SendReferral(Keys.Participant(Network, person), Keys.Referral(Network, referral), draft ? "" : form.Cohort, form, draft) { DueMin = Duration.FromHours(1) }, Unit());
    }

    private Task<UnitAnswer<MovedView>> End(string person, string referral, ReferralEnd end, string reason) =>
        _network.Participant(person).Move(new EndReferral(Keys.Participant(Network, person), Keys.Referral(Network, referral), [], end, reason), Unit());

    private async Task Progress(string referral, ReferralProgress progress) => await _network.Grains.GetGrain<IReferralGrain>(Keys.Referral(Network, referral)).Progress(progress, Unit());

    private Instant Now() => Instant.FromDateTimeOffset(_clock.GetUtcNow());

    private Unit Unit(Caller? caller = null) => _network.Unit(caller, now: Now());

    /// <summary>A network whose followers go by the clock of the test; a unit's time is measured by the system's, as always.</summary>
    private async Task<TestNetwork> Run() => await Start(_database, seed: ++_runs, configure: silo =>
    {
        Type[] followers = [typeof(Dispatcher), typeof(Deadlines), typeof(WebhookFollower), typeof(WebhookSender)];
        foreach (var follower in silo.Services.Where(d => d.ServiceType == typeof(IHostedService) && followers.Contains(d.ImplementationType)).ToList())
        {
            silo.Services.Remove(follower);
            silo.Services.AddSingleton<IHostedService>(services => (IHostedService)ActivatorUtilities.CreateInstance(services, follower.ImplementationType!, (TimeProvider)_clock));
        }
        silo.Services.AddSingleton(_options);
    });

    /// <summary>A full cohort of two, which begins two months from now, and those who wait for it.</summary>
    private async Task Full(string cohort, params string[] waiting)
    {
        var first = Now().InUtc().Date.PlusDays(60).At(new LocalTime(9, 0));
        Accepted(await _network.Site("nanaimo").OpenCohort(
            new OpenCohort(cohort, "A cohort", "GRIP-8", 1, "hall", 2, 2, 0, [], [.. Enumerable.Range(0, 8).Select(w => new SessionDraft("small-group", first.PlusWeeks(w), Duration.FromMinutes(45), Duration.FromMinutes(10), false))],
                null, false, OfferLasts, 4, 4), Unit()));
        foreach (var person in new[] { $"{cohort}-p0", $"{cohort}-p1" })
        {
            await _network.Register(person);
            Accepted(await Ask(SeatAsk.Book, person, cohort));
        }
        foreach (var person in waiting)
        {
            await _network.Register(person);
            Accepted(await Wait(WaitAsk.Join, person, cohort));
        }
    }

    private Task<UnitAnswer<SeatView>> Ask(SeatAsk ask, string person, string cohort) => _network.Ask(ask, person, cohort, Unit());

    private Task<UnitAnswer<WaitView>> Wait(WaitAsk ask, string person, string cohort) =>
        _network.Participant(person).Wait(new WaitRequest(Keys.Cohort(Network, "nanaimo", cohort), Keys.Participant(Network, person), ask) { Priority = 3, Reason = "person-asked" }, Unit());

    private Task Offered(string cohort, string person) => Until(async () =>
        (await _network.Cohort(cohort).WaitList(Operator(), Now())).Value!.People.Any(w => w.Participant == person && w.OfferExpiresAt > Now()));

    private static List<Arrived> Distinct(Receiver receiver) => [.. receiver.All.DistinctBy(a => a.Id)];

    private static Task Arrive(Receiver receiver, int count) => Until(() => Task.FromResult(Distinct(receiver).Count >= count));

    private Task<long> Waiting() => Scalar<long>("select count(*) from rtt.webhook_delivery");

    private async Task<int> Attempts() => (int)await Scalar<long>("select coalesce(max(attempts), 0)::bigint from rtt.webhook_delivery");

    private async Task<TimeSpan> DueIn() => await Scalar<DateTime>("select due_at from rtt.webhook_delivery") - _clock.GetUtcNow().UtcDateTime;

    private async Task<T> Scalar<T>(string sql)
    {
        await using var connection = await _database.Open();
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    private static async Task Until(Func<Task<bool>> isSo, [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(isSo))] string what = "")
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!await isSo())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Patience, $"Not within {Patience.TotalSeconds} s: {what}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }
}
