using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace RttNetwork.Rig;

/// <summary>Where a silo's process listens, and what it keeps over a restart.</summary>
/// <param name="Name">The silo's name.</param>
public sealed record SiloPorts(string Name, int SiloPort, int OrleansGatewayPort, int GrpcPort, int HttpPort, int ManagementPort)
{
    public Uri Grpc => new($"http://127.0.0.1:{GrpcPort}");
    public Uri Management => new($"http://127.0.0.1:{ManagementPort}");
    public Uri Http => new($"http://127.0.0.1:{HttpPort}");
}

/// <summary>A silo with its gateway in a process of its own, to be killed, paused and started again.</summary>
public sealed partial class SiloProcess(SiloPorts ports, IReadOnlyDictionary<string, string> environment, string logFile) : IDisposable
{
    private const int SigKill = 9;
    private const int SigCont = 18;
    private const int SigStop = 19;
    private const int SigTerm = 15;
    private Process? _process;

    public SiloPorts Ports { get; } = ports;

    /// <summary>True while the process runs, paused or not.</summary>
    public bool IsRunning => _process is { HasExited: false };

    public int Pid => _process?.Id ?? throw new InvalidOperationException($"{Ports.Name} does not run.");

    /// <summary>Starts the process; it is ready when its health check says so.</summary>
    public void Start()
    {
        if (IsRunning) throw new InvalidOperationException($"{Ports.Name} runs already.");
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "RttNetwork.Silo.dll"));
        foreach (var (name, value) in environment) start.Environment[name] = value;
        start.Environment["DOTNET_ENVIRONMENT"] = "Development";
        start.Environment["Rtt__Silo__Name"] = Ports.Name;
        start.Environment["Rtt__Silo__Port"] = Ports.SiloPort.ToString(CultureInfo.InvariantCulture);
        start.Environment["Rtt__Silo__GatewayPort"] = Ports.OrleansGatewayPort.ToString(CultureInfo.InvariantCulture);
        start.Environment["Rtt__Silo__HostGateway"] = "true";
        start.Environment["Rtt__Management__Port"] = Ports.ManagementPort.ToString(CultureInfo.InvariantCulture);
        start.Environment["Rtt__Gateway__GrpcPort"] = Ports.GrpcPort.ToString(CultureInfo.InvariantCulture);
        start.Environment["Rtt__Gateway__HttpPort"] = Ports.HttpPort.ToString(CultureInfo.InvariantCulture);
        _process = Process.Start(start) ?? throw new InvalidOperationException($"{Ports.Name} did not start.");
        Append(_process.StandardOutput);
        Append(_process.StandardError);
    }

    /// <summary>kill -9: nothing is flushed, nobody is told.</summary>
    public async Task Kill()
    {
        if (_process is not { HasExited: false } process) return;
        Signal(process.Id, SigKill);
        await process.WaitForExitAsync();
    }

    /// <summary>Asks the process to stop as an operator would.</summary>
    public async Task Stop()
    {
        if (_process is not { HasExited: false } process) return;
        Signal(process.Id, SigTerm);
        await process.WaitForExitAsync();
    }

    /// <summary>Freezes the process: its clocks go on, it does not.</summary>
    public void Pause() => Signal(Pid, SigStop);

    /// <summary>Wakes a frozen process.</summary>
    public void Resume() => Signal(Pid, SigCont);

    public void Dispose()
    {
        if (_process is { HasExited: false } process) Signal(process.Id, SigKill);
        _process?.Dispose();
    }

    /// <summary>The last lines of the process's log, for a message about its failure.</summary>
    public string LogTail(int lines = 20)
    {
        lock (this)
        {
            return File.Exists(logFile) ? string.Join('\n', File.ReadLines(logFile).TakeLast(lines)) : "";
        }
    }

    private void Append(StreamReader reader) => _ = Task.Run(async () =>
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (this) File.AppendAllText(logFile, line + '\n');
        }
    });

    private static void Signal(int pid, int signal)
    {
        if (SendSignal(pid, signal) != 0 && Marshal.GetLastPInvokeError() != 3)
            throw new InvalidOperationException($"Signal {signal} to process {pid} failed: error {Marshal.GetLastPInvokeError()}.");
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int pid, int signal);
}
