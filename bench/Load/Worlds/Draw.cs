using System.Collections.Concurrent;

namespace RttNetwork.Load.Worlds;

/// <summary>Draws people and cohorts for bookings: each person once, so that each is cold.</summary>
/// <param name="world">The world.</param>
/// <param name="people">How many of its people are drawn: the first numbers.</param>
/// <param name="cohortsAtOnce">Cohorts that bookings go to at one time.</param>
internal sealed class Draw(World world, int people, int cohortsAtOnce)
{
    /// <summary>Far from every factor of a round number: neighbours in time are no neighbours in an index.</summary>
    private const long Stride = 7_368_787;

    /// <summary>Bookings that a set of cohorts takes before the next set's turn: so few that chance fills none.</summary>
    private readonly int _perSet = (int)(cohortsAtOnce * (World.Seats - (4 * Math.Sqrt(World.Seats))));
    private readonly string[] _cohorts = [.. Enumerable.Range(0, world.Cohorts).Select(world.CohortName)];
    private readonly ConcurrentStack<(string Cohort, string Person)> _returned = new();
    private int _next = -1;

    /// <summary>Bookings that can be drawn in all.</summary>
    public int Total => Math.Min(people, world.Cohorts / cohortsAtOnce * _perSet);

    /// <summary>True once there was nothing left to draw.</summary>
    public bool IsUsedUp { get; private set; }

    /// <summary>The next booking; false when the world is used up.</summary>
    public bool TryNext(ref ulong random, out string cohort, out string person)
    {
        if (_returned.TryPop(out var again))
        {
            (cohort, person) = again;
            return true;
        }
        (cohort, person) = ("", "");
        var number = Interlocked.Increment(ref _next);
        if (number >= Total)
        {
            IsUsedUp = true;
            return false;
        }
        random = Mix(random);
        cohort = _cohorts[(number / _perSet * cohortsAtOnce) + (int)(random % (ulong)cohortsAtOnce)];
        person = world.PersonName((int)(number * Stride % people));
        return true;
    }

    /// <summary>Gives back what a server would not look at.</summary>
    public void Return(string cohort, string person) => _returned.Push((cohort, person));

    /// <summary>SplitMix64: a step of a random sequence.</summary>
    public static ulong Mix(ulong seed)
    {
        seed += 0x9E3779B97F4A7C15;
        seed = (seed ^ (seed >> 30)) * 0xBF58476D1CE4E5B9;
        seed = (seed ^ (seed >> 27)) * 0x94D049BB133111EB;
        return seed ^ (seed >> 31);
    }
}
