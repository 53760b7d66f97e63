using System.Collections.Immutable;
using System.Security.Cryptography;
using NodaTime;
using Npgsql;
using NpgsqlTypes;
using RttNetwork.Contracts;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Facilitators;
using RttNetwork.Domain.Participants;
using RttNetwork.Domain.Sites;
using RttNetwork.Grains.Units;
using RttNetwork.Load.Worlds;

namespace RttNetwork.Load.Targets;

/// <summary>
/// Writes a world into the product's journal as its own units would have: the same events, in entries of the product's own
/// codec, with a receipt for every command, by COPY. A million people take seconds.
/// </summary>
/// <param name="more">Entries of streams that the world does not have, and later ones of its own.</param>
/// <param name="pace">When entries were recorded; null for now.</param>
internal sealed class JournalSeed(World world, IEnumerable<(string Stream, int Version, ImmutableArray<IEvent> Events)>? more = null, Pace? pace = null)
{
    private static readonly DateTimeZone Zone = DateTimeZoneProviders.Tzdb[World.TimeZone];
    private static readonly Instant At = Instant.FromUtc(2030, 1, 1, 0, 0);
    private static readonly byte[] Nothing = "{}"u8.ToArray();

    /// <summary>Commands that were written: each has a receipt.</summary>
    private int _requests;

    public async Task Write(string connectionString, CancellationToken cancel)
    {
        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync(cancel);
        await using (var journal = await connection.BeginBinaryImportAsync("COPY rtt.journal (stream, version, recorded_at, entry) FROM STDIN (FORMAT binary)", cancel))
        {
            foreach (var (stream, version, events) in Entries().Concat(more ?? []))
            {
                var recorded = pace?.At(_requests) ?? Instant.FromDateTimeOffset(TimeProvider.System.GetUtcNow());
                await journal.StartRowAsync(cancel);
                await journal.WriteAsync(stream, NpgsqlDbType.Text, cancel);
                await journal.WriteAsync(version, NpgsqlDbType.Integer, cancel);
                await journal.WriteAsync(recorded.ToDateTimeUtc(), NpgsqlDbType.TimestampTz, cancel);
                await journal.WriteAsync(EntryCodec.Write([new Act(RequestId(_requests++), "seed", "operator", "care", pace is null ? At : recorded, events)]), NpgsqlDbType.Json, cancel);
            }
            await journal.CompleteAsync(cancel);
        }
        await using var receipts = await connection.BeginBinaryImportAsync("COPY rtt.receipt (network, subject, request_id, fingerprint, streams, reply) FROM STDIN (FORMAT binary)", cancel);
        for (var i = 0; i < _requests; i++)
        {
            await receipts.StartRowAsync(cancel);
            await receipts.WriteAsync(world.Network, NpgsqlDbType.Text, cancel);
            await receipts.WriteAsync("seed", NpgsqlDbType.Text, cancel);
            await receipts.WriteAsync(RequestId(i), NpgsqlDbType.Uuid, cancel);
            await receipts.WriteAsync(SHA256.HashData(BitConverter.GetBytes(i)), NpgsqlDbType.Bytea, cancel);
            await receipts.WriteAsync(Array.Empty<string>(), NpgsqlDbType.Array | NpgsqlDbType.Text, cancel);
            await receipts.WriteAsync(Nothing, NpgsqlDbType.Json, cancel);
        }
        await receipts.CompleteAsync(cancel);
    }

    private static Guid RequestId(int number)
    {
        Span<byte> bytes = stackalloc byte[16];
        BitConverter.TryWriteBytes(bytes, Draw.Mix((ulong)number));
        BitConverter.TryWriteBytes(bytes[8..], Draw.Mix(~(ulong)number));
        return new Guid(bytes);
    }

    /// <summary>Every entry in an order in which it could have been written.</summary>
    public IEnumerable<(string Stream, int Version, ImmutableArray<IEvent> Events)> Entries()
    {
        for (var site = 0; site < world.Sites; site++)
        {
            foreach (var entry in Site(site)) yield return entry;
        }
        for (var person = 0; person < world.People; person++)
        {
            var home = world.HomeSiteId(person);
            // Registered and found eligible: two commands that one mailbox decided together.
            yield return (Keys.Participant(world.Network, World.PersonId(person)), 1, [new ParticipantRegistered(home, false, World.Region, ""), new EligibilitySet(true, "screened")]);
        }
    }

    private IEnumerable<(string Stream, int Version, ImmutableArray<IEvent> Events)> Site(int site)
    {
        var first = site * World.CohortsPerSite;
        var last = Math.Min(first + World.CohortsPerSite, world.CohortsInAll) - 1;
        var siteKey = Keys.Site(world.Network, World.SiteId(first));
        var version = 1;
        yield return (siteKey, version++, [new SiteOpened($"Site {site}", World.Region, World.Jurisdiction, World.TimeZone, null, null)]);
        for (var cohort = first; cohort <= last; cohort += World.CohortsPerRoom)
            yield return (siteKey, version++, [new RoomOpened(World.RoomId(cohort), $"Room {World.RoomId(cohort)}", World.Seats)]);
        for (var cohort = first; cohort <= last; cohort++)
        {
            var sessions = Sessions(cohort);
            var key = Keys.Cohort(world.Network, World.SiteId(cohort), World.CohortId(cohort));
            yield return (siteKey, version, [new RoomReserved(World.RoomId(cohort), key, SiteRules.RoomTimes(sessions))]);
            yield return (key, 1, [Opened(cohort, sessions, version++)]);
            for (var member = 0; member < World.MembersPerCohort; member++)
            {
                var id = World.FacilitatorId(cohort, member);
                var facilitator = Keys.Facilitator(world.Network, id);
                var busy = sessions.Select(s => new Busy(key, World.SiteId(cohort), s.StartsAt, s.EndsAt)).ToImmutableArray();
                yield return (facilitator, 1,
                    [new FacilitatorRegistered(World.SiteId(cohort), [World.Role], [new Credential(World.Role, World.Jurisdiction, new LocalDate(2020, 1, 1), null)])]);
                yield return (facilitator, 2, [new AssignmentOpened(key, World.Role, busy)]);
                yield return (key, 2 + member, [new FacilitatorAssigned(id, World.Role, 1)]);
            }
        }
    }

    private CohortOpened Opened(int cohort, ImmutableArray<Session> sessions, int siteVersion) => new(
        World.SiteId(cohort),
        World.Region,
        World.Jurisdiction,
        World.TimeZone,
        $"Cohort {cohort}",
        World.Program,
        1,
        new RoomCopy(World.RoomId(cohort), World.Seats, false, siteVersion),
        0,
        world.SeatsOf(cohort),
        0,
        [new StaffingRequirement(World.Role, world.ParticipantsPerMember(cohort), 1)],
        sessions,
        sessions[0].StartsAt,
        false,
        new HoldPolicy(Duration.FromMinutes(15), world.SeatsOf(cohort) / 4, world.SeatsOf(cohort) / 8));

    private static ImmutableArray<Session> Sessions(int cohort)
    {
        var first = LocalDateTime.FromDateTime(World.FirstSession(cohort));
        var sessions = ImmutableArray.CreateBuilder<Session>(World.Sessions);
        for (var i = 0; i < World.Sessions; i++)
        {
            var start = first.PlusWeeks(i);
            sessions.Add(new Session("preparation", start, start.InZoneStrictly(Zone).ToInstant(), Duration.FromHours(2), Duration.FromMinutes(30), false));
        }
        return sessions.MoveToImmutable();
    }
}

/// <summary>Entries that were recorded one after the other, at equal intervals.</summary>
/// <param name="From">The first.</param>
internal sealed record Pace(Instant From, Duration Every)
{
    public Instant At(int entry) => From + (Every * entry);
}
