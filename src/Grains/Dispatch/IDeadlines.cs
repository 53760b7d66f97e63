using System.Collections.Immutable;
using NodaTime;

namespace RttNetwork.Grains.Dispatch;

/// <summary>Something that is to be done at an instant, though nobody calls.</summary>
/// <param name="Stream">The stream that it stands in.</param>
/// <param name="Subject">Whom or what of the stream it is about: an id.</param>
/// <param name="DueAt">Not before this instant.</param>
/// <param name="Kind">One of <see cref="DeadlineKinds"/>.</param>
public sealed record Deadline(string Stream, string Subject, Instant DueAt, string Kind);

/// <summary>What may fall due. A new kind is a name here, its rows in the projection, and what <see cref="Deadlines"/> starts for it.</summary>
public static class DeadlineKinds
{
    /// <summary>A cohort's: an offer to a person lapses (rule 38).</summary>
    public const string Offer = "offer";

    /// <summary>A cohort's with a list: a hold of a person ends, and its seat is for whoever waits (rules 13 and 38).</summary>
    public const string Hold = "hold";

    /// <summary>A referral's: nobody has decided on it (rule 39).</summary>
    public const string Referral = "referral";
}

/// <summary>What is due, as the projection has it. A row goes when its stream says that it has been seen to.</summary>
public interface IDeadlines
{
    /// <summary>What was due by an instant, soonest first.</summary>
    ValueTask<ImmutableArray<Deadline>> Due(Instant by, int max, CancellationToken cancel);
}
