using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;

namespace RttNetwork.Rig.Chaos;

/// <summary>
/// Counts the grains that are active on more than one silo of the cluster at a time, as the silos themselves say. They
/// are not asked at one instant, so a grain counts when two looks in a row have found it twice.
/// </summary>
public sealed class ActivationWatch : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private readonly IHost _client;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private readonly HashSet<GrainId> _seen = [];
    private readonly Task _watching;

    private ActivationWatch(IHost client, TimeProvider time)
    {
        (_client, _time) = (client, time);
        _watching = Watch();
    }

    /// <summary>Grains that were seen twice at once so far.</summary>
    public int Duplicates => _seen.Count;

    /// <param name="connectionString">Where the cluster's membership is.</param>
    /// <param name="time">Looks are made on this clock.</param>
    public static async Task<ActivationWatch> Start(string connectionString, TimeProvider time)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.UseOrleansClient(client => client
            .Configure<ClusterOptions>(o => (o.ClusterId, o.ServiceId) = ("rtt", "rtt"))
            .UseAdoNetClustering(o => (o.Invariant, o.ConnectionString) = ("Npgsql", connectionString + ";Maximum Pool Size=2"))
            .UseConnectionRetryFilter((_, _) => Task.FromResult(true)));
        var host = builder.Build();
        await host.StartAsync();
        return new ActivationWatch(host, time);
    }

    /// <summary>The silo, by its port, that most grains live on.</summary>
    public async Task<(int SiloPort, int Grains)> Busiest()
    {
        var management = Grains.GetGrain<IManagementGrain>(0);
        var activations = await management.GetDetailedGrainStatistics(null, [.. (await management.GetHosts(true)).Keys]);
        var busiest = activations.Where(a => IsOurs(a.GrainId)).GroupBy(a => a.SiloAddress.Endpoint.Port).MaxBy(g => g.Count())!;
        return (busiest.Key, busiest.Count());
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        using var now = new CancellationTokenSource(Patience, _time);
        await _client.StopAsync(now.Token);
        _client.Dispose();
        _stop.Dispose();
    }

    private async Task Watch()
    {
        var before = new HashSet<GrainId>();
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var management = Grains.GetGrain<IManagementGrain>(0);
                var silos = (await management.GetHosts(true).WaitAsync(Patience, _time)).Keys;
                var activations = await Task.WhenAll(silos.Select(async silo =>
                {
                    try
                    {
                        return await management.GetDetailedGrainStatistics(null, [silo]).WaitAsync(Patience, _time);
                    }
                    catch (Exception e) when (e is not OutOfMemoryException)
                    {
                        return [];                                                               // that silo does not answer now
                    }
                }));
                var twice = activations.SelectMany(a => a).Where(a => IsOurs(a.GrainId)).GroupBy(a => a.GrainId).Where(g => g.Select(a => a.SiloAddress).Distinct().Count() > 1).Select(g => g.Key).ToHashSet();
                _seen.UnionWith(twice.Where(before.Contains));
                before = twice;
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                // The cluster does not answer now; it is being hurt on purpose.
            }
            await Task.Delay(Interval, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private IGrainFactory Grains => (IGrainFactory)_client.Services.GetService(typeof(IGrainFactory))!;

    private static bool IsOurs(GrainId grain) => grain.Type.ToString() is "cohort" or "participant" or "facilitator" or "site";
}
