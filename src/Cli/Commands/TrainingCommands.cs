using System.CommandLine;
using RttNetwork.Cli.Connection;
using RttNetwork.Cli.Output;
using RttNetwork.Client;
using RttNetwork.Wire.V1;
using Spectre.Console;

namespace RttNetwork.Cli.Commands;

/// <summary><c>rtt roster trained</c> and <c>complete</c>: levels of training, and the program for staff that ends in one.</summary>
internal static class TrainingCommands
{
    public static Command Trained(Surroundings surroundings)
    {
        var facilitator = new Argument<string>("facilitator") { Description = "Who", HelpName = "FACILITATOR" };
        var level = new Option<string>("--level") { Description = "A code: kap-trained", Required = true, HelpName = "CODE" };
        var membership = new Option<string?>("--membership") { Description = "A code: practitioners", HelpName = "CODE" };
        var from = Days.Option("--from", "The first valid day");
        from.Required = true;
        var until = Days.Option("--until", "The last valid day [no end]");
        var requestId = SeatCommands.RequestIdOption();
        var command = new Command("trained", "Records a level of training that a facilitator has from elsewhere, or puts another end to one.") { facilitator, level, membership, from, until, requestId };
        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            using var to = connection.Open(run);
            var id = run.Parsed.GetValue(requestId);
            var changed = await to.Client.Trainings.RecordTrainingAsync(
                new RecordTrainingRequest
                {
                    Name = Names.Facilitator(run.Get(facilitator), to.Network),
                    Training = new Training { Level = run.Get(level)!, Membership = run.Get(membership) ?? "", ValidFrom = run.Get(from), ValidUntil = run.Get(until) },
                    RequestId = id ?? RequestId.New(),
                },
                id is null ? null : RttClient.Repeat,
                cancellationToken: run.Cancel);
            run.Report.Result(() => WireJson.Of(changed), console =>
            {
                foreach (var training in changed.Trainings) console.WriteLine($"{training.Level}{(training.Membership.Length > 0 ? $", member of {training.Membership}" : "")} from {WireJson.Day(training.ValidFrom)} until {WireJson.Day(training.ValidUntil)}");
            });
            return ExitCode.Ok;
        });
        return command;
    }

    public static Command Complete(Surroundings surroundings)
    {
        var cohort = new Argument<string>("cohort") { Description = "SITE/COHORT of the training", HelpName = "COHORT" };
        var participant = new Argument<string>("participant") { Description = "As whom the facilitator took part", HelpName = "PARTICIPANT" };
        var facilitator = new Argument<string>("facilitator") { Description = "Who has its certificate and membership from now on", HelpName = "FACILITATOR" };
        var requestId = SeatCommands.RequestIdOption();
        var dryRun = SeatCommands.DryRunOption();
        var command = new Command("complete", "Completes a training: the facilitator has its role, certificate, level and membership from this day on.") { cohort, participant, facilitator, requestId, dryRun };
        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            using var to = connection.Open(run);
            var id = run.Parsed.GetValue(requestId);
            var completed = await to.Client.Trainings.CompleteTrainingAsync(
                new CompleteTrainingRequest
                {
                    Cohort = Names.Cohort(run.Get(cohort), to.Network, to.Site),
                    Participant = Names.Participant(run.Get(participant), to.Network),
                    Facilitator = Names.Facilitator(run.Get(facilitator), to.Network),
                    RequestId = id ?? RequestId.New(),
                    ValidateOnly = run.Get(dryRun),
                },
                id is null ? null : RttClient.Repeat,
                cancellationToken: run.Cancel);
            run.Report.Result(() => WireJson.Of(completed), console => console.WriteLine($"{(run.Get(dryRun) ? "would be " : "")}completed: {ResourceName.Id(run.Get(facilitator))} in {Names.Short(completed.Name)}"));
            return ExitCode.Ok;
        });
        return command;
    }
}
