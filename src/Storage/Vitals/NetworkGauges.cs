using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace RttNetwork.Storage.Vitals;

/// <summary>
/// Keeps the gauges of holds and of cohorts at risk. Every silo says the same number, of every network together: it is looked up now and then, whoever asks, and never on the way of a booking.
/// A number that could not be looked up is not told at all.
/// </summary>
public sealed class NetworkGauges : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(15);

    /// <summary>As long as there is no number: of a new network, the tables are made as the silo starts.</summary>
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    /// <summary>What does not change with the tests' clocks: how often the database is asked.</summary>
    private readonly TimeProvider _time = TimeProvider.System;
    private readonly Meter _meter = new("Rtt");
    private readonly StorageVitals _vitals;
    private readonly ILogger<NetworkGauges> _logger;
    private NetworkState? _state;

    public NetworkGauges(StorageVitals vitals, ILogger<NetworkGauges> logger)
    {
        (_vitals, _logger) = (vitals, logger);
        _meter.CreateObservableGauge("rtt.holds", () => Told(s => s.Holds), "{seat}", "Seats that are held now, of every network");
        _meter.CreateObservableGauge("rtt.cohorts.at_risk", () => Told(s => s.CohortsAtRisk), "{cohort}", "Cohorts whose staff does not carry everybody who has a seat, of every network");
    }

    public override void Dispose()
    {
        _meter.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                Volatile.Write(ref _state, await _vitals.Network(stoppingToken));
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                Volatile.Write(ref _state, null);
                _logger.LogDebug("Holds and cohorts at risk could not be counted: {Error}", e.GetType().Name);
            }
            await Task.Delay(_state is null ? RetryAfter : Period, _time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private IEnumerable<Measurement<long>> Told(Func<NetworkState, long> number) => Volatile.Read(ref _state) is { } state ? [new Measurement<long>(number(state))] : [];
}
