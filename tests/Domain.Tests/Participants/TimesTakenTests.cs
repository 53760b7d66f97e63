using CsCheck;
using NodaTime;
using RttNetwork.Domain.Participants;

namespace RttNetwork.Domain.Tests.Participants;

public sealed class TimesTakenTests
{
    /// <summary>What was stored as times and what is stored as numbers since say the same of a person.</summary>
    [Fact]
    public void Hours_that_a_seat_takes_are_the_same_in_either_form() =>
        Gen.Select(Gen.Int[0, 30_000_000], Gen.Int[1, 1440]).Array[0, 90].Sample(numbers =>
        {
            var at = Instant.FromUtc(2027, 1, 5, 17, 0);
            var booked = ParticipantState.Empty.Apply(new EnrolmentBooked("n/c-s.c", new LocalDate(2027, 1, 6), new LocalDate(2027, 3, 30), false), at);
            var before = booked.Apply(new TimesTakenInWords("n/c-s.c", "America/Toronto", true, [.. numbers.Select(n => new WallTime(n.Item1, n.Item2))]), at);
            var since = booked.Apply(new TimesTaken("n/c-s.c", "America/Toronto", true, [.. numbers.SelectMany(n => new[] { n.Item1, n.Item2 })]), at);
            Assert.Equal(numbers.Length, Assert.Single(since.Enrolments).Times.Length);
            Assert.Equal(before.Enrolments[0].Times.AsEnumerable(), since.Enrolments[0].Times.AsEnumerable());
            Assert.Equal(before.Enrolments[0] with { Times = [] }, since.Enrolments[0] with { Times = [] });
        }, iter: 500);
}
