using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using NodaTime;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Referrals;
using RttNetwork.Contracts.WaitLists;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Referrals;
using RttNetwork.Domain.WaitLists;
using RttNetwork.Domain.Webhooks;
using RttNetwork.Rig;
using Xunit.Abstractions;

namespace RttNetwork.Grains.Tests.Webhooks;

/// <summary>Everything that happens in a random run arrives, once under its own id.</summary>
public sealed class RandomRunTests(ITestOutputHelper output) : WebhookRig
{
    private const int StepsMax = 600;
    private const int EventsMin = 15;

    /// <summary>
    /// Whatever happens in a random run, with a receiver that fails at random and a restart in the midst of it: every event that the journal has since the
    /// webhook was made has arrived, under the id that follows from its place, and nothing else has.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Every_event_of_a_random_run_arrives_under_its_own_id_and_what_happened_to_one_thing_can_be_put_in_order(int seed)
    {
        await Host.DisposeAsync();
        Options = Options with { Retries = [.. Enumerable.Repeat(TimeSpan.FromMilliseconds(30), 200)] };
        Host = await Run();
        var (random, failing) = (new Random(seed), new Random(seed + 1000));
        Receiver.Answer = _ => Locked(failing, r => r.Next(3)) switch { 0 => 500, _ => 204 };
        var webhook = await Create(Receiver, "");
        string[] people = [.. Enumerable.Range(0, 8).Select(i => $"w{i}")];
        await Full("c1", people);
        await Host.OpenCohort("there", seats: 4, site: "victoria");
        var sent = new List<(string Person, string Referral)>();
        for (var i = 0; i < 8; i++) await Host.Register($"s{i}");
        // What comes of the wishes depends on who is faster: it goes on until there is enough to tell.
        for (var step = 0; step < 90 || (step < StepsMax && await Events() <= EventsMin); step++)
        {
            if (step == 45)
            {
                await Host.DisposeAsync();
                Host = await Run();
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
                case 6 when random.Next(4) == 0: Clock.Leap(OfferLasts.ToTimeSpan()); break;
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
            expected = [.. Told(await JournalReader.ReadAll(Database.ConnectionString), webhook.Webhook)];
            return before == expected.Length && expected.Select(e => e.Id).All(id => Receiver.All.Any(a => a.Id == id)) && await Waiting() == 0;
        });
        output.WriteLine($"seed {seed}: {expected.Length} events, {Receiver.All.Count} deliveries, {expected.Select(e => e.Type).Distinct().Count()} types");
        Assert.True(expected.Length > EventsMin);
        Assert.Equal(expected.Select(e => e.Id).Order(StringComparer.Ordinal), Distinct(Receiver).Select(a => a.Id).Order(StringComparer.Ordinal));
        foreach (var thing in expected.GroupBy(e => e.Stream))
        {
            var name = Keys.KindOf(thing.Key) is StreamKind.Referral ? $"networks/bc/referrals/{Keys.IdOf(thing.Key)}" : "networks/bc/sites/nanaimo/cohorts/c1";
            Assert.Equal(thing.Select(e => e.Type), Distinct(Receiver).Where(a => a.Name == name).OrderBy(a => a.Order).Select(a => a.Type));
        }

        async Task<int> Events() => Told(await JournalReader.ReadAll(Database.ConnectionString), webhook.Webhook).Count();
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
}
