using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using NodaTime;
using RttNetwork.Contracts.Units;
using RttNetwork.Grains.Dispatch;
using RttNetwork.Testing;
using static RttNetwork.Testing.TestNetwork;

namespace RttNetwork.Grains.Tests.WaitLists;

/// <summary>A network whose followers go by the clock of the test; a unit's time is measured by the system's, as always.</summary>
public abstract class WaitingTests : NetworkTests
{
    private protected static readonly Duration OfferLasts = Duration.FromMinutes(15);

    private protected LeapingClock Clock { get; } = new();

    private protected sealed override Task<TestNetwork> First() => Run();

    private protected async Task<TestNetwork> Run(bool followers = true) => await Start(Database, seed: NextSeed, configure: silo =>
    {
        foreach (var follower in silo.Services.Where(d => d.ServiceType == typeof(IHostedService) && (d.ImplementationType == typeof(Dispatcher) || d.ImplementationType == typeof(Deadlines))).ToList())
        {
            silo.Services.Remove(follower);
            if (followers) silo.Services.AddSingleton<IHostedService>(services => (IHostedService)ActivatorUtilities.CreateInstance(services, follower.ImplementationType!, (TimeProvider)Clock));
        }
    });

    private protected Instant Now() => Instant.FromDateTimeOffset(Clock.GetUtcNow());

    private protected Unit Unit(Caller? caller = null) => Cluster.Unit(caller, now: Now());
}
