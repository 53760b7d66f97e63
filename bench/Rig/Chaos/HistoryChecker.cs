using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Facilitators;
using RttNetwork.Domain.Participants;
using RttNetwork.Domain.Pathways;
using RttNetwork.Domain.Referrals;
using RttNetwork.Grains.Units;
using DomainRefusal = RttNetwork.Domain.Common.Refusal;

namespace RttNetwork.Rig.Chaos;

/// <summary>
/// Compares what clients saw with what the journal holds. Knows nothing of how either came about: no faults, no
/// silos. All processes of a run are on one machine, so that their clocks are one.
/// </summary>
public sealed class HistoryChecker
{
    /// <summary>How far the clock of the rig and that of the database may be apart.</summary>
    private static readonly Duration ClockSlack = Duration.FromMilliseconds(20);
    private static readonly Duration FreshFor = Duration.FromTimeSpan(UnitLimits.FreshFor);
    private const int ViolationsMax = 200;

    private readonly History _history;
    private readonly Folds _folds;
    private readonly Told _told = new();
    private readonly List<Violation> _violations = [];
    // Which act, of which entry, by the subject and request id of its command.
    private readonly ILookup<(string Subject, Guid RequestId), (ReadEntry Entry, Act Act)> _acts;

    private HistoryChecker(History history)
    {
        _history = history;
        _folds = new Folds(history.Journal);
        _acts = (from entry in history.Journal from act in entry.Acts where act.RequestId != Guid.Empty && act.RefusedAttempt is null select (entry, act))
            .ToLookup(x => (x.act.Subject, x.act.RequestId));
    }

    public static Verdict Check(History history) => new HistoryChecker(history).Check();

    private Verdict Check()
    {
        var commands = _history.Steps.OfType<Asked>().GroupBy(s => (s.Wish.Subject, s.Wish.RequestId))
            .Select(g => g.OrderBy(s => s.Ended).ToList()).ToList();
        foreach (var step in _history.Steps) Hear(step);
        _told.Order();

        _violations.AddRange(Invariants.Gaps(_history.Journal));
        _violations.AddRange(Invariants.AtEveryPrefix(_history.Journal));
        var receipts = _history.Receipts.Select(r => (r.Subject, r.RequestId)).ToHashSet();
        foreach (var attempts in commands) Command(attempts, receipts);
        Phantoms(commands.Select(c => (c[0].Wish.Subject, c[0].Wish.RequestId)).ToHashSet(), receipts);
        foreach (var step in _history.Steps)
        {
            switch (step)
            {
                case SawCohort s: Cohort(s); break;
                case SawPerson s: Person(s); break;
                case SawList s: List(s); break;
                case SawWorklist s: Worklist(s); break;
                default: break;
            }
        }
        NothingMissing();
        var known = commands.Select(c => c.FirstOrDefault(s => !s.IsFinal && s.Answer.Kind != AnswerKind.Unknown)?.Answer.Kind ?? AnswerKind.Unknown).ToList();
        return new Verdict(
            known.Count(k => k == AnswerKind.Accepted), known.Count(k => k == AnswerKind.Refused), known.Count(k => k == AnswerKind.Unknown), [.. _violations.Take(ViolationsMax)],
            _folds.Referrals.Where(r => r.State.Form is not null).GroupBy(r => ReferralRules.Code(r.State.Status)).ToImmutableSortedDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal));
    }

    private void Wrong(ViolationKind kind, string sentence) => _violations.Add(new Violation(kind, sentence));

    /// <summary>Remembers what a step told its client.</summary>
    private void Hear(Step step)
    {
        switch (step)
        {
            case Asked { Answer.Kind: AnswerKind.Accepted } s:
                foreach (var (entry, _) in _acts[(s.Wish.Subject, s.Wish.RequestId)])
                {
                    // What was told before it was there is reported as such, and no reason to call others stale.
                    if (entry.RecordedAt <= s.Ended + ClockSlack) _told.Add(entry.Stream, entry.Version, s.Ended);
                }
                break;
            case SawCohort { Cohort.Version: { } version } s:
                _told.Add(_history.KeyOf(s.Cohort.Cohort), Math.Min(version, _folds.Cohort(_history.KeyOf(s.Cohort.Cohort)).Head), s.Ended);
                break;
            case SawPerson s:
                var key = Keys.Participant(_history.Stage.Network, s.Person.Person);
                _told.Add(key, Math.Min(s.Person.Version, _folds.Person(key).Head), s.Ended);
                break;
            default:
                break;
        }
    }

    /// <summary>All attempts of one command, in the order in which they were answered.</summary>
    private void Command(List<Asked> attempts, HashSet<(string, Guid)> receipts)
    {
        var wish = attempts[0].Wish;
        var name = $"{wish.Verb} of {wish.Who} in {wish.Cohort} ({wish.RequestId})";
        var acts = _acts[(wish.Subject, wish.RequestId)].ToList();
        var hasReceipt = receipts.Contains((wish.Subject, wish.RequestId));

        foreach (var twice in acts.GroupBy(a => a.Entry.Stream).Where(g => g.Count() > 1))
            Wrong(ViolationKind.Duplicated, $"{name} stands in {twice.Key} at {string.Join(" and ", twice.Select(a => a.Entry.Version))}.");
        if (acts.Select(a => a.Entry.Xid).Distinct().Count() > 1)
            Wrong(ViolationKind.Duplicated, $"{name} was written by {acts.Select(a => a.Entry.Xid).Distinct().Count()} transactions.");

        var first = attempts.FirstOrDefault(s => s.Answer.Kind != AnswerKind.Unknown);
        if (first is null)
            Wrong(ViolationKind.Undecided, $"{name} has no answer after {attempts.Count} attempts, the last: {attempts[^1].Answer.Reason}.");
        else if (first.Answer.Kind == AnswerKind.Accepted)
            Accepted(name, first, attempts, acts, hasReceipt);
        else
            Refused(name, first, attempts, acts, hasReceipt);
    }

    private void Accepted(string name, Asked first, List<Asked> attempts, List<(ReadEntry Entry, Act Act)> acts, bool hasReceipt)
    {
        foreach (var other in attempts.Where(s => s.Answer.Kind == AnswerKind.Refused || (s.Answer.Kind == AnswerKind.Accepted && s.Answer.Reply != first.Answer.Reply)))
            Wrong(ViolationKind.SecondAnswer, $"{name} was accepted at {first.Ended} and then answered {other.Answer.Reason ?? other.Answer.Reply} at {other.Ended} (attempt {other.Attempt}); first: {first.Answer.Reply}.");
        var subject = first.Answer.Referral is { } referral ? Keys.Referral(_history.Stage.Network, referral.Id) : _history.KeyOf(first.Wish.Cohort);
        if (acts.All(a => a.Entry.Stream != subject))
        {
            Wrong(ViolationKind.Lost, $"{name} was accepted at {first.Ended} and is not in {subject}.");
            return;
        }
        var who = _history.KeyOf(first.Wish);
        if (acts.Any(a => a.Entry.Stream == subject && ConcernsThePerson(a.Act)) && acts.All(a => a.Entry.Stream != who))
            Wrong(ViolationKind.Lost, $"{name} was accepted at {first.Ended} and is not in {who}.");
        if (!hasReceipt) Wrong(ViolationKind.NoReceipt, $"{name} was accepted and has no receipt.");
        if (acts.Max(a => a.Entry.RecordedAt) > first.Ended + ClockSlack)
            Wrong(ViolationKind.ToldTooEarly, $"{name} was told at {first.Ended} and recorded at {acts.Max(a => a.Entry.RecordedAt)}.");
        if (first.Answer.Seat is { } seat) Reply(name, first.Wish, seat, acts.First(a => a.Entry.Stream == subject).Entry);
        if (first.Answer.Referral is { } told) Reply(name, first.Wish, told, acts.First(a => a.Entry.Stream == subject).Entry);
        if (first.Wish.Verb is Verb.Transfer or Verb.Accept && acts.FirstOrDefault(a => a.Entry.Stream == who).Entry is { } entry) NoFewer(name, first.Wish, entry);
    }

    /// <summary>What is done to a seat or to a facilitator is written to the person too; of a referral, its beginning and its end are.</summary>
    private static bool ConcernsThePerson(Act act) => act.Events.Any(e => e is not (ReferralReceived or ReferralTriaged or ReferralCancelRequested or ReferralCompleted));

    /// <summary>Who moves has as many seats as before, and the one that was asked for.</summary>
    private void NoFewer(string name, Wish wish, ReadEntry entry)
    {
        if (_folds.Person(entry.Stream).At(entry.Version - 1) is not { } before || _folds.Person(entry.Stream).At(entry.Version) is not { } after) return;
        if (after.Enrolments.Count(e => e.IsBooked) < before.Enrolments.Count(e => e.IsBooked))
            Wrong(ViolationKind.SeatLost, $"{name}: {entry.Stream} has fewer seats at version {entry.Version} than before.");
        if (after.Enrolments.All(e => e.Cohort != _history.KeyOf(wish.Cohort)))
            Wrong(ViolationKind.SeatLost, $"{name}: {entry.Stream} has no seat there at version {entry.Version}.");
    }

    /// <summary>The reply shows the referral as it was right after the command.</summary>
    private void Reply(string name, Wish wish, ReferralSeen told, ReadEntry entry)
    {
        if (_folds.Referral(entry.Stream).At(entry.Version - 1) is not { } state) return;           // a gap, which is reported
        foreach (var act in entry.Acts)
        {
            state = Fold<ReferralState>.Apply(state, act);
            if (act.RequestId != wish.RequestId || act.Subject != wish.Subject) continue;
            if (ReferralRules.Code(state.Status) != told.Status) Wrong(ViolationKind.FalseReply, $"{name} was answered {told}; the journal has {ReferralRules.Code(state.Status)}.");
            return;
        }
    }

    /// <summary>The reply shows the seat as it was right after the command.</summary>
    private void Reply(string name, Wish wish, SeatSeen told, ReadEntry entry)
    {
        if (_folds.Cohort(entry.Stream).At(entry.Version - 1) is not { } state) return;             // a gap, which is reported
        foreach (var act in entry.Acts)
        {
            state = Fold<CohortState>.Apply(state, act);
            if (act.RequestId != wish.RequestId || act.Subject != wish.Subject) continue;
            var seat = state.SeatOf(wish.Who) is { } taken && taken.IsTakenAt(act.At)
                ? new SeatSeen(taken.IsBooked ? Seated.Booked : Seated.Held, taken.HeldUntil, taken.BookedAt)
                : new SeatSeen(Seated.None, null, null);
            if (seat != told) Wrong(ViolationKind.FalseReply, $"{name} was answered {told}; the journal has {seat}.");
            return;
        }
    }

    private void Refused(string name, Asked refused, List<Asked> attempts, List<(ReadEntry Entry, Act Act)> acts, bool hasReceipt)
    {
        if (acts.Count > 0)
            Wrong(ViolationKind.RefusedWithEffect, $"{name} was refused ({refused.Answer.Reason}) at {refused.Ended} and stands in {acts[0].Entry.Stream} at {acts[0].Entry.Version}, recorded at {acts[0].Entry.RecordedAt}.");
        else if (hasReceipt)
            Wrong(ViolationKind.RefusedWithEffect, $"{name} was refused ({refused.Answer.Reason}) and has a receipt.");
        if (attempts.Any(s => s.Answer.Kind == AnswerKind.Accepted))
            Wrong(ViolationKind.SecondAnswer, $"{name} was refused ({refused.Answer.Reason}) and later accepted.");
        if (acts.Count == 0 && !IsJustified(refused))
            Wrong(ViolationKind.UnjustifiedRefusal, $"{name} was refused ({refused.Answer.Reason}) between {refused.Began} and {refused.Ended}, for which no state of that time gives a reason.");
    }

    /// <summary>Some state of both streams that the network may have judged on, at some instant of the attempt, refuses for that reason.</summary>
    private bool IsJustified(Asked refused)
    {
        // Others were faster three times over: that leaves no state to point at.
        if (refused.Answer.Reason == "CONCURRENT_CHANGE") return true;
        var wish = refused.Wish;
        var (cohortKey, who) = (_history.KeyOf(wish.Cohort), _history.KeyOf(wish));
        var (since, until) = (refused.Began - FreshFor - ClockSlack, refused.Ended + ClockSlack);
        var cohorts = _folds.Cohort(cohortKey).Between(_told.Before(cohortKey, since), until).ToList();
        var instants = cohorts.SelectMany(c => c.Seats.Values).Select(s => s.HeldUntil).OfType<Instant>()
            .Where(h => h > refused.Began && h <= refused.Ended).Append(refused.Began).Append(refused.Ended).Distinct().ToList();
        if (wish.IsReferring) return Referring(wish, cohorts, since, until, instants).Any(r => r is not null && Refusals.ToContract(r).Reason == refused.Answer.Reason);
        if (wish.Verb is Verb.Transfer) return Transfer(wish, cohorts, since, until, instants).Any(r => r is not null && Refusals.ToContract(r).Reason == refused.Answer.Reason);
        var reasons = wish.IsStaffing
            ? from facilitator in _folds.Facilitator(who).Between(_told.Before(who, since), until)
              from cohort in cohorts
              from now in instants
              select Staff(wish, facilitator, cohort, cohortKey, now)
            : from person in _folds.Person(who).Between(_told.Before(who, since), until)
              from cohort in cohorts
              from now in instants
              from refusal in Seat(wish, person, cohort, cohortKey, now)
              select refusal;
        return reasons.Any(r => r is not null && Refusals.ToContract(r).Reason == refused.Answer.Reason);
    }

    /// <summary>What the person, the cohort that is left and the one that is joined may have said, each for itself.</summary>
    private IEnumerable<DomainRefusal?> Transfer(Wish wish, List<CohortState> joined, Instant since, Instant until, List<Instant> instants)
    {
        var (who, to, from) = (_history.KeyOf(wish), _history.KeyOf(wish.Cohort), _history.KeyOf(wish.From!));
        var left = _folds.Cohort(from).Between(_told.Before(from, since), until).ToList();
        var template = new TemplateOf(joined[0].Plan!.Program, joined[0].Plan!.TemplateVersion);
        foreach (var person in _folds.Person(who).Between(_told.Before(who, since), until))
        {
            foreach (var now in instants.Concat(person.Enrolments.Select(e => e.HeldUntil).OfType<Instant>().Where(h => h > since && h <= until)))
            {
                yield return Relocation.MayNotMove(person, null, [from], now);
                foreach (var cohort in left) yield return Relocation.Leave(person.Facts(wish.Who), cohort, from, template, Stages.TransferReason, now)?.Refusal;
                foreach (var cohort in joined) yield return Relocation.Join(person.Facts(wish.Who), cohort, to, new Leaving([from]), template, now).Refusal;
            }
        }
    }

    /// <summary>What the referral, the person and the cohorts may have said, each for itself.</summary>
    private IEnumerable<DomainRefusal?> Referring(Wish wish, List<CohortState> joined, Instant since, Instant until, List<Instant> instants)
    {
        var (who, to) = (_history.KeyOf(wish), _history.KeyOf(wish.Cohort));
        var key = wish.Referral is { } id ? Keys.Referral(_history.Stage.Network, id) : "";
        var referrals = wish.Verb is Verb.Refer ? [ReferralState.Empty] : _folds.Referral(key).Between(_told.Before(key, since), until).ToList();
        var people = _folds.Person(who).Between(_told.Before(who, since), until).ToList();
        var (dueMin, template) = (Duration.FromTimeSpan(Stages.DueMin), new TemplateOf(Stages.Program, 0));
        foreach (var referral in referrals)
        {
            foreach (var now in instants)
            {
                switch (wish.Verb)
                {
                    case Verb.Refer:
                        var form = FormOf(wish, now);
                        yield return ReferralRules.Send(referral, form, "", dueMin, now).Refusal;
                        foreach (var person in people)
                        {
                            yield return Relocation.MayNotBeReferred(person, form);
                            var leaving = new Leaving(Relocation.GivenBack(person.Enrolments, person.Place, form.Leaves, "", to, now));
                            foreach (var cohort in joined) yield return Relocation.Keep(person.Facts(wish.Who), cohort, to, leaving, template, "", form.DueAt, now).Refusal;
                        }
                        break;
                    case Verb.Accept:
                        yield return ReferralRules.Accept(referral, null, to, [], "", now).Refusal;
                        // Who decides within a second of its sending may have been judged by somebody who had not heard of it.
                        if (referral.Form is not { } sent) break;
                        foreach (var person in people)
                        {
                            // Of somebody on a pathway that has gone on elsewhere since.
                            yield return ReferralRules.Accept(referral, person.Place, to, [], "", now).Refusal;
                            yield return Relocation.MayNotMove(person, key, [], now);
                            var leaving = new Leaving(Relocation.GivenBack(person.Enrolments, person.Place, sent.Leaves, referral.HeldIn, to, now));
                            foreach (var cohort in joined) yield return Relocation.Join(person.Facts(wish.Who), cohort, to, leaving, template, now).Refusal;
                        }
                        break;
                    default:
                        yield return (wish.Verb switch
                        {
                            Verb.Receive => ReferralRules.Receive(referral),
                            Verb.Triage => ReferralRules.Triage(referral, Priority.High),
                            Verb.Decline => ReferralRules.Decline(referral, Stages.DeclineReason),
                            Verb.TakeBack => ReferralRules.Withdraw(referral, Stages.TakeBackReason),
                            Verb.LetGo => ReferralRules.ConfirmWithdrawal(referral),
                            Verb.Complete => ReferralRules.Complete(referral, Stages.Outcome),
                            _ => throw new InvalidOperationException($"{wish.Verb} is not about a referral."),
                        }).Refusal;
                        break;
                }
            }
        }
    }

    private ReferralForm FormOf(Wish wish, Instant now) => new(
        wish.Who, wish.Source!, "", StageCohort.PartsOf(wish.Cohort).Site, "", Stages.Program, _history.KeyOf(wish.Cohort), wish.From is { } from ? _history.KeyOf(from) : "",
        Priority.Routine, Stages.ReferReason, "", now, wish.DueAt!.Value, null, true);

    private static DomainRefusal? Staff(Wish wish, FacilitatorState facilitator, CohortState cohort, string cohortKey, Instant now) =>
        (wish.Verb == Verb.Assign
            ? Staffing.Assign(facilitator, wish.Who, 0, cohort, cohortKey, Stages.Role, now)
            : Staffing.Withdraw(wish.Who, cohort, cohortKey, Stages.StaffingReason, now)).Refusal;

    private static IEnumerable<DomainRefusal?> Seat(Wish wish, ParticipantState person, CohortState cohort, string cohortKey, Instant now)
    {
        var facts = person.Facts(wish.Who);
        if (wish.Verb is Verb.Hold or Verb.Book)
        {
            yield return Booking.WithoutThePerson(wish.Who, cohort, now);
            yield return ParticipantRules.MayTakeSeat(person, now);
        }
        yield return (wish.Verb switch
        {
            Verb.Hold => Booking.Hold(facts, cohort, cohortKey, wish.Subject, now),
            Verb.Book => Booking.Book(facts, cohort, cohortKey, now),
            Verb.Cancel => Booking.Cancel(facts, cohort, cohortKey, Stages.CancelReason, now),
            Verb.Release => Booking.Release(facts, cohort, cohortKey, now),
            _ => throw new InvalidOperationException($"{wish.Verb} is not about a seat."),
        }).Refusal;
    }

    /// <summary>Nothing stands in the journal or among the receipts that none of the clients asked for.</summary>
    private void Phantoms(HashSet<(string Subject, Guid)> commands, HashSet<(string Subject, Guid RequestId)> receipts)
    {
        var subjects = commands.Select(c => c.Subject).ToHashSet();
        foreach (var key in _acts.Select(a => a.Key).Concat(receipts).Distinct().Where(k => subjects.Contains(k.Subject) && !commands.Contains(k)))
            Wrong(ViolationKind.Phantom, $"Nobody asked for {key.RequestId} as {key.Subject}.");
    }

    private void Cohort(SawCohort step)
    {
        var (seen, key) = (step.Cohort, _history.KeyOf(step.Cohort.Cohort));
        var fold = _folds.Cohort(key);
        if (seen.Version is not { } version || fold.At(version) is not { } state)
        {
            Wrong(ViolationKind.FalseRead, $"{key} was shown at version {seen.Version}, which it never had.");
            return;
        }
        Fresh(key, version, step);
        if (fold.RecordedAt(version) > step.Ended + ClockSlack) Wrong(ViolationKind.ToldTooEarly, $"{key}@{version} was shown at {step.Ended} and recorded at {fold.RecordedAt(version)}.");
        if (Differs(seen, state, seen.AsOf ?? step.Ended) is { } difference) Wrong(ViolationKind.FalseRead, $"{key}@{version} was shown with {difference}.");
        if (step.IsFinal && version != fold.Head) Wrong(ViolationKind.FalseEnd, $"{key} ends at version {fold.Head} and its grain shows {version}.");
    }

    private void Person(SawPerson step)
    {
        var key = Keys.Participant(_history.Stage.Network, step.Person.Person);
        var fold = _folds.Person(key);
        var version = step.Person.Version;
        if (fold.At(version) is not { } state)
        {
            Wrong(ViolationKind.FalseRead, $"{key} was shown at version {version}, which it never had.");
            return;
        }
        Fresh(key, version, step);
        if (fold.RecordedAt(version) > step.Ended + ClockSlack) Wrong(ViolationKind.ToldTooEarly, $"{key}@{version} was shown at {step.Ended} and recorded at {fold.RecordedAt(version)}.");
        // Holds that ended while the question was on its way may be shown or not.
        var seats = state.Enrolments.Select(e => (Cohort: Keys.IdOf(e.Cohort), State: e.IsBooked ? Seated.Booked : Seated.Held, e.HeldUntil)).ToList();
        foreach (var seat in step.Person.Seats)
        {
            if (!seats.Any(s => s.Cohort == seat.Cohort && s.State == seat.State && (s.HeldUntil is null || s.HeldUntil >= step.Began - ClockSlack)))
                Wrong(ViolationKind.FalseRead, $"{key}@{version} was shown with a seat {seat.State} in {seat.Cohort}.");
        }
        foreach (var (cohort, seated, heldUntil) in seats)
        {
            if ((heldUntil is null || heldUntil > step.Ended + ClockSlack) && !step.Person.Seats.Contains(new PersonSeat(cohort, seated)))
                Wrong(ViolationKind.FalseRead, $"{key}@{version} was shown without its seat {seated} in {cohort}.");
        }
        if (step.IsFinal && version != fold.Head) Wrong(ViolationKind.FalseEnd, $"{key} ends at version {fold.Head} and its grain shows {version}.");
    }

    private void List(SawList step)
    {
        var key = _history.KeyOf(step.Cohort.Cohort);
        var fold = _folds.Cohort(key);
        if (fold.At(fold.Head) is not { } state) return;
        // A list does not say when holds were judged: some instant of the question must fit.
        var instants = state.Seats.Values.Select(s => s.HeldUntil).OfType<Instant>().Where(h => h > step.Began && h <= step.Ended).Append(step.Began).Append(step.Ended);
        var differences = instants.Select(at => Differs(step.Cohort, state, at)).ToList();
        if (differences.All(d => d is not null)) Wrong(ViolationKind.FalseEnd, $"A list shows {key} with {differences[0]}.");
    }

    /// <summary>A referral that has ended is on no worklist, and every other one is.</summary>
    private void Worklist(SawWorklist step)
    {
        var open = _folds.Referrals.Where(r => r.State.IsOpen && r.State.Form!.Target == step.Site).Select(r => Keys.IdOf(r.Key)).ToHashSet();
        if (!open.SetEquals(step.Referrals)) Wrong(ViolationKind.FalseEnd, $"The worklist of {step.Site} shows {string.Join(", ", step.Referrals)} where the journal has {string.Join(", ", open)}.");
    }

    /// <summary>After the end every cohort and person was shown by its grain, and every cohort by a list.</summary>
    private void NothingMissing()
    {
        if (!_history.Steps.Any(s => s.IsFinal)) return;
        foreach (var cohort in _history.Stage.Cohorts.Select(c => c.Id))
        {
            if (!_history.Steps.Any(s => s is SawCohort { IsFinal: true } seen && seen.Cohort.Cohort == cohort)) Wrong(ViolationKind.FalseEnd, $"The grain of cohort {cohort} shows nothing.");
            if (!_history.Steps.Any(s => s is SawList seen && seen.Cohort.Cohort == cohort)) Wrong(ViolationKind.FalseEnd, $"No list shows cohort {cohort}, or none that has come so far.");
        }
        foreach (var person in _history.Stage.OnPathway.Keys)
        {
            if (_folds.Person(Keys.Participant(_history.Stage.Network, person)).Final.Place?.Stage.IsOpen() != true) Wrong(ViolationKind.OffPathway, $"{person} is on the pathway no more.");
        }
        foreach (var (key, _) in _folds.Referrals.Where(r => r.State.IsOpen)) Wrong(ViolationKind.StillOpen, $"{key} has not ended.");
        foreach (var site in _history.Stage.Referring.Where(s => !_history.Steps.Any(x => x is SawWorklist seen && seen.Site == s))) Wrong(ViolationKind.FalseEnd, $"No worklist shows {site}, or none that has come so far.");
        foreach (var person in _history.Stage.People.Where(p => !_history.Steps.Any(s => s is SawPerson { IsFinal: true } seen && seen.Person.Person == p)))
            Wrong(ViolationKind.FalseEnd, $"The grain of person {person} shows nothing.");
    }

    private void Fresh(string key, int version, Step step)
    {
        var least = _told.Before(key, step.Began - FreshFor - ClockSlack);
        if (version < least) Wrong(ViolationKind.StaleRead, $"{key} was shown at version {version} to a client that asked at {step.Began} (door {step.Gateway}), more than {FreshFor.TotalSeconds} s after somebody had been told of version {least}.");
    }

    private static string? Differs(CohortSeen seen, CohortState state, Instant at)
    {
        var actual = new CohortSeen(seen.Cohort, seen.Version, state.SeatsBooked, state.SeatsHeldAt(at), state.Usable().Seats, state.AtRisk, seen.AsOf);
        return seen == actual ? null : $"{Figures(seen)} where the journal has {Figures(actual)}";
    }

    private static string Figures(CohortSeen c) => $"{c.Booked} booked, {c.Held} held of {c.Usable}{(c.AtRisk ? ", at risk" : "")}";
}
