namespace RttNetwork.Contracts;

/// <summary>The kinds of streams in the order in which a unit enlists them, so that no two chains can wait for each other.</summary>
public enum StreamKind
{
    Identity = 0,
    Participant = 1,
    Referral = 2,
    WaitListPool = 3,
    Facilitator = 4,
    Site = 5,
    Cohort = 6,
    /// <summary>Reference data: read and passed by value, never enlisted with others.</summary>
    Program = 7,
    /// <summary>Reference data, as programs are.</summary>
    RulePacks = 8,
    /// <summary>The evidence of a person's pathway: the last of every chain that has it.</summary>
    Pathway = 9,
    /// <summary>A safety event, after whoever it is about and whoever signs: nothing comes after it.</summary>
    SafetyEvent = 10,
    /// <summary>A plan by which people go elsewhere: a stream that no unit of others has.</summary>
    Rehome = 11,
    /// <summary>The webhooks of a network: a stream of its own, in no chain.</summary>
    Webhooks = 12,
}

/// <summary>
/// Grain keys, which are also stream names: <c>network/letter-id</c>. The network is the tenant and the first part of
/// every key; the letter keeps one kind from another, and keeps any id from reading as a number or a GUID.
/// A cohort's id is <c>site.cohort</c>, so that a cohort named under a foreign site is simply not there.
/// Built only here, from parts that <see cref="Ids"/> has accepted: a client's string never becomes a key unseen.
/// </summary>
public static class Keys
{
    /// <summary>Stream letters by <see cref="StreamKind"/>.</summary>
    private const string Letters = "iprwfsctkhemo";

    public static string Identity(string network, string hash) => Key(StreamKind.Identity, network, hash);
    public static string Participant(string network, string participant) => Key(StreamKind.Participant, network, participant);
    public static string Referral(string network, string referral) => Key(StreamKind.Referral, network, referral);
    /// <summary>The wait-list of a program in a region. Two programs of a network never differ in capitals alone.</summary>
    public static string Pool(string network, string region, string program) => $"{network}/w-{region}.{program.ToLowerInvariant()}";
    public static string Facilitator(string network, string facilitator) => Key(StreamKind.Facilitator, network, facilitator);
    public static string Site(string network, string site) => Key(StreamKind.Site, network, site);
    public static string Cohort(string network, string site, string cohort) => $"{network}/c-{site}.{cohort}";
    /// <summary>The evidence of a participant's pathway.</summary>
    public static string Pathway(string network, string participant) => Key(StreamKind.Pathway, network, participant);

    /// <summary>A safety event belongs to a site, as a cohort does.</summary>
    public static string SafetyEvent(string network, string site, string id) => $"{network}/e-{site}.{id}";

    public static string Rehome(string network, string rehome) => Key(StreamKind.Rehome, network, rehome);

    /// <summary>Two programs of a network never differ in capitals alone.</summary>
    public static string Program(string network, string program) => Key(StreamKind.Program, network, program.ToLowerInvariant());

    /// <summary>All packs of a network are one stream.</summary>
    public static string RulePacks(string network) => Key(StreamKind.RulePacks, network, "rules");

    /// <summary>All webhooks of a network are one stream.</summary>
    public static string Webhooks(string network) => Key(StreamKind.Webhooks, network, "webhooks");

    private static string Key(StreamKind kind, string network, string id) => $"{network}/{Letters[(int)kind]}-{id}";

    /// <summary>The network part of a key.</summary>
    public static string NetworkOf(string key) => key[..key.IndexOf('/', StringComparison.Ordinal)];

    /// <summary>The kind of a key.</summary>
    /// <exception cref="FormatException">The string is not a key.</exception>
    public static StreamKind KindOf(string key)
    {
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        var kind = slash > 0 && key.Length > slash + 3 && key[slash + 2] == '-' ? Letters.IndexOf(key[slash + 1], StringComparison.Ordinal) : -1;
        return kind >= 0 ? (StreamKind)kind : throw new FormatException($"'{key}' is not a stream name.");
    }

    /// <summary>The id part of a key: what follows the kind's letter.</summary>
    public static string IdOf(string key) => key[(key.IndexOf('/', StringComparison.Ordinal) + 3)..];

    /// <summary>True for the key of a pool of this program.</summary>
    public static bool IsPoolOf(string key, string program) => key.EndsWith($".{program.ToLowerInvariant()}", StringComparison.Ordinal);

    /// <summary>The site and event ids of a safety event's key.</summary>
    public static (string Site, string Event) SafetyEventParts(string key) => CohortParts(key);

    /// <summary>The site and cohort ids of a cohort's key.</summary>
    public static (string Site, string Cohort) CohortParts(string key)
    {
        var id = IdOf(key);
        var dot = id.IndexOf('.', StringComparison.Ordinal);
        return (id[..dot], id[(dot + 1)..]);
    }
}

/// <summary>What an id may look like on the wire.</summary>
public static class Ids
{
    /// <summary>The longest id.</summary>
    public const int LengthMax = 40;

    /// <summary>2 to 40 of a-z, 0-9 and hyphen, starting with a letter or digit and not ending with a hyphen.</summary>
    public static bool IsValid(string? id)
    {
        if (id is null || id.Length is < 2 or > LengthMax || id[0] == '-' || id[^1] == '-') return false;
        foreach (var c in id)
        {
            if (c is not ((>= 'a' and <= 'z') or (>= '0' and <= '9') or '-')) return false;
        }
        return true;
    }
}
