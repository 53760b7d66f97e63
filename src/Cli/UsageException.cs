namespace RttNetwork.Cli;

/// <summary>The caller asked for something that cannot be: the message says what to write instead.</summary>
internal sealed class UsageException(string message, int exitCode = ExitCode.Usage) : Exception(message)
{
    /// <summary>Usage, unless the message is about something else that the caller can mend.</summary>
    public int ExitCode { get; } = exitCode;
}
