using System.Security.Cryptography;
using System.Text;
using RttNetwork.Contracts;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Facilitators;
using RttNetwork.Domain.Pathways;
using RttNetwork.Domain.Safety;
using RttNetwork.Domain.Sites;
using RttNetwork.Domain.WaitLists;
using RttNetwork.Grains.Units;

namespace RttNetwork.Grains.Dispatch;

/// <summary>A unit that an event asks for.</summary>
/// <param name="Stream">The stream whose grain starts the unit.</param>
/// <param name="Version">The version of that stream that holds the event: an activation that is older reads it first.</param>
/// <param name="Cohort">The key of the cohort that must take notice.</param>
/// <param name="Session">The session of the cohort that it is about, by its place in the plan; null when it is about none.</param>
/// <param name="RequestId">Derived from the event's place and the purpose: a repeat does nothing.</param>
public sealed record Reaction(string Stream, int Version, string Cohort, int? Session, Guid RequestId)
{
    /// <summary>A guest's place was given back: whether a seat is free by it is the cohort's to say.</summary>
    public bool IsOfGuest { get; init; }

    /// <summary>The key of the pool that it is about; null when it is about none. Without a cohort it is about every one of the pool's.</summary>
    public string? Pool { get; init; }

    /// <summary>Somebody's waiting in the pool has ended: their place is cleared.</summary>
    public bool HasEnded { get; init; }
}

/// <summary>
/// What the dispatcher does for each event. A change that concerns many cohorts is a process of one unit per cohort,
/// visible as such in the journal.
/// </summary>
public static class Reactions
{
    /// <summary>The units that an entry asks for, in order.</summary>
    public static IEnumerable<Reaction> To(FeedEntry entry)
    {
        if (!MayAsk(Keys.KindOf(entry.Stream), entry.Entry.Span)) yield break;
        foreach (var act in EntryCodec.Read(entry.Entry.Span))
        {
            foreach (var @event in act.Events)
            {
                if (@event is MakeUpLeft left)
                {
                    yield return new Reaction(entry.Stream, entry.Version, left.Cohort, left.Session, RequestId(entry, $"{left.Cohort}/{left.Session}"));
                    continue;
                }
                foreach (var reaction in OfPool(entry, act, @event)) yield return reaction;
                var cohorts = @event switch
                {
                    RoomBlocked e => e.Cohorts,
                    RoomUnblocked e => e.Cohorts,
                    AccreditationDated e => e.Cohorts,
                    AccreditationLost e => e.Cohorts,
                    CredentialRecorded e => e.Cohorts,
                    CredentialWithdrawn e => e.Cohorts,
                    TrainingRecorded e => e.Cohorts,
                    TrainingAwarded e => e.Cohorts,
                    SeatLeft e => [e.Cohort],
                    SeatReserved or GuestGone => [entry.Stream],
                    WaitsAnew e => e.Cohorts,
                    SafetyEventRecorded { IsSerious: true, Cohort.Length: > 0 } e => [e.Cohort],
                    SafetyEventClosed { Cohort.Length: > 0 } e => [e.Cohort],
                    _ => [],
                };
                foreach (var cohort in cohorts) yield return new Reaction(entry.Stream, entry.Version, cohort, null, RequestId(entry, @event is GuestGone ? $"{cohort} keeps" : cohort)) { IsOfGuest = @event is GuestGone };
            }
        }
    }

    /// <summary>What follows of pools: their cohorts are told who waits, a person is considered anew in each, and what their waiting left behind is cleared.</summary>
    private static IEnumerable<Reaction> OfPool(FeedEntry entry, Act act, IEvent @event)
    {
        var network = Keys.NetworkOf(entry.Stream);
        return @event switch
        {
            CohortOpened or CohortPlanned when act.Events.Any(e => e is AppointmentOffered or TrainingPlanned) => [],
            CohortOpened e => [Of(entry.Stream, Keys.Pool(network, e.Region, e.Program))],
            CohortPlanned e => [Of(entry.Stream, Keys.Pool(network, e.Region, e.Program))],
            PoolJoined e => e.Cohorts.Select(c => Of(c, entry.Stream)),
            PoolLeft e => e.Cohorts.Select(c => Of(c, entry.Stream)),
            PoolsAnew e => e.Pools.Select(p => Of("", p)),
            PoolEnded e => [Of("", e.Pool) with { HasEnded = true }, .. e.OfferedIn is { } cohort ? new[] { new Reaction(entry.Stream, entry.Version, cohort, null, RequestId(entry, $"{cohort} of {e.Pool}")) } : []],
            _ => [],
        };

        Reaction Of(string cohort, string pool) => new(entry.Stream, entry.Version, cohort, null, RequestId(entry, $"{pool} {cohort} {@event.GetType().Name}")) { Pool = pool };
    }

    /// <summary>
    /// False when nothing can follow from an entry, which then is not read. Of cohorts and participants, which is nearly everything, hardly any does: it is
    /// told by the events' names in the bytes.
    /// </summary>
    private static bool MayAsk(StreamKind kind, ReadOnlySpan<byte> entry) => kind switch
    {
        StreamKind.Site or StreamKind.Facilitator or StreamKind.Pathway or StreamKind.SafetyEvent or StreamKind.WaitListPool => true,
        StreamKind.Cohort => entry.IndexOf("\"seat-reserved"u8) >= 0 || entry.IndexOf("\"guest-gone"u8) >= 0 || entry.IndexOf("\"cohort-opened"u8) >= 0,
        StreamKind.Participant => entry.IndexOf("\"waits-anew"u8) >= 0 || entry.IndexOf("\"pools-anew"u8) >= 0 || entry.IndexOf("\"pool-ended"u8) >= 0,
        _ => false,
    };

    /// <summary>The request id of a unit that nobody asked for: it follows from what asks for it, so that a repeat changes nothing.</summary>
    internal static Guid RequestId(string cause)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(Encoding.UTF8.GetBytes(cause), hash);
        return new Guid(hash[..16]);
    }

    private static Guid RequestId(FeedEntry entry, string purpose) => RequestId($"{entry.Stream}@{entry.Version}:{purpose}");
}
