using System.Diagnostics;

namespace RttNetwork.Cli.Tests;

/// <summary>The launcher script: what it makes of test results, and that it finds its way home.</summary>
public sealed class LauncherTests
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rtt-launcher-").FullName;

    [Fact]
    public async Task Totals_are_summed_over_every_results_file()
    {
        Trx("a", """<Counters total="12" executed="12" passed="11" failed="1" error="0" timeout="0" aborted="0" inconclusive="0" passedButRunAborted="0" notRunnable="0" notExecuted="0" />""");
        Trx("b", """<Counters total="3" executed="3" passed="3" failed="0" error="0" timeout="0" aborted="0" />""");

        Assert.Equal("14 1 0", await SumTrx());
    }

    [Fact]
    public async Task Every_way_of_not_passing_counts_as_failed_and_what_was_not_run_as_skipped()
    {
        Trx("a", """<Counters total="9" executed="7" passed="3" failed="1" error="1" timeout="1" aborted="1" passedButRunAborted="5" notExecuted="0" />""");

        Assert.Equal("3 4 2", await SumTrx());
    }

    [Fact]
    public async Task A_host_that_died_before_it_wrote_anything_leaves_zero_and_no_error()
    {
        Trx("a", "");

        Assert.Equal("0 0 0", await SumTrx());
    }

    [Fact]
    public async Task The_launcher_finds_the_repository_through_a_link_from_any_folder()
    {
        var link = Path.Combine(_folder, "linked");
        File.CreateSymbolicLink(link, Repository.File("rtt"));
        Trx("a", """<Counters total="1" executed="1" passed="1" failed="0" />""");

        Assert.Equal("1 0 0", await Bash($"{link} --sum-trx {_folder}"));
    }

    [Fact]
    public async Task Without_dotnet_the_launcher_says_in_one_line_what_to_install()
    {
        var (code, _, error) = await Start($"PATH={Tools()} HOME={_folder} DOTNET_ROOT= {Repository.File("rtt")} sites");

        Assert.Equal(ExitCode.Failed, code);
        Assert.Contains("apt-get install dotnet-sdk-10.0", Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
    }

    /// <summary>A folder with the shell's own tools and no dotnet.</summary>
    private string Tools()
    {
        var bin = Directory.CreateDirectory(Path.Combine(_folder, "bin")).FullName;
        foreach (var tool in (ReadOnlySpan<string>)["bash", "env", "dirname", "readlink"])
        {
            File.CreateSymbolicLink(Path.Combine(bin, tool), File.Exists($"/usr/bin/{tool}") ? $"/usr/bin/{tool}" : $"/bin/{tool}");
        }

        return bin;
    }

    private void Trx(string name, string counters) => File.WriteAllText(
        Path.Combine(Directory.CreateDirectory(Path.Combine(_folder, name)).FullName, "r.trx"),
        $"""<?xml version="1.0"?><TestRun><ResultSummary outcome="x">{counters}</ResultSummary></TestRun>""");

    private Task<string> SumTrx() => Bash($"{Repository.File("rtt")} --sum-trx {_folder}");

    private static async Task<string> Bash(string command)
    {
        var (code, output, error) = await Start(command);
        Assert.True(code == 0, error);
        return output.Trim();
    }

    private static async Task<(int Code, string Output, string Error)> Start(string command)
    {
        using var process = Process.Start(new ProcessStartInfo("/bin/bash", ["-c", command]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }
}
