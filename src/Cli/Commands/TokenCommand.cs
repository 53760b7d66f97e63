using System.CommandLine;
using System.Text.Json.Nodes;
using RttNetwork.Cli.Connection;
using RttNetwork.Gateway.Authentication;

namespace RttNetwork.Cli.Commands;

/// <summary><c>rtt token</c>: a development token, signed with the key of this machine's <c>rtt up</c>.</summary>
internal static class TokenCommand
{
    public static Command Create(Surroundings surroundings)
    {
        var scope = new Option<string>("--scope") { Description = "Who it is for", DefaultValueFactory = _ => "operator", HelpName = "site|operator|authority" };
        scope.AcceptOnlyFromAmong("site", "operator", "authority");
        var network = new Option<string?>("--network") { Description = "The network [the running one's]", HelpName = "N" };
        var sites = new Option<string[]>("--site") { Description = "A site that a site's token reaches; may be given several times", HelpName = "S" };
        var regions = new Option<string[]>("--region") { Description = "A region that an authority's token reads; may be given several times", HelpName = "R" };
        var subject = new Option<string?>("--subject") { Description = "Who bears it [rtt-SCOPE]; request ids are remembered for each", HelpName = "SUB" };
        var hours = new Option<double>("--hours") { Description = "How long it lives, up to 720", DefaultValueFactory = _ => 8, HelpName = "H" };
        var data = new Option<string?>("--data") { Description = "Folder of the `rtt up` that it is for [RTT_DATA, .rtt in the repository]", HelpName = "DIR" };
        var command = new Command("token", "Prints a token for the network that `rtt up` runs. Whoever has it can act as its bearer.") { scope, network, sites, regions, subject, hours, data };
        command.Does(surroundings, run =>
        {
            var folder = StateFolder.Choose(run.Get(data), surroundings);
            if (!File.Exists(folder.KeyFile))
            {
                throw new UsageException($"No key in {folder.Path}: `{surroundings.Self} up` makes one.");
            }

            var bearer = run.Get(scope)!;
            string[] reached = [.. (run.Get(sites) ?? []).Select(Client.ResourceName.Id)];
            string[] read = [.. (run.Get(regions) ?? []).Select(Client.ResourceName.Id)];
            if (bearer == "site" && reached.Length == 0)
            {
                throw new UsageException("A site's token names at least one --site.");
            }

            if (bearer == "authority" && read.Length == 0)
            {
                throw new UsageException("An authority's token names at least one --region.");
            }

            var life = run.Get(hours);
            if (life is not (> 0 and <= 720))
            {
                throw new UsageException("--hours is more than 0 and at most 720.");
            }

            string token;
            try
            {
                token = DevTokenIssuer.Load(folder.KeyFile, surroundings.Clock).Mint(
                    new TokenRequest(run.Get(subject) ?? $"rtt-{bearer}", run.Get(network) ?? folder.Node()?.Network ?? StateFolder.DevelopmentNetwork, bearer)
                    {
                        Sites = reached,
                        Regions = read,
                        Lifetime = TimeSpan.FromHours(life),
                    });
            }
            catch (InvalidOperationException e)
            {
                throw new UsageException(e.Message, ExitCode.Failed);
            }

            if (run.Report.Json)
            {
                run.Report.Result(() => new JsonObject { ["token"] = token, ["expires"] = (surroundings.Clock.GetUtcNow() + TimeSpan.FromHours(life)).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture) }, _ => { });
            }
            else
            {
                // Whole, whatever the width of the terminal.
                surroundings.Out.WriteLine(token);
            }

            return Task.FromResult(ExitCode.Ok);
        });
        return command;
    }
}
