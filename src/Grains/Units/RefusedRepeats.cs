namespace RttNetwork.Grains.Units;

/// <summary>
/// The repeats that a stream has refused, each with the number of its attempt, as far back as it remembers. An earlier attempt may
/// still lie somewhere, in the buffers of a process that was frozen: when it is read at last, its time is over.
/// </summary>
internal sealed class RefusedRepeats
{
    private readonly List<(long Mark, int Attempt)> _refused = new(2);

    /// <summary>For a snapshot, oldest first, as <see cref="Attempts"/> is.</summary>
    public long[] Marks => [.. _refused.Select(r => r.Mark)];

    public int[] Attempts => [.. _refused.Select(r => r.Attempt)];

    /// <summary>Of a snapshot; null when it has none.</summary>
    public static RefusedRepeats? From(long[] marks, int[] attempts)
    {
        if (marks.Length == 0) return null;
        var kept = new RefusedRepeats();
        kept._refused.AddRange(marks.Zip(attempts));
        return kept;
    }

    public void Add(string subject, Guid requestId, int attempt)
    {
        var mark = KnownRequests.Mark(subject, requestId);
        var at = _refused.FindIndex(r => r.Mark == mark);
        if (at >= 0)
        {
            _refused[at] = (mark, Math.Max(attempt, _refused[at].Attempt));
            return;
        }
        if (_refused.Count == UnitLimits.KnownRequestsMax) _refused.RemoveAt(0);
        _refused.Add((mark, attempt));
    }

    /// <summary>True when a later attempt of the same command was refused.</summary>
    public bool Overtook(string subject, Guid requestId, int attempt)
    {
        var mark = KnownRequests.Mark(subject, requestId);
        foreach (var refused in _refused)
        {
            if (refused.Mark == mark) return attempt < refused.Attempt;
        }
        return false;
    }
}
