using Google.Protobuf;
using Grpc.Core;
using RttNetwork.Cli.Output;
using RttNetwork.Client;

namespace RttNetwork.Cli.Commands;

/// <summary><c>--watch</c>: a stream that is shown until Ctrl-C.</summary>
internal static class Watching
{
    private static readonly TimeSpan AgainAfter = TimeSpan.FromSeconds(1);

    /// <summary>Shows every message. A connection that was lost goes on where it broke off.</summary>
    /// <param name="open">Asks for the stream after a resume token; after the empty one from its beginning.</param>
    /// <param name="token">The resume token that a message carries.</param>
    /// <param name="tell">Shows a message to people; with <c>--json</c> each is a line of its own.</param>
    public static async Task<int> Show<TMessage>(Invocation run, Func<string, AsyncServerStreamingCall<TMessage>> open, Func<TMessage, string> token, Action<TMessage> tell)
        where TMessage : IMessage
    {
        var resume = "";
        while (true)
        {
            try
            {
                using var call = open(resume);
                while (await call.ResponseStream.MoveNext(run.Cancel))
                {
                    var message = call.ResponseStream.Current;
                    if (run.Report.Json) run.Report.Line(WireJson.Of(message));
                    else tell(message);
                    resume = token(message);
                }

                return ExitCode.Ok;
            }
            catch (RttException e) when (e.Refusal.Status is StatusCode.Unavailable)
            {
                run.Report.Note($"{e.Refusal.Message} Trying again.");
            }
            catch (Exception e) when (e is OperationCanceledException or RpcException && run.Cancel.IsCancellationRequested)
            {
                return ExitCode.Ok;
            }

            await Task.Delay(AgainAfter, TimeProvider.System, run.Cancel);
        }
    }
}
