using System.Collections.Immutable;
using System.Text;
using CsCheck;
using NodaTime;
using NodaTime.Text;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Grains.Units;

namespace RttNetwork.Grains.Tests.Units;

/// <summary>What a process wrote lately it need not read: but it must never say anything else than reading would.</summary>
public sealed class EntryCodecTests
{
    /// <summary>Many more than are kept, so that places are shared; by several at once, as silos write.</summary>
    [Fact]
    public void An_entry_says_what_was_written_whatever_was_written_since()
    {
        var entries = Enumerable.Range(0, 20_000).AsParallel().Select(i => (Entry: EntryCodec.Write([ActOf($"person-{i}")]), Participant: $"person-{i}")).ToList();
        Assert.All(entries, e => Assert.Equal(e.Participant, Assert.IsType<SeatBooked>(Assert.Single(Assert.Single(EntryCodec.Read(e.Entry)).Events)).Participant));
        Assert.All(entries, e => Assert.Equal(e.Entry, EntryCodec.AsWritten([.. e.Entry])));
    }

    [Fact]
    public void What_is_kept_is_not_read_again_and_what_another_process_wrote_is()
    {
        var act = ActOf("person");
        var entry = EntryCodec.Write([act]);
        Assert.Same(act, Assert.Single(EntryCodec.Read(entry)));
        Assert.Same(entry, EntryCodec.AsWritten([.. entry]));
        // The same, as others may write it.
        var foreign = Assert.Single(EntryCodec.Read([.. entry, (byte)' ']));
        Assert.NotSame(act, foreign);
        Assert.Equal(act with { Events = foreign.Events }, foreign);
        byte[] theirs = [.. entry, (byte)' '];
        Assert.Same(theirs, EntryCodec.AsWritten(theirs));
    }

    /// <summary>Instants are written as the pattern of NodaTime would, and read back to the nanosecond.</summary>
    [Fact]
    public void An_instant_is_kept_to_the_nanosecond_and_written_in_one_way() =>
        Gen.Select(Gen.Long[-60_000_000_000, 60_000_000_000], Gen.OneOf(Gen.Int[0, 999_999_999], Gen.Int[0, 9_999_999].Select(ticks => ticks * 100), Gen.Const(0)))
            .Select((seconds, nanoseconds) => Instant.FromUnixTimeSeconds(seconds).PlusNanoseconds(nanoseconds))
            .Sample(at =>
            {
                var entry = EntryCodec.Write([ActOf("person") with { At = at }]);
                Assert.Contains($"\"at\":\"{InstantPattern.ExtendedIso.Format(at)}\"", Encoding.UTF8.GetString(entry), StringComparison.Ordinal);
                Assert.Equal(at, Assert.Single(EntryCodec.Read([.. entry, (byte)' '])).At);
            });

    private static Act ActOf(string participant) =>
        new(new Guid("6f9619ff-8b86-d011-b42d-00c04fc964ff"), "desk-1", "site", "care", Instant.FromUtc(2027, 1, 5, 17, 0), ImmutableArray.Create<Domain.Common.IEvent>(new SeatBooked(participant)));
}
