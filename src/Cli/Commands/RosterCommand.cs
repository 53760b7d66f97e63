using System.CommandLine;
using RttNetwork.Cli.Connection;
using RttNetwork.Cli.Output;
using RttNetwork.Client;
using RttNetwork.Wire.V1;
using Spectre.Console;

namespace RttNetwork.Cli.Commands;

/// <summary><c>rtt roster</c>: who leads what at a site, until when they may, and who could replace whom.</summary>
internal static class RosterCommand
{
    public static Command Create(Surroundings surroundings) => new("roster", "Facilitators of a site with their credentials and cohorts; proposals for a substitute, and the substitution.")
    {
        List(surroundings),
        Propose(surroundings),
        Substitute(surroundings),
        Accept(surroundings),
        TrainingCommands.Trained(surroundings),
        TrainingCommands.Complete(surroundings),
    };

    private static Command List(Surroundings surroundings)
    {
        var site = new Option<string?>("--site") { Description = "The site [the token's, when it has one]", HelpName = "S" };
        var limit = Paging.Limit();
        var command = new Command("list", "Lists the facilitators of a site: roles, credentials with their last day, and the cohorts that they lead.") { site, limit };
        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            using var to = connection.Open(run);
            var parent = to.SiteName(run.Get(site));
            var listed = await Paging.All<Facilitator>(run, limit, async (page, token) =>
            {
                var reply = await to.Client.Facilitators.ListFacilitatorsAsync(new ListFacilitatorsRequest { Parent = parent, PageSize = page, PageToken = token }, cancellationToken: run.Cancel);
                return (reply.Facilitators, reply.NextPageToken);
            });
            var whole = await Task.WhenAll(listed.Select(f => to.Client.Facilitators.GetFacilitatorAsync(new GetFacilitatorRequest { Name = f.Name }, cancellationToken: run.Cancel).ResponseAsync));
            run.Report.Result(() => WireJson.Of(whole), console =>
            {
                var table = Tables.Of("FACILITATOR", "ROLES", "CREDENTIALS", "LEADS");
                foreach (var facilitator in whole)
                {
                    table.AddRow(
                        ResourceName.Id(facilitator.Name).Cell(),
                        string.Join(", ", facilitator.Roles).Cell(),
                        string.Join("; ", facilitator.Credentials.Select(c => $"{c.Role} {c.Jurisdiction} until {WireJson.Day(c.ValidUntil)}")).Cell(),
                        string.Join("; ", facilitator.Assignments.Select(a => $"{Names.Short(a.Cohort)} as {a.Role} until {WireJson.Instant(a.LastEndTime)}")).Cell());
                }

                console.Write(table);
            });
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Propose(Surroundings surroundings)
    {
        var (cohort, facilitator) = (CohortArgument(), FacilitatorArgument("facilitator", "Who leaves, or has left"));
        var command = new Command("propose", "Proposes who could take a facilitator's sessions over, best first.") { cohort, facilitator };
        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            using var to = connection.Open(run);
            var reply = await to.Client.Plans.ProposeSubstitutesAsync(
                new ProposeSubstitutesRequest { Cohort = Names.Cohort(run.Get(cohort), to.Network, to.Site), Facilitator = Names.Facilitator(run.Get(facilitator), to.Network) }, cancellationToken: run.Cancel);
            run.Report.Result(() => WireJson.Of(reply.Proposals), console =>
            {
                var table = Tables.Of("SUBSTITUTE", "FROM", "SESSIONS", "LEADS HERE", "HINDRANCE");
                foreach (var proposal in reply.Proposals)
                {
                    table.AddRow(
                        ResourceName.Id(proposal.Facilitator).Cell(),
                        (proposal.Local ? "here" : ResourceName.Id(proposal.HomeSite)).Cell(),
                        (proposal.Hindrance.Length == 0 ? $"all {proposal.SessionsCovered}" : $"{proposal.SessionsCovered}").Cell(),
                        $"{proposal.SessionsLed}".Cell(),
                        proposal.Hindrance.Cell());
                }

                console.Write(table);
            });
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Substitute(Surroundings surroundings)
    {
        var (cohort, facilitator, substitute) = (CohortArgument(), FacilitatorArgument("facilitator", "Who leaves, or has left"), FacilitatorArgument("substitute", "Who comes"));
        var reason = new Option<string>("--reason") { Description = "A code: ill, left", DefaultValueFactory = _ => "ill", HelpName = "CODE" };
        var charts = new Option<bool>("--charts-reviewed") { Description = "The substitute attests to have reviewed the charts of everybody concerned (needed once preparation has begun)" };
        var requestId = SeatCommands.RequestIdOption();
        var command = new Command("substitute", "Replaces a facilitator in every session to come. Once preparation has begun each person concerned must consent, and is held out of these sessions until then.")
        {
            cohort, facilitator, substitute, reason, charts, requestId,
        };
        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            using var to = connection.Open(run);
            var id = run.Parsed.GetValue(requestId);
            var changed = await to.Client.Plans.SubstituteFacilitatorAsync(
                new SubstituteFacilitatorRequest
                {
                    Cohort = Names.Cohort(run.Get(cohort), to.Network, to.Site),
                    Facilitator = Names.Facilitator(run.Get(facilitator), to.Network),
                    Substitute = Names.Facilitator(run.Get(substitute), to.Network),
                    ChartsReviewed = run.Get(charts),
                    Reason = run.Get(reason)!,
                    RequestId = id ?? RequestId.New(),
                },
                id is null ? null : RttClient.Repeat,
                cancellationToken: run.Cancel);
            run.Report.Result(() => WireJson.Of(changed), console => console.Write(PlanCommand.Calendar(changed.Sessions.Where(s => s.Facilitators.Any(f => ResourceName.Id(f) == ResourceName.Id(run.Get(substitute)))))));
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Accept(Surroundings surroundings)
    {
        var (cohort, participant, substitute) = (CohortArgument(), new Argument<string>("participant") { Description = "Who consents", HelpName = "PARTICIPANT" }, FacilitatorArgument("substitute", "To whom"));
        var requestId = SeatCommands.RequestIdOption();
        var command = new Command("accept", "Records that a person consents to a substitute.") { cohort, participant, substitute, requestId };
        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            using var to = connection.Open(run);
            var id = run.Parsed.GetValue(requestId);
            var seat = await to.Client.Plans.AcceptSubstituteAsync(
                new AcceptSubstituteRequest
                {
                    Cohort = Names.Cohort(run.Get(cohort), to.Network, to.Site),
                    Participant = Names.Participant(run.Get(participant), to.Network),
                    Facilitator = Names.Facilitator(run.Get(substitute), to.Network),
                    RequestId = id ?? RequestId.New(),
                },
                id is null ? null : RttClient.Repeat,
                cancellationToken: run.Cancel);
            run.Report.Result(() => WireJson.Of(seat), console => console.WriteLine(seat.ConsentMissing.Count == 0 ? "recorded: nothing is missing" : $"recorded: {seat.ConsentMissing.Count} more to consent to"));
            return ExitCode.Ok;
        });
        return command;
    }

    private static Argument<string> CohortArgument() => new("cohort") { Description = "SITE/COHORT", HelpName = "COHORT" };

    private static Argument<string> FacilitatorArgument(string name, string description) => new(name) { Description = description, HelpName = name.ToUpperInvariant() };
}
