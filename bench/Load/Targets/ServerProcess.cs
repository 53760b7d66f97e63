using System.Diagnostics;
using System.Globalization;

namespace RttNetwork.Load.Targets;

/// <summary>A server's process, which says "listening http://..." when it listens.</summary>
internal sealed class ServerProcess : IDisposable
{
    private const string Listening = "listening ";
    private const int ClockTicksPerSecond = 100;

    private readonly Process _process;
    private readonly TaskCompletionSource<Uri> _endpoint = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Queue<string> _lastLines = new();

    /// <param name="endpoint">Where it will listen, if that is known before it says so.</param>
    public ServerProcess(string assembly, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null, Uri? endpoint = null)
    {
        if (endpoint is not null) _endpoint.SetResult(endpoint);
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(assembly);
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Heard(line.Data);
        _process.ErrorDataReceived += (_, line) => Heard(line.Data);
        _process.EnableRaisingEvents = true;
        _process.Exited += (_, _) => _endpoint.TrySetException(new InvalidOperationException($"{Path.GetFileName(assembly)} ended before it served: {LastLines()}"));
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Where it listens.</summary>
    public Task<Uri> Endpoint => _endpoint.Task;

    public int Id => _process.Id;

    public long ResidentBytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>The last that it said.</summary>
    public string LastLines()
    {
        lock (_lastLines) return string.Join('\n', _lastLines);
    }

    public async Task Kill()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        Dispose();
    }

    public void Dispose() => _process.Dispose();

    /// <summary>Processor time of a process with its children, those included that have ended and were waited for. Linux only; zero elsewhere.</summary>
    public static TimeSpan TreeTime(int root)
    {
        if (!OperatingSystem.IsLinux()) return default;
        long ticks = 0;
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id)) continue;
            string stat;
            try
            {
                stat = File.ReadAllText(Path.Combine(folder, "stat"));
            }
            catch (IOException)
            {
                continue;       // ended meanwhile
            }
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            if (id != root && fields[1] != root.ToString(CultureInfo.InvariantCulture)) continue;
            // utime and stime; of the root, its dead children's too.
            for (var i = 11; i <= (id == root ? 14 : 12); i++) ticks += long.Parse(fields[i], CultureInfo.InvariantCulture);
        }
        return TimeSpan.FromSeconds((double)ticks / ClockTicksPerSecond);
    }

    private void Heard(string? line)
    {
        if (line is null) return;
        if (line.StartsWith(Listening, StringComparison.Ordinal)) _endpoint.TrySetResult(new Uri(line[Listening.Length..]));
        lock (_lastLines)
        {
            _lastLines.Enqueue(line);
            if (_lastLines.Count > 20) _lastLines.Dequeue();
        }
    }
}
