using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace RttNetwork.Cli.Node;

/// <summary>Ports on the loopback.</summary>
internal static class Ports
{
    public static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        // As Kestrel and Orleans bind: connections of a dead predecessor that still linger do not count.
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            socket.Listen(1);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>
    /// The port that this purpose had the last time, while it is free: a silo that comes back on its own port replaces its dead predecessor at
    /// once, where another would have to wait for it to be declared dead.
    /// </summary>
    public static int Remembered(string file, int otherwise)
    {
        var port = File.Exists(file) && int.TryParse(File.ReadAllText(file), NumberStyles.None, CultureInfo.InvariantCulture, out var before) ? before : otherwise;
        if (!IsFree(port))
        {
            port = AnyFree();
        }

        File.WriteAllText(file, port.ToString(CultureInfo.InvariantCulture));
        return port;
    }

    public static int AnyFree()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
