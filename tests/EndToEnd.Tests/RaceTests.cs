using RttNetwork.Rig;
using RttNetwork.Wire.V1;

namespace RttNetwork.EndToEnd.Tests;

/// <summary>The last seats of a cohort, over gRPC, with three silos.</summary>
public sealed class RaceTests(RealNetwork network) : IClassFixture<RealNetwork>
{
    private const int Clients = 2_000;
    private const int LastSeats = 40;
    private const int SeatsGone = 5;

    /// <summary>Seeded runs: ten here; RTT_RACE_RUNS=50 makes the full proof.</summary>
    private static readonly int Runs = int.TryParse(Environment.GetEnvironmentVariable("RTT_RACE_RUNS"), out var runs) ? runs : 10;

    [Fact]
    public async Task Two_thousand_clients_for_the_last_forty_seats_leave_exactly_forty_seated()
    {
        IReadOnlyList<string> people = [];
        for (var run = 0; run < Runs; run++)
        {
            // Nobody may have more than 32 seats at once, so the full proof takes new people now and then.
            if (run % 20 == 0) people = await network.Register(Clients + SeatsGone, $"race-{run}");
            var random = new Random(run);
            var cohort = await network.OpenCohort($"race-{run}", LastSeats + SeatsGone, mayOverlap: true);
            for (var i = 0; i < SeatsGone; i++) Assert.Null(await network.Book(i, cohort, people[Clients + i]));
            var order = Enumerable.Range(0, Clients).ToArray();
            random.Shuffle(order);

            var answers = await Task.WhenAll(order.Select(i => network.Book(i, cohort, people[i])));

            Assert.Equal(LastSeats, answers.Count(reason => reason is null));
            Assert.Equal(Clients - LastSeats, answers.Count(reason => reason == "SEAT_FULL"));
            var seats = (await network.Client(run).Cohorts.GetCohortAsync(new GetCohortRequest { Name = cohort })).Seats;
            Assert.Equal((LastSeats + SeatsGone, 0), (seats.Booked, seats.Open));
        }
        var journal = await JournalReader.ReadAll(network.ConnectionString);
        JournalChecks.StreamsHaveNoGap(journal);
        JournalChecks.SeatsHold(journal);
    }

    [Fact]
    public async Task Twenty_first_bookings_at_once_by_one_person_in_overlapping_cohorts_give_one_seat()
    {
        var person = Assert.Single(await network.Register(1, "twenty"));
        var cohorts = new List<string>();
        for (var i = 0; i < 20; i++) cohorts.Add(await network.OpenCohort($"overlap-{i}", 4, mayOverlap: false));

        var answers = await Task.WhenAll(cohorts.Select((cohort, i) => network.Book(i, cohort, person)));

        Assert.Single(answers, reason => reason is null);
        Assert.Equal(19, answers.Count(reason => reason == "ALREADY_ENROLLED"));
        var enrolment = Assert.Single((await network.Client(0).Participants.GetParticipantAsync(new GetParticipantRequest { Name = person })).Enrolments);
        Assert.Equal(SeatState.Booked, enrolment.State);
    }
}
