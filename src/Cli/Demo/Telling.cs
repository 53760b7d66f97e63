using System.Globalization;
using System.Text.Json.Nodes;
using NodaTime;
using RttNetwork.Cli.Commands;
using RttNetwork.Cli.Output;
using RttNetwork.Client;
using RttNetwork.Wire.V1;
using Spectre.Console;

namespace RttNetwork.Cli.Demo;

/// <summary>The network did not answer as the story says.</summary>
internal sealed class NotAsToldException(string message, RttException? answer = null) : Exception(message, answer)
{
    public RttException? Answer { get; } = answer;
}

/// <summary>What a line of the story says.</summary>
internal enum Turn
{
    /// <summary>The network did what was asked.</summary>
    Done,
    /// <summary>A rule of the network said no, as the story expects.</summary>
    Refused,
    /// <summary>The network says that somebody must do something.</summary>
    Flagged,
    /// <summary>The network was asked how things stand.</summary>
    Shown,
    /// <summary>The network answered otherwise than the story says.</summary>
    NotAsTold,
}

/// <summary>
/// Tells a story line by line, to people or as one JSON object a line. Each line is an answer of the network: who calls this has it in hand.
/// </summary>
internal sealed class Telling(Report report, DemoClock clock, string program, DateTimeZone zone)
{
    private string _scene = "";

    public int Lines { get; private set; }

    public int Refusals { get; private set; }

    public void Title(string text)
    {
        if (!report.Json)
        {
            report.Tables.WriteLine();
            report.Tables.Write(new Text(text, new Style(decoration: Decoration.Bold)));
            report.Tables.WriteLine();
        }
    }

    public void Scene(string title)
    {
        _scene = title;
        if (!report.Json)
        {
            report.Tables.WriteLine();
            report.Tables.Write(new Text($"  {title}", new Style(Color.Aqua)));
            report.Tables.WriteLine();
        }
    }

    public void Done(string text) => Line(Turn.Done, text, null);

    public void Shown(string text) => Line(Turn.Shown, text, null);

    public void Flagged(string text) => Line(Turn.Flagged, text, null);

    /// <summary>A refusal with its rule, its words, and where there are seats instead. Of a plan, beside it, the first of the things that stand against it.</summary>
    public void Refused(string wish, Refusal refusal)
    {
        Refusals++;
        var number = refusal.Rules is [{ Type: { Length: > 0 } type }, ..] ? $" ({type.Replace('/', ' ')})" : "";
        var (message, several) = (refusal.Message, refusal.Reason == "PLAN_REFUSED" && refusal.Rules.Count > 0);
        if (several) message = message[..(message.IndexOf('.', StringComparison.Ordinal) + 1)];
        Line(Turn.Refused, $"{wish}: {refusal.Reason}{number}. {message}", refusal);
        if (several) Beside($"{refusal.Rules[0].Subject}: {refusal.Rules[0].Description}");
        foreach (var other in refusal.Alternatives)
            Beside($"instead: {Names.Short(other.Cohort)}, {Plural(other.Seats?.Open ?? 0, "seat")} open, from {WireJson.Day(other.FirstDay)}");
    }

    public static string Plural(int count, string what) => $"{count} {what}{(count == 1 ? "" : "s")}";

    /// <summary>A door as `rtt session show` shows it at this moment.</summary>
    public void Door(SessionDoor door)
    {
        if (report.Json)
        {
            report.Line(new JsonObject { ["program"] = program, ["scene"] = _scene, ["at"] = At(), ["turn"] = "shown", ["door"] = WireJson.Of(door), ["reason"] = null });
        }
        else
        {
            report.Tables.Write(new Padder(SessionCommand.Render(door), new Padding(22, 0, 0, 0)));
        }
    }

    /// <summary>The story ends here: the network answered otherwise.</summary>
    public void NotAsTold(string message) => Line(Turn.NotAsTold, $"NOT AS TOLD: {message}", null);

    /// <summary>One of the things that stand beside a refusal, or follow from it.</summary>
    public void Beside(string text) => Line(null, text, null);

    private string At() => clock.Now.ToString("uuuu-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private void Line(Turn? turn, string text, Refusal? refusal)
    {
        Lines++;
        var local = clock.Now.InZone(zone).LocalDateTime;
        if (report.Json)
        {
            report.Line(new JsonObject
            {
                ["program"] = program,
                ["scene"] = _scene,
                ["at"] = At(),
                ["local"] = local.ToString("uuuu-MM-dd'T'HH:mm", CultureInfo.InvariantCulture),
                ["turn"] = turn switch { Turn.Done => "done", Turn.Refused => "refused", Turn.Flagged => "flagged", Turn.Shown => "shown", Turn.NotAsTold => "not-as-told", _ => "beside" },
                ["text"] = text,
                ["reason"] = refusal?.Reason,
                ["numbers"] = refusal is null ? null : new JsonObject(refusal.Numbers.Select(n => KeyValuePair.Create(n.Key, (JsonNode?)n.Value))),
            });
            return;
        }

        var (mark, color) = turn switch
        {
            Turn.Done => ("+", Color.Green),
            Turn.Refused => ("x", Color.Yellow),
            Turn.Flagged or Turn.NotAsTold => ("!", Color.Red),
            Turn.Shown => ("=", Color.Default),
            _ => (" ", Color.Grey),
        };
        var when = turn is null ? "" : local.ToString("ddd dd MMM HH:mm", CultureInfo.InvariantCulture);
        var grid = new Grid().AddColumn(new GridColumn().NoWrap().Width(16).PadLeft(2).PadRight(2)).AddColumn(new GridColumn().NoWrap().Width(1).PadLeft(0).PadRight(1)).AddColumn(new GridColumn().PadLeft(0).PadRight(0));
        grid.AddRow(new Text(when, new Style(Color.Grey)), new Text(mark, new Style(color)), new Text(text, turn is null ? new Style(Color.Grey) : Style.Plain));
        report.Tables.Write(grid);
    }
}
