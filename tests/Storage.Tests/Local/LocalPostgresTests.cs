using Npgsql;
using RttNetwork.Storage.Local;
using RttNetwork.Testing;

namespace RttNetwork.Storage.Tests.Local;

public sealed class LocalPostgresTests
{
    [Fact]
    public async Task A_killed_server_comes_back_on_its_port_with_what_was_committed()
    {
        var server = await PostgresFixture.StartPrivate();
        var port = server.Port;
        await using var before = new NpgsqlConnection(server.ConnectionString("postgres") + ";Pooling=false");
        await before.OpenAsync();
        await before.Execute("create table kept (n int); insert into kept values (42)");

        await server.Kill();
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => before.Execute("select 1"));
        await server.Restart();

        await using var after = new NpgsqlConnection(server.ConnectionString("postgres") + ";Pooling=false");
        await after.OpenAsync();
        Assert.Equal(42, await after.Scalar<int>("select n from kept"));
        Assert.Equal("on", await after.Scalar<string>("show fsync"));
        Assert.Equal("on", await after.Scalar<string>("show data_checksums"));
        Assert.Equal(port, server.Port);
        await server.Destroy();
    }

    [Fact]
    public async Task A_kill_leaves_no_process_behind_not_a_stopped_one_either()
    {
        if (!OperatingSystem.IsLinux()) return;
        var server = await PostgresFixture.StartPrivate();
        for (var kill = 0; kill < 5; kill++)
        {
            var at = ProcessesAt(server.Folder);
            Assert.NotEmpty(at);

            await server.Kill();

            Assert.Empty(at.Intersect(ProcessesAt(server.Folder)));
            await server.Restart();
        }

        await server.Destroy();
    }

    /// <summary>The processes whose current folder is the cluster's data.</summary>
    private static List<int> ProcessesAt(string folder)
    {
        var found = new List<int>();
        foreach (var process in Directory.EnumerateDirectories("/proc").Where(p => char.IsAsciiDigit(Path.GetFileName(p)[0])))
        {
            try
            {
                if (new FileInfo(Path.Combine(process, "cwd")).LinkTarget == Path.Combine(folder, "data")) found.Add(int.Parse(Path.GetFileName(process), System.Globalization.CultureInfo.InvariantCulture));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It has ended meanwhile, or belongs to somebody else.
            }
        }

        return found;
    }

    [Fact]
    public async Task A_second_process_adopts_the_running_server_and_a_stopped_one_is_started()
    {
        var first = await PostgresFixture.StartPrivate();
        var second = await LocalPostgres.Start(new LocalPostgresOptions(first.Folder));
        Assert.True(second.WasRunning);
        Assert.Equal(first.Port, second.Port);
        Assert.Equal(first.ConnectionString("x"), second.ConnectionString("x"));

        await first.Stop();
        var third = await LocalPostgres.Start(new LocalPostgresOptions(first.Folder));
        Assert.False(third.WasRunning);
        Assert.Equal(first.Port, third.Port);
        await third.Destroy();
    }

    [Fact]
    public async Task A_pid_file_that_names_another_program_is_a_leftover()
    {
        var server = await PostgresFixture.StartPrivate();
        var pidFile = Path.Combine(server.Folder, "data", "postmaster.pid");
        var lines = await File.ReadAllLinesAsync(pidFile);
        await server.Kill();
        lines[0] = Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture);
        await File.WriteAllLinesAsync(pidFile, lines);

        var again = await LocalPostgres.Start(new LocalPostgresOptions(server.Folder));

        Assert.False(again.WasRunning);
        await again.Destroy();
    }

    [Fact]
    public async Task A_folder_that_the_server_cannot_reach_is_replaced_by_one_that_it_can()
    {
        if (!Environment.IsPrivilegedProcess || OperatingSystem.IsWindows()) return;              // only root can own a folder that its server cannot reach
        var barred = Directory.CreateTempSubdirectory("rtt-barred-").FullName;
        File.SetUnixFileMode(barred, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        try
        {
            var server = await LocalPostgres.Start(new LocalPostgresOptions(Path.Combine(barred, "pg")));
            var again = await LocalPostgres.Start(new LocalPostgresOptions(Path.Combine(barred, "pg")));

            Assert.StartsWith("/var/tmp/rtt-", server.Folder, StringComparison.Ordinal);
            Assert.Equal(server.Folder, again.Folder);
            Assert.True(again.WasRunning);
            await again.Destroy();
        }
        finally
        {
            Directory.Delete(barred, recursive: true);
        }
    }

    [Fact]
    public void Without_programs_the_message_says_what_to_type()
    {
        var missing = Assert.Throws<PostgresNotInstalledException>(() => PostgresBinaries.Find(majorVersion: 3));
        Assert.Contains("apt-get install -y postgresql", missing.Message, StringComparison.Ordinal);
    }
}
