using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using NodaTime;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Facilitators;
using RttNetwork.Domain.Pathways;
using RttNetwork.Domain.Referrals;
using RttNetwork.Domain.Sites;
using RttNetwork.Domain.WaitLists;
using RttNetwork.Grains.Units;

namespace RttNetwork.Architecture.Tests;

/// <summary>What stands in the journal must be readable for ever, and a snapshot must say what the fold said.</summary>
public sealed class StoredShapeTests
{
    private const string Golden = "golden";
    private static readonly JsonWriterOptions Indented = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static TheoryData<string> Events => [.. EventCatalog.All.Keys.Order(StringComparer.Ordinal)];

    /// <summary>
    /// A changed shape is a new event with the next number, and the old one stays readable: so a golden file is never
    /// changed, only added.
    /// </summary>
    [Theory]
    [MemberData(nameof(Events))]
    public void An_event_is_stored_in_its_golden_form_and_read_back_from_it(string name)
    {
        var act = new Act(new Guid("6f9619ff-8b86-d011-b42d-00c04fc964ff"), "desk-1", "site", "care", Instant.FromUtc(2027, 1, 5, 17, 0), [(IEvent)Samples.Of(EventCatalog.All[name])]);
        var file = $"{Golden}/{FileOf(name)}";
        var entry = EntryCodec.Write([act]);
        Repository.Approve(file, Format(entry), "The journal holds entries of this form: a new shape is a new event with the next number.");
        var kept = EntryCodec.Read(File.ReadAllBytes(Path.Combine(Repository.Tests, file)));
        Deep.Equal(act, Assert.Single(kept), name);
        // As this process remembers it, too.
        Deep.Equal(Assert.Single(kept), Assert.Single(EntryCodec.Read(entry)), name);
    }

    [Fact]
    public void No_event_that_was_ever_stored_is_forgotten()
    {
        var known = EventCatalog.All.Keys.Select(FileOf).ToHashSet(StringComparer.Ordinal);
        Assert.All(Directory.GetFiles(Path.Combine(Repository.Tests, Golden)), file => Assert.Contains(Path.GetFileName(file), known));
    }

    [Fact]
    public void Names_of_events_carry_their_number() =>
        Assert.All(EventCatalog.All.Keys, name => Assert.Matches("^[a-z]+(-[a-z]+)*/[1-9][0-9]*$", name));

    [Theory]
    [InlineData(typeof(CohortState))]
    [InlineData(typeof(SiteState))]
    [InlineData(typeof(FacilitatorState))]
    [InlineData(typeof(PathwayState))]
    [InlineData(typeof(PoolState))]
    [InlineData(typeof(RehomeState))]
    public void A_snapshot_says_what_the_fold_said(Type state)
    {
        var folded = Samples.Of(state);
        var kept = JsonSerializer.SerializeToElement(folded, state, EventCatalog.Json);
        Deep.Equal(folded, kept.Deserialize(state, EventCatalog.Json), state.Name);
    }

    /// <summary>Every grain that keeps a snapshot is in the list above.</summary>
    [Fact]
    public void No_snapshot_is_left_out()
    {
        var kept = Repository.Load("Grains").GetTypes()
            .Where(t => t.GetConstructors().Any(c => c.GetParameters().Any(p => p.ParameterType == typeof(IPersistentState<Snapshot>))))
            .Select(t => t.BaseType!.GenericTypeArguments.FirstOrDefault()?.Name).Where(n => n is not null).Order(StringComparer.Ordinal);
        Assert.Equal([nameof(CohortState), nameof(FacilitatorState), nameof(PathwayState), nameof(PoolState), nameof(RehomeState), nameof(SiteState)], kept.Where(n => n != "TState"));
    }

    private static string FileOf(string name) => $"{name.Replace('/', '.')}.json";

    private static string Format(byte[] json)
    {
        using var document = JsonDocument.Parse(json);
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, Indented)) document.WriteTo(writer);
        return Encoding.UTF8.GetString(buffer.ToArray()).ReplaceLineEndings("\n") + "\n";
    }
}
