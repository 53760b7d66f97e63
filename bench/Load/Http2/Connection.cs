using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Google.Protobuf;
using Grpc.Core;

namespace RttNetwork.Load.Http2;

/// <summary>
/// A gRPC connection (HTTP/2 without TLS) that costs its machine as little as can be, because the machine is the server's
/// too: one thread that reads, handles all that came, and sends all that this brought about in one piece. Unary calls only.
/// </summary>
internal sealed class Connection : IDisposable
{
    private const int FrameHeaderSize = 9;
    private const int FrameData = 0, FrameHeaders = 1, FrameReset = 3, FrameSettings = 4, FramePing = 6, FrameGoAway = 7, FrameWindowUpdate = 8, FrameContinuation = 9;
    private const int FlagEndStream = 1, FlagAck = 1, FlagEndHeaders = 4, FlagPadded = 8;
    private const int SettingHeaderTableSize = 1, SettingPush = 2, SettingWindow = 4;
    private const int StreamWindow = 4 * 1024 * 1024;
    private const int ConnectionWindow = 1 << 30;
    private const int FrameBytesMax = 16 * 1024;
    private const int MessagePrefixSize = 5;

    private static readonly byte[] Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray();

    private readonly Socket _socket;
    private readonly HeaderTable _headers;
    private readonly Lock _gate = new();
    private readonly Dictionary<int, Stream> _streams = [];
    private readonly Stack<Stream> _spare = new();
    private byte[] _out = new byte[64 * 1024];
    private int _outLength;
    private int _nextStream = 1;
    private long _sendWindow = 65_535;
    private int _received;
    private bool _handling;
    private bool _isClosed;

    private Connection(Socket socket, HeaderTable headers)
    {
        _socket = socket;
        _headers = headers;
    }

    /// <summary>False once the connection has ended: its calls have all ended with UNAVAILABLE.</summary>
    public bool IsOpen => !_isClosed;

    /// <summary>Calls that wait for their reply.</summary>
    public int InFlight
    {
        get
        {
            lock (_gate) return _streams.Count;
        }
    }

    /// <param name="endpoint">Where the server listens: http, a loopback address.</param>
    /// <param name="token">The bearer token of every call.</param>
    /// <param name="patience">Each call's deadline, as the server is told it.</param>
    public static Connection Open(Uri endpoint, string token, TimeSpan patience)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.Connect(IPAddress.Parse(endpoint.Host), endpoint.Port);
            var connection = new Connection(socket, new HeaderTable(
                (":authority", endpoint.Authority),
                ("content-type", "application/grpc"),
                ("te", "trailers"),
                ("grpc-timeout", $"{(int)patience.TotalMilliseconds}m"),
                ("authorization", $"Bearer {token}")));
            connection.Greet();
            new Thread(connection.Read) { IsBackground = true, Name = "load" }.Start();
            return connection;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends a call. From <see cref="ICall.End"/> it goes out with everything else; from elsewhere at once.</summary>
    /// <returns>False when the connection has ended, or the server takes no more bytes: nothing was sent.</returns>
    public bool Send(string path, IMessage request, ICall call)
    {
        lock (_gate)
        {
            if (!Write(path, request, call)) return false;
            if (!_handling) Flush();
        }
        return true;
    }

    /// <summary>Sends all that is written within, in one piece.</summary>
    public void Together(Action<Connection> send)
    {
        lock (_gate)
        {
            var outer = _handling;
            _handling = true;
            send(this);
            _handling = outer;
            if (!outer) Flush();
        }
    }

    public void Dispose()
    {
        // The reader notices and ends the calls.
        _socket.Dispose();
    }

    private void Greet()
    {
        Append(Preface);
        Span<byte> settings = stackalloc byte[18];
        Setting(settings, SettingHeaderTableSize, 0);
        Setting(settings[6..], SettingPush, 0);
        Setting(settings[12..], SettingWindow, StreamWindow);
        Frame(FrameSettings, 0, 0, settings);
        WindowUpdate(ConnectionWindow);
        Flush();

        static void Setting(Span<byte> to, int name, int value)
        {
            BinaryPrimitives.WriteUInt16BigEndian(to, (ushort)name);
            BinaryPrimitives.WriteInt32BigEndian(to[2..], value);
        }
    }

    private bool Write(string path, IMessage request, ICall call)
    {
        var size = request.CalculateSize();
        if (_isClosed || _sendWindow < size + MessagePrefixSize) return false;
        _sendWindow -= size + MessagePrefixSize;
        var id = _nextStream;
        _nextStream += 2;
        var stream = _spare.Count > 0 ? _spare.Pop() : new Stream();
        stream.Call = call;
        _streams.Add(id, stream);

        Ensure(2048 + size);
        var headers = _headers.Write(_out.AsSpan(_outLength + FrameHeaderSize), path);
        FrameHeader(headers, FrameHeaders, FlagEndHeaders, id);
        _outLength += headers;
        FrameHeader(size + MessagePrefixSize, FrameData, FlagEndStream, id);
        _out[_outLength] = 0;
        BinaryPrimitives.WriteInt32BigEndian(_out.AsSpan(_outLength + 1), size);
        request.WriteTo(_out.AsSpan(_outLength + MessagePrefixSize, size));
        _outLength += size + MessagePrefixSize;
        return true;
    }

    private void Flush()
    {
        try
        {
            for (var sent = 0; sent < _outLength;) sent += _socket.Send(_out, sent, _outLength - sent, SocketFlags.None);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            _socket.Dispose();      // the reader notices
        }
        _outLength = 0;
    }

    private void Read()
    {
        var buffer = new byte[256 * 1024];
        var have = 0;
        try
        {
            while (true)
            {
                var read = _socket.Receive(buffer, have, buffer.Length - have, SocketFlags.None);
                if (read == 0) break;
                have += read;
                lock (_gate)
                {
                    _handling = true;
                    var used = Handle(buffer.AsSpan(0, have));
                    _handling = false;
                    if (_outLength > 0) Flush();
                    buffer.AsSpan(used, have - used).CopyTo(buffer);
                    have -= used;
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidDataException)
        {
            // Below: whatever waits is told.
        }
        End();
    }

    private void End()
    {
        lock (_gate)
        {
            _isClosed = true;
            _socket.Dispose();
            foreach (var stream in _streams.Values) stream.Call!.End(new Reply(StatusCode.Unavailable, default, default));
            _streams.Clear();
        }
    }

    /// <summary>Handles every whole frame and returns the bytes that they took.</summary>
    private int Handle(ReadOnlySpan<byte> bytes)
    {
        var at = 0;
        while (bytes.Length - at >= FrameHeaderSize)
        {
            var length = (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2];
            if (length > FrameBytesMax) throw new InvalidDataException("A frame is larger than we allow.");
            if (bytes.Length - at < FrameHeaderSize + length) break;
            var id = BinaryPrimitives.ReadInt32BigEndian(bytes[(at + 5)..]) & int.MaxValue;
            Handle(bytes[at + 3], bytes[at + 4], id, bytes.Slice(at + FrameHeaderSize, length));
            at += FrameHeaderSize + length;
        }
        return at;
    }

    private void Handle(int type, int flags, int id, ReadOnlySpan<byte> payload)
    {
        switch (type)
        {
            case FrameData:
                _received += payload.Length;
                if (_received > ConnectionWindow / 2)
                {
                    WindowUpdate(_received);
                    _received = 0;
                }
                if ((flags & FlagPadded) != 0) throw new InvalidDataException("Padding was not expected.");
                if (_streams.TryGetValue(id, out var data)) data.Message.Write(payload);
                if ((flags & FlagEndStream) != 0) End(id, default);
                break;
            case FrameHeaders:
                if ((flags & FlagEndHeaders) == 0) throw new InvalidDataException("A header block in several frames was not expected.");
                if ((flags & FlagEndStream) != 0) End(id, payload);
                break;
            case FrameReset:
                End(id, default);
                break;
            case FrameSettings when (flags & FlagAck) == 0:
                Frame(FrameSettings, FlagAck, 0, default);
                break;
            case FramePing when (flags & FlagAck) == 0:
                Frame(FramePing, FlagAck, 0, payload);
                break;
            case FrameWindowUpdate when id == 0:
                _sendWindow += BinaryPrimitives.ReadInt32BigEndian(payload) & int.MaxValue;
                break;
            case FrameGoAway:
                throw new InvalidDataException("The server goes away.");
            case FrameContinuation:
                throw new InvalidDataException("A header block in several frames was not expected.");
        }
    }

    private void End(int id, ReadOnlySpan<byte> trailers)
    {
        if (!_streams.Remove(id, out var stream)) return;
        var status = HeaderBlock.Find(trailers, "grpc-status"u8);
        var code = status.Length == 1 ? (StatusCode)(status[0] - '0')
            : status.Length == 2 ? (StatusCode)(((status[0] - '0') * 10) + (status[1] - '0'))
            : StatusCode.Unavailable;
        var message = stream.Message.WrittenSpan;
        var call = stream.Call!;
        call.End(new Reply(
            code,
            message.Length > MessagePrefixSize ? message[MessagePrefixSize..] : default,
            code == StatusCode.OK ? default : HeaderBlock.Find(trailers, "grpc-status-details-bin"u8)));
        stream.Call = null;
        stream.Message.ResetWrittenCount();
        _spare.Push(stream);
    }

    private void WindowUpdate(int bytes)
    {
        Span<byte> payload = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(payload, bytes);
        Frame(FrameWindowUpdate, 0, 0, payload);
    }

    private void Frame(int type, int flags, int id, ReadOnlySpan<byte> payload)
    {
        Ensure(FrameHeaderSize + payload.Length);
        FrameHeader(payload.Length, type, flags, id);
        Append(payload);
    }

    private void FrameHeader(int length, int type, int flags, int id)
    {
        var to = _out.AsSpan(_outLength);
        to[0] = (byte)(length >> 16);
        to[1] = (byte)(length >> 8);
        to[2] = (byte)length;
        to[3] = (byte)type;
        to[4] = (byte)flags;
        BinaryPrimitives.WriteInt32BigEndian(to[5..], id);
        _outLength += FrameHeaderSize;
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        Ensure(bytes.Length);
        bytes.CopyTo(_out.AsSpan(_outLength));
        _outLength += bytes.Length;
    }

    private void Ensure(int more)
    {
        if (_outLength + more > _out.Length) Array.Resize(ref _out, Math.Max(_out.Length * 2, _outLength + more));
    }

    /// <summary>One call's way back.</summary>
    private sealed class Stream
    {
        public ArrayBufferWriter<byte> Message { get; } = new(256);

        public ICall? Call { get; set; }
    }
}
