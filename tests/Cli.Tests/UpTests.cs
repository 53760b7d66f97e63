using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using RttNetwork.Cli.Tests.Fakes;

namespace RttNetwork.Cli.Tests;

/// <summary>The quick start, as a newcomer runs it: the program itself, the lines that it prints, and what is left after a crash.</summary>
public sealed class UpTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly string _folder = Directory.CreateTempSubdirectory("rtt-up-").FullName;
    private readonly (int Grpc, int Http) _ports = (FreePort(), FreePort());
    private Process? _up;

    public Task InitializeAsync()
    {
        if (!OperatingSystem.IsWindows())
        {
            // PostgreSQL runs as another user under root.
            File.SetUnixFileMode(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherExecute | UnixFileMode.GroupExecute);
        }

        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        if (_up is { HasExited: false })
        {
            _up.Kill();
        }

        await Storage.Local.LocalPostgres.KillServerOf(Path.Combine(_folder, "data", "postgres"));
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task The_printed_lines_work_as_pasted_and_what_was_booked_outlives_a_crash_and_a_clean_stop()
    {
        var first = await Up();
        var (book, curl) = (first.GetProperty("book").GetString()!, first.GetProperty("curl").GetString()!);

        var booked = await Bash(book);
        Assert.True(booked.Code == 0, booked.Error);
        Assert.StartsWith("booked: ", booked.Out, StringComparison.Ordinal);
        var byCurl = await Bash(curl);
        Assert.Contains("\"state\":\"BOOKED\"", byCurl.Out, StringComparison.Ordinal);

        var refused = await BookTheLast(first, "terrace/grip-2027-02");
        Assert.Equal(ExitCode.Refused, refused.Code);
        Assert.Contains("RATIO_WOULD_BREAK", refused.Error, StringComparison.Ordinal);

        // The same file by another caller, whose request ids the network has never seen: everything is in place, and nothing is refused.
        var again = await Bash($"{Self} seed '{Repository.File("examples", "network-bc.yaml")}' --json --data '{Data}'");
        Assert.True(again.Code == 0, again.Out + again.Error);
        Assert.Empty(JsonDocument.Parse(again.Out).RootElement.GetProperty("refused").EnumerateArray());

        // Every program and rule pack of the repository has passed the domain's own rules, and is there.
        var programs = await Bash($"{Self} programs list --json --data '{Data}'");
        Assert.Equal(
            ["GRIP-8", "IV-SERIES", "KAP-INDIVIDUAL", "KAP-TRAINING", "NUMINUS-GROUP", "RTT-KaT-12"],
            JsonDocument.Parse(programs.Out).RootElement.EnumerateArray().Select(p => p.GetProperty("template").GetProperty("program").GetString()!));
        var rules = await Bash($"{Self} programs rules --json --data '{Data}'");
        Assert.Equal(
            ["ca-ab", "ca-bc", "ca-sk", "default", "us-or-psilocybin"],
            JsonDocument.Parse(rules.Out).RootElement.EnumerateArray().Select(p => p.GetProperty("pack").GetString()!).Order(StringComparer.Ordinal));

        // An operator's own program, without a release; and one that contradicts itself, with the line.
        var own = (await File.ReadAllTextAsync(Repository.File("programs", "grip-8.yaml"))).Replace("program: GRIP-8", "program: HARBOUR-8", StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(_folder, "own.yaml"), own);
        await File.WriteAllTextAsync(Path.Combine(_folder, "wrong.yaml"), own.Replace("HARBOUR-8", "HARBOUR-9", StringComparison.Ordinal).Replace("weeks: [3, 5, 7]", "weeks: [3, 4, 7]", StringComparison.Ordinal));
        var imported = await Bash($"{Self} programs import '{_folder}/own.yaml' --data '{Data}'");
        Assert.True(imported.Code == 0, imported.Error);
        var wrong = await Bash($"{Self} programs import '{_folder}/wrong.yaml' --data '{Data}'");
        Assert.Equal(ExitCode.Usage, wrong.Code);
        Assert.Contains($"{_folder}/wrong.yaml:34: sessions[4].weeks[1]: must leave 14 days after week 3 (rule 4)", wrong.Error, StringComparison.Ordinal);

        // A whole cohort from its template: refused with one nurse for a pod of eight, planned with two, and the same again changes nothing.
        var plan = Repository.File("examples", "plan-nanaimo-rtt.yaml");
        var pairs = (await File.ReadAllLinesAsync(plan)).Where(line => !line.Contains("nanaimo-rn6", StringComparison.Ordinal) && !line.Contains("nanaimo-rn7", StringComparison.Ordinal) && !line.Contains("nanaimo-rn8", StringComparison.Ordinal));
        await File.WriteAllLinesAsync(Path.Combine(_folder, "pairs.yaml"), pairs);
        var tooFew = await Bash($"{Self} plan '{_folder}/pairs.yaml' --check --data '{Data}'");
        Assert.Equal(ExitCode.Refused, tooFew.Code);
        Assert.Contains("PLAN_REFUSED", tooFew.Error, StringComparison.Ordinal);
        Assert.Contains("rule/16 w08-medicine-p5: 2 nurse are needed for 8 people at 1:5, and 1 can come", tooFew.Error.ReplaceLineEndings(" "), StringComparison.Ordinal);
        for (var i = 0; i < 2; i++)
        {
            var planned = await Bash($"{Self} plan '{plan}' --json --data '{Data}'");
            Assert.True(planned.Code == 0, planned.Error);
            var sessions = JsonDocument.Parse(planned.Out).RootElement.GetProperty("sessions").EnumerateArray().ToList();
            Assert.Equal((12, 60, 15), (sessions.Count(s => s.GetProperty("kind").GetString() == "large-group"), sessions.Count(s => s.GetProperty("kind").GetString() is "preparation" or "integration"), sessions.Count(s => s.GetProperty("kind").GetString() == "medicine")));
        }

        // A second one on the same folder says that there is one.
        var second = await Bash($"{Self} up --data '{Data}'");
        Assert.Equal(ExitCode.Failed, second.Code);
        Assert.Contains("already", second.Error, StringComparison.Ordinal);

        _up!.Kill();
        await _up.WaitForExitAsync();
        Assert.Equal(ExitCode.NotReachable, (await Bash($"{Self} seats nanaimo/rtt-2027-01 --data '{Data}'")).Code);

        await Up();
        Assert.Equal(2, await SeatsTaken());
        Assert.Equal(0, await Stop());

        await Up();
        Assert.Equal(2, await SeatsTaken());
        Assert.Equal(0, await Stop());
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(Data, "postgres", "data"), "postmaster.pid"));
    }

    [Theory]
    [InlineData("DOTNET_ENVIRONMENT")]
    [InlineData("ASPNETCORE_ENVIRONMENT")]
    public async Task It_refuses_to_run_in_production(string variable)
    {
        var ran = await Ran.With(["up", "--data", Data], s => s with { Variable = name => name == variable ? "Production" : null });

        Assert.Equal(ExitCode.Usage, ran.Code);
        Assert.Contains($"{variable} is Production", ran.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Data));
    }

    [Fact]
    public async Task A_port_that_is_taken_is_named_with_the_option_that_chooses_another()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen(1);
        var port = ((IPEndPoint)taken.LocalEndPoint!).Port;

        var ran = await Ran.With(["up", "--data", Data, "--no-seed", "--port", $"{port}", "--http-port", $"{_ports.Http}"]);

        Assert.Equal(ExitCode.Failed, ran.Code);
        Assert.Contains($"Port {port}, for gRPC, is taken by another program. Choose another with --port.", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_needs_a_key_and_says_what_it_is_for()
    {
        var none = await Ran.With(["token", "--data", Data]);
        Assert.Equal(ExitCode.Usage, none.Code);

        Gateway.Authentication.DevTokenIssuer.Load(Path.Combine(Data, "signing.key"));
        Assert.Equal(ExitCode.Usage, (await Ran.With(["token", "--data", Data, "--scope", "site"])).Code);
        Assert.Equal(ExitCode.Usage, (await Ran.With(["token", "--data", Data, "--scope", "authority"])).Code);
        var ran = await Ran.With(["token", "--data", Data, "--scope", "site", "--network", "bc", "--site", "nanaimo", "--site", "networks/bc/sites/victoria", "--subject", "desk", "--hours", "2"]);

        Assert.Equal(0, ran.Code);
        var claims = Connection.TokenClaims.Read(ran.Out.Trim());
        Assert.Equal(("bc", "site"), (claims.Network, claims.Scope));
        Assert.Equal(["nanaimo", "victoria"], claims.Sites);
        Assert.Equal(TimeSpan.FromHours(2), claims.Expires - claims.IssuedAt);
    }

    private string Data => Path.Combine(_folder, "data");

    private static string Self => $"dotnet {Path.Combine(AppContext.BaseDirectory, "RttNetwork.Cli.dll")}";

    private async Task<JsonElement> Up()
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "RttNetwork.Cli.dll"), "up", "--json", "--data", Data, "--port", $"{_ports.Grpc}", "--http-port", $"{_ports.Http}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["RTT_SELF"] = Self;
        start.Environment["RTT_ROOT"] = Repository.Root;
        start.Environment.Remove("DOTNET_ENVIRONMENT");
        start.Environment.Remove("ASPNETCORE_ENVIRONMENT");
        _up = Process.Start(start)!;
        var error = _up.StandardError.ReadToEndAsync();
        var json = new StringBuilder();
        using var patience = new CancellationTokenSource(Patience);
        while (await _up.StandardOutput.ReadLineAsync(patience.Token) is { } line)
        {
            json.AppendLine(line);
            if (line == "}")
            {
                return JsonDocument.Parse(json.ToString()).RootElement;
            }
        }

        throw new InvalidOperationException($"It did not come up: {json}{await error}");
    }

    /// <summary>As Ctrl-C does.</summary>
    private async Task<int> Stop()
    {
        await Bash($"kill -INT {_up!.Id}");
        using var patience = new CancellationTokenSource(Patience);
        await _up.WaitForExitAsync(patience.Token);
        return _up.ExitCode;
    }

    private async Task<int> SeatsTaken()
    {
        var ran = await Bash($"{Self} seats nanaimo/rtt-2027-01 --json --data '{Data}'");
        Assert.True(ran.Code == 0, ran.Out + ran.Error);
        return JsonDocument.Parse(ran.Out).RootElement.GetArrayLength();
    }

    /// <summary>Books a seat for the last person of the example, who has none yet.</summary>
    private async Task<(int Code, string Out, string Error)> BookTheLast(JsonElement up, string cohort)
    {
        var person = up.GetProperty("participants").EnumerateArray().Last().GetString();
        return await Bash($"{Self} book {cohort} {person} --data '{Data}'");
    }

    private static async Task<(int Code, string Out, string Error)> Bash(string command)
    {
        using var process = Process.Start(new ProcessStartInfo("/bin/bash", ["-c", command]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var patience = new CancellationTokenSource(Patience);
        await process.WaitForExitAsync(patience.Token);
        return (process.ExitCode, await output, await error);
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
