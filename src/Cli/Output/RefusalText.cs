using System.Text.Json.Nodes;
using Grpc.Core;
using RttNetwork.Client;
using Spectre.Console;

namespace RttNetwork.Cli.Output;

/// <summary>A refusal in words: the rule, its numbers, what could be had instead, and whether to ask again.</summary>
internal static class RefusalText
{
    public static int ExitCodeOf(Refusal refusal) => refusal.Status switch
    {
        StatusCode.FailedPrecondition or StatusCode.NotFound or StatusCode.AlreadyExists or StatusCode.Aborted or StatusCode.OutOfRange => ExitCode.Refused,
        StatusCode.InvalidArgument => ExitCode.Usage,
        StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.ResourceExhausted => ExitCode.NotReachable,
        StatusCode.Unauthenticated or StatusCode.PermissionDenied => ExitCode.NotAllowed,
        StatusCode.Cancelled => ExitCode.Interrupted,
        _ => ExitCode.Failed,
    };

    public static void Write(RttException exception, IAnsiConsole to)
    {
        var refusal = exception.Refusal;
        to.MarkupLineInterpolated($"[red]{Kind(refusal)}[/] [bold]{refusal.Reason}[/]: {Message(refusal)}");
        var lines = new Grid().AddColumn(new GridColumn().NoWrap().PadLeft(2).PadRight(2)).AddColumn();
        if (refusal.Numbers.Count > 0)
        {
            lines.AddRow(new Text("numbers"), new Text(string.Join("; ", refusal.Numbers.OrderBy(n => n.Key, StringComparer.Ordinal).Select(n => $"{n.Key} {n.Value}"))));
        }

        foreach (var rule in refusal.Rules)
        {
            lines.AddRow(new Text("rule"), new Text(rule.Description == refusal.Message ? rule.Type : $"{rule.Type} {(refusal.Rules.Count > 1 || refusal.Reason == "PLAN_REFUSED" ? $"{rule.Subject}: " : "")}{rule.Description}".Trim()));
        }

        foreach (var field in refusal.Fields)
        {
            lines.AddRow(new Text("field"), new Text($"{field.Field}: {field.Description}"));
        }

        foreach (var other in refusal.Alternatives)
        {
            lines.AddRow(
                new Text("instead"),
                new Text($"{Names.Short(other.Cohort)}  {other.Seats?.Open ?? 0} open, {other.Program} from {WireJson.Day(other.FirstDay)}, {other.SiteDisplayName}"));
        }

        if (refusal.RetryAfter is { } wait)
        {
            lines.AddRow(new Text("again"), new Text($"in {wait.TotalSeconds:0.#} s"));
        }

        if (refusal.OutcomeUnknown && exception.RequestId is { Length: > 0 } id)
        {
            lines.AddRow(new Text("unknown"), new Text($"Tried {exception.Attempts} times; it may have been done. Repeat with --request-id {id}"));
        }

        to.Write(lines);
    }

    public static JsonObject Json(RttException exception)
    {
        var refusal = exception.Refusal;
        return new JsonObject
        {
            ["status"] = refusal.Status.ToString(),
            ["reason"] = refusal.Reason,
            ["message"] = refusal.Message,
            ["domain"] = refusal.Domain,
            ["numbers"] = new JsonObject(refusal.Numbers.Select(n => KeyValuePair.Create(n.Key, (JsonNode?)n.Value))),
            ["rules"] = new JsonArray([.. refusal.Rules.Select(r => new JsonObject { ["type"] = r.Type, ["subject"] = r.Subject, ["description"] = r.Description })]),
            ["fields"] = new JsonArray([.. refusal.Fields.Select(f => new JsonObject { ["field"] = f.Field, ["description"] = f.Description })]),
            ["alternatives"] = WireJson.Of(refusal.Alternatives),
            ["retryAfterSeconds"] = refusal.RetryAfter?.TotalSeconds,
            ["outcomeUnknown"] = refusal.OutcomeUnknown,
            ["requestId"] = exception.RequestId,
            ["attempts"] = exception.Attempts,
        };
    }

    /// <summary>gRPC says "error connecting to subchannel"; a person needs to know that nobody is there.</summary>
    private static string Message(Refusal refusal) => refusal is { Status: StatusCode.Unavailable, Domain: "" }
        ? $"The network does not answer ({refusal.Message})"
        : refusal.Message;

    private static string Kind(Refusal refusal) => ExitCodeOf(refusal) switch
    {
        ExitCode.Refused => "Refused",
        ExitCode.Usage => "Not as it must be",
        ExitCode.NotReachable => refusal.Status == StatusCode.ResourceExhausted ? "Too busy" : "Not reachable",
        ExitCode.NotAllowed => "Not allowed",
        _ => "Failed",
    };
}
