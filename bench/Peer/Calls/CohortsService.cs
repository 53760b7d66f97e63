using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Npgsql;
using RttNetwork.Peer.Database;
using RttNetwork.Wire.V1;

namespace RttNetwork.Peer.Calls;

/// <summary>The methods of <c>rtt.v1.Cohorts</c> that are compared.</summary>
internal sealed class CohortsService(SeatStore store, Tokens tokens, TimeProvider time) : Cohorts.CohortsBase
{
    private static readonly Seat NoSeat = new();
    private static readonly Cohort NoCohort = new();
    private static readonly byte[] BookMethod = "rtt.v1.Cohorts.BookSeat"u8.ToArray();
    private static readonly byte[] HoldMethod = "rtt.v1.Cohorts.HoldSeat"u8.ToArray();
    private static readonly byte[] CancelMethod = "rtt.v1.Cohorts.CancelSeat"u8.ToArray();
    private static readonly byte[] ReleaseMethod = "rtt.v1.Cohorts.ReleaseSeat"u8.ToArray();

    public override Task<Seat> BookSeat(BookSeatRequest request, ServerCallContext context) =>
        Run(context, BookMethod, request.Cohort, request.Participant, "", request.RequestId, request.ValidateOnly, static (store, command) => store.Book(command));

    public override Task<Seat> HoldSeat(HoldSeatRequest request, ServerCallContext context) =>
        Run(context, HoldMethod, request.Cohort, request.Participant, "", request.RequestId, request.ValidateOnly, static (store, command) => store.Hold(command));

    public override Task<Seat> CancelSeat(CancelSeatRequest request, ServerCallContext context) =>
        Run(context, CancelMethod, request.Cohort, request.Participant, request.Reason, request.RequestId, request.ValidateOnly, static (store, command) => store.Cancel(command));

    public override Task<Seat> ReleaseSeat(ReleaseSeatRequest request, ServerCallContext context) =>
        Run(context, ReleaseMethod, request.Cohort, request.Participant, "", request.RequestId, request.ValidateOnly, static (store, command) => store.Release(command));

    public override async Task<Cohort> GetCohort(GetCohortRequest request, ServerCallContext context)
    {
        var now = Clock.Now(time);
        if (await tokens.Judge(context.GetHttpContext().Request.Headers.Authorization, now) is not { } caller) return Failure.Unauthenticated.Refuse(context, NoCohort);
        if (!CohortName.TryParse(request.Name, out var name)) return Failure.Field("name", "must be networks/*/sites/*/cohorts/*").Refuse(context, NoCohort);
        if (!caller.Reaches(name.Network, name.Site)) return Failure.Denied.Refuse(context, NoCohort);
        try
        {
            if (await store.Read(name.Key, now.UtcDateTime) is not { } row) return Failure.NotFound.Refuse(context, NoCohort);
            var cohort = Cohort.Parser.ParseFrom(row.Profile);
            var taken = row.Booked + row.Held;
            cohort.State = taken > row.Usable ? CohortState.AtRisk : CohortState.Open;
            cohort.Seats = new SeatCount { Usable = row.Usable, Booked = row.Booked, Held = row.Held, Open = Math.Max(0, row.Usable - taken), BoundBy = row.BoundBy };
            cohort.AsOfTime = Timestamp.FromDateTimeOffset(now);
            return cohort;
        }
        catch (NpgsqlException)
        {
            return Failure.OutcomeUnknown.Refuse(context, NoCohort);
        }
    }

    private async Task<Seat> Run(
        ServerCallContext context, byte[] method, string cohort, string participant, string reason, string requestId, bool validateOnly,
        Func<SeatStore, SeatCommand, ValueTask<SeatAnswer>> run)
    {
        var now = Clock.Now(time);
        if (await tokens.Judge(context.GetHttpContext().Request.Headers.Authorization, now) is not { } caller) return Failure.Unauthenticated.Refuse(context, NoSeat);
        if (!CohortName.TryParse(cohort, out var cohortName)) return Failure.Field("cohort", "must be networks/*/sites/*/cohorts/*").Refuse(context, NoSeat);
        if (!ParticipantName.TryParse(participant, out var participantName)) return Failure.Field("participant", "must be networks/*/participants/*").Refuse(context, NoSeat);
        if (!Guid.TryParseExact(requestId, "D", out var id) || id == Guid.Empty) return Failure.Field("request_id", "must be a UUID").Refuse(context, NoSeat);
        if (reason.Length > 64) return Failure.Field("reason", "must be a code").Refuse(context, NoSeat);
        if (!caller.Reaches(cohortName.Network, cohortName.Site) || participantName.Network != caller.Network) return Failure.Denied.Refuse(context, NoSeat);
        SeatAnswer answer;
        try
        {
            answer = await run(store, new SeatCommand(cohortName.Key, participantName.Key, caller, id, Fingerprint.Of(method, cohort, participant, reason), now.UtcDateTime, validateOnly, reason));
        }
        catch (NpgsqlException)
        {
            return Failure.OutcomeUnknown.Refuse(context, NoSeat);
        }
        if (answer.Reason is not null) return Failure.Of(answer, cohort).Refuse(context, NoSeat);
        var seat = new Seat { Name = string.Concat(cohort, "/seats/", participantName.Participant), Cohort = cohort, Participant = participant };
        if (answer.Seat == 2)
        {
            seat.State = SeatState.Booked;
            seat.BookedTime = Timestamp.FromDateTime(answer.SeatTime!.Value);
            seat.AvailableActions.Add("cancel");
        }
        else if (answer.Seat == 1)
        {
            seat.State = SeatState.Held;
            seat.HoldExpireTime = Timestamp.FromDateTime(answer.SeatTime!.Value);
            seat.AvailableActions.Add("book");
            seat.AvailableActions.Add("release");
        }
        return seat;
    }
}
