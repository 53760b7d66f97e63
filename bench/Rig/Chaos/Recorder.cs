using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using NodaTime;
using NodaTime.Serialization.SystemTextJson;

namespace RttNetwork.Rig.Chaos;

/// <summary>
/// The one clock of a run: the machine's wall clock, which gateways and database go by too, so that a correction of it moves all of them
/// together; here it never goes back. (A clock that went on from the start with the monotonic one was found 26 ms behind after such a
/// correction, and every acknowledgement too early by it.)
/// </summary>
public sealed class RunClock(TimeProvider time)
{
    private readonly Lock _lock = new();
    private Instant _latest;

    public TimeProvider Time => time;

    public Instant Now
    {
        get
        {
            lock (_lock) return _latest = Instant.Max(_latest, Instant.FromDateTimeOffset(time.GetUtcNow()));
        }
    }
}

/// <summary>
/// Writes what clients see and what the rig does to the network, one JSON object a line. A client goes on only after its
/// line has left the process: the record holds whatever anybody was told.
/// </summary>
public sealed class Recorder : IAsyncDisposable
{
    private static readonly JsonSerializerOptions Json = new JsonSerializerOptions(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull }.ConfigureForNodaTime(DateTimeZoneProviders.Tzdb);
    private readonly Lock _lock = new();
    private readonly StreamWriter _file;
    private readonly List<Step> _steps = [];

    public Recorder(string file, RunClock clock) => (_file, File, Clock) = (new StreamWriter(file), file, clock);

    /// <summary>Where the record is.</summary>
    public string File { get; }

    public RunClock Clock { get; }

    /// <summary>A client is about to send something: if the rig itself dies, this says what may have been done.</summary>
    public void Asks(int client, int gateway, Wish wish, int attempt) => Write(new { asks = wish, client, gateway, attempt, at = Clock.Now });

    /// <summary>A client saw something.</summary>
    public void Saw(Step step)
    {
        lock (_lock) _steps.Add(step);
        Write(step);
    }

    /// <summary>The rig did something to the network.</summary>
    public void Did(string what) => Write(new { did = what, at = Clock.Now });

    /// <summary>Everything that was seen so far.</summary>
    public ImmutableArray<Step> Steps()
    {
        lock (_lock) return [.. _steps];
    }

    public ValueTask DisposeAsync() => _file.DisposeAsync();

    private void Write<T>(T line)
    {
        var json = JsonSerializer.Serialize(line, Json);
        lock (_lock)
        {
            _file.WriteLine(json);
            _file.Flush();
        }
    }
}
