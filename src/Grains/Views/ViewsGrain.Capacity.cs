using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;

namespace RttNetwork.Grains.Views;

// Capacity.
public sealed partial class ViewsGrain
{
    public async Task<CapacityAnswer> Capacity(Caller caller, PageRequest page, CapacityAsk ask)
    {
        var now = Now;
        if (!MayAsk(caller, ask.Region)) return Of([], null, "", false);
        if (page.AtLeast is not null && !await views.Reached(page.AtLeast, CancellationToken.None)) return Of([], null, "", true);
        if (await SeenBy(caller, ask.Region) is not { } seen) return Of([], null, "", true);
        var read = await seen.Views.Capacity(Network, ask, page, now, CancellationToken.None);
        if (read.Behind) return Of([], null, read.Token, true);
        var asOf = read.StaleSince ?? now;
        var rest = CapacityRollUp.Of(read.Rows, ask, asOf, caller).Where(f => page.After is null || string.CompareOrdinal(f.Key, page.After) > 0).Take(page.Size + 1).ToList();
        var answer = Of(rest.Take(page.Size), rest.Count > page.Size ? rest[page.Size - 1].Key : null, read.Token, false);
        return answer with { Page = answer.Page with { Withheld = seen.Withheld }, AsOf = asOf, StaleSince = read.StaleSince };

        CapacityAnswer Of(IEnumerable<CapacityFigures> figures, string? next, string token, bool behind) => new(new Page<CapacityFigures>([.. figures], next, token, behind), now, null);
    }

    public async Task<CapacityChanges> CapacityChanges(Caller caller, CapacityChangesAsk ask)
    {
        if (!caller.ReachesAll(Network)) return new CapacityChanges([], default, More: false, Reset: false, Now, null, 0);
        // After the rows: what they are withheld by is as new as they are.
        var changes = await views.CapacityChanges(Network, ask, Now, CancellationToken.None);
        return await views.Withheld(Network, Now, CancellationToken.None) is { } withheld
            ? changes with { Withheld = withheld }
            : throw new InvalidOperationException("The tables are those of the build before: it is not known what of them may be shown.");
    }
}
