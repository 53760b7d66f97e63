using System.CommandLine;
using Google.Protobuf;
using Grpc.Core;
using RttNetwork.Cli.Connection;
using RttNetwork.Cli.Output;
using RttNetwork.Client;
using Spectre.Console;

namespace RttNetwork.Cli.Commands;

/// <summary>What every change of a thing with a name of its own asks for: a referral, a safety event.</summary>
/// <param name="Name">Its whole name; empty for one that the change makes.</param>
internal sealed record NamedAsk(string Name, string RequestId, bool DryRun, Metadata? Headers, CancellationToken Cancel);

/// <summary>A command that changes such a thing, and tells what it is then.</summary>
internal static class NamedChange
{
    /// <param name="name">The thing; null for a command that makes one.</param>
    /// <param name="whole">The whole name of what was typed.</param>
    /// <param name="told">One line of it for a person.</param>
    public static Command Of<TReply>(
        Surroundings surroundings, Command command, Argument<string>? name, Func<string?, Connected, string> whole, Func<Connected, Invocation, NamedAsk, AsyncUnaryCall<TReply>> call,
        Func<TReply, string> told, params System.CommandLine.Option[] options)
        where TReply : class, IMessage
    {
        var requestId = SeatCommands.RequestIdOption();
        var dryRun = SeatCommands.DryRunOption();
        foreach (var option in options) command.Options.Add(option);
        command.Options.Add(requestId);
        command.Options.Add(dryRun);
        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            using var to = connection.Open(run);
            var ask = new NamedAsk(
                name is null ? "" : whole(run.Get(name), to), run.Get(requestId) ?? RequestId.New(), run.Get(dryRun), run.Get(requestId) is null ? null : RttClient.Repeat, run.Cancel);
            var reply = await call(to, run, ask);
            run.Report.Result(() => WireJson.Of(reply), console => console.WriteLine($"{(ask.DryRun ? "would be: " : "")}{told(reply)}"));
            return ExitCode.Ok;
        });
        return command;
    }
}
