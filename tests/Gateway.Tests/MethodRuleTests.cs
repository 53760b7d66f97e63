using CsCheck;
using Google.Api;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using RttNetwork.Contracts.Units;
using RttNetwork.Domain.Participants;
using RttNetwork.Domain.Pathways;
using RttNetwork.Gateway.Authorization;
using RttNetwork.Gateway.Calls;
using RttNetwork.Gateway.Mapping;
using RttNetwork.Gateway.Tests.Hosting;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Tests;

public sealed class MethodRuleTests
{
    private static readonly Caller North = new("demo", "desk", CallerScope.Site, ["north", "north-2"], [], "care");
    private static readonly Caller Operator = new("demo", "ops", CallerScope.Operator, [], [], "care");
    private static readonly Caller Authority = new("demo", "health", CallerScope.Authority, [], ["fraser"], "care");

    [Fact]
    public void Every_method_of_the_wire_has_a_rule_and_a_sample_request()
    {
        var scene = new Scene("demo", "north", "fraser", "room-1", "c1", "f1", "p1");
        Assert.NotEmpty(MethodRules.All);
        foreach (var rule in MethodRules.All.Values)
        {
            var request = Samples.Of(rule.FullName, scene);
            Assert.Equal(rule.Method.InputType, request.Descriptor);
            Assert.True(rule.Allows(Operator, request), rule.FullName);
            if (rule.IsOpenTo(CallerScope.Site)) Assert.True(rule.Allows(North, request), rule.FullName);
            if (rule.IsOpenTo(CallerScope.Authority)) Assert.True(rule.Allows(Authority, request), rule.FullName);
        }
    }

    [Fact]
    public void No_method_is_open_to_the_system_whose_scope_no_token_has() =>
        Assert.All(MethodRules.All.Values, rule => Assert.False(rule.IsOpenTo(CallerScope.System)));

    [Fact]
    public void A_method_that_does_not_say_who_may_call_it_does_not_start() =>
        Assert.Contains("who may call it", Fault(new MethodOptions()), StringComparison.Ordinal);

    [Fact]
    public void A_method_that_writes_without_a_request_id_does_not_start() =>
        Assert.Contains("request_id", Fault(Options(new Wire.V1.Authorization { Scopes = { Scope.Operator }, ResourceField = "name", Writes = true })), StringComparison.Ordinal);

    [Fact]
    public void A_method_for_authorities_without_a_region_does_not_start() =>
        Assert.Contains("region_field", Fault(Options(new Wire.V1.Authorization { Scopes = { Scope.Authority }, ResourceField = "name" })), StringComparison.Ordinal);

    [Fact]
    public void A_method_that_names_no_scope_does_not_start() =>
        Assert.Contains("no scope", Fault(Options(new Wire.V1.Authorization { ResourceField = "name" })), StringComparison.Ordinal);

    [Fact]
    public void A_method_without_a_path_does_not_start()
    {
        var options = new MethodOptions();
        options.SetExtension(AuthorizationExtensions.Authorization, new Wire.V1.Authorization { Scopes = { Scope.Operator }, ResourceField = "name" });
        Assert.Contains("google.api.http", Fault(options), StringComparison.Ordinal);
    }

    [Fact]
    public void A_stream_of_requests_does_not_start_until_it_is_authorised_as_one() =>
        Assert.Contains("stream", Fault(Options(new Wire.V1.Authorization { Scopes = { Scope.Operator }, ResourceField = "name" }), isStream: true), StringComparison.Ordinal);

    [Theory]
    [InlineData("networks/demo/sites/north", true)]
    [InlineData("networks/demo/sites/north-2", true)]
    [InlineData("networks/demo/sites/north/cohorts/c1", true)]
    [InlineData("networks/demo", true)]
    [InlineData("networks/demo/participants/p1", true)]
    [InlineData("networks/demo/sites/nort", false)]
    [InlineData("networks/demo/sites/north-3", false)]
    [InlineData("networks/demo/sites/", false)]
    [InlineData("networks/demo/sites//north", false)]
    [InlineData("networks/demo/sites/NORTH", false)]
    [InlineData("networks/demo2", false)]
    [InlineData("networks/dem", false)]
    [InlineData("networks/", false)]
    [InlineData("networks/other/sites/north", false)]
    [InlineData("networks/other/participants/p1", false)]
    public void A_site_client_reaches_its_own_sites_only(string name, bool allowed) =>
        Assert.Equal(allowed, MethodRules.All["/rtt.v1.Sites/GetSite"].Allows(North, new GetSiteRequest { Name = name }));

    [Theory]
    [InlineData("", false)]
    [InlineData("fraser", false)]
    [InlineData("regions/", false)]
    [InlineData("regions/interior", false)]
    [InlineData("regions/fraser/x", false)]
    [InlineData("regions/fraser", true)]
    public void An_authority_names_one_of_its_own_regions(string region, bool allowed)
    {
        Assert.Equal(allowed, MethodRules.All["/rtt.v1.Sites/ListSites"].Allows(Authority, new ListSitesRequest { Parent = "networks/demo", Region = region }));
        Assert.Equal(allowed, MethodRules.All["/rtt.v1.Cohorts/SearchSeats"].Allows(Authority, new SearchSeatsRequest { Parent = "networks/demo", Region = region }));
    }

    /// <summary>However many it has, by every method that is open to it, and whatever the names of others begin or end with.</summary>
    [Fact]
    public void An_authority_names_those_regions_that_it_has_and_no_others_however_many_they_are()
    {
        var rules = MethodRules.All.Values.Where(r => r.IsOpenTo(CallerScope.Authority)).ToArray();
        Assert.NotEmpty(rules);
        var id = Gen.Select(Gen.Int[0, 299], Gen.OneOf("region", "region-1", "r"), (n, name) => $"{name}{n}");
        Gen.Select(id.Array[0, 256], id, Gen.Int[0, rules.Length - 1]).Sample((has, asked, method) =>
        {
            var authority = Authority with { Regions = [.. has] };
            foreach (var region in has.Length == 0 ? [asked] : new[] { asked, has[^1] })
            {
                var request = Samples.Of(rules[method].FullName, new Scene("demo", "north", region, "room-1", "c1", "f1", "p1"));
                Assert.Equal(has.Contains(region), rules[method].Allows(authority, request));
            }
        }, iter: 2000);
    }

    [Fact]
    public void Every_name_in_a_request_is_compared_and_not_only_the_first()
    {
        var book = MethodRules.All["/rtt.v1.Cohorts/BookSeat"];
        Assert.False(book.Allows(North, new BookSeatRequest { Cohort = "networks/demo/sites/north/cohorts/c1", Participant = "networks/other/participants/p1" }));
        var create = MethodRules.All["/rtt.v1.Facilitators/CreateFacilitator"];
        Assert.False(create.Allows(Operator, new CreateFacilitatorRequest { Parent = "networks/demo", Facilitator = new Facilitator { HomeSite = "networks/other/sites/s1" } }));
        Assert.True(create.Allows(Operator, new CreateFacilitatorRequest { Parent = "networks/demo" }));
        var cohort = MethodRules.All["/rtt.v1.Cohorts/CreateCohort"];
        Assert.False(cohort.Allows(Operator, new CreateCohortRequest { Parent = "networks/demo/sites/s1", Cohort = new Cohort { Room = "networks/other/sites/s1/rooms/r1" } }));
    }

    /// <summary>Whatever is allowed and can be read as a name, names something of the caller's own.</summary>
    [Fact]
    public void No_name_that_is_read_as_a_foreign_one_is_allowed()
    {
        string[] parts = ["networks", "sites", "rooms", "cohorts", "participants", "demo", "other", "north", "north-2", "south", "", "..", "%2F", "NORTH", "demo/sites/south", "a1"];
        var part = Gen.Int[0, parts.Length - 1].Select(i => parts[i]);
        var rule = MethodRules.All["/rtt.v1.Sites/GetSite"];
        Gen.OneOf(
            part.Array[1, 7].Select(chosen => string.Join('/', chosen)),
            Gen.Select(part, part, part, (network, site, cohort) => $"networks/{network}/sites/{site}/cohorts/{cohort}"),
            Gen.Select(part, part, (network, site) => $"networks/{network}/sites/{site}"),
            Gen.String).Sample(name =>
        {
            if (!rule.Allows(North, new GetSiteRequest { Name = name })) return;
            if (NetworkName.TryParse(name, out var network)) Assert.Equal("demo", network.Network);
            if (SiteName.TryParse(name, out var site)) Assert.True(North.Reaches(site.Network, site.Site), name);
            if (RoomName.TryParse(name, out var room)) Assert.True(North.Reaches(room.Network, room.Site), name);
            if (CohortName.TryParse(name, out var cohort)) Assert.True(North.Reaches(cohort.Network, cohort.Site), name);
            if (ParticipantName.TryParse(name, out var participant)) Assert.Equal("demo", participant.Network);
            if (FacilitatorName.TryParse(name, out var facilitator)) Assert.Equal("demo", facilitator.Network);
        }, iter: 20_000);
    }

    [Fact]
    public void An_action_that_is_offered_is_a_method_that_the_caller_may_call()
    {
        var byName = MethodRules.All.Values.ToDictionary(rule => char.ToLowerInvariant(rule.Method.Name[0]) + rule.Method.Name[1..]);
        foreach (var (scope, names) in Actions.All)
        {
            foreach (var name in names) Assert.True(byName.TryGetValue(name, out var rule) && rule.IsOpenTo(scope), $"{name} for {scope}");
        }
    }

    [Theory]
    [InlineData("DescribeSite")]
    [InlineData("HideSite")]
    [InlineData("UnhideSite")]
    [InlineData("SetNationGovernance")]
    public void No_site_hides_itself_or_says_where_it_is(string method)
    {
        var rule = MethodRules.All[$"/rtt.v1.Sites/{method}"];
        Assert.Equal((false, true, false), (rule.IsOpenTo(CallerScope.Site), rule.IsOpenTo(CallerScope.Operator), rule.IsOpenTo(CallerScope.Authority)));
        Assert.True(MethodRules.All["/rtt.v1.Sites/SetLimitedCapacity"].IsOpenTo(CallerScope.Site));
    }

    [Fact]
    public void What_would_open_a_door_is_a_method_that_sites_and_operators_may_call()
    {
        var byName = MethodRules.All.Values.ToDictionary(rule => char.ToLowerInvariant(rule.Method.Name[0]) + rule.Method.Name[1..]);
        foreach (var name in SessionMapping.AllActions)
            Assert.True(byName.TryGetValue(name, out var rule) && rule.IsOpenTo(CallerScope.Site) && rule.IsOpenTo(CallerScope.Operator), name);
    }

    /// <summary>The pathway's next steps come from the domain, which knows no method: their names are held to the methods here.</summary>
    [Fact]
    public void A_next_step_is_a_method_that_sites_and_operators_may_call()
    {
        var byName = MethodRules.All.Values.ToDictionary(rule => char.ToLowerInvariant(rule.Method.Name[0]) + rule.Method.Name[1..]);
        var now = NodaTime.Instant.FromUtc(2026, 12, 1, 17, 0);
        var policy = new PathwayPolicy("GRIP-8", 1, [], 90, 7, [], [], null, 92, new FastingPreset("none", NodaTime.Duration.Zero, NodaTime.Duration.Zero), [], new PreparationRule(0, NodaTime.Duration.Zero, 0),
            3, 14, true, NodaTime.Duration.Zero, 0, [], [], new SafetyRegime("none", 0, 0));
        var place = new Place("GRIP-8", 1, "north", Stage.Referred, null, ClearanceSet.None);
        var person = new PersonFacts("p1", false, false, [], place);
        var pathway = PathwayState.Empty.Apply(new PathwayOpened("GRIP-8", "north", "CA-BC", "America/Vancouver", policy, "self", now), now);
        foreach (var step in NextSteps.Of(person, pathway, now).Concat(NextSteps.OfPlace(person, place, now)))
            Assert.True(byName.TryGetValue(step.Action, out var rule) && rule.IsOpenTo(CallerScope.Site) && rule.IsOpenTo(CallerScope.Operator), step.Action);
    }

    private static MethodOptions Options(Wire.V1.Authorization authorization)
    {
        var options = new MethodOptions();
        options.SetExtension(AuthorizationExtensions.Authorization, authorization);
        options.SetExtension(AnnotationsExtensions.Http, new HttpRule { Get = "/v1/{name=things/*}" });
        return options;
    }

    /// <summary>What the start-up says of a service with one method that has these options.</summary>
    private static string Fault(MethodOptions options, bool isStream = false)
    {
        var file = new FileDescriptorProto
        {
            Name = "thing.proto",
            Package = "rtt.v1",
            Syntax = "proto3",
            MessageType = { new DescriptorProto { Name = "Thing", Field = { new FieldDescriptorProto { Name = "name", Number = 1, Type = FieldDescriptorProto.Types.Type.String, Label = FieldDescriptorProto.Types.Label.Optional } } } },
            Service =
            {
                new ServiceDescriptorProto
                {
                    Name = "Things",
                    Method = { new MethodDescriptorProto { Name = "GetThing", InputType = ".rtt.v1.Thing", OutputType = ".rtt.v1.Thing", ClientStreaming = isStream, Options = options } },
                },
            },
        };
        var registry = new ExtensionRegistry { AuthorizationExtensions.Authorization, AnnotationsExtensions.Http };
        var built = FileDescriptor.BuildFromByteStrings([file.ToByteString()], registry);
        return Assert.Throws<InvalidOperationException>(() => new MethodRule(built[0].Services[0].Methods[0])).Message;
    }
}
