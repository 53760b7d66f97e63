using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Facilitators;
using RttNetwork.Contracts.Participants;
using RttNetwork.Contracts.Referrals;
using RttNetwork.Contracts.Sites;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;
using RttNetwork.Domain.Matching;
using RttNetwork.Domain.Pathways;
using RttNetwork.Domain.Referrals;
using RttNetwork.Grains.Views;

namespace RttNetwork.Grains.Referrals;

/// <summary>What a search for places comes to.</summary>
/// <param name="Refusal">Why there is nothing to propose; null when there is.</param>
internal sealed record Places(Domain.Common.Refusal? Refusal, ImmutableArray<RehomeCohort> Cohorts, ImmutableArray<RehomeItem> Items);

/// <summary>
/// Gathers what a proposal is made of: whose seats are lost, which cohorts have some, and what stands against each pair. That is asked of the very rules that will
/// decide the moves, of each cohort and of each person's pathway. Nothing here is fenced: whatever has changed since, the moves themselves are judged anew.
/// </summary>
/// <param name="cancel">When the time is over: nobody more is asked.</param>
internal sealed class RehomeSearch(IGrainFactory grains, IViews views, Caller caller, Instant now, CancellationToken cancel)
{
    private const int AskedAtOnceMax = 64;
    private const int ReadAtOnceMax = 4;
    private const int PageMax = 200;

    private string Network => caller.Network;

    /// <returns>Null when somebody cannot be asked now.</returns>
    public async Task<Places?> For(RehomeCauseView cause)
    {
        if (await Concerned(cause) is not { } keys) return null;
        if (keys.IsDefault) return new Places(Domain.Common.Refusal.NotFound, [], []);
        if (await Ask(keys, key => grains.Of<ICohortGrain>(key).SeatsLost(caller, cause, now)) is not { } found) return null;
        ImmutableArray<SeatsLostView> concerned = [.. found.Where(l => l?.IsConcerned == true).Select(l => l!)];
        if (cause.Kind is RehomeCauses.Cohort && found is [null]) return new Places(Domain.Common.Refusal.NotFound, [], []);
        if (RehomeRules.TooLarge(concerned.Sum(l => l.Seats.Length), concerned.Count(l => !l.Seats.IsEmpty)) is { } tooLarge) return new Places(tooLarge, [], []);
        return await Place(concerned);
    }

    private async Task<Places?> Place(ImmutableArray<SeatsLostView> concerned)
    {
        ImmutableArray<SeatsLostView> losing = [.. concerned.Where(l => !l.Seats.IsEmpty)];
        var isConcerned = concerned.Select(c => Keys.IdOf(c.Cohort)).ToHashSet(StringComparer.Ordinal);
        // Cohorts of one site, program and first day have the same ways out: they are looked for once.
        var alike = losing.GroupBy(l => (Keys.CohortParts(l.Cohort).Site, l.Program, l.FirstDay)).ToList();
        var near = new Dictionary<string, Dictionary<string, int>>(StringComparer.Ordinal);
        foreach (var chunk in alike.Chunk(ReadAtOnceMax))
        {
            var found = await Task.WhenAll(chunk.Select(a => views.Destinations(Network, Keys.IdOf(a.First().Cohort), a.Key.Program, now, Rehoming.DestinationsMax + concerned.Length, cancel).AsTask()));
            foreach (var (lost, rows) in chunk.Zip(found))
            {
                var km = rows.Where(r => !isConcerned.Contains(r.Cohort)).Take(Rehoming.DestinationsMax).ToDictionary(r => KeyOf(r.Cohort), r => r.Km ?? Match.UnknownKm, StringComparer.Ordinal);
                foreach (var cohort in lost) near[cohort.Cohort] = km;
            }
        }
        // The nearest of each, then the next of each: none is left without one for others' sake.
        List<string[]> ranked = [.. alike.Select(a => near[a.First().Cohort].Keys.ToArray())];
        ImmutableArray<string> candidates = [.. Enumerable.Range(0, Rehoming.DestinationsMax).SelectMany(rank => ranked.Where(n => n.Length > rank).Select(n => n[rank])).Distinct().Take(Rehoming.DestinationsMax)];
        if (await Ask(candidates, key => grains.Of<ICohortGrain>(key).Destination(caller, now)) is not { } asked) return null;
        ImmutableArray<DestinationView> destinations = [.. asked.Where(d => d?.SeatsOpen > 0).Select(d => d!).OrderBy(d => d.Cohort, StringComparer.Ordinal)];

        ImmutableArray<Seat> seats =
        [
            .. from lost in losing
               let km = near[lost.Cohort]
               let those = Enumerable.Range(0, destinations.Length).Where(d => km.ContainsKey(destinations[d].Cohort)).ToImmutableArray()
               from seat in lost.Seats
               select new Seat(lost, seat, those, km),
        ];
        if (await Ask(seats, s => grains.Of<IParticipantGrain>(Keys.Participant(Network, s.Lost.Participant)).MayGo(caller, [.. s.Near.Select(d => destinations[d])], now)) is not { } people) return null;
        var judged = new string?[seats.Length, destinations.Length];
        ImmutableArray<(int Destination, ImmutableArray<int> Seats, WouldTake Ask)> questions =
        [
            .. from d in Enumerable.Range(0, destinations.Length)
               from template in Enumerable.Range(0, seats.Length).Where(i => people[i] is not null && seats[i].Km.ContainsKey(destinations[d].Cohort)).GroupBy(i => (seats[i].Cohort.Program, seats[i].Cohort.TemplateVersion))
               let those = template.ToImmutableArray()
               select (d, those, new WouldTake([.. those.Select(i => people[i]!.Person)], [.. those.Select(i => seats[i].Cohort.Cohort)], template.Key.Program, template.Key.TemplateVersion)),
        ];
        if (await Ask(questions, q => grains.Of<ICohortGrain>(destinations[q.Destination].Cohort).WouldTake(caller, q.Ask, now)) is not { } answers) return null;
        for (var q = 0; q < questions.Length; q++)
        {
            if (answers[q] is not { } answer) return null;
            for (var i = 0; i < answer.Codes.Length; i++) judged[questions[q].Seats[i], questions[q].Destination] = answer.Codes[i];
        }

        var displaced = ImmutableArray.CreateBuilder<Displaced>(seats.Length);
        for (var i = 0; i < seats.Length; i++)
        {
            // Whom nobody finds any more has no seat to lose.
            if (people[i] is not { } person) continue;
            var (seat, lost) = (seats[i], seats[i].Cohort);
            displaced.Add(new Displaced(
                seat.Lost.Participant, lost.Cohort, lost.Week, person.Person.Place is { } place ? Stages.Of(place.Stage) : Stage.NotReferred, seat.Lost.BookedAt,
                [.. seat.Near.Select((d, n) => new Option(
                    d,
                    destinations[d].Region != lost.Region,
                    seat.Km[destinations[d].Cohort],
                    destinations[d].FirstDay.DayOfWeek != lost.FirstDay.DayOfWeek,
                    Math.Abs(Period.DaysBetween(lost.FirstDay, destinations[d].FirstDay)),
                    judged[i, d] ?? person.Hindrances[n]))]));
        }
        return Items(losing, destinations, Rehoming.Propose(displaced.ToImmutable(), [.. destinations.Select(d => new Destination(d.Cohort, d.SeatsOpen))]));
    }

    private static Places Items(ImmutableArray<SeatsLostView> losing, ImmutableArray<DestinationView> destinations, ImmutableArray<Placement> placements)
    {
        var (cohorts, places) = (ImmutableArray.CreateBuilder<RehomeCohort>(), new Dictionary<string, int>(StringComparer.Ordinal));
        var templates = losing.ToDictionary(l => l.Cohort, l => (l.Program, l.TemplateVersion), StringComparer.Ordinal);
        var items = ImmutableArray.CreateBuilder<RehomeItem>(placements.Length);
        foreach (var placement in placements)
        {
            // A destination is of the template of whoever was found to fit there.
            var template = templates[placement.Person.From];
            items.Add(new RehomeItem(
                placement.Person.Participant, Named(placement.Person.From, template), placement.To is { } to ? Named(destinations[to].Cohort, template) : null, placement.Reason));
        }
        return new Places(null, cohorts.ToImmutable(), items.MoveToImmutable());

        int Named(string cohort, (string Program, int TemplateVersion) template)
        {
            if (places.TryGetValue(cohort, out var place)) return place;
            cohorts.Add(new RehomeCohort(cohort, template.Program, template.TemplateVersion));
            return places[cohort] = cohorts.Count - 1;
        }
    }

    /// <summary>The keys of the cohorts that may be concerned. Null when nobody can say now, and default when there is no such thing.</summary>
    private async Task<ImmutableArray<string>?> Concerned(RehomeCauseView cause)
    {
        switch (cause.Kind)
        {
            case RehomeCauses.Cohort:
                return [cause.Subject];
            case RehomeCauses.Facilitator:
                var facilitator = await grains.Of<IFacilitatorGrain>(cause.Subject).Get(caller).WaitAsync(cancel);
                if (facilitator.Unavailable) return null;
                return facilitator.Value is { } leads ? [.. leads.Assignments.Where(a => a.LastEnd > now).Select(a => a.Cohort).Order(StringComparer.Ordinal)] : default(ImmutableArray<string>);
            default:
                var site = await grains.Of<ISiteGrain>(cause.Subject).Get(caller).WaitAsync(cancel);
                if (site.Unavailable) return null;
                if (site.Value is not { } at || (cause.Kind is RehomeCauses.Room && at.Rooms.All(r => r.Room != cause.Room))) return default(ImmutableArray<string>);
                return await CohortsOf(Keys.IdOf(cause.Subject));
        }
    }

    private async Task<ImmutableArray<string>?> CohortsOf(string site)
    {
        var keys = ImmutableArray.CreateBuilder<string>();
        // A day more, for sites are in many zones; the cohorts themselves say whether they are over.
        var since = now.InUtc().Date.PlusDays(-1);
        for (string? after = null; ;)
        {
            var page = await views.Cohorts(Network, new PageRequest(PageMax, after, null), site, now, cancel);
            keys.AddRange(page.Rows.Where(r => r.LastDay >= since).Select(r => Keys.Cohort(Network, site, r.Cohort)));
            if (page.Next is null) return keys.ToImmutable();
            after = page.Next;
        }
    }

    private string KeyOf(string id) => id.Split('.') is [var site, var cohort] ? Keys.Cohort(Network, site, cohort) : throw new FormatException($"'{id}' is no cohort's id.");

    /// <summary>Asks one after the other, many at once; null as soon as one cannot answer now.</summary>
    /// <exception cref="OperationCanceledException">The time is over.</exception>
    private async Task<TView?[]?> Ask<TItem, TView>(ImmutableArray<TItem> items, Func<TItem, Task<ReadAnswer<TView>>> ask)
        where TView : class
    {
        var answers = new List<TView?>(items.Length);
        foreach (var chunk in items.Chunk(AskedAtOnceMax))
        {
            foreach (var answer in await Task.WhenAll(chunk.Select(ask)).WaitAsync(cancel))
            {
                if (answer.Unavailable) return null;
                answers.Add(answer.Value);
            }
        }
        return [.. answers];
    }

    /// <param name="Near">The destinations that are looked at for it.</param>
    /// <param name="Km">How far each is, by its key.</param>
    private sealed record Seat(SeatsLostView Cohort, SeatLostView Lost, ImmutableArray<int> Near, Dictionary<string, int> Km);
}
