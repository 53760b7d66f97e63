using CsCheck;
using NodaTime;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Pathways;

namespace RttNetwork.Domain.Tests.Pathways;

/// <summary>
/// Random commands in random order, at random times, beside a plain model that knows the rules as sentences: what one accepts the other accepts, and
/// the person is where the model says. CsCheck prints the seed of a failure.
/// </summary>
public sealed class PathwayProperties
{
    private const int Runs = 2_500;
    private const int CommandsPerRun = 48;

    private enum Verb { Refer, Begin, Medical, Psychological, Unfit, Find, FindExcluding, Allow, Disallow, Give, GiveOld, Revoke, Wait, Unwait, Defer, Withdraw, Transfer, Book, Cancel, Complete, FollowUp, Override }

    // The way forward is drawn more often than the ways out: else nobody comes far.
    private static readonly Gen<(Verb Verb, int Who, int Days)[]> Commands = Gen.Select(
        Gen.Frequency<Verb>(
            (6, Gen.OneOf(Verb.Refer, Verb.Begin, Verb.Medical, Verb.Psychological, Verb.Give, Verb.Book)),
            (1, Gen.Enum<Verb>())),
        Gen.Int[0, 2],
        Gen.Frequency<int>((8, Gen.Const(0)), (2, Gen.Int[0, 9]), (1, Gen.Int[20, 120]))).Array[CommandsPerRun];

    [Fact]
    public void A_person_is_in_exactly_one_place_and_where_a_plain_model_says()
    {
        var (asked, accepted) = (0, 0);
        Commands.Sample(
            commands =>
            {
                var course = new Course { Cohort = CohortState.Empty.Apply(World.Plan(medicine: true, firstDay: new LocalDate(2027, 8, 3)), World.Start).Apply(new PathwayRequired(Course.Policy()), World.Start) };
                var model = new Model();
                foreach (var (verb, who, days) in commands)
                {
                    course.Now += Duration.FromDays(days);
                    model.Now = course.Now;
                    var before = course.Stage;
                    var expected = model.Do(verb, who);
                    var decision = Do(course, verb, who);
                    Interlocked.Increment(ref asked);
                    if (decision.Refusal is null) Interlocked.Increment(ref accepted);
                    Assert.True(expected == decision.Refusal is null, $"{verb} by {who} at {before}: the model says {expected}, the rules {decision.Refusal?.Message ?? "yes"}");
                    Assert.True(model.At == course.Stage, $"{verb} by {who} at {before}: the model is at {model.At}, the person at {course.Stage}");
                    Holds(course, before, decision);
                }
            },
            iter: Runs);
        Assert.True(asked >= 100_000, $"{asked} commands");
        Assert.True(accepted >= asked / 10, $"{accepted} of {asked} accepted: the model hardly moves");
    }

    private static Decision Do(Course course, Verb verb, int who) => verb switch
    {
        Verb.Refer => course.Refer(Course.Opened(receivedAt: course.Now)),
        Verb.Begin => course.Begin(),
        Verb.Medical => course.SignOff(PathwayState.Medical, Both(who)),
        Verb.Psychological => course.SignOff(PathwayState.Psychological, Both(who)),
        Verb.Unfit => course.SignOff(PathwayState.Medical, Both(who), clear: false),
        Verb.Find => course.Find("renal-disorder"),
        Verb.FindExcluding => course.Find("active-psychosis"),
        Verb.Allow => course.Do((p, w, now) => Screening.Decide(p, w, "renal-disorder", true, Both(who), now)),
        Verb.Disallow => course.Do((p, w, now) => Screening.Decide(p, w, "renal-disorder", false, Both(who), now)),
        Verb.Give => course.Give(),
        Verb.GiveOld => course.Give(version: 1),
        Verb.Revoke => course.Revoke(),
        Verb.Wait => course.Do((p, w, now) => Journey.WaitFor(p, w, true, "full", now)),
        Verb.Unwait => course.Do((p, w, now) => Journey.WaitFor(p, w, false, "full", now)),
        Verb.Defer => course.Leave(Stage.Deferred),
        Verb.Withdraw => course.Leave(Stage.Withdrawn),
        Verb.Transfer => course.Leave(Stage.TransferredOut),
        Verb.Book => course.Book(),
        Verb.Cancel => course.Cancel(),
        Verb.Complete => course.Do((p, w, now) => Journey.Complete(p, w, "done", now)),
        Verb.FollowUp => course.Do((p, w, now) => Journey.FollowUp(p, w, "done", now)),
        Verb.Override => course.Do((p, w, now) => Overriding.Override(p, w, Overriding.Intake, "late-referral", now + Duration.FromDays(3), Both(who), now)),
        _ => throw new InvalidOperationException(),
    };

    /// <summary>May sign as either: whether two people sign is then the rule's to say.</summary>
    private static Signer Both(int who) => new($"f{who}", 1, [Roles.Prescriber, Roles.Therapist], [.. Course.Prescriber.Credentials, .. Course.Therapist.Credentials]);

    private static void Holds(Course course, Stage before, Decision decision)
    {
        // I9: each move begins where the last one ended, and goes where rule 27 lets it.
        var at = before;
        foreach (var moved in decision.First.OfType<PathwayMoved>())
        {
            Assert.Equal(at.Code(), moved.From);
            Assert.True(Stages.Of(moved.To).Follows(at), $"{at} to {moved.To}");
            at = Stages.Of(moved.To);
        }
        Assert.Equal(at, course.Stage);
        // What a booking carries is what the evidence says.
        if (course.Facts.Place is { } place && course.Pathway.Opened is not null) Assert.Equal(course.Pathway.Clearance(), place.Clearance);
        // A seat on the pathway is a seat in the cohort.
        if (course.Stage.HasSeat()) Assert.True(course.Cohort.SeatOf(Course.Who) is { IsBooked: true });
        // Rule 28: nobody is enrolled without two people's signatures and a consent that stood then.
        if (decision.First.OfType<PathwayMoved>().Any(m => m.To == Stage.Enrolled.Code()))
        {
            Assert.Equal(2, course.Pathway.SignOffs.Values.Select(s => s.Facilitator).Distinct().Count());
            Assert.True(course.Pathway.HasConsents && course.Pathway.ScreenedUntil >= course.Pathway.Today(course.Now));
        }
        if (decision.Refusal is not null) Assert.True(decision.First.IsEmpty && decision.Last.IsEmpty);
    }

    /// <summary>The rules as one would tell them, with none of the product's code but the names of the places.</summary>
    private sealed class Model
    {
        private static readonly DateTimeZone Zone = DateTimeZoneProviders.Tzdb["America/Vancouver"];
        private readonly Dictionary<string, (int Who, LocalDate Until)> _signed = [];
        private bool _unfit;
        private bool _excluded;
        private bool _case;
        private bool? _caseAllowed;
        private bool _consent;
        private bool _everReferred;
        private Instant _intakeUntil = Instant.MinValue;

        public Stage At { get; private set; } = Stage.NotReferred;
        public Instant Now { get; set; }

        /// <summary>The person keeps a cancelled pathway's seat until somebody cancels it.</summary>
        private bool _seat;

        private LocalDate Today => Now.InZone(Zone).Date;
        private bool Open => At is not (Stage.NotReferred or Stage.Completed or Stage.FollowUp or Stage.Ineligible or Stage.Withdrawn or Stage.TransferredOut);
        private bool Seated => At is Stage.Enrolled or Stage.Prepared or Stage.Integrating;
        private bool MayScreen => Seated || At is Stage.Screening or Stage.NeedsReview or Stage.Eligible or Stage.Consented or Stage.WaitListed;
        private bool Clear => !_unfit && !_excluded && (!_case || _caseAllowed == true) && _signed.Count == 2;

        public bool Do(Verb verb, int who)
        {
            switch (verb)
            {
                case Verb.Refer:
                    if (Open) return false;
                    _signed.Clear();
                    (_unfit, _excluded, _case, _caseAllowed, _consent, _intakeUntil, _everReferred) = (false, false, false, null, false, Instant.MinValue, true);
                    At = Stage.Referred;
                    return true;
                case Verb.Begin:
                    if (At is not (Stage.Referred or Stage.NeedsReview or Stage.Eligible or Stage.Consented or Stage.WaitListed or Stage.Ineligible or Stage.Deferred)) return false;
                    _signed.Clear();
                    (_unfit, _excluded, _case, _caseAllowed) = (false, false, false, null);
                    At = Stage.Screening;
                    return true;
                case Verb.Medical or Verb.Psychological or Verb.Unfit:
                    var (kind, other) = verb == Verb.Psychological ? ("p", "m") : ("m", "p");
                    if (!MayScreen || (_signed.TryGetValue(other, out var by) && by.Who == who)) return false;
                    _signed[kind] = (who, Today.PlusDays(90));
                    if (kind == "m") _unfit = verb == Verb.Unfit;
                    return Judge();
                case Verb.Find:
                    if (!MayScreen) return false;
                    _case = true;
                    return Judge();
                case Verb.FindExcluding:
                    if (!MayScreen) return false;
                    _excluded = true;
                    return Judge();
                case Verb.Allow or Verb.Disallow:
                    if (!MayScreen || !_case) return false;
                    var same = _caseAllowed == (verb == Verb.Allow);
                    _caseAllowed = verb == Verb.Allow;
                    return same || Judge();
                case Verb.Give:
                    if (!Open) return false;
                    var had = _consent;
                    _consent = true;
                    return had || Judge();
                case Verb.GiveOld:
                    return false;
                case Verb.Revoke:
                    if (!_everReferred) return false;
                    var none = !_consent;
                    _consent = false;
                    return none || Judge();
                case Verb.Wait: return Go(Stage.WaitListed, At is Stage.Consented);
                case Verb.Unwait: return Go(Stage.Consented, At is Stage.WaitListed);
                case Verb.Defer: return Go(Stage.Deferred, Open && At is not Stage.Deferred);
                case Verb.Withdraw: return Go(Stage.Withdrawn, Open);
                case Verb.Transfer: return Go(Stage.TransferredOut, Open);
                case Verb.Book:
                    if (_seat) return true;
                    if (At is not (Stage.Consented or Stage.WaitListed) || _signed.Values.Min(s => s.Until) < Today || !Clear) return false;
                    // The first day is 3 August 2027; intake is until 27 July, and closes for good a week before the first session begins.
                    if (Now >= Instant.FromUtc(2027, 7, 28, 0, 30) || (Today > new LocalDate(2027, 7, 27) && _intakeUntil <= Now)) return false;
                    _seat = true;
                    At = Stage.Enrolled;
                    return true;
                case Verb.Cancel:
                    if (!_seat) return false;
                    _seat = false;
                    if (Seated) At = At is not Stage.Integrating && Clear && _consent ? Stage.Consented : Stage.Deferred;
                    return true;
                case Verb.Complete:
                    return At is Stage.Completed || Go(Stage.Completed, Seated && Today >= new LocalDate(2027, 9, 21));
                case Verb.FollowUp:
                    return Go(Stage.FollowUp, At is Stage.Completed);
                case Verb.Override:
                    if (!Open) return false;
                    _intakeUntil = Now + Duration.FromDays(3);
                    return true;
                default:
                    throw new InvalidOperationException();
            }
        }

        private bool Go(Stage to, bool may)
        {
            if (At == to) return true;
            if (may) At = to;
            return may;
        }

        /// <summary>Where the findings and the consents lead; a person with a seat stays, and so does one who was found ineligible.</summary>
        private bool Judge()
        {
            if (At is not (Stage.Screening or Stage.NeedsReview or Stage.Eligible or Stage.Consented or Stage.WaitListed)) return true;
            if (_unfit || _excluded || _caseAllowed == false) At = Stage.Ineligible;
            else if (_case && _caseAllowed is null) At = Stage.NeedsReview;
            else if (_signed.Count < 2 || _signed.Values.Min(s => s.Until) < Today) At = Stage.Screening;
            else if (!_consent) At = Stage.Eligible;
            else if (At is not Stage.WaitListed) At = Stage.Consented;
            return true;
        }
    }
}
