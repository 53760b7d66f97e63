using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Grains.Units;

namespace RttNetwork.Rig.Chaos;

/// <summary>The network that clients act in.</summary>
public sealed record Stage(string Network, string Site, ImmutableArray<StageCohort> Cohorts, ImmutableArray<string> People);

/// <param name="Nurses">Facilitators of its own; none for a cohort without a ratio.</param>
public sealed record StageCohort(string Id, ImmutableArray<string> Nurses);

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
/// Clients that hold, book, cancel, release, staff and read, all over the same few people and cohorts. What they want
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

    public Workload(IDesk desk, Stage stage, Recorder recorder, WorkloadOptions options, int seed)
    {
        (_stage, _recorder) = (stage, recorder);
        _clerks = [.. Enumerable.Range(0, options.Clients).Select(i => new Clerk(i, desk, stage, recorder, options, new Random(HashCode(seed, i))))];
    }

    /// <summary>The subject that a client asks as.</summary>
    public static string SubjectOf(int client) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"clerk-{client}");

    /// <summary>Runs every client until it has done its steps, or until told to stop.</summary>
    public Task Run(CancellationToken stop) => Task.WhenAll(_clerks.Select(c => Task.Run(() => c.Run(stop), CancellationToken.None)));

    /// <summary>
    /// After the faults: asks for everything that is still open until it has an answer, asks again for what was accepted,
    /// and reads everything from the grains and from the projection. What is without an answer after
    /// <paramref name="patience"/> stays open, and what is not shown is not in the record.
    /// </summary>
    public async Task Finish(TimeSpan patience)
    {
        using var enough = new CancellationTokenSource(patience, _recorder.Clock.Time);
        await Task.WhenAll(_clerks.Select(c => Task.Run(() => c.Finish(enough.Token), CancellationToken.None)));
        var reader = _clerks[0];
        var token = await reader.LastCommand(enough.Token);
        // From here on nothing that was true before the last command may be shown.
        await Task.Delay(2 * UnitLimits.FreshFor, _recorder.Clock.Time);
        foreach (var cohort in _stage.Cohorts) await reader.UntilSeen(() => reader.Look(cohort.Id, true), enough.Token);
        foreach (var person in _stage.People) await reader.UntilSeen(() => reader.LookAtPerson(person, true), enough.Token);
        if (token is not null) await reader.UntilSeen(() => reader.List(token), enough.Token);
    }

    /// <summary>Stable over processes, unlike <see cref="System.HashCode"/>: a seed means the same run everywhere.</summary>
    private static int HashCode(int seed, int client) => unchecked((seed * 486187739) + (client * 16777619) + 1);

    /// <summary>One client.</summary>
    private sealed class Clerk(int number, IDesk desk, Stage stage, Recorder recorder, WorkloadOptions options, Random random)
    {
        private const int RememberedMax = 400;
        private readonly string _subject = SubjectOf(number);
        private readonly List<(Wish Wish, int Attempts, Instant At)> _accepted = [];
        private readonly List<(Wish Wish, int Attempts)> _open = [];

        public async Task Run(CancellationToken stop)
        {
            for (var step = 0; step < (options.StepsMax ?? int.MaxValue) && !stop.IsCancellationRequested; step++)
            {
                var roll = random.Next(100);
                if (roll < 12) await Look(Pick(stage.Cohorts).Id, false);
                else if (roll < 18) await LookAtPerson(Pick(stage.People), false);
                else if (roll < 30 && _accepted.Count > 0) await AskAgain(Pick(_accepted), final: false);
                else await Do(NextWish(), stop);
                await Pause(options.PauseMax, stop);
            }
        }

        public async Task Finish(CancellationToken enough)
        {
            foreach (var (wish, attempts) in _open)
            {
                for (var attempt = attempts; !enough.IsCancellationRequested; attempt++)
                {
                    if ((await Ask(wish, attempt, final: true)).Kind != AnswerKind.Unknown) break;
                    await Pause(options.BackoffMax, enough);
                }
            }
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
        private Task<Answer> AskAgain((Wish Wish, int Attempts, Instant At) accepted, bool final)
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
            return answer;
        }

        private void Remember(Wish wish, int attempts)
        {
            if (_accepted.Count == RememberedMax) _accepted.RemoveAt(random.Next(_accepted.Count));
            _accepted.Add((wish, attempts, recorder.Clock.Now));
        }

        private Wish NextWish()
        {
            var requestId = NextRequestId();
            var roll = random.Next(100);
            var cohort = Pick(stage.Cohorts);
            if (roll < 5 && cohort.Nurses.Length > 0)
                return new Wish(requestId, _subject, random.Next(5) < 2 ? Verb.Withdraw : Verb.Assign, Pick(cohort.Nurses), cohort.Id);
            if (roll < 15 && NextTransfer(requestId, cohort.Id) is { } transfer) return transfer;
            var verb = roll switch { < 45 => Verb.Book, < 65 => Verb.Hold, < 88 => Verb.Cancel, _ => Verb.Release };
            // Most cancellations are of something that this client took; the rest find out what happens when there is nothing.
            if (verb is Verb.Cancel or Verb.Release && _accepted.Count > 0 && random.Next(10) < 7)
            {
                var (earlier, _, _) = Pick(_accepted);
                if (!earlier.IsStaffing) return new Wish(requestId, _subject, verb, earlier.Who, earlier.Cohort);
            }
            return new Wish(requestId, _subject, verb, Pick(stage.People), cohort.Id);
        }

        /// <summary>Somebody whom this client seated goes on elsewhere; now and then somebody who may have no seat at all.</summary>
        private Wish? NextTransfer(Guid requestId, string to)
        {
            var (who, from) = _accepted.Count > 0 && random.Next(10) < 8 && Pick(_accepted).Wish is { IsStaffing: false } earlier ? (earlier.Who, earlier.Cohort) : (Pick(stage.People), Pick(stage.Cohorts).Id);
            return from == to ? null : new Wish(requestId, _subject, Verb.Transfer, who, to, from);
        }

        private Guid NextRequestId()
        {
            Span<byte> id = stackalloc byte[16];
            random.NextBytes(id);
            return new Guid(id);
        }

        private int NextGateway() => random.Next(desk.Gateways);

        private T Pick<T>(IReadOnlyList<T> list) => list[random.Next(list.Count)];

        private async Task Pause(TimeSpan max, CancellationToken stop) =>
            await Task.Delay(max * random.NextDouble(), recorder.Clock.Time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
