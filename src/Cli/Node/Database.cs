using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using RttNetwork.Storage.Local;

namespace RttNetwork.Cli.Node;

/// <summary>Where a development network keeps its journal: a PostgreSQL that was named, or a private one of its own.</summary>
internal sealed class Database
{
    private const string Name = "rtt";

    private readonly LocalPostgres? _own;

    private Database(string connectionString, LocalPostgres? own)
    {
        ConnectionString = connectionString;
        _own = own;
    }

    public string ConnectionString { get; }

    /// <summary>In words, without a secret.</summary>
    public string Description => _own is null ? "the PostgreSQL of --connection" : $"PostgreSQL on port {_own.Port}, in {_own.Folder}";

    public static Database Named(string connectionString) => new(connectionString, own: null);

    /// <summary>Starts the private PostgreSQL of a folder, or takes over the one that still runs there.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="keys">The fingerprint of the keys that its content is encrypted with.</param>
    /// <param name="note">For what a person should know meanwhile.</param>
    /// <param name="cancel">Gives up.</param>
    public static async Task<Database> Private(string folder, string keys, Action<string> note, CancellationToken cancel)
    {
        LocalPostgres own;
        try
        {
            own = await LocalPostgres.Start(new LocalPostgresOptions(folder), cancel);
        }
        catch (PostgresNotInstalledException) when (Environment.IsPrivilegedProcess && File.Exists("/usr/bin/apt-get"))
        {
            note($"PostgreSQL is not installed; installing it ({PostgresNotInstalledException.InstallCommand}).");
            await Apt(["update", "-q"], cancel);
            await Apt(["install", "-y", "-q", "postgresql"], cancel);
            own = await LocalPostgres.Start(new LocalPostgresOptions(folder), cancel);
        }

        // A root user's cluster may have to live outside of the data folder: it is then still there when that folder was deleted, keys and all.
        var mark = Path.Combine(own.Folder, "keys");
        if (File.Exists(mark) && await File.ReadAllTextAsync(mark, cancel) != keys)
        {
            await own.Stop(cancel);
            throw new UsageException($"The database in {own.Folder} was made with keys that are gone: nobody in it can be read. To begin anew: rm -rf '{own.Folder}'", ExitCode.Failed);
        }

        await File.WriteAllTextAsync(mark, keys, cancel);
        await own.CreateDatabase(Name, cancel: cancel);
        return new Database(own.ConnectionString(Name), own);
    }

    public static string Fingerprint(params ReadOnlySpan<byte[]> keys)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.ASCII.GetBytes("rtt keys"));
        foreach (var key in keys)
        {
            hash.AppendData(key);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset()[..8]);
    }

    /// <summary>Stops the private server cleanly; a named one is not ours to stop.</summary>
    public Task Stop(CancellationToken cancel) => _own?.Stop(cancel) ?? Task.CompletedTask;

    /// <summary>Deletes the private server with all that is in it; a named one is not ours to delete.</summary>
    public Task Destroy() => _own?.Destroy() ?? Task.CompletedTask;

    private static async Task Apt(string[] arguments, CancellationToken cancel)
    {
        var start = new ProcessStartInfo("/usr/bin/apt-get", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DEBIAN_FRONTEND"] = "noninteractive";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(cancel);
        var error = process.StandardError.ReadToEndAsync(cancel);
        await process.WaitForExitAsync(cancel);
        _ = await output;
        var said = await error;
        if (process.ExitCode != 0)
        {
            throw new UsageException($"apt-get {string.Join(' ', arguments)} failed: {said.Trim()}", ExitCode.Failed);
        }
    }
}
