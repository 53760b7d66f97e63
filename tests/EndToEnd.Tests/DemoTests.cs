using System.Collections.Immutable;
using System.CommandLine;
using System.Text.Json;
using NodaTime;
using RttNetwork.Cli;
using RttNetwork.Cli.Commands;
using RttNetwork.Cli.Demo;
using RttNetwork.Cli.Output;
using RttNetwork.Contracts;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Participants;
using RttNetwork.Domain.Pathways;
using RttNetwork.Grains.Units;
using RttNetwork.Rig;
using RttNetwork.Testing;

namespace RttNetwork.EndToEnd.Tests;

/// <summary>All five stories, played once through real gRPC on a real silo and PostgreSQL, with what they printed and the journal that they left.</summary>
public sealed class PlayedDemo : IAsyncLifetime
{
    private TestDatabase _database = null!;

    public int ExitCode { get; private set; }

    /// <summary>One object for each line of the stories, the summary last.</summary>
    internal ImmutableArray<JsonElement> Lines { get; private set; }

    internal ImmutableArray<ReadEntry> Journal { get; private set; }

    public TimeSpan Took { get; private set; }

    public async Task InitializeAsync()
    {
        _database = await PostgresFixture.CreateDatabase();
        var started = TimeProvider.System.GetTimestamp();
        (ExitCode, Lines) = await Play(DemoCommand.Stories, _database);
        Took = TimeProvider.System.GetElapsedTime(started);
        Journal = await JournalReader.ReadAll(_database.ConnectionString);
    }

    public async Task DisposeAsync() => await _database.DisposeAsync();

    internal static async Task<(int Code, ImmutableArray<JsonElement> Lines)> Play(IReadOnlyList<Story> stories, TestDatabase database)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var root = Surroundings.OfThisProcess().Root;
        var surroundings = new Surroundings { Out = output, Error = error, Variable = _ => null, Root = root };
        var report = Report.For(new Command("demo") { Report.JsonOption() }.Parse(["--json"]), surroundings);
        var code = await DemoCommand.Play(stories, report, root, seed: 7, database.ConnectionString, CancellationToken.None);
        return (code, [.. output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)]);
    }
}

/// <summary><c>rtt demo</c>: the field's programs from the referral to the follow-up, by their own rules.</summary>
public sealed class DemoTests(PlayedDemo demo) : IClassFixture<PlayedDemo>
{
    private JsonElement Summary => demo.Lines[^1].GetProperty("summary");

    [Theory]
    [InlineData("RTT-KaT-12", "follow-up 40, ineligible 1, wait-listed 1", 15, 120, 3)]
    [InlineData("GRIP-8", "follow-up 7, wait-listed 1, withdrawn 1", 2, 13, 2)]
    [InlineData("NUMINUS-GROUP", "enrolled 1, follow-up 6", 3, 17, 3)]
    [InlineData("KAP-INDIVIDUAL", "follow-up 1", 3, 3, 3)]
    [InlineData("IV-SERIES", "follow-up 1", 6, 6, 6)]
    public void A_program_is_played_from_the_referral_to_the_follow_up(string program, string stages, int sessions, int visits, int each)
    {
        Assert.True(demo.ExitCode == 0, $"It ended with {demo.ExitCode}: {demo.Lines[^1]}");
        var told = Summary.GetProperty("programs").EnumerateArray().Single(p => p.GetProperty("program").GetString() == program);
        Assert.True(told.GetProperty("asTold").GetBoolean());
        Assert.Equal((sessions, visits), (told.GetProperty("medicineSessions").GetInt32(), told.GetProperty("visits").GetInt32()));
        Assert.InRange(told.GetProperty("lines").GetInt32(), 10, 120);

        // And the journal says the same, without anybody who printed it.
        var people = Fold(StreamKind.Participant, ParticipantState.Empty).Where(p => p.State.Place?.Program == program).ToList();
        Assert.Equal(stages, string.Join(", ", people.GroupBy(p => p.State.Place!.Stage.Code()).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => $"{g.Key} {g.Count()}")));
        var pathways = Fold(StreamKind.Pathway, PathwayState.Empty).Where(p => p.State.Opened?.Program == program).Select(p => p.State).ToList();
        Assert.Equal(visits, pathways.Sum(p => p.Medicine.Length));
        Assert.Equal(each, pathways.Max(p => p.Medicine.Length));
    }

    [Fact]
    public void No_session_ever_has_more_people_in_it_than_room_and_staff_carry_and_none_that_is_blocked_is_entered()
    {
        var entered = 0;
        foreach (var stream in Streams(StreamKind.Cohort))
        {
            var cohort = CohortState.Empty;
            foreach (var act in stream.SelectMany(e => e.Acts))
            {
                foreach (var e in act.Events.Where(e => e is not Fenced))
                {
                    if (e is PersonCheckedIn inside && cohort.Planned is { } planned)
                        Assert.NotEqual(SessionStanding.Blocked, Cures.Of(cohort, planned.Sessions[inside.Session], act.At));
                    cohort = cohort.Apply(e, act.At);
                    if (e is not PersonCheckedIn { Session: var session }) continue;
                    entered++;
                    Assert.True(cohort.PresentAt(session) <= cohort.CarriedIn(session).Seats, $"{cohort.PresentAt(session)} are in session {session} of {stream[0].Stream}, which carries {cohort.CarriedIn(session).Seats}.");
                }
            }
            Assert.Empty(cohort.Present);
        }
        Assert.Equal(120 + 13 + 17 + 3 + 6, entered);
    }

    [Fact]
    public void Everybody_had_their_days_between_and_their_observation()
    {
        foreach (var pathway in Fold(StreamKind.Pathway, PathwayState.Empty).Select(p => p.State).Where(p => p.Medicine.Length > 0))
        {
            var policy = pathway.Opened!.Policy;
            Assert.All(pathway.Medicine, v => Assert.True(v.DischargedAt >= v.LastDoseAt + policy.ObservationMin));
            for (var i = 1; i < pathway.Medicine.Length; i++)
                Assert.True(Period.DaysBetween(pathway.Medicine[i - 1].Day, pathway.Medicine[i].Day) >= policy.MedicineGapDays);
        }
    }

    [Fact]
    public void The_journal_that_a_demonstration_leaves_is_as_whole_as_any()
    {
        JournalChecks.StreamsHaveNoGap(demo.Journal);
        JournalChecks.SeatsHold(demo.Journal);
    }

    /// <summary>The question that the field leaves open is answered as what it is: a refusal with its numbers, and what would do.</summary>
    [Fact]
    public void Pods_of_eight_with_a_pair_each_are_refused_in_the_story_with_what_would_do()
    {
        var lines = demo.Lines.Where(l => l.TryGetProperty("program", out var p) && p.GetString() == "RTT-KaT-12").ToList();
        var refused = lines.FindIndex(l => l.GetProperty("reason").GetString() == "PLAN_REFUSED");
        Assert.Single(lines, l => l.TryGetProperty("door", out var door) && door.GetProperty("people").EnumerateArray().Count(p => p.GetProperty("standing").GetString() == "in-observation") == 7);
        Assert.Contains("2 nurse are needed for 8 people at 1:5, and 1 can come", lines[refused + 1].GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Contains("A pod of at most 5, 1 more nurse, or a site's own rule pack with its date would do.", lines[refused + 1].GetProperty("text").GetString(), StringComparison.Ordinal);
        string[] reasons = [.. lines.Select(l => l.GetProperty("reason").GetString()).OfType<string>()];
        Assert.Equal(
            ["REFERRAL_REQUIRED", "SAME_SIGNER", "PLAN_REFUSED", "SEAT_FULL", "OBSERVATION_NOT_OVER", "ATTESTATION_MISSING", "SUBSTITUTE_NOT_ACCEPTED", "GROUP_CONSENT_MISSING", "GAP_TOO_SHORT"],
            reasons);
    }

    [Fact]
    public async Task The_same_seed_tells_the_same_story_word_for_word()
    {
        Story[] story = [.. DemoCommand.Stories.Where(s => s.Program == "KAP-INDIVIDUAL")];
        await using var database = await PostgresFixture.CreateDatabase();
        var (code, again) = await PlayedDemo.Play(story, database);
        Assert.Equal(0, code);
        string[] Told(IEnumerable<JsonElement> lines) => [.. lines.Where(l => l.TryGetProperty("program", out var p) && p.GetString() == "KAP-INDIVIDUAL").Select(l => l.ToString())];
        Assert.Equal(Told(demo.Lines), Told(again));
    }

    /// <summary>A story that says what is not so ends at that line, and with another exit code.</summary>
    [Fact]
    public async Task A_story_that_the_network_does_not_answer_as_told_fails()
    {
        await using var database = await PostgresFixture.CreateDatabase();
        var (code, lines) = await PlayedDemo.Play([new Lie()], database);
        Assert.Equal(ExitCode.Failed, code);
        Assert.Contains(lines, l => l.TryGetProperty("turn", out var turn) && turn.GetString() == "not-as-told" && l.GetProperty("text").GetString()!.Contains("REFERRAL_REQUIRED", StringComparison.Ordinal));
        Assert.False(lines[^1].GetProperty("summary").GetProperty("asTold").GetBoolean());
    }

    private sealed class Lie : Story
    {
        public override string Program => "IV-SERIES";

        public override string Site => "vancouver";

        public override LocalDate Begins => new(2028, 3, 6);

        public override async Task<Ending> Play(Company company, string root)
        {
            await Admit(company, await company.Register(1), "self", "vancouver-md1", "vancouver-rt1");
            throw new InvalidOperationException("A person without a referral was admitted.");
        }
    }

    private List<(string Stream, TState State)> Fold<TState>(StreamKind kind, TState empty)
        where TState : Domain.Common.IFold<TState> =>
        [.. Streams(kind).Select(s => (s[0].Stream, s.SelectMany(e => e.Acts).Aggregate(empty, (state, act) => act.Events.Where(e => e is not Fenced).Aggregate(state, (at, e) => at.Apply(e, act.At)))))];

    private List<List<ReadEntry>> Streams(StreamKind kind) =>
        [.. demo.Journal.Where(e => Keys.KindOf(e.Stream) == kind).GroupBy(e => e.Stream).Select(g => g.OrderBy(e => e.Version).ToList())];
}
