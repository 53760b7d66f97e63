using System.Text.Json;

namespace RttNetwork.Cli.Connection;

/// <summary>Where a running <c>rtt up</c> can be reached, as it wrote it down.</summary>
internal sealed record RunningNode(string Grpc, string Http, string Network, int Pid, string? Management = null);

/// <summary>
/// The folder in which <c>rtt up</c> keeps what must outlive it: the signing key, PostgreSQL's cluster, and while it runs, its addresses.
/// Its keys are readable by its user only.
/// </summary>
internal sealed class StateFolder(string path)
{
    /// <summary>The network of a node that was told of no other.</summary>
    public const string DevelopmentNetwork = "bc";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public string Path { get; } = System.IO.Path.GetFullPath(path);

    public string KeyFile => At("signing.key");

    /// <summary>Wraps every person's own key.</summary>
    public string PersonalKeyFile => At("personal.key");

    /// <summary>Identifiers of persons are hashed with it.</summary>
    public string IdentityKeyFile => At("identity.key");

    public string Postgres => At("postgres");

    public string SiloPortFile => At("silo.port");

    public string ManagementPortFile => At("management.port");

    public string IdentityPortFile => At("identity.port");

    public string SiloGatewayPortFile => At("silo-gateway.port");

    /// <summary>Held open by the running node: the system lets go of it however the process ends.</summary>
    public string LockFile => At("up.lock");

    private string NodeFile => At("node.json");

    /// <summary><c>--data</c>, then <c>RTT_DATA</c>, then <c>.rtt</c> in the repository.</summary>
    public static StateFolder Choose(string? option, Surroundings surroundings) =>
        new(option ?? surroundings.Variable("RTT_DATA") ?? DefaultPath(surroundings));

    public static string DefaultPath(Surroundings surroundings) => System.IO.Path.Combine(surroundings.Root, ".rtt");

    public void Create()
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(Path);
        }
        else
        {
            // Others may pass through and not look in: under root, PostgreSQL runs as a user of its own.
            Directory.CreateDirectory(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        }
    }

    /// <summary>The node that says it runs; null when none does. After <c>kill -9</c> it may be gone all the same.</summary>
    public RunningNode? Node()
    {
        try
        {
            return JsonSerializer.Deserialize<RunningNode>(File.ReadAllText(NodeFile), Json);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    public void Write(RunningNode node)
    {
        var half = NodeFile + ".new";
        File.WriteAllText(half, JsonSerializer.Serialize(node, Json));
        File.Move(half, NodeFile, overwrite: true);
    }

    /// <summary>What was seeded into a database: the file is named after both, so that neither another database nor another content is taken for it.</summary>
    public string SeededFile(string fingerprint) => At($"seeded-{fingerprint}.json");

    public void Forget() => File.Delete(NodeFile);

    private string At(string name) => System.IO.Path.Combine(Path, name);
}
