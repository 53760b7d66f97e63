using RttNetwork.Peer;

if (args is ["--schema", var connection])
{
    await Schema.Create(connection);
    return;
}

await using var server = await PeerServer.Start(PeerOptions.Read(args));
// The bench waits for this line.
Console.WriteLine($"listening {server.Endpoint}");
await server.WaitForShutdown();
