using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using RttNetwork.Client;
using Spectre.Console;

namespace RttNetwork.Cli.Output;

/// <summary>
/// Where a command says what came of it: a table for people, or with <c>--json</c> one JSON value on standard output and nothing else there.
/// </summary>
internal sealed class Report
{
    private const string JsonName = "--json";

    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        // Names of towns keep their letters: this is read by programs and people, not put into HTML.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly JsonSerializerOptions OneLine = new(Indented) { WriteIndented = false };

    private readonly Surroundings _surroundings;

    private Report(Surroundings surroundings, bool json)
    {
        _surroundings = surroundings;
        Json = json;
        var plain = surroundings.Variable("TERM") is null or "dumb";
        Tables = ConsoleOn(surroundings.Out, surroundings.OutIsTerminal, plain);
        Notes = ConsoleOn(surroundings.Error, surroundings.ErrorIsTerminal, plain);
    }

    /// <summary>True when a machine reads.</summary>
    public bool Json { get; }

    /// <summary>Standard output, for people.</summary>
    public IAnsiConsole Tables { get; }

    /// <summary>Standard error: progress, warnings, refusals.</summary>
    public IAnsiConsole Notes { get; }

    public static Option<bool> JsonOption() => new(JsonName) { Description = "Machine-readable: JSON on standard output and nothing else there." };

    public static Report For(ParseResult parsed, Surroundings surroundings) =>
        new(surroundings, parsed.Tokens.Any(t => t.Value == JsonName));

    /// <summary>The result: <paramref name="json"/> for machines, <paramref name="people"/> for people.</summary>
    public void Result(Func<JsonNode> json, Action<IAnsiConsole> people)
    {
        if (Json)
        {
            _surroundings.Out.WriteLine(json().ToJsonString(Indented));
        }
        else
        {
            people(Tables);
        }
    }

    /// <summary>One object on one line, for output that is as long as its input.</summary>
    public void Line(JsonNode json) => _surroundings.Out.WriteLine(json.ToJsonString(OneLine));

    /// <summary>A remark beside the result. Never on standard output.</summary>
    public void Note(string text) => _surroundings.Error.WriteLine(text);

    /// <summary>What went wrong outside of the network's rules, and what to do about it.</summary>
    public void Failure(string reason, string message, string? help = null)
    {
        if (Json)
        {
            _surroundings.Out.WriteLine(new JsonObject { ["error"] = new JsonObject { ["reason"] = reason, ["message"] = message } }.ToJsonString(Indented));
            return;
        }

        _surroundings.Error.WriteLine(message);
        if (help is not null)
        {
            _surroundings.Error.WriteLine($"See: {help}");
        }
    }

    /// <summary>A refusal: on standard error for people, as <c>{"error": ...}</c> on standard output for machines.</summary>
    public void Refusal(RttException exception)
    {
        if (Json)
        {
            _surroundings.Out.WriteLine(new JsonObject { ["error"] = RefusalText.Json(exception) }.ToJsonString(Indented));
        }
        else
        {
            RefusalText.Write(exception, Notes);
        }
    }

    /// <summary>Does long work with a bar on a terminal and nothing elsewhere. The work is told how to move the bar: done, of how many.</summary>
    public async Task<T> Progress<T>(string what, Func<Action<int, int>, Task<T>> work)
    {
        if (Json || !Notes.Profile.Capabilities.Interactive)
        {
            return await work((_, _) => { });
        }

        return await Notes.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(async bars =>
            {
                var bar = bars.AddTask(Markup.Escape(what), maxValue: 1);
                return await work((done, of) =>
                {
                    bar.MaxValue = Math.Max(1, of);
                    bar.Value = done;
                });
            });
    }

    // Said and not detected: the library looks at standard output only, which may be a pipe while standard error is a screen.
    private static IAnsiConsole ConsoleOn(TextWriter writer, bool terminal, bool plain)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(terminal ? writer : new TrimmedLines(writer)),
            Ansi = terminal && !plain ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = terminal && !plain ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = terminal && !plain ? InteractionSupport.Yes : InteractionSupport.No,
        });
        if (!terminal)
        {
            // A pipe has no width: a table that folds its lines at 80 cannot be searched with grep.
            console.Profile.Width = 240;
        }

        return console;
    }
}
