namespace RttNetwork.Cli.Tests.Fakes;

/// <summary>What a command left behind.</summary>
internal sealed record Ran(int Code, string Out, string Error)
{
    public static async Task<Ran> With(string[] args, Func<Surroundings, Surroundings>? change = null)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var surroundings = new Surroundings
        {
            Out = output,
            Error = error,
            Variable = _ => null,
            Root = Path.Combine(Path.GetTempPath(), "rtt-no-such-folder"),
        };
        var code = await CommandLine.Run(args, change is null ? surroundings : change(surroundings));
        return new Ran(code, output.ToString(), error.ToString());
    }
}
