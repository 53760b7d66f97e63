using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace RttNetwork.Storage.Local;

/// <summary>No usable PostgreSQL is installed on this machine. The message carries the one command that installs it.</summary>
public sealed class PostgresNotInstalledException(string searched) : Exception(
    $"PostgreSQL {PostgresBinaries.MajorVersionMin} or newer is not installed (looked in {searched}). Install it, as root: {InstallCommand}")
{
    /// <summary>What installs it on Debian and Ubuntu; it must run as root.</summary>
    public const string InstallCommand = "apt-get install -y postgresql";
}

/// <summary>One installation of the PostgreSQL server programs.</summary>
/// <param name="Folder">The folder that holds <c>initdb</c>, <c>pg_ctl</c> and <c>postgres</c>.</param>
/// <param name="MajorVersion">For example 15.</param>
public sealed partial record PostgresBinaries(string Folder, int MajorVersion)
{
    /// <summary>The oldest version that has <c>NULLS NOT DISTINCT</c>, which the schema's unique keys need.</summary>
    public const int MajorVersionMin = 15;

    private static readonly string[] Programs = ["initdb", "pg_ctl", "postgres"];

    /// <summary>The full path of one program.</summary>
    public string Path(string program) => System.IO.Path.Combine(Folder, program);

    /// <summary>
    /// Finds the programs on PATH, then where the distributions put them, newest first.
    /// </summary>
    /// <param name="majorVersion">The only version that will do, for a data folder that exists already; null for the newest.</param>
    /// <exception cref="PostgresNotInstalledException">There is none.</exception>
    public static PostgresBinaries Find(int? majorVersion = null)
    {
        var folders = Folders().ToList();
        foreach (var folder in folders.Where(f => Programs.All(p => File.Exists(System.IO.Path.Combine(f, p)))))
        {
            var version = VersionOf(folder);
            if (version >= MajorVersionMin && (majorVersion is null || version == majorVersion))
                return new PostgresBinaries(folder, version);
        }

        throw new PostgresNotInstalledException(majorVersion is { } only ? $"PATH and /usr/lib/postgresql, for version {only}" : "PATH and /usr/lib/postgresql");
    }

    private static IEnumerable<string> Folders()
    {
        var onPath = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(System.IO.Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return onPath
            .Concat(Versioned("/usr/lib/postgresql", "*"))
            .Concat(Versioned("/usr", "pgsql-*"))
            .Concat(Versioned("/opt/homebrew/opt", "postgresql@*"))
            .Append("/usr/local/pgsql/bin");
    }

    private static IEnumerable<string> Versioned(string parent, string pattern) =>
        !Directory.Exists(parent)
            ? []
            : Directory.EnumerateDirectories(parent, pattern)
                .OrderByDescending(d => int.TryParse(Digits().Match(System.IO.Path.GetFileName(d)).Value, CultureInfo.InvariantCulture, out var v) ? v : 0)
                .Select(d => System.IO.Path.Combine(d, "bin"));

    private static int VersionOf(string folder)
    {
        using var process = Process.Start(new ProcessStartInfo(System.IO.Path.Combine(folder, "postgres"), "--version") { RedirectStandardOutput = true })!;
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return int.TryParse(Digits().Match(text).Value, CultureInfo.InvariantCulture, out var version) ? version : 0;
    }

    [GeneratedRegex(@"\d+")]
    private static partial Regex Digits();
}
