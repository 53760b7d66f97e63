using System.Globalization;
using Grpc.Core;
using RttNetwork.Gateway.Authentication;
using RttNetwork.Gateway.Authorization;
using RttNetwork.Gateway.Tests.Hosting;
using RttNetwork.Wire.V1;
using StatusCode = Grpc.Core.StatusCode;

namespace RttNetwork.Gateway.Tests;

/// <summary>Worklists that stream, on real grains and a real database.</summary>
[Collection(RealGatewayTests.Name)]
public sealed class WatchTests(RealGateway gateway)
{
    private const int StepsMax = 60;
    private const int BreaksEvery = 9;

    private Referrals.ReferralsClient Client => new(gateway.Channel);

    private Metadata Operator => RealGateway.Headers(gateway.OperatorToken);

    /// <summary>Of both directions, with streams that break off and go on: at every place that both name, what was folded is the list.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task What_is_folded_from_a_stream_is_the_list_at_its_place_whenever_it_broke_off(int seed)
    {
        var random = new Random(seed);
        var people = new List<string>();
        for (var i = 0; i < 5; i++) people.Add(await Person());
        await using var outgoing = new Folded(this, gateway.North.SiteName, outgoing: true);
        await using var incoming = new Folded(this, gateway.North.OtherSiteName, outgoing: false);
        var referrals = new List<string>();
        for (var step = 0; step < StepsMax; step++)
        {
            try
            {
                var name = referrals.Count > 0 ? referrals[random.Next(referrals.Count)] : "";
                switch (name.Length == 0 ? 0 : random.Next(7))
                {
                    case 0 or 1:
                        var made = await Client.CreateReferralAsync(Referral(people[random.Next(people.Count)], draft: random.Next(3) == 0), Operator);
                        referrals.Add(made.Name);
                        break;
                    case 2: await Client.SendReferralAsync(new SendReferralRequest { Name = name, RequestId = Samples.Id() }, Operator); break;
                    case 3: await Client.ReceiveReferralAsync(new ReceiveReferralRequest { Name = name, RequestId = Samples.Id() }, Operator); break;
                    case 4: await Client.TriageReferralAsync(new TriageReferralRequest { Name = name, Priority = (ReferralPriority)random.Next(1, 5), RequestId = Samples.Id() }, Operator); break;
                    case 5: await Client.DeclineReferralAsync(new DeclineReferralRequest { Name = name, Reason = "no-capacity", RequestId = Samples.Id() }, Operator); break;
                    default: await Client.WithdrawReferralAsync(new WithdrawReferralRequest { Name = name, Reason = "clinical", RequestId = Samples.Id() }, Operator); break;
                }
            }
            catch (RpcException e) when (e.StatusCode is StatusCode.FailedPrecondition)
            {
                // A step that is not next: nothing has changed.
            }
            foreach (var folded in new[] { outgoing, incoming })
            {
                if (step % BreaksEvery == BreaksEvery - 1) await folded.BreakOff();
                await folded.Look();
            }
        }
        foreach (var folded in new[] { outgoing, incoming })
        {
            var began = TimeProvider.System.GetTimestamp();
            while (!await folded.Look())
            {
                Assert.True(TimeProvider.System.GetElapsedTime(began) < Folded.Patience, "The stream does not come to the place of the list.");
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            }
            Assert.NotEmpty(folded.Known);
            // It began once, and went on after that.
            Assert.Equal(1, folded.Resets);
            Assert.True(folded.Compared > 0);
        }
    }

    [Fact]
    public async Task Whoever_goes_on_where_nothing_has_happened_is_told_nothing_and_a_token_of_another_list_is_refused()
    {
        await using (var folded = new Folded(this, gateway.North.SiteName, outgoing: true))
        {
            await folded.Read(message => message.ResumeToken.Length > 0);
            await folded.BreakOff();
            var first = await folded.Read(_ => true);
            Assert.Equal((0, 0, false, true), (first.Referrals.Count, first.Removed.Count, first.Reset, first.Token.Length > 0));
            foreach (var other in new[]
            {
                new WatchReferralsRequest { Parent = gateway.North.SiteName, ResumeToken = first.ResumeToken },
                new WatchReferralsRequest { Parent = gateway.South.SiteName, Outgoing = true, ResumeToken = first.ResumeToken },
            })
            {
                using var call = Client.WatchReferrals(other, Operator);
                Assert.Equal(StatusCode.InvalidArgument, (await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(default))).StatusCode);
            }
        }
    }

    /// <summary>The site that was never sent it is not told that there was one; nor by the list of what is over.</summary>
    [Fact]
    public async Task A_draft_and_its_end_are_shown_to_nobody_but_its_source()
    {
        var draft = await Client.CreateReferralAsync(Referral(await Person(), draft: true), Operator);
        await using var outgoing = new Folded(this, gateway.North.SiteName, outgoing: true);
        await using var incoming = new Folded(this, gateway.North.OtherSiteName, outgoing: false);
        await outgoing.Read(m => m.Referrals.Any(r => r.Name == draft.Name));
        await incoming.Read(m => m.Token.Length > 0);
        var ended = await Client.WithdrawReferralAsync(new WithdrawReferralRequest { Name = draft.Name, Reason = "sent-in-error", RequestId = Samples.Id() }, Operator);
        await outgoing.Read(m => m.Removed.Contains(draft.Name));
        var sent = await Client.CreateReferralAsync(Referral(await Person(), draft: false), Operator);
        await incoming.Read(m => m.Referrals.Any(r => r.Name == sent.Name));
        Assert.DoesNotContain(incoming.All, m => m.Removed.Contains(draft.Name) || m.Referrals.Any(r => r.Name == draft.Name));
        await gateway.Reached(gateway.North.NetworkName, ended.Token, Operator);
        var over = await Client.ListReferralsAsync(new ListReferralsRequest { Parent = gateway.North.OtherSiteName, ShowEnded = true, PageSize = 200, AtLeast = ended.Token }, Operator);
        Assert.DoesNotContain(over.Referrals, r => r.Name == draft.Name);
    }

    [Fact]
    public async Task With_JSON_a_watch_is_a_line_for_each_message_and_ends_where_one_has_the_list()
    {
        var rule = MethodRules.All["/rtt.v1.Referrals/WatchReferrals"];
        var outcome = await gateway.Call.ByJson(rule, new WatchReferralsRequest { Parent = gateway.North.SiteName, Outgoing = true }, gateway.NorthToken);
        Assert.Equal(StatusCode.OK, outcome.Code);
        var lines = outcome.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("\"reset\": true", lines[0].Replace("\":t", "\": t", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("resumeToken", lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_ends_with_the_token_that_it_was_opened_with()
    {
        var brief = gateway.Issuer.Mint(new TokenRequest("brief", "demo", "site") { Sites = ["north"], Lifetime = TimeSpan.FromSeconds(3) });
        using var call = Client.WatchReferrals(new WatchReferralsRequest { Parent = gateway.North.SiteName }, RealGateway.Headers(brief));
        var ended = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (await call.ResponseStream.MoveNext(default).WaitAsync(Folded.Patience, TimeProvider.System)) { }
        });
        Assert.Equal((StatusCode.Unauthenticated, "TOKEN_EXPIRED"), (ended.StatusCode, ended.GetRpcStatus()!.GetDetail<Google.Rpc.ErrorInfo>().Reason));
    }

    private async Task<string> Person()
    {
        var participants = new Participants.ParticipantsClient(gateway.Channel);
        var person = await participants.RegisterParticipantAsync((RegisterParticipantRequest)Samples.Of("/rtt.v1.Participants/RegisterParticipant", gateway.North), Operator);
        await participants.SetEligibilityAsync(new SetEligibilityRequest { Name = person.Name, Eligible = true, Reason = "screened", RequestId = Samples.Id() }, Operator);
        return person.Name;
    }

    private CreateReferralRequest Referral(string person, bool draft) => new()
    {
        Parent = gateway.North.SiteName,
        Participant = person,
        Target = gateway.North.OtherSiteName,
        Program = "SMALL-5",
        Reason = "no-seat-here",
        Form = "physician",
        SharingConsented = true,
        Draft = draft,
        RequestId = Samples.Id(),
    };

    private sealed class Folded(WatchTests test, string parent, bool outgoing) : FoldedStream<WatchReferralsResponse, ReferralSummary>
    {
        protected override AsyncServerStreamingCall<WatchReferralsResponse> Open(string resume) =>
            test.Client.WatchReferrals(new WatchReferralsRequest { Parent = parent, Outgoing = outgoing, ResumeToken = resume }, test.Operator);

        protected override async Task<(string Place, Dictionary<string, ReferralSummary> Rows)> List()
        {
            var list = await test.Client.ListReferralsAsync(new ListReferralsRequest { Parent = parent, Outgoing = outgoing, PageSize = 200 }, test.Operator);
            Assert.Equal("", list.NextPageToken);
            return (list.Token, list.Referrals.ToDictionary(r => r.Name));
        }

        protected override StreamPart<ReferralSummary> Read(WatchReferralsResponse message) =>
            new(message.Reset, message.Referrals.Select(r => (r.Name, r)), message.Removed, message.Token, message.ResumeToken);

        protected override string Text(ReferralSummary row) => string.Create(
            CultureInfo.InvariantCulture, $"{row.Participant} {row.Source} {row.Target} {row.Status} {row.Priority} {row.SeatHeld} {row.SendTime} {row.DueTime} {row.DecideTime} {row.Outcome}");
    }
}
