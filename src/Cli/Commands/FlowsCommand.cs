using System.CommandLine;
using System.Globalization;
using RttNetwork.Client;
using RttNetwork.Wire.V1;

namespace RttNetwork.Cli.Commands;

/// <summary><c>rtt flows</c>: how many people were referred into, out of and within a region, and what came of it.</summary>
internal static class FlowsCommand
{
    public static Command Create(Surroundings surroundings)
    {
        var region = PathwayCommand.Required("--region", "The region", "R");
        var from = Days.Option("--from", "The first day on which a referral was sent; without days all that there ever were");
        var to = Days.Option("--to", "The last one; an authority asks for whole months that are over");
        return Asking.List(
            surroundings,
            new Command("flows", "How many people were referred into, out of and within a region, what came of it, and why they were refused.") { region, from, to },
            async (connected, run) =>
            [
                .. (await connected.Client.Referrals.ListReferralFlowsAsync(
                    new ListReferralFlowsRequest { Parent = ResourceName.Network(connected.Network), Region = ResourceName.Region(run.Get(region)!), From = run.Get(from), To = run.Get(to) },
                    cancellationToken: run.Cancel)).Flows,
            ],
            ["DIRECTION", "FROM", "TO", "STATUS", "OUTCOME", "REFERRALS"],
            (ReferralFlow f) => [Told(f.Direction), ResourceName.Id(f.SourceRegion), ResourceName.Id(f.TargetRegion), f.Status, f.Outcome, f.Suppressed ? "*" : f.Referrals.ToString(CultureInfo.InvariantCulture)]);
    }

    private static string Told(FlowDirection direction) => direction switch
    {
        FlowDirection.InToRegion => "in",
        FlowDirection.OutOfRegion => "out",
        FlowDirection.WithinRegion => "within",
        _ => "",
    };
}
