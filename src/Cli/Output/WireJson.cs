using System.Text.Json.Nodes;
using Google.Protobuf;
using Google.Type;

namespace RttNetwork.Cli.Output;

/// <summary>Wire messages as JSON (the proto3 mapping, every field present) and as words for tables.</summary>
internal static class WireJson
{
    private static readonly JsonFormatter Formatter = new(JsonFormatter.Settings.Default.WithFormatDefaultValues(true));

    public static JsonNode Of(IMessage message) => JsonNode.Parse(Formatter.Format(message))!;

    public static JsonArray Of(IEnumerable<IMessage> messages) => new([.. messages.Select(Of)]);

    /// <summary>2027-01-14, or a dash.</summary>
    public static string Day(Date? date) => date is null ? "-" : $"{date.Year:0000}-{date.Month:00}-{date.Day:00}";

    /// <summary>2027-01-14 01:30Z, or a dash.</summary>
    public static string Instant(Google.Protobuf.WellKnownTypes.Timestamp? time) =>
        time is null ? "-" : time.ToDateTime().ToString("yyyy-MM-dd HH:mm'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
