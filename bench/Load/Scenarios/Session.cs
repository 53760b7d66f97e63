using System.Diagnostics;
using RttNetwork.Load.Calls;
using RttNetwork.Load.Loops;
using RttNetwork.Load.Results;
using RttNetwork.Load.Targets;
using RttNetwork.Load.Worlds;
using RttNetwork.Storage.Local;

namespace RttNetwork.Load.Scenarios;

/// <summary>What the scenarios of one run share: the folder, the plan, and, once one needs them, both sides seeded and running.</summary>
internal sealed class Session(string folder, Plan plan, Action<string> note, Action<Measure> result, CancellationToken cancel) : IAsyncDisposable
{
    private const int CohortsAtOnce = 1000;

    /// <summary>Cohorts of one rush, and people who want into them.</summary>
    public const int RushCohorts = 50;
    public const int RushPeople = RushCohorts * World.RushSeats * 10;

    /// <summary>Warm-up rushes of each side.</summary>
    public const int RushWarm = 2;

    /// <summary>Clients of the scenario on one cohort, and people of each.</summary>
    public const int OneCohortClients = 64;
    public const int OneCohortPeople = 20;

    private readonly Dictionary<string, LocalPostgres> _clusters = [];
    private ulong _seeds;

    public Plan Plan => plan;

    public CancellationToken Cancel => cancel;

    public PeerTarget? Peer { get; private set; }

    public ProductTarget? Product { get; private set; }

    /// <summary>The world that both sides have.</summary>
    public World World { get; } = new(
        "bench",
        CohortsAtOnce * ((plan.People / 140_000) + 1),
        RushCohorts * (plan.RushRounds + RushWarm),
        plan.People + (OneCohortClients * OneCohortPeople) + (RushPeople * (plan.RushRounds + RushWarm)));

    public Draw PeerDraw { get; private set; } = null!;

    public Draw ProductDraw { get; private set; } = null!;

    public string KeyFile => Path.Combine(folder, "token.key");

    public void Note(string text) => note(text);

    public void Result(Measure measure) => result(measure);

    /// <summary>A number that no other random sequence of this run begins with.</summary>
    public ulong NextSeed() => ++_seeds;

    /// <summary>The first of the people who come and go in one cohort.</summary>
    public int FirstOneCohortPerson => plan.People;

    /// <summary>The first of the people of a rush.</summary>
    public int FirstRushPerson(int rush) => plan.People + (OneCohortClients * OneCohortPeople) + (rush * RushPeople);

    /// <summary>A PostgreSQL of its own for each side, with the same settings: durable, and with room for the log of a long measurement.</summary>
    public async Task<LocalPostgres> Cluster(string name)
    {
        if (_clusters.TryGetValue(name, out var running)) return running;
        var options = new LocalPostgresOptions(Path.Combine(folder, name));
        var settings = options.Settings
            .SetItem("shared_buffers", "1GB")
            .SetItem("max_wal_size", "8GB")
            .SetItem("checkpoint_timeout", "30min");
        return _clusters[name] = await LocalPostgres.Start(options with { Settings = settings }, cancel);
    }

    /// <summary>Seeds and starts both sides, once.</summary>
    public async Task Both()
    {
        if (Peer is not null) return;
        note($"Seeding both sides with {World.CohortsInAll} cohorts and {World.People} people.");
        var clock = Stopwatch.StartNew();
        Peer = new PeerTarget(await Cluster("peer"), KeyFile);
        Product = new ProductTarget(await Cluster("product"), KeyFile, "product");
        await Peer.Seed(World, cancel);
        await Product.Seed(World, cancel);
        await Peer.Start(World, cancel);
        await Product.Start(World, cancel);
        await Product.CaughtUp(cancel);
        PeerDraw = new Draw(World, plan.People, CohortsAtOnce);
        ProductDraw = new Draw(World, plan.People, CohortsAtOnce);
        note($"Seeded in {clock.Elapsed.TotalSeconds:F0} s.");
    }

    /// <summary>Cold bookings for one side.</summary>
    public ClosedLoop Bookings(Target target, int clients)
    {
        var draw = target == Peer ? PeerDraw : ProductDraw;
        return new ClosedLoop(target.Route(World), clients, _ => new ColdBookings(draw, NextSeed()));
    }

    /// <summary>Both sides in turn: warmed up, then pairs of turns, the order alternating.</summary>
    public async Task<Compared> Compare(string name, Func<Target, ClosedLoop> load)
    {
        await Both();
        using var peer = load(Peer!);
        using var product = load(Product!);
        await WarmUp($"{name}, peer", peer);
        await WarmUp($"{name}, product", product);
        var rounds = new List<(Turn Product, Turn Peer)>();
        for (var round = 0; round < plan.Rounds; round++)
        {
            if (round % 2 == 0)
            {
                var first = await Take(Peer!, peer);
                rounds.Add((await Take(Product!, product), first));
            }
            else
            {
                var first = await Take(Product!, product);
                rounds.Add((first, await Take(Peer!, peer)));
            }
        }
        var compared = new Compared(rounds);
        Note($"{name}: product {compared.Product}");
        Note($"{name}: peer    {compared.Peer}");
        return compared;
    }

    /// <summary>Runs windows until three agree.</summary>
    /// <param name="figure">What must agree; the rate of accepted calls unless it says otherwise.</param>
    /// <returns>The median of the last three.</returns>
    public async Task<double> WarmUp(string name, ClosedLoop loop, Func<Window, double>? figure = null)
    {
        figure ??= window => window.Rate;
        var rates = new List<double>();
        while (rates.Count < plan.WarmWindowsMax)
        {
            rates.Add(figure(await Run(loop, plan.WarmWindow)));
            if (rates.Count < Plan.WarmWindows) continue;
            var last = rates[^Plan.WarmWindows..];
            if (last.Max() - last.Min() <= Plan.WarmWithin * last.Max()) return Pairs.Median(last);
        }
        Note($"{name}: three windows did not agree within {Plan.WarmWithin:P0} ({string.Join(", ", rates.Select(r => r.ToString("F0", System.Globalization.CultureInfo.InvariantCulture)))}): a noisy machine.");
        return Pairs.Median(rates[^Plan.WarmWindows..]);
    }

    public async Task<Turn> Take(Target target, ClosedLoop loop)
    {
        await Run(loop, plan.Lead);
        var before = target.ProcessorTime;
        var mine = Environment.CpuUsage.TotalTime;
        var window = await Run(loop, plan.Turn);
        var after = target.ProcessorTime;
        return new Turn(window, after.Server - before.Server, after.Postgres - before.Postgres, Environment.CpuUsage.TotalTime - mine);
    }

    /// <summary>Runs a loop, and sees that it had something to do.</summary>
    public async Task<Window> Run(ClosedLoop loop, TimeSpan duration)
    {
        var window = await loop.Run(duration).WaitAsync(duration + TimeSpan.FromSeconds(60), TimeProvider.System, cancel);
        if (PeerDraw is { IsUsedUp: true } || ProductDraw is { IsUsedUp: true }) throw new InvalidOperationException("The world is used up: everybody has been booked for. Seed more people.");
        return window;
    }

    public async ValueTask DisposeAsync()
    {
        if (Peer is not null) await Peer.DisposeAsync();
        if (Product is not null) await Product.DisposeAsync();
        foreach (var cluster in _clusters.Values) await cluster.Destroy(CancellationToken.None);
    }
}

/// <summary>One side's part of a round, with the processor time that each process spent on it.</summary>
internal sealed record Turn(Window Window, TimeSpan Server, TimeSpan Postgres, TimeSpan Client);

/// <summary>The rounds of a comparison.</summary>
internal sealed record Compared(IReadOnlyList<(Turn Product, Turn Peer)> Rounds)
{
    public Side Product => new([.. Rounds.Select(r => r.Product)]);

    public Side Peer => new([.. Rounds.Select(r => r.Peer)]);

    /// <summary>The median of product / peer with its interval.</summary>
    public (double Median, double Low, double High) Ratio(Func<Window, double> figure) =>
        Pairs.Ratio([.. Rounds.Select(r => (figure(r.Product.Window), figure(r.Peer.Window)))]);

    /// <summary>One side over all rounds.</summary>
    internal sealed record Side(IReadOnlyList<Turn> Turns)
    {
        public double Median(Func<Window, double> figure) => Pairs.Median(Turns.Select(t => figure(t.Window)));

        public override string ToString()
        {
            var calls = Math.Max(1, Turns.Sum(t => t.Window.Tally.Total));
            var all = new Tally();
            foreach (var turn in Turns) all.Add(turn.Window.Tally);
            return FormattableString.Invariant(
                $"{Median(w => w.Rate):F0}/s, p50 {all.Milliseconds(50):F2} ms, p99 {all.Milliseconds(99):F2} ms; processor time of a call: server {Each(t => t.Server):F0} us, PostgreSQL {Each(t => t.Postgres):F0} us, client {Each(t => t.Client):F0} us; {all}");

            double Each(Func<Turn, TimeSpan> time) => Turns.Sum(t => time(t).TotalMicroseconds) / calls;
        }
    }
}
