using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Microsoft.IdentityModel.Tokens;
using RttNetwork.Contracts.Units;
using RttNetwork.Gateway.Authentication;
using RttNetwork.Gateway.Authorization;
using RttNetwork.Gateway.Tests.Hosting;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Tests;

/// <summary>
/// I11, on real grains and a real database: every method, by gRPC and by JSON, called by everybody who may not. Generated
/// from the descriptors: a method that is added is in it, or fails for want of a sample request.
/// </summary>
[Collection(RealGatewayTests.Name)]
public sealed class AuthorisationMatrixTests(RealGateway gateway)
{
    public static TheoryData<string> Methods => new(MethodRules.All.Keys.Order(StringComparer.Ordinal));

    public static TheoryData<string> MethodsOf(string scope) => new(MethodRules.All.Values
        .Where(rule => rule.IsOpenTo(Enum.Parse<CallerScope>(scope)))
        .Select(rule => rule.FullName).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task Who_is_not_known_is_not_served(string fullName)
    {
        var rule = MethodRules.All[fullName];
        var request = new TokenRequest("ops", "demo", "operator");
        var good = gateway.Issuer.Mint(request).Split('.');
        string?[] tokens =
        [
            null,
            "",
            "nonsense",
            gateway.Issuer.Mint(request with { Lifetime = TimeSpan.FromMinutes(-1) }),
            gateway.OtherIssuer.Mint(request),
            $"{Base64UrlEncoder.Encode("""{"alg":"none","typ":"JWT"}""")}.{good[1]}.",
            $"{good[0]}.{good[1]}.{new string('A', good[2].Length)}",
        ];
        foreach (var token in tokens) await Denied(rule, gateway.North, token, StatusCode.Unauthenticated);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task Another_network_is_as_if_it_were_not_there(string fullName)
    {
        var rule = MethodRules.All[fullName];
        string[] tokens =
        [
            gateway.Issuer.Mint(new TokenRequest("ops", "elsewhere", "operator")),
            gateway.Issuer.Mint(new TokenRequest("desk", "elsewhere", "site") { Sites = ["north"] }),
            gateway.Issuer.Mint(new TokenRequest("health", "elsewhere", "authority") { Regions = ["fraser"] }),
            gateway.Issuer.Mint(new TokenRequest("ops", "demo2", "operator")),
            gateway.Issuer.Mint(new TokenRequest("ops", "dem", "operator")),
        ];
        foreach (var token in tokens) await Denied(rule, gateway.North, token, StatusCode.PermissionDenied);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task Another_site_is_as_if_it_were_not_there(string fullName)
    {
        var rule = MethodRules.All[fullName];
        // What a network shows to all of its sites: its directory, its programs, and where seats are open.
        if (IsAboutTheNetwork(rule) && rule.IsOpenTo(CallerScope.Site)) return;
        await Denied(rule, gateway.North, gateway.SouthToken, StatusCode.PermissionDenied, StatusCode.NotFound);
        var nowhere = gateway.Issuer.Mint(new TokenRequest("desk", "demo", "site"));
        await Denied(rule, gateway.North, nowhere, StatusCode.PermissionDenied, StatusCode.NotFound);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task Another_region_is_as_if_it_were_not_there(string fullName) =>
        await Denied(MethodRules.All[fullName], gateway.North, gateway.InteriorToken, StatusCode.PermissionDenied);

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task A_scope_that_a_method_does_not_name_is_denied(string fullName)
    {
        var rule = MethodRules.All[fullName];
        if (!rule.IsOpenTo(CallerScope.Site)) await Denied(rule, gateway.North, gateway.NorthToken, StatusCode.PermissionDenied);
        if (!rule.IsOpenTo(CallerScope.Operator)) await Denied(rule, gateway.North, gateway.OperatorToken, StatusCode.PermissionDenied);
        if (!rule.IsOpenTo(CallerScope.Authority)) await Denied(rule, gateway.North, gateway.FraserToken, StatusCode.PermissionDenied);
    }

    /// <summary>The other way round: without this the tests above would hold for a gateway that denies everybody.</summary>
    [Theory]
    [MemberData(nameof(Methods))]
    public async Task Who_may_call_is_not_denied(string fullName)
    {
        var rule = MethodRules.All[fullName];
        var request = Samples.Of(fullName, gateway.North);
        rule.ValidateOnly?.Set(request, true);
        foreach (var token in TokensFor(rule))
        {
            foreach (var outcome in new[] { await gateway.Call.ByGrpc(rule, request, token), await gateway.Call.ByJson(rule, request, token) })
            {
                // What is there is there already, and what is not cannot be withdrawn: a rule said so, no lock.
                Assert.True(outcome.Code is StatusCode.OK or StatusCode.FailedPrecondition or StatusCode.AlreadyExists, $"{fullName}: {outcome}");
            }
        }
    }

    /// <summary>Each name of a request for itself, the others being the caller's own.</summary>
    [Theory]
    [MemberData(nameof(Methods))]
    public async Task One_name_of_another_network_among_ones_own_denies_the_call(string fullName)
    {
        var rule = MethodRules.All[fullName];
        var before = await gateway.Written();
        var names = Names(Samples.Of(fullName, gateway.North)).Count;
        Assert.NotEqual(0, names);
        for (var i = 0; i < names; i++)
        {
            foreach (var token in TokensFor(rule))
            {
                var request = Samples.Of(fullName, gateway.North);
                var (message, field) = Names(request)[i];
                field.Accessor.SetValue(message, ((string)field.Accessor.GetValue(message)).Replace("networks/demo", "networks/elsewhere", StringComparison.Ordinal));
                Assert.Equal("PERMISSION_DENIED", (await gateway.Call.ByGrpc(rule, request, token)).Reason);
                Assert.Equal("PERMISSION_DENIED", (await gateway.Call.ByJson(rule, request, token)).Reason);
            }
        }
        Assert.Equal(before, await gateway.Written());
    }

    [Theory]
    [MemberData(nameof(MethodsOf), "Site")]
    public async Task A_person_whom_only_another_site_knows_is_not_there(string fullName)
    {
        var rule = MethodRules.All[fullName];
        // The caller's own cohort, another site's person.
        var mixed = gateway.South with { Participant = gateway.North.Participant };
        if (!Samples.Of(fullName, mixed).ToString()!.Contains(mixed.Participant, StringComparison.Ordinal)) return;
        await Denied(rule, mixed, mixed with { Participant = "no-participant" }, gateway.SouthToken, StatusCode.NotFound);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task Nothing_of_another_network_or_of_another_sites_people_is_in_any_answer(string fullName)
    {
        var rule = MethodRules.All[fullName];
        foreach (var scene in new[] { gateway.North, gateway.South, gateway.Foreign })
        {
            var request = Samples.Of(fullName, scene);
            rule.ValidateOnly?.Set(request, true);
            foreach (var token in new[] { gateway.NorthToken, gateway.OperatorToken, gateway.FraserToken })
            {
                foreach (var outcome in new[] { await gateway.Call.ByGrpc(rule, request, token), await gateway.Call.ByJson(rule, request, token) })
                {
                    Assert.DoesNotContain(RealGateway.ForeignMark, outcome.Text, StringComparison.Ordinal);
                    Assert.DoesNotContain(gateway.Foreign.Participant, outcome.Text, StringComparison.Ordinal);
                    if (token == gateway.NorthToken) Assert.DoesNotContain(gateway.South.Participant, outcome.Text, StringComparison.Ordinal);
                    if (token == gateway.FraserToken) Assert.DoesNotContain("Clinic south", outcome.Text, StringComparison.Ordinal);
                }
            }
        }
    }

    [Fact]
    public async Task A_full_cohort_names_only_seats_of_its_own_network()
    {
        var headers = RealGateway.Headers(gateway.OperatorToken);
        var cohorts = new Cohorts.CohortsClient(gateway.Channel);
        var participants = new Participants.ParticipantsClient(gateway.Channel);
        var plan = Samples.Cohort(gateway.North);
        (plan.SeatsMin, plan.SeatsMax, plan.HoldPolicy) = (1, 1, null);
        plan.Staffing.Clear();
        foreach (var session in plan.Sessions) session.LocalStart.Hours = 9;
        await cohorts.CreateCohortAsync(new CreateCohortRequest { Parent = gateway.North.SiteName, CohortId = "tiny", Cohort = plan, RequestId = Samples.Id() }, headers);
        var tiny = $"{gateway.North.SiteName}/cohorts/tiny";
        var people = new List<string>();
        for (var i = 0; i < 2; i++)
        {
            var person = await participants.RegisterParticipantAsync((RegisterParticipantRequest)Samples.Of("/rtt.v1.Participants/RegisterParticipant", gateway.North), headers);
            await participants.SetEligibilityAsync(new SetEligibilityRequest { Name = person.Name, Eligible = true, Reason = "screened", RequestId = Samples.Id() }, headers);
            people.Add(person.Name);
        }
        var seat = await cohorts.BookSeatAsync(new BookSeatRequest { Cohort = tiny, Participant = people[0], RequestId = Samples.Id() }, headers);
        await gateway.Reached(gateway.North.NetworkName, seat.Token, headers);

        var desk = RealGateway.Headers(gateway.NorthToken);
        var e = await Assert.ThrowsAsync<RpcException>(() => cohorts.BookSeatAsync(new BookSeatRequest { Cohort = tiny, Participant = people[1], RequestId = Samples.Id() }, desk).ResponseAsync);
        var status = e.GetRpcStatus()!;
        Assert.Equal("SEAT_FULL", status.GetDetail<Google.Rpc.ErrorInfo>().Reason);
        var alternatives = status.GetDetail<Alternatives>().Seats;
        Assert.NotEmpty(alternatives);
        Assert.All(alternatives, seats => Assert.StartsWith("networks/demo/", seats.Cohort, StringComparison.Ordinal));
        Assert.DoesNotContain(RealGateway.ForeignMark, status.ToByteString().ToStringUtf8(), StringComparison.Ordinal);
    }

    private IEnumerable<string> TokensFor(MethodRule rule)
    {
        if (rule.IsOpenTo(CallerScope.Site)) yield return gateway.NorthToken;
        if (rule.IsOpenTo(CallerScope.Operator)) yield return gateway.OperatorToken;
        if (rule.IsOpenTo(CallerScope.Authority)) yield return gateway.FraserToken;
    }

    /// <summary>
    /// Denied both ways, with the same bytes for what is there and for what is not, nothing of the network in it, and
    /// nothing written.
    /// </summary>
    private Task Denied(MethodRule rule, Scene scene, string? token, params StatusCode[] expected) => Denied(rule, scene, Missing(scene), token, expected);

    private async Task Denied(MethodRule rule, Scene scene, Scene nothing, string? token, params StatusCode[] expected)
    {
        var before = await gateway.Written();
        var request = Samples.Of(rule.FullName, scene);
        var missing = Samples.Of(rule.FullName, nothing);
        var byGrpc = await gateway.Call.ByGrpc(rule, request, token);
        var byJson = await gateway.Call.ByJson(rule, request, token);
        Assert.Contains(byGrpc.Code, expected);
        Assert.Equal((byGrpc.Code, byGrpc.Reason), (byJson.Code, byJson.Reason));
        Assert.Equal(byGrpc, await gateway.Call.ByGrpc(rule, missing, token));
        Assert.Equal(byJson, await gateway.Call.ByJson(rule, missing, token));
        foreach (var told in new[] { byGrpc.Text, byJson.Text })
        {
            foreach (var own in new[] { scene.Participant, scene.Facilitator, "Clinic", "Group", "networks/" }) Assert.DoesNotContain(own, told, StringComparison.Ordinal);
        }
        // A request that is wrong in every field is denied as well, and no field of it is mentioned.
        if (expected is [StatusCode.PermissionDenied] or [StatusCode.Unauthenticated] && rule.RequestId is not null)
        {
            rule.RequestId.Set(request, "not an id");
            Assert.Equal(byGrpc, await gateway.Call.ByGrpc(rule, request, token));
        }
        Assert.Equal(before, await gateway.Written());
    }

    /// <summary>The fields of a message, at any depth, that name something of the network.</summary>
    private static List<(IMessage Message, FieldDescriptor Field)> Names(IMessage message)
    {
        var names = new List<(IMessage, FieldDescriptor)>();
        foreach (var field in message.Descriptor.Fields.InDeclarationOrder().Where(field => !field.IsRepeated))
        {
            if (field.FieldType == FieldType.String && ((string)field.Accessor.GetValue(message)).StartsWith("networks/", StringComparison.Ordinal)) names.Add((message, field));
            else if (field.FieldType == FieldType.Message && field.Accessor.GetValue(message) is IMessage inner) names.AddRange(Names(inner));
        }
        return names;
    }

    /// <summary>The same place with nothing in it.</summary>
    private static Scene Missing(Scene scene) => scene with
    {
        Site = $"{scene.Site}-not",
        Room = "no-room",
        Cohort = "no-cohort",
        Facilitator = "no-facilitator",
        Participant = "no-participant",
    };

    private static bool IsAboutTheNetwork(MethodRule rule)
    {
        var template = rule.Http.PatternCase == Google.Api.HttpRule.PatternOneofCase.Get ? rule.Http.Get : rule.Http.Post;
        return template.Contains("=networks/*}", StringComparison.Ordinal) || template.Contains("=networks/*/programs/*}", StringComparison.Ordinal);
    }
}
