using RttNetwork.Contracts.Units;

namespace RttNetwork.Gateway.Watches;

/// <summary>How many streams there are, of whatever kind: of each client and of this gateway.</summary>
internal sealed class WatchPlaces(GatewayOptions options)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Network, string Subject), int> _ofClient = [];
    private int _all;

    /// <summary>How many there are.</summary>
    public int Taken => Volatile.Read(ref _all);

    /// <summary>False when the client or this gateway has as many as may be.</summary>
    public bool TryTake(Caller caller)
    {
        var client = (caller.Network, caller.Subject);
        lock (_lock)
        {
            var has = _ofClient.GetValueOrDefault(client);
            if (_all >= options.WatchesMax || has >= options.WatchesPerClientMax) return false;
            _all++;
            _ofClient[client] = has + 1;
            return true;
        }
    }

    public void GiveBack(Caller caller)
    {
        var client = (caller.Network, caller.Subject);
        lock (_lock)
        {
            _all--;
            if (--_ofClient[client] == 0) _ofClient.Remove(client);
        }
    }
}
