using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using RttNetwork.Gateway.Calls;
using RttNetwork.Gateway.Management;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Services;

/// <summary><c>rtt.v1.Operations</c></summary>
internal sealed class OperationsService(IGrainFactory grains, HealthDetail health, RefusalCounts refusals, JournalGrowth growth, TimeProvider time) : Operations.OperationsBase
{
    private readonly Timestamp _started = Timestamp.FromDateTimeOffset(time.GetUtcNow());

    public override async Task<GetStatusResponse> GetStatus(GetStatusRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var network = fields.Network("parent", request.Parent).Network;
        if (fields.Failure is { } wrong) return call.Refuse<GetStatusResponse>(context, wrong);
        var silos = grains.GetGrain<IManagementGrain>(0).GetDetailedHosts(onlyActive: false);
        var states = await health.Ask(context.CancellationToken);
        var reply = new GetStatusResponse { StartTime = _started, AsOfTime = Timestamp.FromDateTimeOffset(time.GetUtcNow()) };
        foreach (var silo in (await silos).OrderBy(s => s.SiloName, StringComparer.Ordinal))
        {
            reply.Silos.Add(new Wire.V1.SiloStatus { Name = silo.SiloName, Status = silo.Status.ToString(), StartTime = Utc(silo.StartTime), AliveTime = Utc(silo.IAmAliveTime) });
        }
        foreach (var (name, state) in states)
        {
            var status = new DependencyStatus { Name = name, Ok = state.Ok, Why = state.Why ?? "" };
            foreach (var (number, value) in state.Numbers) status.Numbers[number] = value;
            reply.Dependencies.Add(status);
        }
        if (growth.PerSecond(states) is { } rate) reply.EntriesPerSecond = rate;
        foreach (var (reason, count) in refusals.Of(network)) reply.Refusals.Add(new RefusalCount { Reason = reason, Count = count });
        return reply;
    }

    private static Timestamp Utc(DateTime time) => Timestamp.FromDateTime(DateTime.SpecifyKind(time, DateTimeKind.Utc));
}

/// <summary>How fast the journal grows, from where its head was when somebody asked before.</summary>
internal sealed class JournalGrowth(TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Apart = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Queue<(long At, double Head)> _seen = new();

    public double? PerSecond(IEnumerable<(string Name, DependencyState State)> states)
    {
        if (states.SelectMany(s => s.State.Numbers).Where(n => n.Name == "journalHeadPosition").Select(n => (double?)n.Value).FirstOrDefault() is not { } head) return null;
        var now = time.GetTimestamp();
        lock (_lock)
        {
            while (_seen.Count > 1 && time.GetElapsedTime(_seen.Peek().At, now) > Window) _seen.Dequeue();
            double? rate = _seen.TryPeek(out var first) && time.GetElapsedTime(first.At, now) is var passed && passed >= Apart ? Math.Max(0, head - first.Head) / passed.TotalSeconds : null;
            if (_seen.Count == 0 || time.GetElapsedTime(_seen.Last().At, now) >= Apart) _seen.Enqueue((now, head));
            return rate;
        }
    }
}
