namespace RttNetwork.Cli;

/// <summary>What a command sees of the machine. Tests give their own.</summary>
internal sealed record Surroundings
{
    /// <summary>For results: with <c>--json</c> nothing but JSON goes here.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>For progress, warnings and refusals.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>True when <see cref="Error"/> is a terminal, on which a progress bar can be drawn.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>True when <see cref="Out"/> is a terminal, whose width tables keep to.</summary>
    public bool OutIsTerminal { get; init; }

    /// <summary>Environment variables; null for one that is not set.</summary>
    public required Func<string, string?> Variable { get; init; }

    /// <summary>The root of the repository; the working directory outside of one.</summary>
    public required string Root { get; init; }

    /// <summary>How this command line was called, to print lines that can be pasted: <c>./rtt</c>.</summary>
    public string Self { get; init; } = "rtt";

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    public static Surroundings OfThisProcess()
    {
        var root = Environment.GetEnvironmentVariable("RTT_ROOT");
        return new Surroundings
        {
            Out = Console.Out,
            Error = Console.Error,
            OutIsTerminal = !Console.IsOutputRedirected,
            ErrorIsTerminal = !Console.IsErrorRedirected,
            Variable = name => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null,
            Root = string.IsNullOrEmpty(root) ? RootAbove(AppContext.BaseDirectory) ?? Directory.GetCurrentDirectory() : root,
            Self = Environment.GetEnvironmentVariable("RTT_SELF") is { Length: > 0 } self ? self : "rtt",
        };
    }

    private static string? RootAbove(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "RttNetwork.sln")))
            {
                return at.FullName;
            }
        }

        return null;
    }
}
