using System.Net;
using System.Net.Sockets;

namespace RttNetwork.Testing;

/// <summary>What a <see cref="TcpProxy"/> does to the traffic.</summary>
public enum TcpFault
{
    /// <summary>It passes everything on.</summary>
    None,
    /// <summary>Requests stop on their way to the server until the fault is lifted; then they are delivered, even if the client has gone.</summary>
    HoldRequests,
    /// <summary>Answers stop on their way to the client until the fault is lifted.</summary>
    HoldAnswers,
    /// <summary>The next answer is swallowed and its connection cut on both sides: the server has done what it was asked, and nobody knows.</summary>
    SwallowAnswer,
    /// <summary>New connections are closed at once.</summary>
    Refuse,
}

/// <summary>A bad network between a client and a server on this machine. Loopback only.</summary>
public sealed class TcpProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _target;
    private readonly Lock _lock = new();
    private readonly List<Socket> _open = [];
    private readonly Task _accepting;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TcpFault _fault;
    private bool _closed;

    public TcpProxy(int targetPort)
    {
        _target = targetPort;
        _listener.Start();
        _accepting = Accept();
    }

    /// <summary>Where clients connect.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Completes when the fault that is set now has met its first traffic.</summary>
    public Task Met
    {
        get
        {
            lock (_lock) return _held.Task;
        }
    }

    /// <summary>Sets the fault, or lifts it; whatever is held is judged by the new one.</summary>
    public void Set(TcpFault fault)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            _fault = fault;
            (changed, _changed) = (_changed, new(TaskCreationOptions.RunContinuationsAsynchronously));
            if (_held.Task.IsCompleted) _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.TrySetResult();
    }

    /// <summary>Cuts every connection that is open.</summary>
    public void CutAll()
    {
        lock (_lock)
        {
            foreach (var socket in _open) socket.Dispose();
            _open.Clear();
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (_lock) _closed = true;
        _listener.Stop();
        Set(TcpFault.None);
        CutAll();
        await _accepting;
    }

    private async Task Accept()
    {
        while (true)
        {
            Socket client;
            try
            {
                client = await _listener.AcceptSocketAsync();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }

            var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                if (Current() == TcpFault.Refuse) throw new SocketException((int)SocketError.ConnectionRefused);
                await server.ConnectAsync(IPAddress.Loopback, _target);
            }
            catch (SocketException)
            {
                client.Dispose();
                server.Dispose();
                continue;
            }

            (client.NoDelay, server.NoDelay) = (true, true);
            lock (_lock)
            {
                if (_closed)
                {
                    client.Dispose();
                    server.Dispose();
                    return;
                }

                _open.Add(client);
                _open.Add(server);
            }

            _ = Pump(client, server, TcpFault.HoldRequests);
            _ = Pump(server, client, TcpFault.HoldAnswers);
        }
    }

    private async Task Pump(Socket from, Socket to, TcpFault holding)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer) is > 0 and var read)
            {
                while (Current() == holding) await Meet();
                if (holding == TcpFault.HoldAnswers && Current() == TcpFault.SwallowAnswer)
                {
                    Set(TcpFault.None, met: true);
                    break;
                }

                await to.SendAsync(buffer.AsMemory(0, read));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // One side has gone: the other must learn it.
        }

        from.Dispose();
        to.Dispose();
    }

    private TcpFault Current()
    {
        lock (_lock) return _fault;
    }

    private Task Meet()
    {
        lock (_lock)
        {
            _held.TrySetResult();
            return _changed.Task;
        }
    }

    private void Set(TcpFault fault, bool met)
    {
        lock (_lock)
        {
            if (met) _held.TrySetResult();
            _fault = fault;
        }
    }
}
