namespace RttNetwork.Identity;

/// <summary>Somebody whom whoever asks may be.</summary>
/// <param name="Id">The subject.</param>
/// <param name="Title">What they are, for people.</param>
/// <param name="AccessToken">The token that stands for them at the API, made when it is asked for.</param>
public sealed record Person(string Id, string Title, Func<string> AccessToken);

/// <summary>How the development provider is set up.</summary>
public sealed record IdentityOptions
{
    /// <summary>It runs in <c>Development</c> alone.</summary>
    public required string EnvironmentName { get; init; }

    /// <summary>A port of the loopback; 0 takes a free one.</summary>
    public required int Port { get; init; }

    /// <summary>The one client.</summary>
    public required string ClientId { get; init; }

    /// <summary>Where the client's pages are: codes go to <c>/signin-oidc</c> there and nowhere else.</summary>
    public required Uri Client { get; init; }

    /// <summary>Everybody who can be signed in.</summary>
    public required IReadOnlyList<Person> People { get; init; }
}
