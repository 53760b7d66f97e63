using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts.Views;

namespace RttNetwork.Contracts.Units;

/// <summary>What a caller may reach, as its token says.</summary>
public enum CallerScope
{
    /// <summary>The dispatcher: the network acting on what it recorded itself.</summary>
    System = 0,
    /// <summary>A site client: its own sites.</summary>
    Site = 1,
    /// <summary>The network operator: every site of its network.</summary>
    Operator = 2,
    /// <summary>A regional authority: aggregates of its regions.</summary>
    Authority = 3,
}

/// <summary>
/// Who asks. Built by the gateway from the token, checked again in the grain, and stored with the events.
/// </summary>
/// <param name="Network">The tenant.</param>
/// <param name="Subject">The opaque id of the user or software.</param>
/// <param name="Scope">What it may reach.</param>
/// <param name="Sites">For <see cref="CallerScope.Site"/>: the ids of its sites.</param>
/// <param name="Regions">For <see cref="CallerScope.Authority"/>: the ids of its regions.</param>
/// <param name="Purpose">Why: a code from the token, "care" unless it says otherwise.</param>
[GenerateSerializer, Immutable, Alias("rtt.Caller")]
public sealed record Caller(
    [property: Id(0)] string Network,
    [property: Id(1)] string Subject,
    [property: Id(2)] CallerScope Scope,
    [property: Id(3)] ImmutableArray<string> Sites,
    [property: Id(4)] ImmutableArray<string> Regions,
    [property: Id(5)] string Purpose)
{
    /// <summary>What an authority is told of people: by the strictest policy of its regions, whichever of them it asks about. Null for everybody else.</summary>
    [Id(6)] public DisclosurePolicyView? Disclosure { get; init; }

    /// <summary>True when the caller may act at this site of its own network.</summary>
    public bool Reaches(string network, string site) =>
        network == Network && (Scope is CallerScope.System or CallerScope.Operator || (Scope is CallerScope.Site && Sites.Contains(site)));

    /// <summary>True when the caller may act for the whole network.</summary>
    public bool ReachesAll(string network) => network == Network && Scope is CallerScope.System or CallerScope.Operator;
}

/// <summary>
/// One unit of work on its way down a chain of grains. It starts at the gateway or the dispatcher with nothing
/// enlisted; every grain that it visits holds its turn, adds its facts and passes it on; the last one decides over all
/// facts and commits. Grains are enlisted in the order of <see cref="StreamKind"/>, then of key.
/// </summary>
/// <param name="Caller">Who asks.</param>
/// <param name="RequestId">Chosen by the client; with the caller's subject it names the command for ever.</param>
/// <param name="Fingerprint">SHA-256 of the canonical request: the same id with another fingerprint is refused.</param>
/// <param name="Now">Read once, when the chain starts; every rule is judged at this instant.</param>
/// <param name="Deadline">Nothing is enlisted or sent after this instant.</param>
/// <param name="ValidateOnly">The same chain without the commit.</param>
/// <param name="Attempt">0, or how many times the client says that it has sent this request before.</param>
/// <param name="Enlisted">The streams that hold their turn for this unit, with their facts.</param>
[GenerateSerializer, Immutable, Alias("rtt.Unit")]
public sealed record Unit(
    [property: Id(0)] Caller Caller,
    [property: Id(1)] Guid RequestId,
    [property: Id(2)] byte[] Fingerprint,
    [property: Id(3)] Instant Now,
    [property: Id(4)] Instant Deadline,
    [property: Id(5)] bool ValidateOnly,
    [property: Id(6)] int Attempt,
    [property: Id(7)] ImmutableArray<Enlistment> Enlisted)
{
    /// <summary>A unit with nothing enlisted, as the gateway and the dispatcher start it.</summary>
    public static Unit Start(Caller caller, Guid requestId, byte[] fingerprint, Instant now, Instant deadline, bool validateOnly = false, int attempt = 0) =>
        new(caller, requestId, fingerprint, now, deadline, validateOnly, attempt, []);

    /// <summary>Adds a stream that holds its turn.</summary>
    /// <exception cref="InvalidOperationException">The stream is out of order: a programmer's error that could deadlock.</exception>
    public Unit With(Enlistment next)
    {
        if (Enlisted is [.., var last] && !Follows(last.Stream, next.Stream))
            throw new InvalidOperationException($"{next.Stream} was enlisted after {last.Stream}: out of order.");
        return this with { Enlisted = Enlisted.Add(next) };
    }

    /// <summary>True when <paramref name="next"/> may be enlisted after <paramref name="last"/>.</summary>
    public static bool Follows(string last, string next)
    {
        var (before, after) = (Keys.KindOf(last), Keys.KindOf(next));
        return before < after || (before == after && string.CompareOrdinal(last, next) < 0);
    }

    /// <summary>The facts that an earlier grain of the chain sent down.</summary>
    public TFacts Facts<TFacts>() where TFacts : Facts
    {
        foreach (var enlistment in Enlisted)
        {
            if (enlistment.Facts is TFacts facts) return facts;
        }
        throw new InvalidOperationException($"The unit carries no {typeof(TFacts).Name}.");
    }
}

/// <summary>A stream that holds its turn for a unit.</summary>
/// <param name="Stream">Its name.</param>
/// <param name="Version">The version that its facts were read at; an append takes the next one.</param>
/// <param name="Facts">An immutable, bounded extract of its state; null when the decision needs none.</param>
[GenerateSerializer, Immutable, Alias("rtt.Enlistment")]
public sealed record Enlistment(
    [property: Id(0)] string Stream,
    [property: Id(1)] int Version,
    [property: Id(2)] Facts? Facts);

/// <summary>What one grain tells the grains after it.</summary>
[GenerateSerializer, Immutable, Alias("rtt.Facts")]
public abstract record Facts;

/// <summary>What became of a unit.</summary>
public enum UnitOutcome
{
    /// <summary>Durable in every stream.</summary>
    Accepted,
    /// <summary>Accepted earlier under the same request id: the first answer again.</summary>
    Replayed,
    /// <summary>The dispatcher asked for what is so already. Nothing was written.</summary>
    Already,
    /// <summary><see cref="Unit.ValidateOnly"/>: it would have been accepted. Nothing was written.</summary>
    WouldBeAccepted,
    /// <summary>Refused by a rule. Nothing was written.</summary>
    Refused,
    /// <summary>Another unit took a version first: dead. The first grain of the chain starts anew.</summary>
    Conflict,
    /// <summary>Nothing was written: too much is waiting.</summary>
    Overloaded,
    /// <summary>Nothing was written: the journal cannot be asked now.</summary>
    Unavailable,
    /// <summary>It may be durable, or become so until somebody settles it: the client repeats the same request id.</summary>
    Unknown,
    /// <summary>The deadline passed before anything was sent. Nothing was written.</summary>
    Expired,
}

/// <summary>A unit's way back up: the outcome, and for each grain of the chain the entry that it must fold.</summary>
/// <param name="Outcome">What became of the unit.</param>
/// <param name="Reply">For an accepted, replayed or already fulfilled command.</param>
/// <param name="Refusal">For a refused one.</param>
/// <param name="Entries">For an accepted one: what was appended, for the grains above to fold. Never shown to a client.</param>
/// <param name="Token">A place in the feed that includes the unit: "xid.position".</param>
[GenerateSerializer, Immutable, Alias("rtt.UnitAnswer`1")]
public sealed record UnitAnswer<TReply>(
    [property: Id(0)] UnitOutcome Outcome,
    [property: Id(1)] TReply? Reply,
    [property: Id(2)] Refusal? Refusal,
    [property: Id(3)] ImmutableArray<AppendedEntry> Entries,
    [property: Id(4)] string? Token)
    where TReply : class
{
    public static UnitAnswer<TReply> Of(UnitOutcome outcome, TReply? reply = null, string? token = null) => new(outcome, reply, null, [], token);
    public static UnitAnswer<TReply> Of(Refusal refusal) => new(UnitOutcome.Refused, null, refusal, [], null);

    /// <summary>True when the command took effect, now or earlier.</summary>
    public bool IsAccepted => Outcome is UnitOutcome.Accepted or UnitOutcome.Replayed or UnitOutcome.Already or UnitOutcome.WouldBeAccepted;
}

/// <summary>An entry as it was appended, for its owner to fold.</summary>
[GenerateSerializer, Immutable, Alias("rtt.AppendedEntry")]
public sealed record AppendedEntry(
    [property: Id(0)] string Stream,
    [property: Id(1)] int Version,
    [property: Id(2)] byte[] Entry);

/// <summary>Why a command was refused: a value, never an exception.</summary>
/// <param name="Reason">UPPER_SNAKE, stable for ever; the gateway's status table knows every one.</param>
/// <param name="Message">One sentence with the rule's numbers. Names no other site, program or person.</param>
/// <param name="Rule">The number of the domain rule, or 0.</param>
/// <param name="Numbers">What the rule counted, by name.</param>
[GenerateSerializer, Immutable, Alias("rtt.Refusal")]
public sealed record Refusal(
    [property: Id(0)] string Reason,
    [property: Id(1)] string Message,
    [property: Id(2)] int Rule,
    [property: Id(3)] ImmutableArray<Number> Numbers)
{
    /// <summary>Where a rule looks at many things at once: everything that stands against it, at most <see cref="ViolationsMax"/>.</summary>
    [Id(4)] public ImmutableArray<Violation> Violations { get; init; } = [];

    /// <summary>As many as fit into a status; the message says how many there are.</summary>
    public const int ViolationsMax = 100;
}

/// <summary>One of several things that a rule finds.</summary>
/// <param name="Rule">The number of the domain rule, or 0.</param>
/// <param name="Subject">The path of a field, or a session, facilitator or room.</param>
[GenerateSerializer, Immutable, Alias("rtt.Violation")]
public sealed record Violation([property: Id(0)] int Rule, [property: Id(1)] string Subject, [property: Id(2)] string Description);

/// <summary>A figure of a refusal.</summary>
[GenerateSerializer, Immutable, Alias("rtt.Number")]
public readonly record struct Number([property: Id(0)] string Name, [property: Id(1)] string Value);

/// <summary>What a read of a grain answers.</summary>
/// <param name="Value">Null when there is nothing, or nothing that this caller may see: the two look alike.</param>
/// <param name="Unavailable">The grain cannot vouch for its state now; the client asks again.</param>
[GenerateSerializer, Immutable, Alias("rtt.ReadAnswer`1")]
public sealed record ReadAnswer<TView>(
    [property: Id(0)] TView? Value,
    [property: Id(1)] bool Unavailable)
    where TView : class;
