using NodaTime;

namespace RttNetwork.Rig.Chaos;

/// <summary>What clients want.</summary>
public interface IWishes
{
    /// <summary>The next command of a client.</summary>
    /// <param name="random">The client's own: what it wants follows from its seed.</param>
    /// <param name="accepted">What was accepted of it before.</param>
    Wish Next(Random random, Guid requestId, string subject, IReadOnlyList<Remembered> accepted, Instant now);

    /// <summary>Hears every answer of every client.</summary>
    void Learn(Wish wish, Answer answer);

    /// <summary>After the faults: a command that ends what must not stay open; null when nothing is left.</summary>
    Wish? Ending(Guid requestId, string subject);
}

/// <summary>A command that was accepted, and how often it had been sent by then.</summary>
public sealed record Remembered(Wish Wish, int Attempts, Instant At);

/// <summary>Clients that hold, book, cancel, release, move and staff.</summary>
public sealed class SeatWishes(Stage stage) : IWishes
{
    public Wish Next(Random random, Guid requestId, string subject, IReadOnlyList<Remembered> accepted, Instant now)
    {
        var roll = random.Next(100);
        var cohort = random.Pick(stage.Cohorts);
        if (roll < 5 && cohort.Nurses.Length > 0)
            return new Wish(requestId, subject, random.Next(5) < 2 ? Verb.Withdraw : Verb.Assign, random.Pick(cohort.Nurses), cohort.Id);
        if (roll < 15 && Transfer(random, requestId, subject, accepted, cohort.Id) is { } transfer) return transfer;
        var verb = roll switch { < 45 => Verb.Book, < 65 => Verb.Hold, < 88 => Verb.Cancel, _ => Verb.Release };
        // Most cancellations are of something that this client took; the rest find out what happens when there is nothing.
        if (verb is Verb.Cancel or Verb.Release && accepted.Count > 0 && random.Next(10) < 7)
        {
            var earlier = random.Pick(accepted).Wish;
            if (!earlier.IsStaffing) return new Wish(requestId, subject, verb, earlier.Who, earlier.Cohort);
        }
        return new Wish(requestId, subject, verb, random.Pick(stage.People), cohort.Id);
    }

    public void Learn(Wish wish, Answer answer)
    {
        // What a client wants does not depend on what others were told.
    }

    public Wish? Ending(Guid requestId, string subject) => null;

    /// <summary>Somebody whom this client seated goes on elsewhere; now and then somebody who may have no seat at all.</summary>
    private Wish? Transfer(Random random, Guid requestId, string subject, IReadOnlyList<Remembered> accepted, string to)
    {
        var (who, from) = accepted.Count > 0 && random.Next(10) < 8 && random.Pick(accepted).Wish is { IsStaffing: false } earlier ? (earlier.Who, earlier.Cohort) : (random.Pick(stage.People), random.Pick(stage.Cohorts).Id);
        return from == to ? null : new Wish(requestId, subject, Verb.Transfer, who, to, from);
    }
}

/// <summary>
/// Clients that refer people between sites and decide on referrals, all on one board: two of them may decide on the same one at once. What stands on the
/// board is what clients were told; it may have changed since, and then a rule stands against what they want.
/// </summary>
public sealed class ReferralWishes : IWishes
{
    /// <summary>Referrals that wait for a decision; with more of them clients decide rather than refer.</summary>
    private const int OpenMax = 120;
    private static readonly Duration DueLong = Duration.FromHours(1);
    private readonly Lock _lock = new();
    private readonly Stage _stage;
    private readonly Dictionary<string, string?> _seats;
    // The site that leads each who is on the pathway.
    private readonly Dictionary<string, string> _leads;
    private readonly StageCohort[] _asking;
    private readonly StageCohort[] _plain;
    private readonly Dictionary<string, Open> _open = [];
    private readonly List<Open> _accepted = [];
    private int _turn;

    /// <param name="seats">Where people have a seat to begin with.</param>
    public ReferralWishes(Stage stage, IReadOnlyDictionary<string, string> seats)
    {
        (_stage, _seats) = (stage, stage.People.ToDictionary(p => p, p => seats.GetValueOrDefault(p)));
        _leads = stage.OnPathway.ToDictionary();
        (_asking, _plain) = ([.. stage.Cohorts.Where(c => c.AsksForPathway)], [.. stage.Cohorts.Where(c => !c.AsksForPathway)]);
    }

    public Wish Next(Random random, Guid requestId, string subject, IReadOnlyList<Remembered> accepted, Instant now)
    {
        lock (_lock)
        {
            var roll = random.Next(100);
            var person = random.Pick(_stage.People);
            if (roll < 8) return Move(random, requestId, subject, person);
            if (roll < 46 && _open.Count < OpenMax) return Refer(random, requestId, subject, person, now);
            if (roll >= 96 && _accepted.Count > 0) return On(random.Pick(_accepted), Verb.Complete, requestId, subject);
            if (_open.Count == 0) return Refer(random, requestId, subject, person, now);
            var open = _open.Values.ElementAt(random.Next(_open.Count));
            var verb = roll switch { < 68 => Verb.Accept, < 76 => Verb.Decline, < 84 => Verb.TakeBack, < 88 => Verb.LetGo, < 92 => Verb.Receive, _ => Verb.Triage };
            return On(open, verb, requestId, subject);
        }
    }

    public void Learn(Wish wish, Answer answer)
    {
        lock (_lock)
        {
            // Whatever is open can be declined.
            if (wish.Verb is Verb.Decline && answer.Reason == "REFERRAL_NOT_OPEN") _open.Remove(wish.Referral!);
            if (answer.Kind != AnswerKind.Accepted) return;
            switch (wish.Verb)
            {
                case Verb.Refer:
                    _open[answer.Referral!.Id] = new Open(answer.Referral.Id, wish.Who, wish.Cohort);
                    break;
                case Verb.Accept:
                    Seat(wish);
                    if (_open.Remove(wish.Referral!, out var seated)) _accepted.Add(seated);
                    break;
                case Verb.Decline or Verb.LetGo:
                    _open.Remove(wish.Referral!);
                    break;
                case Verb.TakeBack when answer.Referral!.Status == "withdrawn":
                    _open.Remove(wish.Referral!);
                    break;
                case Verb.Complete:
                    _accepted.RemoveAll(a => a.Id == wish.Referral);
                    break;
                case Verb.Book or Verb.Transfer:
                    Seat(wish);
                    break;
                case Verb.Cancel:
                    _seats[wish.Who] = null;
                    break;
                default:
                    break;
            }
        }
    }

    public Wish? Ending(Guid requestId, string subject)
    {
        lock (_lock)
        {
            // It stays on the board until somebody is told that it has ended: others may be faster, and the client has to come again.
            return _open.Count == 0 ? null : On(_open.Values.ElementAt(_turn++ % _open.Count), Verb.Decline, requestId, subject);
        }
    }

    private Wish Refer(Random random, Guid requestId, string subject, string person, Instant now)
    {
        // A few have one already, and a few are referred to where they are: a rule stands against both.
        for (var tries = 0; tries < 3 && _open.Values.Any(o => o.Person == person); tries++) person = random.Pick(_stage.People);
        var seat = _seats[person];
        var to = Elsewhere(random, person);
        // Some have seconds to decide, and let them pass.
        var due = now + (random.Next(4) == 0 ? Duration.FromMilliseconds(random.Next(1500, 8000)) : DueLong);
        return new Wish(requestId, subject, Verb.Refer, person, to, seat, SourceOf(random, person, seat), DueAt: due);
    }

    private Wish Move(Random random, Guid requestId, string subject, string person)
    {
        var to = Elsewhere(random, person);
        // Whoever is on a pathway gets a first seat at the site that leads them.
        return _seats[person] is not { } seat ? new Wish(requestId, subject, Verb.Book, person, _leads.TryGetValue(person, out var leads) ? _asking.First(c => c.Site == leads).Id : to)
            : random.Next(3) == 0 ? new Wish(requestId, subject, Verb.Cancel, person, seat)
            : new Wish(requestId, subject, Verb.Transfer, person, to == seat ? _stage.Cohorts.First(c => c.Id != seat).Id : to, seat);
    }

    /// <summary>A cohort of the person's kind; now and then one that takes nobody like them.</summary>
    private string Elsewhere(Random random, string person) => random.Pick<StageCohort>(random.Next(20) == 0 ? _stage.Cohorts : _leads.ContainsKey(person) ? _asking : _plain).Id;

    private string SourceOf(Random random, string person, string? seat) =>
        _leads.TryGetValue(person, out var leads) ? leads : seat is null ? random.Pick(_stage.Referring) : StageCohort.PartsOf(seat).Site;

    private void Seat(Wish wish)
    {
        _seats[wish.Who] = wish.Cohort;
        if (_leads.ContainsKey(wish.Who)) _leads[wish.Who] = StageCohort.PartsOf(wish.Cohort).Site;
    }

    private static Wish On(Open open, Verb verb, Guid requestId, string subject) => new(requestId, subject, verb, open.Person, open.Cohort, Referral: open.Id);

    private sealed record Open(string Id, string Person, string Cohort);
}

internal static class Picking
{
    public static T Pick<T>(this Random random, IReadOnlyList<T> list) => list[random.Next(list.Count)];
}
