using Grpc.Core;
using RttNetwork.Wire.V1;

namespace RttNetwork.Cli.Tests.Fakes;

internal sealed class FakeCohorts(World state) : Cohorts.CohortsBase
{
    public override Task<Cohort> GetCohort(GetCohortRequest request, ServerCallContext context) =>
        Task.FromResult(new Cohort { Name = request.Name, Sessions = { new Session { Id = "w01-preparation-p2", Kind = "preparation", LocalStart = FakeSessions.Medicine.LocalStart }, FakeSessions.Medicine } });

    public override Task<Seat> BookSeat(BookSeatRequest request, ServerCallContext context) => Task.FromResult(state.Book(request));

    public override Task<SearchSeatsResponse> SearchSeats(SearchSeatsRequest request, ServerCallContext context)
    {
        state.Searches.Enqueue(request);
        // Three pages of two: the command asks for them all.
        var page = request.PageToken.Length == 0 ? 0 : int.Parse(request.PageToken, System.Globalization.CultureInfo.InvariantCulture);
        var reply = new SearchSeatsResponse { NextPageToken = page < 2 ? $"{page + 1}" : "" };
        reply.Results.AddRange(Enumerable.Range(page * 2, 2).Select(i => new OpenSeats { Cohort = $"networks/bc/sites/nanaimo/cohorts/c{i}", Program = "GRIP-8", Seats = new SeatCount { Open = i }, Match = new SeatMatch { Reasons = { new SeatMatchReason { Code = "distance", Text = $"{i} km away" } } } }));
        return Task.FromResult(reply);
    }
}
