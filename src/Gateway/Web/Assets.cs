using System.Security.Cryptography;

namespace RttNetwork.Gateway.Web;

/// <summary>The style, the script and the icon: from this assembly, under names that have a hash of their content, so that a browser may keep them for ever.</summary>
internal sealed class Assets
{
    private static readonly Dictionary<string, string> Types = new(StringComparer.Ordinal) { [".css"] = "text/css", [".js"] = "text/javascript", [".svg"] = "image/svg+xml" };

    private readonly Dictionary<string, Asset> _assets = typeof(Assets).Assembly.GetManifestResourceNames()
        .Where(n => n.StartsWith("assets/", StringComparison.Ordinal))
        .Select(Load).ToDictionary(a => a.Name, StringComparer.Ordinal);

    /// <summary>Where a page finds one.</summary>
    public string this[string name] => _assets[name].Path;

    public void Map(IEndpointRouteBuilder app)
    {
        foreach (var asset in _assets.Values)
        {
            app.MapGet(asset.Path, (HttpContext http) =>
            {
                http.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
                http.Response.Headers.XContentTypeOptions = "nosniff";
                return Results.Bytes(asset.Bytes, asset.Type);
            });
        }
    }

    private static Asset Load(string resource)
    {
        using var from = typeof(Assets).Assembly.GetManifestResourceStream(resource)!;
        var bytes = new byte[from.Length];
        from.ReadExactly(bytes);
        var name = Path.GetFileName(resource);
        return new Asset(name, $"/assets/{Convert.ToHexStringLower(SHA256.HashData(bytes))[..12]}/{name}", Types[Path.GetExtension(name)], bytes);
    }

    private sealed record Asset(string Name, string Path, string Type, byte[] Bytes);
}
