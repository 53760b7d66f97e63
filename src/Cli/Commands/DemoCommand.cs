using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using NodaTime;
using Npgsql;
using RttNetwork.Cli.Demo;
using RttNetwork.Cli.NetworkFiles;
using RttNetwork.Cli.Output;
using RttNetwork.Storage.Local;
using Spectre.Console;

namespace RttNetwork.Cli.Commands;

/// <summary><c>rtt demo</c>: plays the field's programs from the referral to the follow-up on a network of its own, whose clock the story moves.</summary>
internal static class DemoCommand
{
    internal static readonly Story[] Stories = [new RttStory(), new GripStory(), new NuminusStory(), new KapStory(), new IvStory()];

    public static Command Create(Surroundings surroundings)
    {
        var program = new Option<string?>("--program") { Description = "One of them: " + string.Join(", ", Stories.Select(s => s.Program)) + " [all, one after the other]", HelpName = "CODE" };
        program.AcceptOnlyFromAmong([.. Stories.Select(s => s.Program)]);
        var seed = new Option<int>("--seed") { Description = "Who the people are and what is measured follows from it", DefaultValueFactory = _ => 1, HelpName = "N" };
        var command = new Command("demo", "Plays programs from the referral to the follow-up on a network of its own: silo, gateway, PostgreSQL, and a clock that the story moves. Every line is an answer of that network; nothing is left of it at the end.")
        {
            program, seed,
        };
        command.Does(surroundings, async run =>
        {
            UpCommand.RefuseProduction(surroundings, "demo");
            var chosen = Stories.Where(s => run.Get(program) is not { } only || s.Program == only).ToList();
            try
            {
                return await Play(chosen, run.Report, surroundings.Root, run.Get(seed), connection: null, run.Cancel);
            }
            catch (NpgsqlException e)
            {
                throw new UsageException($"The database cannot be used: {e.Message}", ExitCode.NotReachable);
            }
            catch (Exception e) when (e is PostgresNotInstalledException or LocalPostgresException)
            {
                throw new UsageException(e.Message, ExitCode.Failed);
            }
        });
        return command;
    }

    /// <summary>Plays stories one after the other, in the order in which they begin, and sums them up.</summary>
    /// <param name="connection">A database to use instead of a private one that is deleted: for tests, which read its journal afterwards.</param>
    internal static async Task<int> Play(IReadOnlyList<Story> stories, Report report, string root, int seed, string? connection, CancellationToken cancel)
    {
        var started = TimeProvider.System.GetTimestamp();
        var file = NetworkFileReader.Read(Path.Combine(root, "examples", "demo", "network.yaml"));
        var clock = new DemoClock(Begin(file, stories[0]));
        await using var network = await DemoNetwork.Start(file, root, clock, seed, report, connection, pages: null, cancel);
        var endings = new List<(Story Story, Telling Telling, Ending? Ending, string Failure, TimeSpan Took)>();
        foreach (var story in stories)
        {
            var began = TimeProvider.System.GetTimestamp();
            clock.MoveTo(Begin(file, story));
            var site = file.Sites.First(s => s.Id == story.Site);
            var telling = new Telling(report, clock, story.Program, site.Zone);
            telling.Title($"{story.Program} at {site.DisplayName} from {story.Begins:uuuu-MM-dd} (local time, {site.Zone.Id})");
            var company = new Company(network, telling, story.Program, story.Site, site.Zone, seed, cancel);
            try
            {
                var ending = await story.Play(company, root);
                endings.Add((story, telling, ending, "", TimeProvider.System.GetElapsedTime(began)));
            }
            catch (NotAsToldException e)
            {
                telling.NotAsTold(e.Message);
                if (e.Answer is { } answer && !report.Json) report.Refusal(answer);
                endings.Add((story, telling, null, e.Message, TimeProvider.System.GetElapsedTime(began)));
            }
        }

        Summary(report, seed, network.Calls, TimeProvider.System.GetElapsedTime(started), endings);
        return endings.All(e => e.Ending is not null) ? ExitCode.Ok : ExitCode.Failed;
    }

    private static Instant Begin(NetworkFile file, Story story) => (story.Begins + new LocalTime(9, 0)).InZoneLeniently(file.Sites.First(s => s.Id == story.Site).Zone).ToInstant();

    private static void Summary(Report report, int seed, int calls, TimeSpan took, List<(Story Story, Telling Telling, Ending? Ending, string Failure, TimeSpan Took)> endings)
    {
        if (report.Json)
        {
            report.Line(new JsonObject
            {
                ["summary"] = new JsonObject
                {
                    ["asTold"] = endings.All(e => e.Ending is not null),
                    ["seed"] = seed,
                    ["calls"] = calls,
                    ["seconds"] = Math.Round(took.TotalSeconds, 1),
                    ["programs"] = new JsonArray([.. endings.Select(e => (JsonNode)new JsonObject
                    {
                        ["program"] = e.Story.Program,
                        ["asTold"] = e.Ending is not null,
                        ["failure"] = e.Failure.Length > 0 ? e.Failure : null,
                        ["lines"] = e.Telling.Lines,
                        ["refusals"] = e.Telling.Refusals,
                        ["people"] = e.Ending?.People,
                        ["stages"] = e.Ending is { } ending ? new JsonObject(ending.Stages.Select(s => KeyValuePair.Create(s.Key, (JsonNode?)s.Value))) : null,
                        ["medicineSessions"] = e.Ending?.MedicineSessions,
                        ["visits"] = e.Ending?.Visits,
                        ["seconds"] = Math.Round(e.Took.TotalSeconds, 1),
                    })]),
                },
            });
            return;
        }

        var table = Tables.Of("PROGRAM", "AS TOLD", "PEOPLE", "WHERE THEY ARE", "MEDICINE SESSIONS", "REFUSALS", "SECONDS");
        foreach (var (story, telling, ending, _, seconds) in endings)
        {
            table.AddRow(
                story.Program.Cell(),
                (ending is null ? "NO" : "yes").Cell(),
                (ending is null ? "-" : $"{ending.People}").Cell(),
                (ending is null ? "-" : string.Join(", ", ending.Stages.Select(s => $"{s.Value} {s.Key}"))).Cell(),
                (ending is null ? "-" : $"{ending.MedicineSessions}, {ending.Visits} visits").Cell(),
                $"{telling.Refusals}".Cell(),
                seconds.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture).Cell());
        }

        report.Tables.WriteLine();
        report.Tables.Write(table);
        report.Tables.WriteLine();
        report.Tables.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{calls} calls by gRPC, {took.TotalSeconds:0.0} s with the start of the network, seed {seed}; {(endings.All(e => e.Ending is not null) ? "everything went as told" : "NOT everything went as told")}."));
    }
}
