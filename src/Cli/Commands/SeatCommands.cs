using System.CommandLine;
using Grpc.Core;
using RttNetwork.Cli.Connection;
using RttNetwork.Cli.Output;
using RttNetwork.Client;
using RttNetwork.Wire.V1;
using Spectre.Console;

namespace RttNetwork.Cli.Commands;

/// <summary><c>rtt book</c>, <c>hold</c>, <c>cancel</c> and <c>release</c>: one seat, one person.</summary>
internal static class SeatCommands
{
    public static Command Book(Surroundings surroundings) => Create(
        surroundings,
        "book",
        "Books a seat, or turns the person's hold into a seat. Asking again answers with the seat that is there.",
        (cohorts, ask, cancel) => cohorts.BookSeatAsync(
            new BookSeatRequest { Cohort = ask.Cohort, Participant = ask.Participant, RequestId = ask.RequestId, ValidateOnly = ask.DryRun }, ask.Headers, cancellationToken: cancel).ResponseAsync);

    public static Command Hold(Surroundings surroundings) => Create(
        surroundings,
        "hold",
        "Holds a seat while the person decides. The hold ends by itself.",
        (cohorts, ask, cancel) => cohorts.HoldSeatAsync(
            new HoldSeatRequest { Cohort = ask.Cohort, Participant = ask.Participant, RequestId = ask.RequestId, ValidateOnly = ask.DryRun }, ask.Headers, cancellationToken: cancel).ResponseAsync);

    public static Command Cancel(Surroundings surroundings) => Create(
        surroundings,
        "cancel",
        "Cancels a booked seat.",
        (cohorts, ask, cancel) => cohorts.CancelSeatAsync(
            new CancelSeatRequest { Cohort = ask.Cohort, Participant = ask.Participant, RequestId = ask.RequestId, ValidateOnly = ask.DryRun, Reason = ask.Reason }, ask.Headers, cancellationToken: cancel).ResponseAsync,
        new Option<string>("--reason") { Description = "A code: person-cancelled, no-show", DefaultValueFactory = _ => "person-cancelled", HelpName = "CODE" });

    public static Command Release(Surroundings surroundings) => Create(
        surroundings,
        "release",
        "Gives a hold back before it ends by itself.",
        (cohorts, ask, cancel) => cohorts.ReleaseSeatAsync(
            new ReleaseSeatRequest { Cohort = ask.Cohort, Participant = ask.Participant, RequestId = ask.RequestId, ValidateOnly = ask.DryRun }, ask.Headers, cancellationToken: cancel).ResponseAsync);

    public static string State(SeatState state) => state switch
    {
        SeatState.Booked => "booked",
        SeatState.Held => "held",
        _ => "free",
    };

    public static Option<string?> RequestIdOption()
    {
        var option = new Option<string?>("--request-id") { Description = "A UUID that names this request, to repeat it safely [a new one]", HelpName = "UUID" };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } id && !Guid.TryParse(id, out _))
            {
                result.AddError($"--request-id: '{id}' is no UUID.");
            }
        });
        return option;
    }

    public static Option<bool> DryRunOption() => new("--dry-run") { Description = "Say what would come of it, and change nothing" };

    private static Command Create(
        Surroundings surroundings, string name, string description, Func<Cohorts.CohortsClient, Ask, CancellationToken, Task<Seat>> call, Option<string>? reason = null)
    {
        var cohort = new Argument<string>("cohort") { Description = "SITE/COHORT, or the cohort's whole name", HelpName = "COHORT" };
        var participant = new Argument<string>("participant") { Description = "The participant's id or whole name", HelpName = "PARTICIPANT" };
        var requestId = RequestIdOption();
        var dryRun = DryRunOption();
        var command = new Command(name, description) { cohort, participant, requestId, dryRun };
        if (reason is not null)
        {
            command.Options.Add(reason);
        }

        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            using var to = connection.Open(run);
            var ask = new Ask(
                Names.Cohort(run.Get(cohort), to.Network, to.Site),
                Names.Participant(run.Get(participant), to.Network),
                run.Get(requestId) ?? RequestId.New(),
                run.Get(dryRun),
                reason is null ? "" : run.Get(reason) ?? "",
                run.Get(requestId) is null ? null : RttClient.Repeat);
            var seat = await call(to.Client.Cohorts, ask, run.Cancel);
            run.Report.Result(() => WireJson.Of(seat), console =>
            {
                var until = seat.State == SeatState.Held ? $" until {WireJson.Instant(seat.HoldExpireTime)}" : "";
                console.WriteLine($"{(ask.DryRun ? "would be " : "")}{State(seat.State)}{until}: {ResourceName.Id(ask.Participant)} in {Names.Short(ask.Cohort)}");
            });
            return ExitCode.Ok;
        });
        return command;
    }

    /// <param name="Headers">Set when the request id was given: the request may have been made before.</param>
    private sealed record Ask(string Cohort, string Participant, string RequestId, bool DryRun, string Reason, Metadata? Headers);
}
