using System.Net;
using System.Net.Sockets;

namespace RttNetwork.Rig;

/// <summary>What a <see cref="TcpProxy"/> does to the traffic.</summary>
public enum TcpFault
{
    /// <summary>It passes everything on.</summary>
    None,
    /// <summary>Requests stop on their way to the server until the fault is lifted; then they are delivered, even if the client has gone.</summary>
    HoldRequests,
    /// <summary>Answers stop on their way to the client until the fault is lifted.</summary>
    HoldAnswers,
    /// <summary>Nothing passes in either direction until the fault is lifted.</summary>
    HoldBoth,
    /// <summary>The next answer is swallowed and its connection cut on both sides: the server has done what it was asked, and nobody knows.</summary>
    SwallowAnswer,
    /// <summary>The next request's client is cut off at once, and the request delivered after <see cref="TcpProxy.Lateness"/>: it lands when nobody waits for it any more.</summary>
    LateRequest,
    /// <summary>New connections are closed at once.</summary>
    Refuse,
}

/// <summary>Says whether a fault is for this request.</summary>
public delegate bool Traffic(ReadOnlySpan<byte> request);

/// <summary>A bad network between clients and a server on this machine. Loopback only.</summary>
public sealed class TcpProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly HashSet<Socket> _open = [];
    private readonly HashSet<Socket> _clients = [];
    private readonly Task _accepting;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TcpFault _fault;
    private Traffic? _only;
    private bool _closed;
    private int _late;

    /// <param name="targetPort">Where the server listens.</param>
    /// <param name="time">Delays run on this clock.</param>
    public TcpProxy(int targetPort, TimeProvider? time = null)
    {
        (Target, _time) = (targetPort, time ?? TimeProvider.System);
        _listener.Start();
        _accepting = Accept();
    }

    /// <summary>Where clients connect.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Where the server listens: a server that is started anew may have another port.</summary>
    public int Target { get; set; }

    /// <summary>How long each piece of traffic takes, in either direction.</summary>
    public TimeSpan Latency { get; set; }

    /// <summary>How long <see cref="TcpFault.LateRequest"/> keeps a request.</summary>
    public TimeSpan Lateness { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Requests that reached the server when their client had gone.</summary>
    public int Late => Volatile.Read(ref _late);

    /// <summary>Completes when the fault that is set now has met its first traffic.</summary>
    public Task Met
    {
        get
        {
            lock (_lock) return _held.Task;
        }
    }

    /// <summary>Sets the fault, or lifts it; whatever is held is judged by the new one.</summary>
    /// <param name="fault">What happens to the traffic.</param>
    /// <param name="only">The requests, or the answers to them, that it happens to; null for all. A request that is held blocks its own connection alone.</param>
    public void Set(TcpFault fault, Traffic? only = null)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            (_fault, _only) = (fault, only);
            (changed, _changed) = (_changed, new(TaskCreationOptions.RunContinuationsAsynchronously));
            if (_held.Task.IsCompleted) _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.TrySetResult();
    }

    /// <summary>
    /// Hangs up on every client: it learns at once that no answer will come, and knows no more than that. What it has sent,
    /// held or not, still reaches the server.
    /// </summary>
    public void CutClients()
    {
        lock (_lock)
        {
            foreach (var client in _clients) Hush(client);
        }
    }

    /// <summary>Cuts every connection that is open.</summary>
    public void CutAll()
    {
        lock (_lock)
        {
            foreach (var socket in _open) socket.Dispose();
            _open.Clear();
            _clients.Clear();
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

            _ = Connect(client);
        }
    }

    private async Task Connect(Socket client)
    {
        var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (Is(TcpFault.Refuse)) throw new SocketException((int)SocketError.ConnectionRefused);
            await server.ConnectAsync(IPAddress.Loopback, Target);
        }
        catch (SocketException)
        {
            client.Dispose();
            server.Dispose();
            return;
        }

        (client.NoDelay, server.NoDelay) = (true, true);
        var connection = new Connection(client, server);
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
            _clients.Add(client);
        }

        _ = PumpRequests(connection);
        _ = PumpAnswers(connection);
    }

    private async Task PumpRequests(Connection connection)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await connection.Client.ReceiveAsync(buffer) is > 0 and var read)
            {
                var request = buffer.AsMemory(0, read);
                if (Latency > TimeSpan.Zero) await Task.Delay(Latency, _time);
                var isHeld = false;
                while (Holds(TcpFault.HoldRequests, request.Span) is { } changed)
                {
                    await changed;
                    isHeld = true;
                }
                if (isHeld && HasGone(connection.Client)) Interlocked.Increment(ref _late);
                connection.IsAskedFor = IsMeant(request.Span);
                if (MeetOnce(TcpFault.LateRequest, connection))
                {
                    connection.Client.Dispose();
                    await Task.Delay(Lateness, _time);
                    await connection.Server.SendAsync(request);
                    Interlocked.Increment(ref _late);
                    // The other pump gets the answer, finds nobody to give it to, and ends the connection.
                    return;
                }

                await connection.Server.SendAsync(request);
            }

            // The client asks nothing more. The server learns it after all that was asked, and the other pump ends the connection.
            Hush(connection.Server);
            return;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // One side has gone: the other must learn it.
        }

        End(connection);
    }

    private async Task PumpAnswers(Connection connection)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await connection.Server.ReceiveAsync(buffer) is > 0 and var read)
            {
                if (Latency > TimeSpan.Zero) await Task.Delay(Latency, _time);
                while (Holds(TcpFault.HoldAnswers, default) is { } changed) await changed;
                if (MeetOnce(TcpFault.SwallowAnswer, connection)) break;
                await connection.Client.SendAsync(buffer.AsMemory(0, read));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // One side has gone: the other must learn it.
        }

        End(connection);
    }

    private void End(Connection connection)
    {
        connection.Client.Dispose();
        connection.Server.Dispose();
        lock (_lock)
        {
            _open.Remove(connection.Client);
            _open.Remove(connection.Server);
            _clients.Remove(connection.Client);
        }
    }

    /// <summary>True when the other end has said that nothing more will come.</summary>
    private static bool HasGone(Socket socket) => socket.Poll(0, SelectMode.SelectRead) && socket.Available == 0;

    /// <summary>Says to the other end of a socket that nothing more will come.</summary>
    private static void Hush(Socket socket)
    {
        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It has gone already.
        }
    }

    private bool Is(TcpFault fault)
    {
        lock (_lock) return _fault == fault;
    }

    private bool IsMeant(ReadOnlySpan<byte> request)
    {
        lock (_lock) return _only is null || _only(request);
    }

    /// <summary>What to wait for while the traffic is held; null when it may pass.</summary>
    private Task? Holds(TcpFault holding, ReadOnlySpan<byte> request)
    {
        lock (_lock)
        {
            if (_fault != TcpFault.HoldBoth && (_fault != holding || (_only is not null && (request.IsEmpty || !_only(request))))) return null;
            _held.TrySetResult();
            return _changed.Task;
        }
    }

    /// <summary>True for the one request or answer that the fault is for; the fault is lifted by it.</summary>
    private bool MeetOnce(TcpFault fault, Connection connection)
    {
        lock (_lock)
        {
            if (_fault != fault || !connection.IsAskedFor) return false;
            _held.TrySetResult();
            _fault = TcpFault.None;
            return true;
        }
    }

    private sealed class Connection(Socket client, Socket server)
    {
        public Socket Client => client;
        public Socket Server => server;

        /// <summary>The last request is one that the fault, if any, is meant for.</summary>
        public volatile bool IsAskedFor;
    }
}
