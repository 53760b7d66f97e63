using System.Diagnostics;

namespace RttNetwork.Storage.Local;

/// <summary>
/// The operating system user that the private PostgreSQL runs as: this process's own, or, since PostgreSQL refuses root,
/// an unprivileged one when this process is root.
/// </summary>
internal sealed class ServerUser
{
    private static readonly string[] Preferred = ["postgres", "nobody"];

    private readonly bool _other;

    private ServerUser(string name, bool other) => (Name, _other) = (name, other);

    /// <summary>The user's name.</summary>
    public string Name { get; }

    public static ServerUser ForThisProcess()
    {
        if (!Environment.IsPrivilegedProcess) return new(Environment.UserName, other: false);
        var known = File.ReadLines("/etc/passwd").Select(line => line.Split(':')[0]).ToHashSet(StringComparer.Ordinal);
        var name = Preferred.FirstOrDefault(known.Contains)
            ?? throw new LocalPostgresException("This process is root, and there is neither a user 'postgres' nor 'nobody' to run PostgreSQL as.");
        return new(name, other: true);
    }

    /// <summary>
    /// Makes the folder and the missing ones above it, and hands it to this user. Folders that were there before keep
    /// their owner and mode: when one of them bars the user, the answer is false and nothing of it is changed.
    /// </summary>
    public async Task<bool> Prepare(string folder, CancellationToken cancel)
    {
        if (OperatingSystem.IsWindows()) return false;
        const UnixFileMode traversable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

        var missing = new Stack<string>();
        var existing = folder;
        for (; !Directory.Exists(existing); existing = Path.GetDirectoryName(existing)!) missing.Push(existing);
        if (!await Can("-x", existing, cancel)) return false;
        if (missing.Count == 0 && _other && !await OwnedByUs(folder, cancel)) return false;       // somebody else's folder at our fallback's name

        try
        {
            foreach (var made in missing)
            {
                Directory.CreateDirectory(made);
                File.SetUnixFileMode(made, traversable);
            }

            await Own(folder, cancel);
            var sockets = Path.Combine(folder, "run");
            Directory.CreateDirectory(sockets);
            await Own(sockets, cancel);
            return await Can("-w", folder, cancel);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            return false;
        }
    }

    /// <summary>Hands one file or folder to this user.</summary>
    public Task Own(string path, CancellationToken cancel) =>
        _other ? Start("chown", [Name, path], "/", Brief, cancel) : Task.CompletedTask;

    /// <summary>The trimmed text of a small file, or null when there is none or it is being written.</summary>
    public static async Task<string?> ReadText(string file, CancellationToken cancel)
    {
        try
        {
            return (await File.ReadAllTextAsync(file, cancel)).Trim();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Runs a program as this user and returns what it printed.</summary>
    /// <exception cref="LocalPostgresException">It failed, or took longer than it may.</exception>
    public Task<string> Run(string program, string[] arguments, string folder, TimeSpan patience, CancellationToken cancel)
    {
        if (!_other) return Start(program, arguments, folder, patience, cancel);
        return File.Exists("/usr/bin/setpriv") || File.Exists("/bin/setpriv")
            ? Start("setpriv", ["--reuid", Name, "--regid", Group(), "--clear-groups", "--", program, .. arguments], folder, patience, cancel)
            : Start("runuser", ["-u", Name, "--", program, .. arguments], folder, patience, cancel);
    }

    private static readonly TimeSpan Brief = TimeSpan.FromSeconds(10);

    private string Group() => File.ReadLines("/etc/passwd").Select(line => line.Split(':')).First(fields => fields[0] == Name)[3];

    private async Task<bool> Can(string test, string path, CancellationToken cancel)
    {
        try
        {
            await Run("/bin/sh", ["-c", $"test {test} \"$1\"", "sh", path], "/", Brief, cancel);
            return true;
        }
        catch (LocalPostgresException)
        {
            return false;
        }
    }

    private async Task<bool> OwnedByUs(string folder, CancellationToken cancel)
    {
        var owner = (await Start("stat", ["-c", "%U", folder], "/", Brief, cancel)).Trim();
        return owner == Name || owner == Environment.UserName;
    }

    private static async Task<string> Start(string program, string[] arguments, string folder, TimeSpan patience, CancellationToken cancel)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("PG", StringComparison.Ordinal)).ToList()) start.Environment.Remove(name);
        start.Environment["LC_ALL"] = "C";

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(cancel);
        var errors = process.StandardError.ReadToEndAsync(cancel);
        try
        {
            await process.WaitForExitAsync(cancel).WaitAsync(patience, TimeProvider.System, cancel);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            if (e is OperationCanceledException) throw;
            throw new LocalPostgresException($"{program} did not end within {patience.TotalSeconds} s.", e);
        }

        var text = await output;
        if (process.ExitCode == 0) return text;
        var why = (await errors + text).Trim();
        throw new LocalPostgresException($"{Path.GetFileName(program)} {string.Join(' ', arguments)} failed with exit code {process.ExitCode}: {why}");
    }
}
