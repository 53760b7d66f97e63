using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Grains.Units;

namespace RttNetwork.Rig.Chaos;

/// <summary>How clients behave.</summary>
public sealed record WorkloadOptions
{
    public int Clients { get; init; } = 12;

    /// <summary>Steps of each client; null to go on until told to stop.</summary>
    public int? StepsMax { get; init; }

    /// <summary>A client waits up to so long between two steps.</summary>
    public TimeSpan PauseMax { get; init; } = TimeSpan.FromMilliseconds(40);

    /// <summary>Attempts before a client goes on without an answer; it asks again at the end.</summary>
    public int AttemptsMax { get; init; } = 6;

    /// <summary>A client waits up to so long before another attempt, and longer each time.</summary>
    public TimeSpan BackoffMax { get; init; } = TimeSpan.FromMilliseconds(200);
}

/// <summary>
/// Clients that want and read things, all over the same few people and cohorts. What they want
/// follows from the seed. An unknown answer is asked for again through any door with the same request id; what was
/// accepted is asked again now and then, and what was refused never is.
/// </summary>
public sealed class Workload
{
    /// <summary>A repeat that does not say that it is one is certain of its first answer after this time (and a margin for the clocks).</summary>
    private static readonly Duration UnannouncedAfter = Duration.FromTimeSpan(2 * UnitLimits.FreshFor);
    private readonly ImmutableArray<Clerk> _clerks;
    private readonly Recorder _recorder;
    private readonly Stage _stage;

    /// <param name="wishes">What the clients want.</param>
    public Workload(IDesk desk, Stage stage, IWishes wishes, Recorder recorder, WorkloadOptions options, int seed)
    {
        (_stage, _recorder) = (stage, recorder);
        _clerks = [.. Enumerable.Range(0, options.Clients).Select(i => new Clerk(i, desk, stage, wishes, recorder, options, new Random(HashCode(seed, i))))];
    }

    /// <summary>The subject that a client asks as.</summary>
    public static string SubjectOf(int client) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"clerk-{client}");

    /// <summary>Runs every client until it has done its steps, or until told to stop.</summary>
    public Task Run(CancellationToken stop) => Task.WhenAll(_clerks.Select(c => Task.Run(() => c.Run(stop), CancellationToken.None)));

    /// <summary>
    /// After the faults: asks for everything that is still open until it has an answer, asks again for what was accepted,
    /// and reads everything from the grains and from the projection. Each of these steps has its time: what is without an answer after
    /// <paramref name="patience"/> stays open, and what is not shown is not in the record.
    /// </summary>
    public async Task Finish(TimeSpan patience)
    {
        await All((c, enough) => c.AskForWhatIsOpen(enough));
        await All((c, enough) => c.End(enough));
        await All((c, enough) => c.AskAgainForAll(enough));
        using var enough = new CancellationTokenSource(patience, _recorder.Clock.Time);
        var reader = _clerks[0];
        var token = await reader.LastCommand(enough.Token);
        // From here on nothing that was true before the last command may be shown.
        await Task.Delay(2 * UnitLimits.FreshFor, _recorder.Clock.Time);
        foreach (var cohort in _stage.Cohorts) await reader.UntilSeen(() => reader.Look(cohort.Id, true), enough.Token);
        foreach (var person in _stage.People) await reader.UntilSeen(() => reader.LookAtPerson(person, true), enough.Token);
        if (token is null) return;
        await reader.UntilSeen(() => reader.List(token), enough.Token);
        foreach (var site in _stage.Referring) await reader.UntilSeen(() => reader.Worklist(site, token), enough.Token);

        // What there is to ask again grows with the run: each step has its own time.
        async Task All(Func<Clerk, CancellationToken, Task> does)
        {
            using var step = new CancellationTokenSource(patience, _recorder.Clock.Time);
            await Task.WhenAll(_clerks.Select(c => Task.Run(() => does(c, step.Token), CancellationToken.None)));
        }
    }

    /// <summary>Stable over processes, unlike <see cref="System.HashCode"/>: a seed means the same run everywhere.</summary>
    private static int HashCode(int seed, int client) => unchecked((seed * 486187739) + (client * 16777619) + 1);

    /// <summary>One client.</summary>
    private sealed class Clerk(int number, IDesk desk, Stage stage, IWishes wishes, Recorder recorder, WorkloadOptions options, Random random)
    {
        private const int RememberedMax = 400;
        private readonly string _subject = SubjectOf(number);
        private readonly List<Remembered> _accepted = [];
        private readonly List<(Wish Wish, int Attempts)> _open = [];

        public async Task Run(CancellationToken stop)
        {
            for (var step = 0; step < (options.StepsMax ?? int.MaxValue) && !stop.IsCancellationRequested; step++)
            {
                var roll = random.Next(100);
                if (roll < 12) await Look(random.Pick(stage.Cohorts).Id, false);
                else if (roll < 18) await LookAtPerson(random.Pick(stage.People), false);
                else if (roll < 30 && _accepted.Count > 0) await AskAgain(random.Pick(_accepted), final: false);
                else await Do(wishes.Next(random, NextRequestId(), _subject, _accepted, recorder.Clock.Now), stop);
                await Pause(options.PauseMax, stop);
            }
        }

        public async Task AskForWhatIsOpen(CancellationToken enough)
        {
            foreach (var (wish, attempts) in _open) await Insist(wish, attempts, enough);
        }

        /// <summary>Brings to its end what must have one.</summary>
        public async Task End(CancellationToken enough)
        {
            while (!enough.IsCancellationRequested && wishes.Ending(NextRequestId(), _subject) is { } wish) await Insist(wish, 0, enough);
        }

        public async Task AskAgainForAll(CancellationToken enough)
        {
            foreach (var accepted in _accepted)
            {
                while (!enough.IsCancellationRequested && (await AskAgain(accepted, final: true)).Kind == AnswerKind.Unknown) await Pause(options.BackoffMax, enough);
            }
        }

        /// <summary>A command after all others, so that its token includes them: a nurse of a cohort joins it, or has already.</summary>
        public async Task<string?> LastCommand(CancellationToken enough)
        {
            var cohort = stage.Cohorts.First(c => !c.Nurses.IsEmpty);
            var wish = new Wish(NextRequestId(), _subject, Verb.Assign, cohort.Nurses[0], cohort.Id);
            for (var attempt = 0; !enough.IsCancellationRequested; attempt++)
            {
                var answer = await Ask(wish, attempt, final: true);
                if (answer.Token is { Length: > 0 } token) return token;
                // An answer that was repeated has no token of its own, nor has one that others were faster than: then another command.
                if (answer.Kind != AnswerKind.Unknown) (wish, attempt) = (wish with { RequestId = NextRequestId() }, -1);
                await Pause(options.BackoffMax, enough);
            }
            return null;
        }

        public async Task<bool> UntilSeen(Func<Task<bool>> look, CancellationToken enough)
        {
            while (!enough.IsCancellationRequested)
            {
                if (await look()) return true;
                await Pause(options.BackoffMax, enough);
            }
            return false;
        }

        public async Task<bool> Look(string cohort, bool final)
        {
            var (gateway, began) = (NextGateway(), recorder.Clock.Now);
            if (await desk.Look(cohort, _subject, gateway) is not { } seen) return false;
            recorder.Saw(new SawCohort(number, gateway, began, recorder.Clock.Now, final, seen));
            return true;
        }

        public async Task<bool> LookAtPerson(string person, bool final)
        {
            var (gateway, began) = (NextGateway(), recorder.Clock.Now);
            if (await desk.LookAtPerson(person, _subject, gateway) is not { } seen) return false;
            recorder.Saw(new SawPerson(number, gateway, began, recorder.Clock.Now, final, seen));
            return true;
        }

        public async Task<bool> List(string atLeast)
        {
            var (gateway, began) = (NextGateway(), recorder.Clock.Now);
            if (await desk.List(atLeast, _subject, gateway) is not { } rows) return false;
            foreach (var row in rows) recorder.Saw(new SawList(number, gateway, began, recorder.Clock.Now, true, row));
            return true;
        }

        public async Task<bool> Worklist(string site, string atLeast)
        {
            var (gateway, began) = (NextGateway(), recorder.Clock.Now);
            if (await desk.Worklist(site, atLeast, _subject, gateway) is not { } referrals) return false;
            recorder.Saw(new SawWorklist(number, gateway, began, recorder.Clock.Now, true, site, referrals));
            return true;
        }

        private async Task Insist(Wish wish, int attempts, CancellationToken enough)
        {
            for (var attempt = attempts; !enough.IsCancellationRequested; attempt++)
            {
                if ((await Ask(wish, attempt, final: true)).Kind != AnswerKind.Unknown) break;
                await Pause(options.BackoffMax, enough);
            }
        }

        private async Task Do(Wish wish, CancellationToken stop)
        {
            for (var attempt = 0; ; attempt++)
            {
                var answer = await Ask(wish, attempt, final: false);
                if (answer.Kind == AnswerKind.Accepted) Remember(wish, attempt + 1);
                if (answer.Kind != AnswerKind.Unknown) return;
                if (attempt + 1 >= options.AttemptsMax || stop.IsCancellationRequested)
                {
                    _open.Add((wish, attempt + 1));
                    return;
                }
                await Pause(options.BackoffMax * (attempt + 1), stop);
            }
        }

        /// <summary>A command that was accepted, once more: as a retry that says so, or as one that does not know any more that it is.</summary>
        private Task<Answer> AskAgain(Remembered accepted, bool final)
        {
            var unannounced = random.Next(2) == 0 && recorder.Clock.Now - accepted.At > UnannouncedAfter;
            return Ask(accepted.Wish, unannounced ? 0 : accepted.Attempts, final);
        }

        private async Task<Answer> Ask(Wish wish, int attempt, bool final)
        {
            var gateway = NextGateway();
            recorder.Asks(number, gateway, wish, attempt);
            var began = recorder.Clock.Now;
            var answer = await desk.Ask(wish, gateway, attempt);
            recorder.Saw(new Asked(number, gateway, began, recorder.Clock.Now, final, wish, attempt, answer));
            wishes.Learn(wish, answer);
            return answer;
        }

        private void Remember(Wish wish, int attempts)
        {
            if (_accepted.Count == RememberedMax) _accepted.RemoveAt(random.Next(_accepted.Count));
            _accepted.Add(new Remembered(wish, attempts, recorder.Clock.Now));
        }

        private Guid NextRequestId()
        {
            Span<byte> id = stackalloc byte[16];
            random.NextBytes(id);
            return new Guid(id);
        }

        private int NextGateway() => random.Next(desk.Gateways);

        private async Task Pause(TimeSpan max, CancellationToken stop) =>
            await Task.Delay(max * random.NextDouble(), recorder.Clock.Time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
