using NodaTime;
using RttNetwork.Cli.Demo;
using RttNetwork.Cli.Tests.Fakes;

namespace RttNetwork.Cli.Tests;

/// <summary>What <c>rtt demo</c> is held to without a network; the stories themselves are played in the end-to-end tests.</summary>
public sealed class DemoCommandTests
{
    private static readonly Instant Start = Instant.FromUtc(2027, 4, 12, 16, 0);

    [Fact]
    public void The_clock_stands_still_until_it_is_moved_and_moves_forward_only()
    {
        var clock = new DemoClock(Start);
        Assert.Equal(Start.ToDateTimeOffset(), clock.GetUtcNow());
        clock.MoveTo(Start + Duration.FromDays(7));
        Assert.Equal((Start + Duration.FromDays(7)).ToDateTimeOffset(), clock.GetUtcNow());
        clock.MoveTo(Start);
        Assert.Equal(Start + Duration.FromDays(7), clock.Now);
    }

    [Fact]
    public void What_is_measured_by_a_stopwatch_goes_by_the_machines_own_time()
    {
        var clock = new DemoClock(Start);
        var before = clock.GetTimestamp();
        clock.MoveTo(Start + Duration.FromDays(84));
        Assert.InRange(clock.GetElapsedTime(before), TimeSpan.Zero, TimeSpan.FromMinutes(5));
    }

    [Fact]
    public void The_same_seed_makes_up_the_same_people_and_another_seed_others()
    {
        string[] Names(int seed) => [.. Person.Some(42, new Random(seed)).Select(p => $"{p}")];
        Assert.Equal(Names(3), Names(3));
        Assert.NotEqual(Names(3), Names(4));
        Assert.Equal(42, Names(3).Distinct().Count());
    }

    [Theory]
    [InlineData("DOTNET_ENVIRONMENT")]
    [InlineData("ASPNETCORE_ENVIRONMENT")]
    public async Task In_production_there_is_no_demonstration(string variable)
    {
        var ran = await Ran.With(["demo"], s => s with { Variable = name => name == variable ? "Production" : null });
        Assert.Equal(ExitCode.Usage, ran.Code);
        Assert.Contains($"{variable} is Production", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_that_there_is_no_story_of_is_a_fault_of_the_command_line()
    {
        var ran = await Ran.With(["demo", "--program", "KAP-TRAINING"]);
        Assert.Equal(ExitCode.Usage, ran.Code);
    }

    [Fact]
    public async Task What_a_demonstration_that_was_killed_left_behind_is_cleared_and_one_that_plays_is_not()
    {
        var temp = Directory.CreateTempSubdirectory("rtt-leftovers").FullName;
        try
        {
            var (dead, playing) = (Path.Combine(temp, "rtt-demo-dead"), Path.Combine(temp, "rtt-demo-playing"));
            foreach (var folder in new[] { dead, playing, Path.Combine(temp, "rtt-demo-begins"), Path.Combine(temp, "others") }) Directory.CreateDirectory(folder);
            await File.WriteAllTextAsync(Path.Combine(dead, "up.lock"), "");
            using (var held = new FileStream(Path.Combine(playing, "up.lock"), FileMode.Create, FileAccess.ReadWrite, FileShare.None))
            {
                await DemoNetwork.ClearLeftovers(temp, CancellationToken.None);
            }

            Assert.Equal(["others", "rtt-demo-begins", "rtt-demo-playing"], Directory.GetDirectories(temp).Select(Path.GetFileName).Order());
        }
        finally
        {
            Directory.Delete(temp, recursive: true);
        }
    }

    /// <summary>The clock is given by code that builds a node of its own, and by nothing that an operator could set.</summary>
    [Fact]
    public void Nothing_but_a_development_node_takes_another_clock()
    {
        var sources = Directory.GetFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal));
        string[] registering = ["AddSingleton(settings.Clock)", "AddSingleton<TimeProvider>", "Replace(ServiceDescriptor.Singleton<TimeProvider"];
        var found = sources.Where(f => registering.Any(r => File.ReadAllText(f).Contains(r, StringComparison.Ordinal))).Select(f => Path.GetFileName(f));
        Assert.Equal(["DevelopmentNode.cs"], found);
    }
}
