namespace RttNetwork.Grains.Units;

/// <summary>
/// The repeats that a stream has refused, each with the number of its attempt, as far back as it remembers. An earlier attempt may
/// still lie somewhere, in the buffers of a process that was frozen: when it is read at last, its time is over.
/// </summary>
internal sealed class RefusedRepeats
{
    private readonly List<(long Mark, int Attempt)> _refused = new(2);

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
