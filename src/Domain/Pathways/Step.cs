using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Participants;
using RttNetwork.Domain.WaitLists;

namespace RttNetwork.Domain.Pathways;

/// <summary>
/// One step of a person on the pathway while it is decided: what is recorded of it, and where it leads. Both streams change together, and what a
/// booking needs is copied whenever it has changed.
/// </summary>
internal sealed class Step(PersonFacts person, PathwayState pathway, Instant now)
{
    private readonly ImmutableArray<IEvent>.Builder _person = ImmutableArray.CreateBuilder<IEvent>();
    private readonly ImmutableArray<IEvent>.Builder _cohort = ImmutableArray.CreateBuilder<IEvent>();
    private readonly ImmutableArray<IEvent>.Builder _pathway = ImmutableArray.CreateBuilder<IEvent>();

    /// <summary>Where the person is by now.</summary>
    public Stage At { get; private set; } = person.Stage;

    /// <summary>The evidence by now.</summary>
    public PathwayState Evidence { get; private set; } = pathway;

    public void Record(IEvent @event)
    {
        Evidence = Evidence.Apply(@event, now);
        _pathway.Add(@event);
    }

    /// <summary>Something of the stream of the cohort whose session it is about.</summary>
    public void RecordOfCohort(IEvent @event) => _cohort.Add(@event);

    /// <summary>Something of the participant's own stream.</summary>
    public void RecordOfPerson(IEvent @event) => _person.Add(@event);

    /// <exception cref="InvalidOperationException">Rule 27 has no such move: the rule that wanted it must refuse before.</exception>
    public void Move(Stage to, string reason, string? cohort = null)
    {
        if (!to.Follows(At)) throw new InvalidOperationException($"Nobody goes from {At} to {to}.");
        _person.Add(new PathwayMoved(At.Code(), to.Code(), reason, cohort));
        At = to;
    }

    /// <summary>
    /// Takes the person to where screening and consents lead on this day. A person who has a seat stays: what was found holds them at check-in.
    /// </summary>
    public void Advance(LocalDate today, string reason)
    {
        if (!At.IsJudgedByScreening() || At is Stage.Ineligible) return;
        var judged = Evidence.Judged(today);
        if (judged != Stage.Eligible)
        {
            if (judged != At) Move(judged, reason);
            return;
        }
        if (At is Stage.Screening or Stage.NeedsReview) Move(Stage.Eligible, reason);
        if (Evidence.HasConsents && At is Stage.Eligible) Move(Stage.Consented, reason);
        // On the list of a cohort already, since before all was signed.
        if (At is Stage.Consented && person.Waits) Move(Stage.WaitListed, reason);
        if (!Evidence.HasConsents && At is (Stage.Consented or Stage.WaitListed)) Move(Stage.Eligible, reason);
    }

    public Decision Done()
    {
        var known = _person.Any(e => e is PathwayEntered) ? ClearanceSet.None : person.Place?.Clearance;
        if (Evidence.Opened is not null && Evidence.Clearance() is var clearance && clearance != known) _person.Add(clearance);
        // Whoever waits may be eligible now, or wait no more.
        if (_person.Count > 0)
        {
            var isOver = person.Stage.IsOpen() && !At.IsOpen();
            if (isOver) _person.AddRange(Pools.Ending(person, person.Place!.Program, null, "left-pathway"));
            _person.AddRange(Waits.Anew(person.Lists, isOver ? person.Pools.RemoveAll(m => m.Program == person.Place!.Program) : person.Pools));
        }
        return Decision.Of(_person.ToImmutable(), _pathway.ToImmutable()) with { Between = _cohort.ToImmutable() };
    }
}
