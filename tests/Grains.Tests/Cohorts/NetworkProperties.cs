using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Extensions.Hosting;
using NodaTime;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Facilitators;
using RttNetwork.Contracts.Measures;
using RttNetwork.Contracts.Participants;
using RttNetwork.Contracts.Pathways;
using RttNetwork.Contracts.Programs;
using RttNetwork.Contracts.Sites;
using RttNetwork.Contracts.Units;
using RttNetwork.Grains.Dispatch;
using RttNetwork.Testing;
using static RttNetwork.Testing.TestNetwork;

namespace RttNetwork.Grains.Tests.Cohorts;

/// <summary>
/// Random commands through real grains on a real database, a few at once: plans, rosters, illnesses, lapses, floods, substitutes, seats, and people on their way
/// from the referral to the last session. What the journal then says is told over by a model that knows lists and loops alone
/// (<see cref="PlainNetwork"/>). The seed of a failure is in its message, and <c>RTT_SEED</c> draws from the same numbers again: which of a few at once comes first is the machine's.
/// </summary>
public sealed class NetworkProperties : IAsyncLifetime
{
    private const int CommandsMin = 3_000;

    /// <summary>A run goes on until somebody was given medicine, for that is what most rules are about; but not for ever.</summary>
    private const int CommandsMax = 4 * CommandsMin;
    private const int AtOnce = 4;
    private static readonly DateTimeZone Zone = DateTimeZoneProviders.Tzdb["America/Vancouver"];
    private static readonly ImmutableArray<string> People = [.. Enumerable.Range(0, 10).Select(i => $"p{i}")];
    private static readonly ImmutableArray<(string Id, string Role)> Team =
        [("md1", "prescriber"), ("md2", "prescriber"), ("rn1", "nurse"), ("rn2", "nurse"), ("rn3", "nurse"), ("rt1", "therapist"), ("rt2", "therapist"), ("rt3", "therapist")];
    private static readonly PathwayPolicyView Policy = new(
        "SMALL-5", 1, [], 90, 2, ["active-psychosis"], ["renal-disorder"], new BloodPressureView(150, 90), 92, new FastingPresetView("usual", Duration.FromHours(6), Duration.FromHours(2)),
        [new ConsentVersion("treatment", 1)], new PreparationView(1, Duration.FromHours(24), 90), 2, 14, true, Duration.FromHours(2), 75,
        ["phq-9"], [new MeasurePointView("baseline", "referral", 0, 60, 0)], new SafetyRegimeView("none", 0, 0));

    private static readonly MeasureDefinitionView Phq9 = new("phq-9", 9, 3, 9, "sum", 27, true, 5, 9);

    private readonly List<(Guid Request, bool Accepted, bool Wrote, string What)> _answers = [];
    private readonly Queue<Func<Task>> _owed = new();
    private readonly Dictionary<string, CohortView> _cohorts = [];
    private readonly Dictionary<(string Person, string Cohort), int> _pods = [];
    private readonly Dictionary<string, int> _refused = [];
    private TestDatabase _database = null!;
    private TestNetwork _network = null!;
    private Random _random = null!;
    private bool _hadMedicine;
    private Instant _now = Now;

    public async Task InitializeAsync()
    {
        _database = await PostgresFixture.CreateDatabase();
        // The dispatcher goes by the machine's clock; here its units are owed, and started late and in any order.
        _network = await Start(_database, configure: silo =>
        {
            foreach (var follower in silo.Services.Where(d => d.ServiceType == typeof(IHostedService) && d.ImplementationType == typeof(Dispatcher)).ToList()) silo.Services.Remove(follower);
        });
    }

    public async Task DisposeAsync()
    {
        await _network.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Thousands_of_random_commands_break_no_invariant_and_end_where_a_plain_model_says()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("RTT_SEED"), NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given : (int)(TimeProvider.System.GetTimestamp() & int.MaxValue);
        try
        {
            _random = new Random(seed);
            await Open();
            while (_answers.Count < CommandsMin || (!_hadMedicine && _answers.Count < CommandsMax))
            {
                Tick();
                var batch = new List<Func<Task>>();
                while (batch.Count < AtOnce)
                {
                    if (await Draw() is { } command) batch.Add(command);
                }
                await Task.WhenAll(batch.Select(c => c()));
            }
            while (_owed.TryDequeue(out var owed)) await owed();
            await Check();
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"RTT_SEED={seed}: {e.Message}", e);
        }
    }

    private async Task Check()
    {
        var journal = await Rig.JournalReader.ReadAll(_database.ConnectionString);
        Rig.JournalChecks.StreamsHaveNoGap(journal);
        Rig.JournalChecks.SeatsHold(journal);
        var model = new PlainNetwork();
        foreach (var entry in journal)
        {
            foreach (var act in entry.Acts) model.Tell(entry.Stream, act);
        }
        // I6: what was accepted is there, once in each stream; what was refused is not there at all.
        var written = journal.SelectMany(e => e.Acts.Where(a => a.RefusedAttempt is null).Select(a => (a.RequestId, e.Stream))).ToLookup(x => x.RequestId, x => x.Stream);
        foreach (var (request, accepted, wrote, what) in _answers)
        {
            Assert.True(written[request].Distinct().Count() == written[request].Count(), $"{what} is twice in a stream");
            Assert.True(wrote == written[request].Any(), $"{what}: accepted {accepted}, and the journal has it in {string.Join(", ", written[request])}");
        }
        // I9 and I10: everybody is in one place, and the grains show what the journal says.
        Assert.Equal(People, model.Stages.Keys.Order(StringComparer.Ordinal));
        foreach (var person in People) Assert.Equal(model.Stages[person], (await Pathway(person)).Stage);
        foreach (var (id, _) in _cohorts)
        {
            var shown = (await _network.Cohort(id).Get(Operator(), _now)).Value!;
            Assert.Equal(model.SeatsBooked(Keys.Cohort(Network, "nanaimo", id)), shown.Seats.Booked);
        }
        // A run in which nothing happens shows nothing.
        var told = $"{_answers.Count(a => a.Wrote)} of {_answers.Count} wrote; {_cohorts.Count} cohorts, {model.Enrolled} enrolments, {model.CheckIns} check-ins, {model.Losses} losses of staff; refused: {string.Join(", ", _refused.OrderByDescending(r => r.Value).Take(12).Select(r => $"{r.Key} {r.Value}"))}";
        Assert.True(_answers.Count(a => a.Wrote) >= 500 && _cohorts.Count >= 3 && model.Enrolled >= 5 && model.CheckIns >= 1 && model.Losses >= 5, told);
    }

    /// <summary>Time goes on by minutes, or to where something happens next; never back.</summary>
    private void Tick()
    {
        var chance = _random.Next(100);
        if (chance < 60)
        {
            _now += Duration.FromMinutes(_random.Next(1, 25));
            return;
        }
        var medicine = _cohorts.Values.SelectMany(c => c.Plan!.Sessions).Any(s => s.Kind == "medicine" && s.StartsAt - Duration.FromHours(2) <= _now && _now < s.StartsAt + s.Length);
        if (chance >= 82 || (medicine && chance >= 65)) return;
        var next = _cohorts.Values.SelectMany(c => c.Plan!.Sessions).Select(s => s.StartsAt - Duration.FromMinutes(_random.Next(0, 90))).Where(t => t > _now).DefaultIfEmpty(_now + Duration.FromHours(20)).Min();
        _now = Instant.Min(next, _now + Duration.FromHours(36));
    }

    private async Task<Func<Task>?> Draw()
    {
        var chance = _random.Next(100);
        var someone = Team[_random.Next(Team.Length)];
        var person = People[_random.Next(People.Length)];
        var cohort = SomeCohort();
        if (chance < 3 || (_cohorts.Count == 0 && chance < 50)) return Plan();
        if (chance < 80) return await Step(person);
        if (chance < 84 && _owed.TryDequeue(out var owed)) return owed;
        var facilitator = _network.Facilitator(someone.Id);
        switch (chance)
        {
            case >= 94 and < 97:
                LocalDate? until = _random.Next(5) == 0 ? _now.InZone(Zone).Date.PlusDays(_random.Next(1, 30)) : null;
                return () => Credential(someone.Id, someone.Role, until);
            case 97:
                var room = _random.Next(2) == 0 ? "hall" : "annex";
                var block = _random.Next(4) == 0;
                return () => Flood(room, block);
            default: break;
        }
        if (cohort is null) return null;
        var key = Keys.Cohort(Network, "nanaimo", cohort);
        switch (chance)
        {
            case < 85:
                return () => Send($"{someone.Id} leaves {cohort}", unit => facilitator.Withdraw(new WithdrawFacilitator(key, "ill"), unit));
            case < 89:
                return () => Send($"{someone.Id} joins {cohort}", unit => facilitator.Assign(new AssignFacilitator(key, someone.Role), unit));
            case < 92:
                var other = Team[_random.Next(Team.Length)];
                var (first, leaving, substitute) = (string.CompareOrdinal(someone.Id, other.Id) < 0 ? someone.Id : other.Id, Keys.Facilitator(Network, someone.Id), Keys.Facilitator(Network, other.Id));
                return someone == other ? null : () => Send($"{other.Id} for {someone.Id} in {cohort}", unit => _network.Facilitator(first).Substitute(new SubstituteFacilitator(key, leaving, substitute, true, "ill"), unit));
            case < 94:
                return () => Send($"{person} accepts {someone.Id} in {cohort}", unit => _network.Cohort(cohort).AcceptSubstitute(new AcceptSubstitute(person, someone.Id), unit));
            default:
                var ask = _random.Next(6) == 0 ? SeatAsk.Cancel : SeatAsk.Release;
                return () => Send($"{person} {ask} {cohort}", unit => _network.Ask(ask, person, cohort, unit));
        }
    }

    /// <summary>One of the steps that the person's pathway says are open, the way forward more often than the ways out; now and then one that is not.</summary>
    private async Task<Func<Task>?> Step(string person)
    {
        var shown = await Pathway(person);
        var anything = _random.Next(12) == 0;
        var steps = shown.Steps.Where(s => anything || s.Refusal is null).Select(s => s.Action)
            .Where(a => anything || a is not ("deferParticipant" or "withdrawParticipant" or "transferOut" or "revokeConsent" or "recordFindings" or "overrideRule" or "leaveWaitList" or "joinWaitList") || _random.Next(shown.Cohort.Length > 0 ? 150 : 25) == 0)
            .Where(a => a is not "beginScreening" || shown.Stage is "referred" or "deferred" or "ineligible" || shown.ScreenedUntil < _now.InZone(Zone).Date || _random.Next(25) == 0)
            .Where(a => a is not "signOff" || shown.SignOffs.Length < 2 || _random.Next(15) == 0)
            .Where(a => a is not "recordMeasure" || shown.Measures.Due.Any(d => d.Record == 0) || _random.Next(25) == 0)
            .Where(a => a is not "giveConsent" || shown.Consents.IsEmpty || _random.Next(15) == 0)
            .ToList();
        if (steps.Count == 0) return null;
        // Who has a seat is where the day's work is.
        string[] work = ["dischargeParticipant", "checkIn", "recordDose", "recordAttendance"];
        var action = steps.Intersect(work).Any() && _random.Next(4) > 0 ? steps.Intersect(work).ElementAt(_random.Next(steps.Intersect(work).Count())) : steps[_random.Next(steps.Count)];
        var (doctor, therapist, nurse) = (Facilitator("md"), Facilitator("rt"), Facilitator("rn"));
        var mine = shown.Cohort.Length > 0 && _random.Next(12) > 0 ? Keys.CohortParts(shown.Cohort).Cohort : SomeCohort();
        var any = SomeCohort();
        if (action is "bookSeat" or "holdSeat")
        {
            var open = _random.Next(8) > 0 ? SomeCohort(takesPeople: true) : any;
            return open is null ? null : () => Take(person, open, action == "bookSeat" ? SeatAsk.Book : SeatAsk.Hold);
        }
        PathwayCommand? command = action switch
        {
            "referParticipant" => new ReferParticipant("nanaimo", "CA-BC", Zone.Id, Policy, "self", null),
            "beginScreening" => new BeginScreening(),
            "recordFindings" => new RecordFindings([_random.Next(8) == 0 ? "active-psychosis" : "renal-disorder"], null),
            "decideCondition" => new DecideCondition(doctor, "renal-disorder", _random.Next(8) > 0),
            "signOff" when shown.SignOffs.All(s => s.Kind != "medical") || _random.Next(6) == 0 => new SignOff(doctor, "medical", _random.Next(20) > 0),
            "signOff" => new SignOff(therapist, "psychological", true),
            "giveConsent" => new GiveConsent("treatment", 1),
            "revokeConsent" => new RevokeConsent("treatment"),
            "joinWaitList" => new MovePathway(PathwayMove.JoinWaitList, "full"),
            "leaveWaitList" => new MovePathway(PathwayMove.LeaveWaitList, "full"),
            "deferParticipant" => new MovePathway(PathwayMove.Defer, "person-asked"),
            "withdrawParticipant" => new MovePathway(PathwayMove.Withdraw, "person-asked"),
            "transferOut" => new MovePathway(PathwayMove.TransferOut, "moved"),
            "completePathway" => new MovePathway(PathwayMove.Complete, "done"),
            "beginFollowUp" => new MovePathway(PathwayMove.BeginFollowUp, "done"),
            "reviewAttendance" => new ReviewAttendance("goes-on"),
            "recordDose" => new RecordDose(nurse, "im"),
            "recordMeasure" => Filled(shown.Measures.Due.Any(d => d.Record == 0) ? "baseline" : "", nurse),
            "assessRisk" => new AssessRisk(therapist, _random.Next(4) == 0 ? "no-medicine-for-now" : "safety-plan-made"),
            "overrideRule" => new OverrideRule(doctor, 29, "signer-away", _now + Duration.FromDays(2)),
            "recordAttendance" when Current(mine, person, medicine: false) is { } at => new RecordAttendance(Key(mine!), at, _random.Next(8) > 0),
            "checkIn" when Current(mine, person, medicine: true) is { } at => new CheckIn(
                nurse, Key(mine!), at, new BloodPressureView(128, 82), 97, _now - Duration.FromHours(8), _now - Duration.FromHours(3), _random.Next(8) > 0, true, true, true, false),
            "dischargeParticipant" when shown.Medicine is [.., { Cohort.Length: > 0 } visit] => new Discharge(doctor, visit.Cohort, visit.Session, new BloodPressureView(128, 82), 97, true, ""),
            "arrangeMakeUp" when any is not null && _random.Next(4) == 0 && Current(any, person, medicine: true, toCome: true) is { } at => new ArrangeMakeUp(Key(any), at, _random.Next(8) > 0),
            "cancelMakeUp" when shown.MakeUp is { } arranged && _random.Next(4) == 0 => new CancelMakeUp(arranged.Cohort, arranged.Session),
            _ => null,
        };
        return command is null ? null : () => OnPathway(person, command, shown);
    }

    /// <summary>Now and then with an answer to question 9, and then mostly with who knows of it.</summary>
    private RecordMeasure Filled(string point, string nurse)
    {
        var alert = _random.Next(5) == 0;
        ImmutableArray<int?> items = [.. Enumerable.Range(0, 8).Select(_ => (int?)_random.Next(4)), alert ? 1 : 0];
        return new RecordMeasure(alert && _random.Next(5) > 0 ? nurse : "", Phq9, items, null, null, point, null, 0);
    }

    private async Task Take(string person, string cohort, SeatAsk ask)
    {
        var answer = await Send($"{person} {ask} {cohort}", unit => _network.Ask(ask, person, cohort, unit));
        if (!answer.IsAccepted) return;
        lock (_pods) _pods[(person, cohort)] = answer.Reply!.Pod;
    }

    private async Task OnPathway(string person, PathwayCommand command, PathwayView before)
    {
        var answer = await Send($"{person} {command}", unit => _network.Participant(person).Pathway(command, unit));
        if (answer.Outcome is not UnitOutcome.Accepted || command is not MovePathway { Move: PathwayMove.Defer or PathwayMove.Withdraw or PathwayMove.TransferOut or PathwayMove.Complete } move) return;
        if (before.MakeUp is { } makeUp) Owe($"{person}'s make-up goes", unit => _network.Participant(person).Pathway(new CancelMakeUp(makeUp.Cohort, makeUp.Session), unit));
        if (before.Cohort.Length > 0 && move.Move is not PathwayMove.Complete) Owe($"{person}'s seat goes", unit => _network.Ask(SeatAsk.Cancel, person, Keys.CohortParts(before.Cohort).Cohort, unit));
    }

    /// <summary>The session of a cohort that is on, or came last; of those to come, any.</summary>
    private int? Current(string? cohort, string person, bool medicine, bool toCome = false)
    {
        if (cohort is null) return null;
        var pod = _pods.GetValueOrDefault((person, cohort));
        var sessions = _cohorts[cohort].Plan!.Sessions.Select((s, i) => (s, i)).Where(x => x.s.Kind == "medicine" == medicine && (toCome || x.s.Pod == pod || _random.Next(8) == 0)).ToList();
        var found = toCome ? sessions.Where(x => x.s.StartsAt > _now).ToList() : sessions.Where(x => x.s.StartsAt - Duration.FromHours(medicine ? 2 : 0) <= _now && (!medicine || _now < x.s.StartsAt + x.s.Length)).TakeLast(4).ToList();
        return found.Count == 0 ? null : found[_random.Next(found.Count)].i;
    }

    private Func<Task> Plan()
    {
        var id = $"c{_cohorts.Count + _random.Next(2)}-{_random.Next(1000):000}";
        var pods = _random.Next(3);
        var seats = pods == 0 ? _random.Next(2, 7) : pods * _random.Next(2, 5);
        var days = Enumerable.Range(0, 2).Select(_ => _random.Next(1, 6)).ToArray();
        var hour = _random.Next(8, 15);
        var startsOn = _now.InZone(Zone).Date.PlusDays(_random.Next(7, 21));
        var template = Template(pods > 0);
        ImmutableArray<RosterEntryView> roster = [.. Team.Where(_ => _random.Next(10) > 0).Select(t => new RosterEntryView(t.Id, t.Role, []))];
        string[] kinds = ["preparation", "medicine", "integration"];
        var command = new PlanCohort(
            Key(id), Keys.Site(Network, "nanaimo"), [.. roster.Select(r => Keys.Facilitator(Network, r.Facilitator)).Order(StringComparer.Ordinal)],
            "A cohort", template, [], startsOn, seats, pods,
            pods == 0
                ? [.. kinds.Select(k => new SlotView(k, 0, days[0], hour * 60, "hall", []))]
                : [.. Enumerable.Range(1, pods).SelectMany(p => kinds.Select(k => new SlotView(k, p, 1 + ((days[p - 1] + p) % 6), hour * 60, p == 1 ? "hall" : "annex", [])))],
            roster, [], [], [], Duration.FromMinutes(15), 3, 3, seats < 2 ? "pilot" : "");
        return async () =>
        {
            var answer = await Send($"plan {id}", unit => _network.Grains.GetGrain<IFacilitatorGrain>(command.Facilitators[0]).Plan(command, unit));
            if (answer.Outcome is not UnitOutcome.Accepted) return;
            lock (_cohorts) _cohorts[id] = answer.Reply!;
            await Send($"require {id}", unit => _network.Cohort(id).RequirePathway(new RequirePathway(Policy), unit));
        };
    }

    private async Task Credential(string id, string role, LocalDate? until)
    {
        var answer = await Send($"{id} until {until}", unit => _network.Facilitator(id).RecordCredential(new RecordCredential(new CredentialView(role, "CA-BC", new LocalDate(2020, 1, 1), until)), unit));
        if (answer.Outcome is not UnitOutcome.Accepted) return;
        foreach (var assignment in answer.Reply!.Assignments) Owe($"{id} recounted", unit => _network.Facilitator(id).RefreshCredential(new RefreshCredential(assignment.Cohort, answer.Reply.Version), unit));
    }

    private async Task Flood(string room, bool block)
    {
        var site = _network.Site("nanaimo");
        var answer = block
            ? await Send($"{room} is flooded", unit => site.BlockRoom(new BlockRoom(room, "flood"), unit))
            : await Send($"{room} is dry", unit => site.UnblockRoom(new UnblockRoom(room), unit));
        if (answer.Outcome is not UnitOutcome.Accepted) return;
        string[] cohorts;
        lock (_cohorts) cohorts = [.. _cohorts.Where(c => c.Value.Plan!.Sessions.Any(s => s.Room == room && s.StartsAt > _now)).Select(c => c.Key)];
        foreach (var cohort in cohorts) Owe($"{cohort} hears of {room}", unit => site.RefreshRoom(new RefreshRoom(Key(cohort), answer.Reply!.Version), unit));
    }

    /// <summary>Sends a command and notes what came of it; one of ten is sent again, and gets the first answer.</summary>
    private async Task<UnitAnswer<TReply>> Send<TReply>(string what, Func<Unit, Task<UnitAnswer<TReply>>> send)
        where TReply : class
    {
        Unit unit;
        bool twice;
        lock (_answers)
        {
            unit = _network.Unit(now: _now);
            twice = _random.Next(10) == 0;
        }
        var answer = await send(unit);
        Assert.True(answer.Outcome is UnitOutcome.Accepted or UnitOutcome.Already or UnitOutcome.Refused, $"{what}: {answer.Outcome}");
        if (twice)
        {
            var again = await send(unit with { Attempt = 1 });
            if (answer.Outcome is UnitOutcome.Accepted) Assert.True(again.Outcome is UnitOutcome.Replayed, $"{what} again: {again.Outcome} {again.Refusal?.Message}");
            // What wrote nothing the first time is decided afresh.
            else answer = again.Outcome is UnitOutcome.Replayed ? throw new InvalidOperationException($"{what} was {answer.Outcome}, and is replayed.") : again;
        }
        lock (_answers)
        {
            _hadMedicine |= answer.Reply is PathwayView { Stage: "in-medicine" };
            _answers.Add((unit.RequestId, answer.IsAccepted, answer.Outcome is UnitOutcome.Accepted, what));
            if (answer.Refusal is { } refusal)
            {
                var why = refusal.Violations is [var first, ..] ? $"{refusal.Reason} by rule {first.Rule}" : refusal.Reason;
                _refused[why] = _refused.GetValueOrDefault(why) + 1;
            }
        }
        return answer;
    }

    private void Owe<TReply>(string what, Func<Unit, Task<UnitAnswer<TReply>>> send)
        where TReply : class
    {
        lock (_owed) _owed.Enqueue(() => Send(what, send));
    }

    private async Task Open()
    {
        await _network.OpenSite(occupancy: 8);
        Accepted(await _network.Site("nanaimo").OpenRoom(new OpenRoom("annex", "Annex", 5), _network.Unit()));
        foreach (var (id, role) in Team)
            Accepted(await _network.Facilitator(id).Register(new RegisterFacilitator("nanaimo", [role], [new CredentialView(role, "CA-BC", new LocalDate(2020, 1, 1), null)]), _network.Unit()));
        foreach (var person in People)
        {
            // Medicine is for people whom an identifier tells apart.
            var identity = Keys.Identity(Network, $"hash-of-{person}");
            Accepted(await _network.Grains.GetGrain<IIdentityGrain>(identity).Claim(new RegisterParticipant(person, "nanaimo", [identity], "", "", null, false, false), _network.Unit()));
        }
    }

    private async Task<PathwayView> Pathway(string person) => (await _network.Participant(person).GetPathway(Operator(), _now)).Value!;

    /// <summary>One whose sessions are not long over.</summary>
    private string? SomeCohort(bool takesPeople = false)
    {
        lock (_cohorts)
        {
            var live = _cohorts.Where(c => c.Value.Plan!.Sessions[^1].StartsAt > _now - Duration.FromDays(1) && (!takesPeople || c.Value.IntakeClosesAt > _now)).Select(c => c.Key).Order(StringComparer.Ordinal).ToList();
            return live.Count == 0 ? null : live[_random.Next(live.Count)];
        }
    }

    private string Facilitator(string prefix)
    {
        var ids = Team.Where(t => t.Id.StartsWith(prefix, StringComparison.Ordinal)).ToList();
        return Keys.Facilitator(Network, ids[_random.Next(ids.Count)].Id);
    }

    private static string Key(string cohort) => Keys.Cohort(Network, "nanaimo", cohort);

    private static ProgramTemplateView Template(bool pods)
    {
        var scope = pods ? "pod" : "cohort";
        return new ProgramTemplateView(
            "SMALL-5", 1, "Five weeks", new LocalDate(2026, 1, 1), null, "participants", 5, pods ? new GroupSizesView(2, 12, 2, 4, 6) : new GroupSizesView(2, 8, 0, 0, 0), ["im", "sl"],
            new MedicineRulesView(14, 1, 24, 90, true), new IntakeRulesView(false, "referral", 2, "first-session", 90, 75, 150, 90, ""), ["therapist", "nurse"],
            [
                Session("preparation", scope, [1], 90, 0, 15, [new("facilitator", 6, 2)]),
                Session("medicine", scope, [2, 4], 240, 120, 30, [new("facilitator", 4, 2), new("therapist", 0, 1), new("nurse", 5, 1), new("prescriber", 0, 1)]),
                Session("integration", scope, [3, 5], 90, 0, 15, [new("facilitator", 6, 2)]),
            ],
            [], null);
    }

    private static SessionTemplateView Session(string id, string scope, ImmutableArray<int> weeks, int minutes, int observation, int turnover, ImmutableArray<StaffingNeedView> staffing) =>
        new(id, id, id, scope, "in-person", weeks, 1, false, 0, 0, minutes, observation, turnover, staffing, [], []);
}
