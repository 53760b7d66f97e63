using System.Text.Json;

namespace RttNetwork.Cli.Connection;

/// <summary>Where a running <c>rtt up</c> can be reached, as it wrote it down.</summary>
internal sealed record RunningNode(string Grpc, string Http, string Network, int Pid);

/// <summary>
/// The folder in which <c>rtt up</c> keeps what must outlive it: the signing key, PostgreSQL's cluster, and while it runs, its addresses.
/// Readable by its user only.
/// </summary>
internal sealed class StateFolder(string path)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public string Path { get; } = System.IO.Path.GetFullPath(path);

    public string KeyFile => At("signing.key");

    public string Postgres => At("postgres");

    public string LogFile => At("up.log");

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
            Directory.CreateDirectory(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
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

    public void Forget() => File.Delete(NodeFile);

    private string At(string name) => System.IO.Path.Combine(Path, name);
}
