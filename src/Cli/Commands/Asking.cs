using System.CommandLine;
using Google.Protobuf;
using RttNetwork.Cli.Connection;
using RttNetwork.Cli.Output;
using Spectre.Console;

namespace RttNetwork.Cli.Commands;

/// <summary>A command that changes nothing: it asks, and shows what it was told.</summary>
internal static class Asking
{
    /// <param name="show">What a person reads of it.</param>
    public static Command Of<TReply>(Surroundings surroundings, Command command, Func<Connected, Invocation, Task<TReply>> ask, Action<TReply, IAnsiConsole> show)
        where TReply : class, IMessage
    {
        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            using var to = connection.Open(run);
            var reply = await ask(to, run);
            run.Report.Result(() => WireJson.Of(reply), console => show(reply, console));
            return ExitCode.Ok;
        });
        return command;
    }

    /// <summary>One that lists: a row for each.</summary>
    public static Command List<TRow>(Surroundings surroundings, Command command, Func<Connected, Invocation, Task<List<TRow>>> ask, string[] columns, Func<TRow, string[]> cells)
        where TRow : class, IMessage
    {
        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            using var to = connection.Open(run);
            var rows = await ask(to, run);
            run.Report.Result(() => WireJson.Of(rows), console =>
            {
                var table = Tables.Of(columns);
                foreach (var row in rows) table.AddRow([.. cells(row).Select(c => c.Cell())]);
                console.Write(table);
            });
            return ExitCode.Ok;
        });
        return command;
    }
}
