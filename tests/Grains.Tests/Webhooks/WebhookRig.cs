using System.Collections.Immutable;
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
using RttNetwork.Grains.Dispatch;
using RttNetwork.Grains.Webhooks;
using RttNetwork.Testing;
using static RttNetwork.Testing.TestNetwork;
using CreateWebhook = RttNetwork.Contracts.Webhooks.CreateWebhook;

namespace RttNetwork.Grains.Tests.Webhooks;

/// <summary>A network with everybody who follows at work, by a clock that leaps, and a receiver: real grains, a real database, a real server.</summary>
public abstract class WebhookRig : IAsyncLifetime
{
    protected static readonly Duration OfferLasts = Duration.FromMinutes(15);
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private int _runs;
    private int _webhooks;

    protected LeapingClock Clock { get; } = new();
    protected WebhookOptions Options { get; set; } = new() { AllowLoopback = true, Look = TimeSpan.FromMilliseconds(20) };
    protected TestDatabase Database { get; private set; } = null!;
    protected TestNetwork Host { get; set; } = null!;
    protected Receiver Receiver { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Receiver = await Receiver.Start();
        Database = await PostgresFixture.CreateDatabase();
        Host = await Run();
        foreach (var site in new[] { "nanaimo", "victoria", "kelowna" }) await Host.OpenSite(site);
    }

    public async Task DisposeAsync()
    {
        await Host.DisposeAsync();
        await Database.DisposeAsync();
        await Receiver.DisposeAsync();
    }

    protected IWebhooksGrain Hooks => Host.Grains.GetGrain<IWebhooksGrain>(Keys.Webhooks(Network));

    protected async Task<WebhookView> Create(Receiver receiver, string site, Caller? caller = null, ImmutableArray<string> types = default)
    {
        var made = Accepted(await Hooks.Create(new CreateWebhook($"w{Interlocked.Increment(ref _webhooks):00}", site, receiver.Url, types.IsDefault ? [] : types), Unit(caller)));
        Assert.StartsWith(Signature.SecretPrefix, made.Secret, StringComparison.Ordinal);
        return made;
    }

    protected async Task<ImmutableArray<WebhookView>> Listed(Caller caller, string? site) => (await Hooks.List(caller, new PageRequest(200, null, null), site)).Rows;

    protected Task<Page<FailedDeliveryRow>> Failed(Caller? caller = null, string? site = null) => Hooks.Failed(caller ?? Operator(), new PageRequest(50, null, null), site);

    /// <summary>Deliveries that wait, as the follower would have written them: of a network that has nothing but webhooks.</summary>
    protected async Task Wait(string network, string webhook, int count)
    {
        await Until(async () => await Scalar<long>($"select count(*) from rtt.webhook where network = '{network}' and webhook = '{webhook}'") == 1);
        await Scalar<long>($$"""
            with told as (
                insert into rtt.webhook_delivery (network, webhook, delivery, type, body, happened_at, due_at)
                select '{{network}}', '{{webhook}}', 'msg_{{Guid.NewGuid():N}}_' || n, 'offer.made', '{}', now(), now() from generate_series(1, {{count}}) n returning 1)
            update rtt.webhook set waiting = waiting + (select count(*) from told) where network = '{{network}}' and webhook = '{{webhook}}' returning waiting::bigint
            """);
    }

    /// <summary>One event: a referral to a site where it waits.</summary>
    protected async Task Referred(string person, string referral)
    {
        await Host.Register(person);
        Accepted(await Send(person, referral, ""));
    }

    protected Task<UnitAnswer<MovedView>> Send(string person, string referral, string cohort, bool draft = false)
    {
        var form = new ReferralFormView(
            person, "nanaimo", "island", "victoria", "island", "GRIP-8", cohort.Length > 0 ? Keys.Cohort(Network, "victoria", cohort) : "", "", 3, "no-seat-here", "physician",
            Now() - Duration.FromDays(30), Now() + Duration.FromDays(20), null, true);
        return Host.Participant(person).Move(new SendReferral(Keys.Participant(Network, person), Keys.Referral(Network, referral), draft ? "" : form.Cohort, form, draft) { DueMin = Duration.FromHours(1) }, Unit());
    }

    protected Task<UnitAnswer<MovedView>> End(string person, string referral, ReferralEnd end, string reason) =>
        Host.Participant(person).Move(new EndReferral(Keys.Participant(Network, person), Keys.Referral(Network, referral), [], end, reason), Unit());

    protected async Task Progress(string referral, ReferralProgress progress) => await Host.Grains.GetGrain<IReferralGrain>(Keys.Referral(Network, referral)).Progress(progress, Unit());

    protected Instant Now() => Instant.FromDateTimeOffset(Clock.GetUtcNow());

    protected Unit Unit(Caller? caller = null) => Host.Unit(caller, now: Now());

    /// <summary>A network whose followers go by the clock of the test; a unit's time is measured by the system's, as always.</summary>
    protected async Task<TestNetwork> Run() => await Start(Database, seed: ++_runs, configure: silo =>
    {
        Type[] followers = [typeof(Dispatcher), typeof(Deadlines), typeof(WebhookFollower), typeof(WebhookSender)];
        foreach (var follower in silo.Services.Where(d => d.ServiceType == typeof(IHostedService) && followers.Contains(d.ImplementationType)).ToList())
        {
            silo.Services.Remove(follower);
            silo.Services.AddSingleton<IHostedService>(services => (IHostedService)ActivatorUtilities.CreateInstance(services, follower.ImplementationType!, (TimeProvider)Clock));
        }
        silo.Services.AddSingleton(Options);
    });

    /// <summary>A full cohort of two, which begins two months from now, and those who wait for it.</summary>
    protected async Task Full(string cohort, params string[] waiting)
    {
        var first = Now().InUtc().Date.PlusDays(60).At(new LocalTime(9, 0));
        Accepted(await Host.Site("nanaimo").OpenCohort(
            new OpenCohort(cohort, "A cohort", "GRIP-8", 1, "hall", 2, 2, 0, [], [.. Enumerable.Range(0, 8).Select(w => new SessionDraft("small-group", first.PlusWeeks(w), Duration.FromMinutes(45), Duration.FromMinutes(10), false))],
                null, false, OfferLasts, 4, 4), Unit()));
        foreach (var person in new[] { $"{cohort}-p0", $"{cohort}-p1" })
        {
            await Host.Register(person);
            Accepted(await Ask(SeatAsk.Book, person, cohort));
        }
        foreach (var person in waiting)
        {
            await Host.Register(person);
            Accepted(await Wait(WaitAsk.Join, person, cohort));
        }
    }

    protected Task<UnitAnswer<SeatView>> Ask(SeatAsk ask, string person, string cohort) => Host.Ask(ask, person, cohort, Unit());

    protected Task<UnitAnswer<WaitView>> Wait(WaitAsk ask, string person, string cohort) =>
        Host.Participant(person).Wait(new WaitRequest(Keys.Cohort(Network, "nanaimo", cohort), Keys.Participant(Network, person), ask) { Priority = 3, Reason = "person-asked" }, Unit());

    protected Task Offered(string cohort, string person) => Until(async () =>
        (await Host.Cohort(cohort).WaitList(Operator(), Now())).Value!.People.Any(w => w.Participant == person && w.OfferExpiresAt > Now()));

    protected static List<Arrived> Distinct(Receiver receiver) => [.. receiver.All.DistinctBy(a => a.Id)];

    protected static Task Arrive(Receiver receiver, int count) => Until(() => Task.FromResult(Distinct(receiver).Count >= count));

    protected Task<long> Waiting() => Scalar<long>("select count(*) from rtt.webhook_delivery");

    protected async Task<int> Attempts() => (int)await Scalar<long>("select coalesce(max(attempts), 0)::bigint from rtt.webhook_delivery");

    protected async Task<TimeSpan> DueIn() => await Scalar<DateTime>("select due_at from rtt.webhook_delivery") - Clock.GetUtcNow().UtcDateTime;

    protected async Task<T> Scalar<T>(string sql)
    {
        await using var connection = await Database.Open();
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    protected static async Task Until(Func<Task<bool>> isSo, [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(isSo))] string what = "")
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!await isSo())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Patience, $"Not within {Patience.TotalSeconds} s: {what}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }
}
