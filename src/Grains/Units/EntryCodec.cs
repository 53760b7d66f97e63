using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;
using NodaTime;
using NodaTime.Text;
using RttNetwork.Domain.Common;

namespace RttNetwork.Grains.Units;

/// <summary>
/// An entry as JSON: a list of acts, each <c>{"r":request,"s":subject,"c":scope,"p":purpose,"at":instant,"e":[["name/1",{…}],…]}</c>.
/// Short keys: an entry is written for every stream of every booking.
/// </summary>
public static class EntryCodec
{
    /// <summary>Some half a second of a silo's fullest load: its followers are not further behind.</summary>
    private const int PlacesOfWritten = 4096;
    private const int BytesOfWrittenMax = 8 << 10;

    /// <summary>An instant in whole ticks: longer ones have digits that DateTime would drop.</summary>
    private const int LengthOfTicks = 28;

    private static readonly WrittenEntries Written = new(PlacesOfWritten, BytesOfWrittenMax);

    public static byte[] Write(IReadOnlyList<Act> acts)
    {
        var buffer = new ArrayBufferWriter<byte>(384);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            for (var i = 0; i < acts.Count; i++) Write(json, acts[i]);
            json.WriteEndArray();
        }
        var entry = buffer.WrittenSpan.ToArray();
        Written.Keep(entry, [.. acts]);
        return entry;
    }

    /// <exception cref="JsonException">The entry is not one of ours, or was written by a newer version.</exception>
    public static ImmutableArray<Act> Read(ReadOnlySpan<byte> entry) => Written.Find(entry) is { IsDefault: false } acts ? acts : Parse(entry);

    /// <summary>The bytes that this process wrote, when it wrote these lately: what is kept of both then weighs once.</summary>
    public static byte[] AsWritten(byte[] entry) => Written.SameAs(entry);

    /// <summary>The same from the bytes alone.</summary>
    private static ImmutableArray<Act> Parse(ReadOnlySpan<byte> entry)
    {
        var json = new Utf8JsonReader(entry);
        Expect(ref json, JsonTokenType.StartArray);
        var acts = ImmutableArray.CreateBuilder<Act>(1);
        while (Next(ref json) == JsonTokenType.StartObject) acts.Add(ReadAct(ref json));
        return acts.DrainToImmutable();
    }

    /// <summary>Events on their way to the grain that will append them, as they would be stored.</summary>
    public static byte[] WriteEvents(ImmutableArray<IEvent> events)
    {
        if (events.IsEmpty) return [];
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer)) WriteEvents(json, events);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>What <see cref="WriteEvents(ImmutableArray{IEvent})"/> wrote.</summary>
    public static ImmutableArray<IEvent> ReadEvents(ReadOnlySpan<byte> events)
    {
        if (events.IsEmpty) return [];
        var json = new Utf8JsonReader(events);
        Expect(ref json, JsonTokenType.StartArray);
        return ReadEvents(ref json);
    }

    private static void Write(Utf8JsonWriter json, Act act)
    {
        json.WriteStartObject();
        json.WriteString("r"u8, act.RequestId);
        json.WriteString("s"u8, act.Subject);
        json.WriteString("c"u8, act.Scope);
        json.WriteString("p"u8, act.Purpose);
        WriteInstant(json, act.At);
        json.WritePropertyName("e"u8);
        WriteEvents(json, act.Events);
        json.WriteEndObject();
    }

    private static void WriteEvents(Utf8JsonWriter json, ImmutableArray<IEvent> events)
    {
        json.WriteStartArray();
        foreach (var @event in events)
        {
            json.WriteStartArray();
            json.WriteStringValue(EventCatalog.NameOf(@event));
            JsonSerializer.Serialize(json, @event, @event.GetType(), EventCatalog.Json);
            json.WriteEndArray();
        }
        json.WriteEndArray();
    }

    private static Act ReadAct(ref Utf8JsonReader json)
    {
        var requestId = Guid.Empty;
        string subject = "", scope = "", purpose = "";
        var at = Instant.MinValue;
        ImmutableArray<IEvent> events = [];
        while (Next(ref json) == JsonTokenType.PropertyName)
        {
            var name = json.GetString();
            json.Read();
            switch (name)
            {
                case "r": requestId = json.GetGuid(); break;
                case "s": subject = json.GetString()!; break;
                case "c": scope = json.GetString()!; break;
                case "p": purpose = json.GetString()!; break;
                case "at": at = ReadInstant(ref json); break;
                case "e": events = ReadEvents(ref json); break;
                default: json.Skip(); break;
            }
        }
        return new Act(requestId, subject, scope, purpose, at, events);
    }

    /// <summary>
    /// As NodaTime's pattern would, at a tenth of its cost for what a clock says: whole ticks of a hundred nanoseconds.
    /// </summary>
    private static void WriteInstant(Utf8JsonWriter json, Instant at)
    {
        if (at > NodaConstants.BclEpoch && at.ToUnixTimeTicks() is var ticks && Instant.FromUnixTimeTicks(ticks) == at) json.WriteString("at"u8, at.ToDateTimeUtc());
        else json.WriteString("at"u8, InstantPattern.ExtendedIso.Format(at));
    }

    private static Instant ReadInstant(ref Utf8JsonReader json) =>
        json.ValueSpan.Length <= LengthOfTicks && json.TryGetDateTime(out var utc) && utc.Kind == DateTimeKind.Utc
            ? Instant.FromDateTimeUtc(utc)
            : InstantPattern.ExtendedIso.Parse(json.GetString()!).Value;

    private static ImmutableArray<IEvent> ReadEvents(ref Utf8JsonReader json)
    {
        var events = ImmutableArray.CreateBuilder<IEvent>(1);
        while (Next(ref json) == JsonTokenType.StartArray)
        {
            json.Read();
            var type = EventCatalog.TypeOf(json.GetString()!);
            json.Read();
            events.Add((IEvent)JsonSerializer.Deserialize(ref json, type, EventCatalog.Json)!);
            Expect(ref json, JsonTokenType.EndArray);
        }
        return events.DrainToImmutable();
    }

    private static JsonTokenType Next(ref Utf8JsonReader json) =>
        json.Read() ? json.TokenType : throw new JsonException("The entry ends too early.");

    private static void Expect(ref Utf8JsonReader json, JsonTokenType token)
    {
        if (Next(ref json) != token) throw new JsonException($"The entry has {json.TokenType} where {token} must stand.");
    }
}
