using System.Collections.Immutable;
using RttNetwork.Contracts.Units;

namespace RttNetwork.Contracts.Views;

/// <summary>
/// What an authority is told of people (rule 51, docs/adr/0024): the policy of one or more of its regions, as the gateway reads it from
/// <c>programs/disclosure.json</c>; it travels with the authority's calls. Its steps are such that whoever is told by two policies learns nothing that the
/// finer one would not tell alone (<see cref="Strictest"/>).
/// </summary>
/// <param name="LivePeopleMin">Live, a count is told when all that are rounded to it are so many people at least.</param>
/// <param name="LiveRoundedTo">Live, counts are told to the nearest multiple of this.</param>
/// <param name="ExportPeopleMin">Of what is published: fewer people, and more than none, are not told. A stricter law of the country counts instead.</param>
/// <param name="PastHours">Past moments are told as of whole hours, so many apart.</param>
/// <param name="PeriodMonths">Waits and referrals are told of periods of so many calendar months, or several of them.</param>
[GenerateSerializer, Immutable, Alias("rtt.DisclosurePolicyView")]
public sealed record DisclosurePolicyView(
    [property: Id(0)] int LivePeopleMin,
    [property: Id(1)] int LiveRoundedTo,
    [property: Id(2)] int ExportPeopleMin,
    [property: Id(3)] int PastHours,
    [property: Id(4)] int PeriodMonths)
{
    /// <summary>What rule 51 asks for: no policy may hide less.</summary>
    public static readonly DisclosurePolicyView Least = new(LivePeopleMin: 5, LiveRoundedTo: 5, ExportPeopleMin: 5, PastHours: 1, PeriodMonths: 1);

    /// <summary>The policy that an authority is told by; the least where its gateway says nothing of it.</summary>
    public static DisclosurePolicyView Of(Caller authority) => authority.Disclosure ?? Least;

    /// <summary>
    /// One policy for whoever is told by several. Steps are common multiples: then each answer follows from the answer by any of the policies, and to hold two
    /// tokens, or to ask before and after a policy became stricter, helps nobody.
    /// </summary>
    public static DisclosurePolicyView Strictest(IEnumerable<DisclosurePolicyView> policies) => policies.Aggregate(Least, (one, other) => new(
        Math.Max(one.LivePeopleMin, other.LivePeopleMin),
        CommonMultiple(one.LiveRoundedTo, other.LiveRoundedTo),
        Math.Max(one.ExportPeopleMin, other.ExportPeopleMin),
        CommonMultiple(one.PastHours, other.PastHours),
        CommonMultiple(one.PeriodMonths, other.PeriodMonths)));

    /// <summary>Rule `round`, for what an authority sees live. Nobody at all is told.</summary>
    public PeopleCount Rounded(int people)
    {
        var told = (people + (LiveRoundedTo / 2)) / LiveRoundedTo * LiveRoundedTo;
        return people > 0 && told - (LiveRoundedTo / 2) < LivePeopleMin ? new PeopleCount(0, true) : new PeopleCount(told, false);
    }

    private static int CommonMultiple(int one, int other)
    {
        var multiple = one;
        while (multiple % other != 0) multiple += one;
        return multiple;
    }
}

/// <summary>The fewest people that are told in an export, by the policy of the region that they are in.</summary>
/// <param name="Otherwise">Of a region that has no policy of its own.</param>
[GenerateSerializer, Immutable, Alias("rtt.ExportPeopleMins")]
public sealed record ExportPeopleMins([property: Id(0)] int Otherwise, [property: Id(1)] ImmutableDictionary<string, int> ByRegion)
{
    public int Of(string region) => ByRegion.GetValueOrDefault(region, Otherwise);
}
