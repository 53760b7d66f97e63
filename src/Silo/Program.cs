using RttNetwork.Gateway;
using RttNetwork.Silo;
using RttNetwork.Storage.Migrations;

var configuration = new ConfigurationBuilder().AddJsonFile("appsettings.json", optional: true).AddEnvironmentVariables().AddCommandLine(args).Build();
var environment = configuration["DOTNET_ENVIRONMENT"] ?? configuration["ASPNETCORE_ENVIRONMENT"] ?? "Production";
try
{
    var options = SiloOptions.From(configuration);
    if (options.Webhooks.AllowLoopback && environment == "Production") throw new InvalidOperationException("Rtt:Webhooks:AllowHttp is for development: in production webhooks are sent by https, and not to this machine.");
    await SiloHost.CheckSchema(options);
    await SiloHost.Build(options, options.HostGateway ? GatewayOptions.From(configuration, environment) : null).RunAsync();
    return 0;
}
catch (Exception e) when (e is InvalidOperationException or SchemaVersionException or UnsafeServerException)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}
