using System.Text.Json;

namespace RttNetwork.Gateway.Policies;

/// <summary>How the gateway reads what comes as data: embedded in it, or from a file of the operator's.</summary>
internal static class DataFile
{
    /// <summary>The bytes of the operator's file, or of what comes with the gateway, and what they are called in an error.</summary>
    public static (byte[] Json, string Name) Bytes(string? file, string embedded)
    {
        if (file is not null) return (File.ReadAllBytes(file), file);
        using var stream = typeof(DataFile).Assembly.GetManifestResourceStream(embedded)!;
        using var buffer = new MemoryStream();
        stream.CopyTo(buffer);
        return (buffer.ToArray(), embedded);
    }

    /// <exception cref="InvalidOperationException">It is not of that form; the message names the line and the place.</exception>
    public static T Read<T>(ReadOnlySpan<byte> json, string name, JsonSerializerOptions options)
    {
        try
        {
            // A file that an editor on Windows has saved begins with a mark.
            return JsonSerializer.Deserialize<T>(json.StartsWith("\ufeff"u8) ? json[3..] : json, options)!;
        }
        catch (JsonException e)
        {
            throw new InvalidOperationException($"{name}: line {e.LineNumber + 1}: {e.Path}: {e.Message}", e);
        }
    }
}
