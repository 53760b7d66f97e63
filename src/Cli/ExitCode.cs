namespace RttNetwork.Cli;

/// <summary>
/// What the process says about how it went. Scripts depend on these: they are documented in <c>docs/cli.md</c> and in <c>--help</c>, and a
/// code never changes its meaning.
/// </summary>
internal static class ExitCode
{
    /// <summary>Done, or done already.</summary>
    public const int Ok = 0;

    /// <summary>A rule stands against it; asking again changes nothing until the facts change.</summary>
    public const int Refused = 1;

    /// <summary>The command line, a file or a field is not as it must be.</summary>
    public const int Usage = 2;

    /// <summary>The network is not there, too busy, or did not answer in time: whether it was done is not known. Repeat with the same request id.</summary>
    public const int NotReachable = 3;

    /// <summary>No token, a token that has expired, or one that does not reach so far.</summary>
    public const int NotAllowed = 4;

    /// <summary>It broke, or a part of it did: the output says which.</summary>
    public const int Failed = 5;

    /// <summary>Stopped by Ctrl-C.</summary>
    public const int Interrupted = 130;

    /// <summary>The same list, as <c>--help</c> shows it.</summary>
    public const string Help = """
        Exit codes: 0 done; 1 refused by a rule; 2 command line, file or field at fault; 3 network not reachable or too busy
        (outcome unknown: repeat with the same --request-id); 4 not allowed; 5 failed, or done in part; 130 interrupted.
        """;
}
