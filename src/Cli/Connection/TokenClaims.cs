using System.Buffers.Text;
using System.Text.Json;

namespace RttNetwork.Cli.Connection;

/// <summary>
/// What a token says of its bearer, read without checking: only to spare the caller from typing the network and the site again. The gateway
/// judges.
/// </summary>
internal sealed record TokenClaims(string? Network, string? Scope, IReadOnlyList<string> Sites, IReadOnlyList<string> Regions, DateTimeOffset? Expires, DateTimeOffset? IssuedAt)
{
    public static readonly TokenClaims None = new(null, null, [], [], null, null);

    public static TokenClaims Read(string token)
    {
        try
        {
            using var payload = JsonDocument.Parse(Base64Url.DecodeFromChars(token.Split('.')[1]));
            var claims = payload.RootElement;
            return new TokenClaims(Text(claims, "net"), Text(claims, "scope"), List(claims, "sites"), List(claims, "regions"), Time(claims, "exp"), Time(claims, "iat"));
        }
        catch (Exception e) when (e is FormatException or JsonException or IndexOutOfRangeException or InvalidOperationException)
        {
            return None;
        }
    }

    private static string? Text(JsonElement claims, string name) =>
        claims.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string[] List(JsonElement claims, string name) => !claims.TryGetProperty(name, out var value)
        ? []
        : value.ValueKind switch
        {
            JsonValueKind.Array => [.. value.EnumerateArray().Where(v => v.ValueKind == JsonValueKind.String).Select(v => v.GetString()!)],
            JsonValueKind.String => [value.GetString()!],
            _ => [],
        };

    private static DateTimeOffset? Time(JsonElement claims, string name) =>
        claims.TryGetProperty(name, out var value) && value.TryGetInt64(out var seconds) ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;
}
