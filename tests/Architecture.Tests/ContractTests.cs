using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Units;
using RttNetwork.Grains.Units;

namespace RttNetwork.Architecture.Tests;

/// <summary>What travels between processes: names that stay, members that arrive, and words that say what they mean.</summary>
public sealed class ContractTests
{
    private static readonly Assembly Contracts = typeof(Unit).Assembly;

    /// <summary>Ours, without what Orleans generates beside them.</summary>
    private static IEnumerable<Type> Serialised => Contracts.GetTypes()
        .Where(t => t.Namespace?.StartsWith("RttNetwork", StringComparison.Ordinal) == true && t.IsDefined(typeof(GenerateSerializerAttribute)))
        .OrderBy(t => t.FullName, StringComparer.Ordinal);

    private static IEnumerable<Type> GrainInterfaces => Contracts.GetTypes().Where(t => t.IsInterface && t.IsAssignableTo(typeof(IGrain)));

    private static IEnumerable<Type> GrainClasses =>
        Repository.Load("Grains").GetTypes().Where(t => t is { IsAbstract: false, IsInterface: false } && t.IsAssignableTo(typeof(Grain)));

    /// <summary>
    /// A name or a number that changes is another message to a silo of the version before. Adding lines is what a new
    /// contract does; a line that is gone breaks a rolling upgrade.
    /// </summary>
    [Fact]
    public void The_names_and_numbers_of_the_contracts_are_the_approved_ones()
    {
        var lines = new List<string>();
        foreach (var type in GrainClasses)
        {
            var name = type.GetCustomAttribute<GrainTypeAttribute>()?.GetGrainType(null!, null!).ToString();
            Assert.True(name is not null, $"{type.Name} has no GrainType: its key would depend on the class's name.");
            lines.Add($"grain {name}");
        }
        foreach (var type in GrainInterfaces)
        {
            lines.Add($"interface {AliasOf(type)}");
            foreach (var method in type.GetMethods())
                lines.Add($"method {AliasOf(type)}.{AliasOf(method)}({string.Join(", ", method.GetParameters().Select(p => NameOf(p.ParameterType)))})");
        }
        foreach (var type in Serialised)
        {
            lines.Add($"type {AliasOf(type)}");
            foreach (var (id, member, memberType) in Members(type)) lines.Add($"member {AliasOf(type)}#{id} {member} {NameOf(memberType)}");
        }
        foreach (var type in Serialised.SelectMany(Members).Select(m => Nullable.GetUnderlyingType(m.Type) ?? m.Type)
            .Concat(GrainInterfaces.SelectMany(i => i.GetMethods()).SelectMany(m => m.GetParameters()).Select(p => p.ParameterType))
            .Where(t => t.IsEnum).Distinct())
        {
            foreach (var value in Enum.GetValues(type)) lines.Add($"enum {type.Name} {Convert.ToInt64(value, null)} {value}");
        }
        Assert.Equal(lines.Distinct().Count(), lines.Count);
        lines.Sort(StringComparer.Ordinal);
        Repository.Approve("approved-aliases.txt", string.Join('\n', lines) + "\n", "A line that is gone breaks a rolling upgrade: silos of two versions run at once.");
    }

    [Fact]
    public void Aliases_are_used_once()
    {
        string[] aliases = [.. Serialised.Concat(GrainInterfaces).Select(AliasOf)];
        Assert.Equal(aliases.Distinct(StringComparer.Ordinal).Count(), aliases.Length);
        Assert.All(GrainInterfaces, i => Assert.Equal(i.GetMethods().Length, i.GetMethods().Select(AliasOf).Distinct(StringComparer.Ordinal).Count()));
        Assert.All(aliases, alias => Assert.StartsWith("rtt.", alias, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_member_has_a_number_of_its_own()
    {
        foreach (var type in Serialised)
        {
            var members = Members(type).ToList();
            Assert.Equal(members.Count, members.Select(m => m.Id).Distinct().Count());
            var unnumbered = type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
                .Where(p => p.CanWrite && p.GetCustomAttribute<IdAttribute>() is null).Select(p => $"{type.Name}.{p.Name}");
            Assert.Empty(unnumbered);
        }
    }

    [Fact]
    public void Every_contract_arrives_as_it_was_sent()
    {
        using var services = new ServiceCollection().AddSerializer(b => b.AddAssembly(Contracts)).BuildServiceProvider();
        var serializer = services.GetRequiredService<Serializer>();
        var closed = Serialised.Where(t => !t.IsAbstract).Select(t => t.IsGenericTypeDefinition ? t.MakeGenericType(typeof(SeatView)) : t).ToList();
        Assert.True(closed.Count > 40);
        foreach (var type in closed)
        {
            var sent = Samples.Of(type);
            var arrived = serializer.Deserialize<object>(serializer.SerializeToArray<object>(sent));
            Deep.Equal(sent, arrived, type.Name);
        }
        foreach (var facts in Serialised.Where(t => !t.IsAbstract && t.IsAssignableTo(typeof(Facts))))
        {
            var sent = new Enlistment("bc/p-x", 3, (Facts)Samples.Of(facts));
            Deep.Equal(sent, serializer.Deserialize<Enlistment>(serializer.SerializeToArray(sent)), facts.Name);
        }
    }

    /// <summary>A receipt keeps the reply as JSON, and a retry gets it back from there.</summary>
    [Fact]
    public void Every_reply_can_be_kept_in_a_receipt()
    {
        var replies = GrainInterfaces.SelectMany(i => i.GetMethods()).Select(m => m.ReturnType.GenericTypeArguments.FirstOrDefault())
            .Where(t => t is { IsGenericType: true } && t.GetGenericTypeDefinition() == typeof(UnitAnswer<>)).Select(t => t!.GenericTypeArguments[0]).Distinct().ToList();
        Assert.Contains(typeof(SeatView), replies);
        foreach (var type in replies)
        {
            var reply = Samples.Of(type);
            Deep.Equal(reply, JsonSerializer.Deserialize(JsonSerializer.SerializeToUtf8Bytes(reply, type, EventCatalog.Json), type, EventCatalog.Json), type.Name);
        }
    }

    [Fact]
    public void Every_service_and_every_call_of_the_wire_says_what_it_does()
    {
        var files = Directory.GetFiles(Path.Combine(Repository.Root, "src", "Contracts", "Protos", "rtt", "v1"), "*.proto");
        Assert.NotEmpty(files);
        var calls = 0;
        foreach (var file in files)
        {
            var lines = File.ReadAllLines(file);
            for (var i = 0; i < lines.Length; i++)
            {
                if (!Regex.IsMatch(lines[i], @"^\s*(service\s+\w+|rpc\s+\w+\s*\()")) continue;
                calls++;
                Assert.True(i > 0 && lines[i - 1].TrimStart().StartsWith("//", StringComparison.Ordinal), $"{Path.GetFileName(file)}:{i + 1} has no comment: {lines[i].Trim()}");
            }
        }
        Assert.True(calls > 20);
    }

    [Fact]
    public void Every_grain_interface_says_what_it_is()
    {
        var xml = XDocument.Load(Path.ChangeExtension(Contracts.Location, ".xml"));
        var documented = xml.Descendants("member").Where(m => m.Element("summary") is not null).Select(m => m.Attribute("name")!.Value).ToHashSet(StringComparer.Ordinal);
        Assert.All(GrainInterfaces, i => Assert.Contains($"T:{i.FullName}", documented));
    }

    private static string AliasOf(MemberInfo member) =>
        member.GetCustomAttribute<AliasAttribute>(inherit: false)?.Alias ?? throw new InvalidOperationException($"{member.DeclaringType?.Name}.{member.Name} has no Alias: its identity would depend on its name.");

    private static IEnumerable<(uint Id, string Name, Type Type)> Members(Type type) =>
        from property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
        let id = property.GetCustomAttribute<IdAttribute>()
        where id is not null
        select (id.Id, property.Name, property.PropertyType);

    private static string NameOf(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner) return NameOf(inner) + "?";
        if (!type.IsGenericType) return type.Name;
        var name = new StringBuilder(type.Name.Split('`')[0]).Append('<');
        return name.AppendJoin(", ", type.GenericTypeArguments.Select(NameOf)).Append('>').ToString();
    }
}
