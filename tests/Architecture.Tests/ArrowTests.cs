using System.Text.RegularExpressions;
using System.Xml.Linq;
using RttNetwork.Domain.Common;

namespace RttNetwork.Architecture.Tests;

/// <summary>Who may know whom. An arrow that is not here is a decision, and belongs into docs/adr first.</summary>
public sealed class ArrowTests
{
    /// <summary>For each project, the projects that it may reference.</summary>
    private static readonly Dictionary<string, string[]> Arrows = new()
    {
        ["Domain"] = [],
        ["Contracts"] = [],
        ["Wire"] = [],
        ["Grains"] = ["Contracts", "Domain"],
        ["Storage"] = ["Grains"],
        ["Gateway"] = ["Contracts", "Wire"],
        ["Identity"] = [],
        ["Silo"] = ["Gateway", "Grains", "Storage"],
        ["Client"] = ["Wire"],
        ["Cli"] = ["Client", "Identity", "Load", "Rig", "Silo"],
    };

    [Fact]
    public void Every_project_references_what_it_may_and_nothing_else()
    {
        Assert.Equal(Arrows.Keys.Order(StringComparer.Ordinal), Repository.Projects);
        foreach (var (project, allowed) in Arrows)
        {
            Assert.Equal(allowed, References(project, "ProjectReference").Select(r => Path.GetFileNameWithoutExtension(r.Replace('\\', '/'))).Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public void The_domain_knows_time_and_nothing_else()
    {
        Assert.Equal(["NodaTime"], References("Domain", "PackageReference"));
        Assert.All(ReferencedAssemblies("Domain"), name => Assert.True(
            name is "NodaTime" or "netstandard" or "System.Runtime" || (name.StartsWith("System.", StringComparison.Ordinal) && !name.StartsWith("System.Net", StringComparison.Ordinal)), name));
    }

    [Theory]
    [InlineData("Contracts", "Npgsql", "Grpc", "Google", "Microsoft.AspNetCore", "RttNetwork")]
    [InlineData("Grains", "Npgsql", "Grpc", "Google", "Microsoft.AspNetCore", "RttNetwork.Wire", "RttNetwork.Storage", "RttNetwork.Gateway")]
    [InlineData("Storage", "Grpc", "Google", "Microsoft.AspNetCore", "RttNetwork.Wire", "RttNetwork.Gateway")]
    [InlineData("Gateway", "RttNetwork.Domain", "RttNetwork.Grains", "RttNetwork.Storage", "RttNetwork.Silo")]
    [InlineData("Silo", "RttNetwork.Wire", "Grpc", "Google")]
    [InlineData("Client", "Orleans", "Npgsql", "RttNetwork.Contracts", "Microsoft.AspNetCore")]
    public void What_was_compiled_sees_nothing_that_it_must_not(string project, params string[] banned) =>
        Assert.All(ReferencedAssemblies(project), name => Assert.DoesNotContain(banned, b => name == b || name.StartsWith(b + ".", StringComparison.Ordinal)));

    [Fact]
    public void The_gateway_uses_the_database_for_nothing_but_finding_its_cluster()
    {
        foreach (var (name, text) in Repository.Sources("src/Gateway"))
        {
            if (text.Contains("Npgsql", StringComparison.Ordinal)) Assert.Equal("src/Gateway/Program.cs", name);
        }
    }

    [Fact]
    public void SQL_is_written_in_storage_only()
    {
        var sql = new Regex(@"\b(insert\s+into\s|delete\s+from\s|select\s.+\sfrom\s|update\s+\S+\s+set\s|create\s+(table|index|schema)\s|alter\s+table\s)", RegexOptions.IgnoreCase);
        Assert.Matches(sql, Repository.Sources("src/Storage/Journal").First(s => s.Name.EndsWith("/WriteConnection.cs", StringComparison.Ordinal)).Text);
        foreach (var (name, text) in Repository.Sources())
        {
            if (name.StartsWith("src/Storage/", StringComparison.Ordinal)) continue;
            foreach (var line in text.Split('\n').Where(l => !l.TrimStart().StartsWith("//", StringComparison.Ordinal)))
            {
                Assert.False(sql.IsMatch(line), $"{name}: {line.Trim()}");
            }
        }
    }

    /// <summary>What a rule's refusal comes to is decided in one table; a service or a mapping that picks a status of its own would be a second.</summary>
    [Fact]
    public void Status_codes_are_chosen_at_the_edge_only()
    {
        string[] edge = ["src/Gateway/Errors/", "src/Gateway/Calls/", "src/Gateway/Authentication/", "src/Client/", "src/Cli/"];
        foreach (var (name, text) in Repository.Sources())
        {
            if (Regex.IsMatch(text, @"\bStatusCode\.[A-Z]")) Assert.Contains(edge, e => name.StartsWith(e, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Every_reason_of_the_domain_has_a_status()
    {
        var table = Repository.Load("Gateway").GetType("RttNetwork.Gateway.Errors.StatusTable", throwOnError: true)!;
        var statusOf = table.GetMethod("Of", [typeof(string)])!;
        Assert.Contains("SEAT_FULL", Grains.Units.Refusals.AllReasons);
        Assert.Equal(Enum.GetValues<Reason>().Length + 2, Grains.Units.Refusals.AllReasons.Distinct().Count());
        Assert.All(Grains.Units.Refusals.AllReasons, reason => Assert.True(statusOf.Invoke(null, [reason]) is not null, reason));
    }

    /// <summary>The gateway does not know the domain, and says of both what a webhook can be told.</summary>
    [Fact]
    public void The_gateway_the_wire_and_the_domain_have_the_same_events_of_webhooks()
    {
        var all = Domain.Webhooks.WebhookTypes.All;
        var mapping = Repository.Load("Gateway").GetType("RttNetwork.Gateway.Mapping.WebhookMapping", throwOnError: true)!;
        Assert.Equal(all, (IEnumerable<string>)mapping.GetProperty("EventTypes")!.GetValue(null)!);
        var proto = File.ReadAllText(Path.Combine(Repository.Root, "src", "Contracts", "Protos", "rtt", "v1", "webhooks.proto"));
        Assert.Equal(all.Order(StringComparer.Ordinal), Regex.Matches(proto, "\"((?:offer|referral)\\.[a-z_]+)\"").Select(m => m.Groups[1].Value).Distinct().Order(StringComparer.Ordinal));
    }

    /// <summary>Words that say nothing about what a type does. docs/glossary.md has better ones.</summary>
    [Fact]
    public void No_type_is_named_after_nothing()
    {
        string[] banned = ["Manager", "Helper", "Helpers", "Processor", "Utils", "Util", "Registry"];
        var types = Repository.Projects.Where(p => p != "Wire").SelectMany(p => Repository.Load(p).GetTypes())
            .Where(t => t.Namespace?.StartsWith("RttNetwork", StringComparison.Ordinal) == true && !t.Name.Contains('<', StringComparison.Ordinal));
        Assert.All(types.Select(t => t.Name.Split('`')[0]), name => Assert.DoesNotContain(banned, b => name.EndsWith(b, StringComparison.Ordinal)));
    }

    private static IEnumerable<string> References(string project, string kind) =>
        XDocument.Load(Path.Combine(Repository.Root, "src", project, $"{project}.csproj")).Descendants(kind).Select(r => r.Attribute("Include")!.Value);

    private static IEnumerable<string> ReferencedAssemblies(string project) =>
        Repository.Load(project).GetReferencedAssemblies().Select(a => a.Name!);
}
