using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace RttNetwork.Storage.Local;

/// <summary>How a private PostgreSQL is set up.</summary>
/// <param name="Folder">
/// Where the cluster lives. When the server's user cannot reach it (a checkout below <c>/root</c>), a folder of the same
/// identity below <c>/var/tmp</c> is used instead; <see cref="LocalPostgres.Folder"/> tells which.
/// </param>
public sealed record LocalPostgresOptions(string Folder)
{
    /// <summary>The port on 127.0.0.1; null picks a free one and remembers it in the folder.</summary>
    public int? Port { get; init; }

    /// <summary>Server settings, written anew at each start. Durability stays at PostgreSQL's defaults: <c>fsync</c> is on.</summary>
    public ImmutableDictionary<string, string> Settings { get; init; } = ImmutableDictionary<string, string>.Empty
        .Add("max_connections", "200")
        .Add("shared_buffers", "256MB")
        .Add("max_wal_size", "2GB");

    /// <summary>How long initialising, starting and stopping may take, each.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The clock that the waits for the server run on.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <summary>The private PostgreSQL did not do what it was asked; the message carries the end of its own output.</summary>
public sealed class LocalPostgresException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// A private PostgreSQL cluster for development and tests: initialised with data checksums, listening on 127.0.0.1 and
/// on a socket in its folder, with a password of its own. It outlives the process that started it; the next one adopts it.
/// </summary>
/// <remarks>
/// PostgreSQL refuses to run as root, so a process that is root runs it as <c>postgres</c>, or else as <c>nobody</c>.
/// Linux and macOS only.
/// </remarks>
public sealed class LocalPostgres
{
    private const string Superuser = "rtt";

    private readonly PostgresBinaries _binaries;
    private readonly ServerUser _user;
    private readonly LocalPostgresOptions _options;
    private readonly TimeProvider _time;
    private readonly string _password;

    private LocalPostgres(LocalPostgresOptions options, string folder, PostgresBinaries binaries, ServerUser user, string password, TimeProvider time)
    {
        (_options, Folder, _binaries, _user, _password, _time) = (options, folder, binaries, user, password, time);
    }

    /// <summary>Where the cluster lives in fact.</summary>
    public string Folder { get; }

    /// <summary>The port on 127.0.0.1.</summary>
    public int Port { get; private set; }

    /// <summary>The server was running already when this process came.</summary>
    public bool WasRunning { get; private set; }

    /// <summary>The server's own log.</summary>
    public string LogFile => Path.Combine(Folder, "server.log");

    private string Data => Path.Combine(Folder, "data");
    private string Sockets => Path.Combine(Folder, "run");
    private string PidFile => Path.Combine(Data, "postmaster.pid");

    /// <summary>Initialises the cluster when the folder has none, and starts it, or adopts the server that runs already.</summary>
    /// <exception cref="PostgresNotInstalledException">There are no server programs on this machine.</exception>
    /// <exception cref="LocalPostgresException">It could not be initialised or started.</exception>
    public static async Task<LocalPostgres> Start(LocalPostgresOptions options, CancellationToken cancel = default)
    {
        if (OperatingSystem.IsWindows()) throw new PlatformNotSupportedException("The private PostgreSQL runs on Linux and macOS. On Windows, pass a connection string to an installed server.");

        var time = options.Time;
        var user = ServerUser.ForThisProcess();
        var wanted = PostgresBinaries.Find();                                                     // tell what to install before anything is made
        var folder = await ReachableFolder(Path.GetFullPath(options.Folder), user, cancel);
        using var only = await LockFolder(folder, time, options.Patience, cancel);

        var versionFile = Path.Combine(folder, "data", "PG_VERSION");
        if (await ServerUser.ReadText(versionFile, cancel) is { } version)
            wanted = PostgresBinaries.Find(int.Parse(version, CultureInfo.InvariantCulture));

        var server = new LocalPostgres(options, folder, wanted, user, await Password(folder, cancel), time);
        if (!Directory.Exists(server.Data)) await server.Initialise(cancel);
        await server.StartOrAdopt(cancel);
        return server;
    }

    /// <summary>The connection string of one database, over TCP on the loopback.</summary>
    public string ConnectionString(string database) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = Port,
        Username = Superuser,
        Password = _password,
        Database = database,
        SslMode = SslMode.Disable,
        GssEncryptionMode = GssEncryptionMode.Disable,
    }.ConnectionString;

    /// <summary>Creates a database unless it is there already.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="template">A database that nobody is connected to, to copy; null for an empty one.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task CreateDatabase(string name, string? template = null, CancellationToken cancel = default)
    {
        await using var connection = new NpgsqlConnection(ConnectionString("postgres") + ";Pooling=false");
        await connection.OpenAsync(cancel);
        await using var command = connection.CreateCommand();
        command.CommandText = $"CREATE DATABASE {Quote(name)}" + (template is null ? "" : $" TEMPLATE {Quote(template)}");
        try
        {
            await command.ExecuteNonQueryAsync(cancel);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.DuplicateDatabase or PostgresErrorCodes.UniqueViolation)
        {
            // It is there already, which is what was asked for.
        }
    }

    /// <summary>Drops a database and cuts whoever is connected to it.</summary>
    public async Task DropDatabase(string name, CancellationToken cancel = default)
    {
        await using var connection = new NpgsqlConnection(ConnectionString("postgres") + ";Pooling=false");
        await connection.OpenAsync(cancel);
        await using var command = connection.CreateCommand();
        command.CommandText = $"DROP DATABASE IF EXISTS {Quote(name)} WITH (FORCE)";
        await command.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>Stops the server cleanly: sessions are cut, everything is written, the folder stays.</summary>
    public async Task Stop(CancellationToken cancel = default)
    {
        if (await RunningPid(PidFile, cancel) is null) return;
        await Run("pg_ctl", ["stop", "-D", Data, "-m", "fast", "-w", "-t", Seconds(_options.Patience)], cancel);
    }

    /// <summary>Kills every process of the server with <c>kill -9</c>, as a power cut would. <see cref="Restart"/> recovers it.</summary>
    public async Task Kill(CancellationToken cancel = default)
    {
        if (await RunningPid(PidFile, cancel) is { } pid) await KillTree(pid, cancel);
    }

    /// <summary>Starts the server again after <see cref="Stop"/> or <see cref="Kill"/>, on the same port when it is still free.</summary>
    public async Task Restart(CancellationToken cancel = default)
    {
        using var only = await LockFolder(Folder, _time, _options.Patience, cancel);
        await StartOrAdopt(cancel);
    }

    /// <summary>Kills the server and deletes its folder, data included: for the throwaway clusters of tests.</summary>
    public async Task Destroy(CancellationToken cancel = default)
    {
        await Kill(cancel);
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>Kills whatever server runs on a folder that another process left behind; does nothing when none runs.</summary>
    public static async Task KillServerOf(string folder, CancellationToken cancel = default)
    {
        var pidFile = Path.Combine(folder, "data", "postmaster.pid");
        if (await RunningPid(pidFile, cancel) is { } pid) await KillTree(pid, cancel);
    }

    private async Task Initialise(CancellationToken cancel)
    {
        // Initialised beside its place and renamed into it, so that a kill half way leaves nothing that looks finished.
        var half = Data + ".new";
        if (Directory.Exists(half)) Directory.Delete(half, recursive: true);
        var secret = Path.Combine(Folder, "password.init");
        await WritePrivate(secret, _password, cancel);
        await _user.Own(secret, cancel);
        try
        {
            await Run("initdb", ["-D", half, "-U", Superuser, "--pwfile", secret, "--auth=scram-sha-256", "--data-checksums", "--encoding=UTF8", "--locale=C"], cancel);
        }
        finally
        {
            File.Delete(secret);
        }

        await _user.Run("/bin/sh", ["-c", "echo \"include '../settings.conf'\" >> \"$1/postgresql.conf\"", "sh", half], Folder, _options.Patience, cancel);
        Directory.Move(half, Data);
    }

    private async Task StartOrAdopt(CancellationToken cancel)
    {
        if (await RunningPid(PidFile, cancel) is null)
        {
            WasRunning = false;
            await Launch(cancel);
        }
        else
        {
            WasRunning = true;
            Port = await PortOfRunning(cancel);
            if (_options.Port is { } wanted && wanted != Port)
                throw new LocalPostgresException($"The PostgreSQL in {Folder} runs on port {Port} already, not on {wanted}.");
        }

        await WaitUntilReady(cancel);
    }

    private async Task Launch(CancellationToken cancel)
    {
        var portFile = Path.Combine(Folder, "port");
        var started = _time.GetTimestamp();
        while (true)
        {
            Port = _options.Port ?? await RememberedOrFreePort(portFile, cancel);
            await File.WriteAllTextAsync(Path.Combine(Folder, "settings.conf"), Settings(), cancel);
            await File.WriteAllTextAsync(portFile, Port.ToString(CultureInfo.InvariantCulture), cancel);
            try
            {
                await Run("pg_ctl", ["start", "-D", Data, "-l", LogFile, "-w", "-t", Seconds(_options.Patience)], cancel);
                return;
            }
            catch (LocalPostgresException) when (_time.GetElapsedTime(started) < TimeSpan.FromSeconds(10))
            {
                // After a kill -9, children may hold the shared memory for a moment, and a free port may have been taken meanwhile.
                await Task.Delay(TimeSpan.FromMilliseconds(200), _time, cancel);
            }
        }
    }

    private string Settings()
    {
        var text = new StringBuilder("# Written at each start: change the program's options instead.\n");
        text.Append(CultureInfo.InvariantCulture, $"listen_addresses = '127.0.0.1'\nport = {Port}\n");
        // A socket's path is limited to about 107 bytes by the kernel; a deep folder does without.
        var socketFits = Encoding.UTF8.GetByteCount(Sockets) < 80;
        text.Append(CultureInfo.InvariantCulture, $"unix_socket_directories = '{(socketFits ? Sockets.Replace("'", "''", StringComparison.Ordinal) : "")}'\n");
        foreach (var (name, value) in _options.Settings.OrderBy(s => s.Key, StringComparer.Ordinal))
            text.Append(CultureInfo.InvariantCulture, $"{name} = '{value.Replace("'", "''", StringComparison.Ordinal)}'\n");
        return text.ToString();
    }

    private static async Task<int> RememberedOrFreePort(string portFile, CancellationToken cancel)
    {
        if (File.Exists(portFile)
            && int.TryParse(await File.ReadAllTextAsync(portFile, cancel), CultureInfo.InvariantCulture, out var remembered)
            && TryBind(remembered) is { } same)
        {
            return same;
        }

        return TryBind(0)!.Value;

        static int? TryBind(int port)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return ((IPEndPoint)socket.LocalEndPoint!).Port;
            }
            catch (SocketException)
            {
                return null;
            }
        }
    }

    private async Task WaitUntilReady(CancellationToken cancel)
    {
        var started = _time.GetTimestamp();
        while (true)
        {
            try
            {
                await using var connection = new NpgsqlConnection(ConnectionString("postgres") + ";Pooling=false;Timeout=5");
                await connection.OpenAsync(cancel);
                return;
            }
            catch (NpgsqlException e) when (_time.GetElapsedTime(started) < _options.Patience && e is not PostgresException { SqlState: PostgresErrorCodes.InvalidPassword })
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), _time, cancel);
            }
            catch (NpgsqlException e)
            {
                throw new LocalPostgresException($"The PostgreSQL in {Folder} does not answer on port {Port}: {e.Message}", e);
            }
        }
    }

    /// <summary>The server's process; null when none runs. A pid file whose process is gone, or is another program by now, is a leftover.</summary>
    private static async Task<int?> RunningPid(string pidFile, CancellationToken cancel)
    {
        var lines = await PidLines(pidFile, cancel);
        if (lines is not [var first, ..] || !int.TryParse(first, CultureInfo.InvariantCulture, out var pid)) return null;
        if (NameOf(pid) is not { } name)
        {
            // PostgreSQL itself replaces the file of a process that is gone, but one whose parent has not yet collected it
            // (a container without an init) looks alive to it. The children are gone when nobody has the shared memory.
            if (lines is [_, _, _, _, _, _, var memory, ..] && IsUnattached(memory)) File.Delete(pidFile);
            return null;
        }

        if (name.StartsWith("postgres", StringComparison.Ordinal) || name.StartsWith("postmaster", StringComparison.Ordinal)) return pid;
        File.Delete(pidFile);                                                                     // the number belongs to another program, which PostgreSQL would take for itself
        return null;
    }

    /// <summary>Whether the kernel knows that no process is attached to the segment "key id" of a pid file.</summary>
    private static bool IsUnattached(string keyAndId)
    {
        const string segments = "/proc/sysvipc/shm";                                             // key shmid perms size cpid lpid nattch ...
        if (keyAndId.Split(' ', StringSplitOptions.RemoveEmptyEntries) is not [_, var id] || !File.Exists(segments)) return false;
        return !File.ReadLines(segments).Skip(1)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Any(fields => fields.Length > 6 && fields[1] == id && fields[6] != "0");
    }

    private async Task<int> PortOfRunning(CancellationToken cancel)
    {
        var started = _time.GetTimestamp();
        while (true)
        {
            if (await PidLines(PidFile, cancel) is [_, _, _, var port, ..] && int.TryParse(port, CultureInfo.InvariantCulture, out var number)) return number;
            if (_time.GetElapsedTime(started) > _options.Patience) throw new LocalPostgresException($"The PostgreSQL in {Folder} does not say its port.");
            await Task.Delay(TimeSpan.FromMilliseconds(50), _time, cancel);
        }
    }

    private static async Task<string[]?> PidLines(string pidFile, CancellationToken cancel) => (await ServerUser.ReadText(pidFile, cancel))?.Split('\n');

    /// <summary>
    /// Kills a server's first process, then each of its children. Not the runtime's way of killing a tree: that stops every process
    /// first, and if this one is ended before it is through, one is left stopped for ever and keeps what it inherited open (a pipe that somebody reads to its end).
    /// A child that is forked meanwhile ends by itself when it misses its parent.
    /// </summary>
    private static async Task KillTree(int pid, CancellationToken cancel)
    {
        if (!OperatingSystem.IsLinux())
        {
            KillOne(pid, entireProcessTree: true);
            while (NameOf(pid) is not null) await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, cancel);
            return;
        }

        int[] all = [pid, .. ChildrenOf(pid)];
        foreach (var one in all) KillOne(one, entireProcessTree: false);
        foreach (var one in all)
        {
            while (NameOf(one) is not null) await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, cancel);
        }
    }

    private static void KillOne(int pid, bool entireProcessTree)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            process.Kill(entireProcessTree);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            // Gone already.
        }
    }

    private static List<int> ChildrenOf(int parent)
    {
        var children = new List<int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid)) continue;
            if (StatOf(pid) is { } stat && stat.Parent == parent) children.Add(pid);
        }

        return children;
    }

    /// <summary>What Linux says of a process; null when there is none.</summary>
    private static (string Name, char State, int Parent)? StatOf(int pid)
    {
        try
        {
            // "pid (name) state parent ...": the name may itself hold a bracket.
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            var end = stat.LastIndexOf(')');
            var rest = stat[(end + 2)..].Split(' ');
            return (stat[(stat.IndexOf('(', StringComparison.Ordinal) + 1)..end], rest[0][0], int.Parse(rest[1], CultureInfo.InvariantCulture));
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>A live process's name; null when there is none, or only the entry of a dead one that its parent has not yet collected.</summary>
    private static string? NameOf(int pid)
    {
        try
        {
            if (OperatingSystem.IsLinux()) return StatOf(pid) is { State: not ('Z' or 'X') } stat ? stat.Name : null;

            using var process = Process.GetProcessById(pid);
            return process.ProcessName;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return null;
        }
    }

    private Task<string> Run(string program, string[] arguments, CancellationToken cancel) =>
        _user.Run(_binaries.Path(program), arguments, Folder, _options.Patience + TimeSpan.FromSeconds(10), cancel);

    private static string Seconds(TimeSpan span) => ((int)span.TotalSeconds).ToString(CultureInfo.InvariantCulture);

    private static string Quote(string name) => "\"" + name.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";

    private static async Task<string> Password(string folder, CancellationToken cancel)
    {
        var file = Path.Combine(folder, "password");
        if (File.Exists(file)) return await File.ReadAllTextAsync(file, cancel);
        var password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        await WritePrivate(file, password, cancel);
        return password;
    }

    private static async Task WritePrivate(string file, string text, CancellationToken cancel)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using var stream = new FileStream(file, options);
        await stream.WriteAsync(Encoding.UTF8.GetBytes(text), cancel);
    }

    private static async Task<FileStream> LockFolder(string folder, TimeProvider time, TimeSpan patience, CancellationToken cancel)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            try
            {
                return new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (time.GetElapsedTime(started) < patience)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), time, cancel);                    // another process is starting the same cluster
            }
        }
    }

    private static async Task<string> ReachableFolder(string wanted, ServerUser user, CancellationToken cancel)
    {
        if (await user.Prepare(wanted, cancel)) return wanted;
        var identity = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(wanted)))[..12];
        var fallback = $"/var/tmp/rtt-{identity}";
        if (await user.Prepare(fallback, cancel)) return fallback;
        throw new LocalPostgresException($"The user {user.Name} can use neither {wanted} nor {fallback} as a data folder.");
    }
}
