using RttNetwork.Cli.Tests.Fakes;
using RttNetwork.Wire.V1;

namespace RttNetwork.Cli.Tests;

/// <summary><c>rtt waits</c>: what is asked for, and what is shown of cases that the caller is not told about.</summary>
public sealed class WaitsTests : IAsyncLifetime
{
    private FakeNetwork _network = null!;

    public async Task InitializeAsync() => _network = await FakeNetwork.Start();

    public async Task DisposeAsync() => await _network.DisposeAsync();

    [Fact]
    public async Task Waits_are_asked_for_with_every_filter_and_shown_by_definition()
    {
        var ran = await _network.Run("waits", "--from", "2026-01-01", "--to", "2026-06-30", "--region", "island", "--site", "nanaimo", "--program", "GRIP-8");
        Assert.Equal(0, ran.Code);
        var cells = ran.Out.Split(Environment.NewLine).Select(line => string.Join(' ', line.Split([' ', '|', '│'], StringSplitOptions.RemoveEmptyEntries))).ToList();
        Assert.Contains("cihi 15 25 123 days -", cells);
        Assert.Contains("bc-wait-two * - - weeks -", cells);
        Assert.Contains("tna - - - days 12", cells);
        Assert.Contains("at 1.1", ran.Out, StringComparison.Ordinal);
        Assert.Contains("NOT CURRENT", ran.Out, StringComparison.Ordinal);
        var asked = Assert.Single(_network.State.Steps.OfType<GetWaitsRequest>());
        Assert.Equal(("networks/bc", "regions/island", "networks/bc/sites/nanaimo", "GRIP-8"), (asked.Parent, asked.Region, asked.Site, asked.Program));
        Assert.Equal((2026, 1, 1, 2026, 6, 30), (asked.From.Year, asked.From.Month, asked.From.Day, asked.To.Year, asked.To.Month, asked.To.Day));
        Assert.Equal(2, (await _network.Run("waits", "--from", "2026-01-01")).Code);
        Assert.Equal(2, (await _network.Run("waits", "--from", "2026-01-01", "--to", "June")).Code);
    }
}
