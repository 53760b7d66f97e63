using System.Text.Json;

namespace RttNetwork.Gateway.Management;

/// <summary>What this process needs and how each of it is, in numbers: for whoever looks after it, never for a probe that ends processes.</summary>
internal sealed class HealthDetail(IEnumerable<IDependency> dependencies, TimeProvider time)
{
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(3);

    private readonly IDependency[] _dependencies = [.. dependencies.OrderBy(d => d.Name, StringComparer.Ordinal)];

    /// <summary>How each is, in the order of their names.</summary>
    public Task<(string Name, DependencyState State)[]> Ask(CancellationToken cancel) => Task.WhenAll(_dependencies.Select(async d => (d.Name, await Ask(d, cancel))));

    /// <summary>Answers 200 when all are well, and 503 otherwise.</summary>
    public async Task Write(HttpContext http)
    {
        var states = await Ask(http.RequestAborted);
        var ok = states.All(s => s.State.Ok);
        http.Response.StatusCode = ok ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        http.Response.ContentType = "application/json";
        using var body = new MemoryStream();
        using (var json = new Utf8JsonWriter(body, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteBoolean("ok", ok);
            foreach (var (name, state) in states)
            {
                json.WriteStartObject(name);
                json.WriteBoolean("ok", state.Ok);
                if (state.Why is { } why) json.WriteString("why", why);
                foreach (var (number, value) in state.Numbers) json.WriteNumber(number, Math.Round(value, 3));
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        await http.Response.Body.WriteAsync(body.GetBuffer().AsMemory(0, (int)body.Length), http.RequestAborted);
    }

    private async Task<DependencyState> Ask(IDependency dependency, CancellationToken cancel)
    {
        using var late = new CancellationTokenSource(Wait, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancel, late.Token);
        try
        {
            // What does not answer is given up, and not left to hold a connection.
            return await dependency.Ask(end.Token).WaitAsync(end.Token);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return new DependencyState(false, $"It cannot be asked: {e.GetType().Name}.");
        }
    }
}
