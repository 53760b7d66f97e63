namespace RttNetwork.Gateway.Management;

/// <summary>Something that this process needs, and that can be asked how it is.</summary>
public interface IDependency
{
    /// <summary>A word for it: <c>database</c>.</summary>
    string Name { get; }

    /// <summary>Asks it. What it throws is a dependency that is not well; of the exception only the type is told.</summary>
    Task<DependencyState> Ask(CancellationToken cancel);
}

/// <summary>How a dependency is.</summary>
/// <param name="Why">When it is not well, why: words of ours, never those of an exception, which may quote a connection string.</param>
/// <param name="Numbers">Named with their units.</param>
public sealed record DependencyState(bool Ok, string? Why, params IReadOnlyList<(string Name, double Value)> Numbers);
