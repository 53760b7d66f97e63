using Grpc.Core;
using Microsoft.Extensions.Time.Testing;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Participants;
using RttNetwork.Contracts.Sites;
using RttNetwork.Contracts.Units;
using RttNetwork.Gateway.Authentication;
using RttNetwork.Gateway.Mapping;
using RttNetwork.Gateway.Tests.Hosting;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Tests;

/// <summary>One person, one participant per network: the gateway's part of it.</summary>
public sealed class RegistrationTests
{
    private const string HealthNumber = "https://example.org/health-number";
    private readonly FakeGrains _grains = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 12, 1, 7, 30, 0, TimeSpan.Zero));

    public RegistrationTests()
    {
        _grains.On<ISiteGrain>(nameof(ISiteGrain.Get), (_, _) => Views.Found(Views.Site()));
        _grains.On<IIdentityGrain>(nameof(IIdentityGrain.Owner), (_, _) => Views.Found(new IdentityOwner(null)));
        _grains.On<IIdentityGrain>(nameof(IIdentityGrain.Claim), (_, arguments) => Views.Accepted(Views.Participant(((RegisterParticipant)arguments[0]!).Participant)));
        _grains.On<IParticipantGrain>(nameof(IParticipantGrain.FinishRegister), (key, _) => Views.Accepted(Views.Participant(Keys.IdOf(key))));
    }

    [Fact]
    public async Task However_an_identifier_is_written_it_is_the_same_person()
    {
        var written = new[] { "9876543210", " 9876 543-210 ", "9876-5432-10" };
        foreach (var value in written) await Register(new Identifier { System = HealthNumber, Value = value });
        foreach (var value in new[] { "ab12", "AB-12", "aB 12" }) await Register(new Identifier { System = HealthNumber, Value = value });
        var claimed = _grains.Calls.Where(call => call.Method == nameof(IIdentityGrain.Claim)).Select(call => call.Key).ToList();
        Assert.Single(claimed.Take(3).Distinct());
        Assert.Single(claimed.Skip(3).Distinct());
        Assert.NotEqual(claimed[0], claimed[3]);
        Assert.All(claimed, key => Assert.True(Ids.IsValid(Keys.IdOf(key)) && Keys.KindOf(key) == StreamKind.Identity && Keys.NetworkOf(key) == "demo", key));
    }

    [Fact]
    public async Task An_identifier_of_another_system_or_network_is_another_one()
    {
        await Register(new Identifier { System = HealthNumber, Value = "9876543210" });
        await Register(new Identifier { System = "https://example.org/student-number", Value = "9876543210" });
        await Register("other", new Identifier { System = HealthNumber, Value = "9876543210" });
        var hashes = _grains.Calls.Where(call => call.Method == nameof(IIdentityGrain.Claim)).Select(call => Keys.IdOf(call.Key)).ToList();
        Assert.Equal(3, hashes.Distinct().Count());
    }

    [Fact]
    public async Task Nothing_that_goes_to_a_grain_has_the_identifier_in_it()
    {
        await Register(new Identifier { System = HealthNumber, Value = "9876543210" });
        foreach (var call in _grains.Calls)
        {
            Assert.DoesNotContain("9876543210", call.Key, StringComparison.Ordinal);
            foreach (var argument in call.Arguments.OfType<RegisterParticipant>()) Assert.DoesNotContain(argument.Identities, key => key.Contains("9876543210", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Identifiers_are_claimed_in_order_each_once_beginning_with_the_first()
    {
        await Register(new Identifier { System = HealthNumber, Value = "1" }, new Identifier { System = HealthNumber, Value = "2" }, new Identifier { System = HealthNumber, Value = "3" }, new Identifier { System = HealthNumber, Value = "2 " });
        var claim = Assert.Single(_grains.Calls, call => call.Method == nameof(IIdentityGrain.Claim));
        var command = (RegisterParticipant)claim.Arguments[0]!;
        Assert.Equal(3, command.Identities.Length);
        Assert.Equal(command.Identities.Order(StringComparer.Ordinal), command.Identities);
        Assert.Equal(command.Identities[0], claim.Key);
    }

    [Fact]
    public async Task A_request_that_is_sent_again_is_about_the_same_new_person()
    {
        var request = Request(new Identifier { System = HealthNumber, Value = "1" });
        await Register("demo", request);
        await Register("demo", request);
        var ids = _grains.Calls.Where(call => call.Method == nameof(IIdentityGrain.Claim)).Select(call => (RegisterParticipant)call.Arguments[0]!).Select(command => command.Participant).ToList();
        Assert.Equal(2, ids.Count);
        Assert.Single(ids.Distinct());
        Assert.Equal(26, ids[0].Length);
        Assert.Equal(Identities.NewParticipant("demo", "desk", Guid.Parse(request.RequestId)), ids[0]);
        Assert.NotEqual(Identities.NewParticipant("demo", "desk-2", Guid.Parse(request.RequestId)), ids[0]);
    }

    [Fact]
    public async Task A_person_whom_the_network_knows_is_that_same_participant()
    {
        _grains.On<IIdentityGrain>(nameof(IIdentityGrain.Owner), (_, _) => Views.Found(new IdentityOwner("known-person")));
        var reply = await Register(new Identifier { System = HealthNumber, Value = "1" });
        Assert.Equal("networks/demo/participants/known-person", reply.Name);
    }

    [Fact]
    public async Task Identifiers_of_two_people_are_refused_and_name_neither()
    {
        _grains.On<IIdentityGrain>(nameof(IIdentityGrain.Owner), (key, _) => Views.Found(new IdentityOwner($"person-{key.GetHashCode(StringComparison.Ordinal):x}")));
        var e = await Assert.ThrowsAsync<RpcException>(() => Register(new Identifier { System = HealthNumber, Value = "1" }, new Identifier { System = HealthNumber, Value = "2" }));
        Assert.Equal(StatusCode.FailedPrecondition, e.StatusCode);
        Assert.Equal("IDENTIFIERS_OF_SEVERAL_PEOPLE", e.GetRpcStatus()!.GetDetail<Google.Rpc.ErrorInfo>().Reason);
        Assert.DoesNotContain("person-", e.GetRpcStatus()!.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(_grains.Calls, call => call.Method == nameof(IIdentityGrain.Claim));
    }

    [Fact]
    public async Task A_person_without_an_identifier_is_registered_alone()
    {
        await Register();
        Assert.DoesNotContain(_grains.Calls, call => call.Grain == typeof(IIdentityGrain));
        Assert.Single(_grains.Calls, call => call.Method == nameof(IParticipantGrain.FinishRegister));
    }

    [Fact]
    public async Task When_somebody_else_claims_first_the_owners_are_asked_again()
    {
        var claims = 0;
        _grains.On<IIdentityGrain>(nameof(IIdentityGrain.Owner), (_, _) => Views.Found(new IdentityOwner(claims == 0 ? null : "winner")));
        _grains.On<IIdentityGrain>(nameof(IIdentityGrain.Claim), (_, arguments) => ++claims == 1
            ? Task.FromResult(UnitAnswer<ParticipantView>.Of(UnitOutcome.Conflict))
            : Views.Accepted(Views.Participant(((RegisterParticipant)arguments[0]!).Participant)));
        var reply = await Register(new Identifier { System = HealthNumber, Value = "1" });
        Assert.Equal("networks/demo/participants/winner", reply.Name);
        Assert.Equal(2, claims);
    }

    [Fact]
    public async Task A_claim_that_conflicts_three_times_is_aborted()
    {
        _grains.On<IIdentityGrain>(nameof(IIdentityGrain.Claim), (_, _) => Task.FromResult(UnitAnswer<ParticipantView>.Of(UnitOutcome.Conflict)));
        var e = await Assert.ThrowsAsync<RpcException>(() => Register(new Identifier { System = HealthNumber, Value = "1" }));
        Assert.Equal(StatusCode.Aborted, e.StatusCode);
        Assert.Equal(3, _grains.Calls.Count(call => call.Method == nameof(IIdentityGrain.Claim)));
    }

    [Fact]
    public async Task A_site_that_is_not_there_is_not_found_and_nothing_is_claimed()
    {
        _grains.On<ISiteGrain>(nameof(ISiteGrain.Get), (_, _) => Views.Found<SiteView>(null));
        var e = await Assert.ThrowsAsync<RpcException>(() => Register(new Identifier { System = HealthNumber, Value = "1" }));
        Assert.Equal(StatusCode.NotFound, e.StatusCode);
        Assert.DoesNotContain(_grains.Calls, call => call.Grain == typeof(IIdentityGrain));
    }

    /// <summary>
    /// At 07:30 UTC on 1 December 2026 it is still 30 November in Los Angeles, and already 1 December in Vancouver, where
    /// clocks are not put back any more.
    /// </summary>
    [Theory]
    [InlineData("America/Los_Angeles", true)]
    [InlineData("America/Vancouver", false)]
    public async Task A_birthday_begins_at_midnight_at_the_site(string timeZone, bool underAge)
    {
        _grains.On<ISiteGrain>(nameof(ISiteGrain.Get), (_, _) => Views.Found(Views.Site(timeZone: timeZone)));
        var request = Request(new Identifier { System = HealthNumber, Value = "1" });
        request.PersonalData = new PersonalData { FamilyName = "Example", BirthDate = Samples.Day(2008, 12, 1) };
        await Register("demo", request);
        var command = (RegisterParticipant)_grains.Calls.Single(call => call.Method == nameof(IIdentityGrain.Claim)).Arguments[0]!;
        Assert.Equal(underAge, command.UnderAge);
    }

    private static RegisterParticipantRequest Request(params Identifier[] identifiers) =>
        new() { Parent = "networks/demo/sites/north", Identifiers = { identifiers }, RequestId = Samples.Id() };

    private Task<Participant> Register(params Identifier[] identifiers) => Register("demo", identifiers);

    private Task<Participant> Register(string network, params Identifier[] identifiers)
    {
        var request = Request(identifiers);
        request.Parent = $"networks/{network}/sites/north";
        return Register(network, request);
    }

    private async Task<Participant> Register(string network, RegisterParticipantRequest request)
    {
        await using var host = await GatewayHost.Start(_grains, time: _time);
        var token = host.Issuer.Mint(new TokenRequest("desk", network, "site") { Sites = ["north"] });
        return await new Participants.ParticipantsClient(host.Channel).RegisterParticipantAsync(request, new Metadata { { "authorization", $"Bearer {token}" } });
    }
}
