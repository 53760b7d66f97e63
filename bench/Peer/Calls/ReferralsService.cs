using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Npgsql;
using RttNetwork.Peer.Database;
using RttNetwork.Wire.V1;

namespace RttNetwork.Peer.Calls;

/// <summary>The method of <c>rtt.v1.Referrals</c> that is compared.</summary>
internal sealed class ReferralsService(SeatStore store, Tokens tokens, TimeProvider time) : Referrals.ReferralsBase
{
    private static readonly Referral NoReferral = new();
    private static readonly byte[] Method = "rtt.v1.Referrals.AcceptReferral"u8.ToArray();

    public override async Task<Referral> AcceptReferral(AcceptReferralRequest request, ServerCallContext context)
    {
        var now = Clock.Now(time);
        if (await tokens.Judge(context.GetHttpContext().Request.Headers.Authorization, now) is not { } caller) return Failure.Unauthenticated.Refuse(context, NoReferral);
        if (!ReferralName.TryParse(request.Name, out var name)) return Failure.Field("name", "must be networks/*/referrals/*").Refuse(context, NoReferral);
        if (!CohortName.TryParse(request.Cohort, out var cohort)) return Failure.Field("cohort", "must be networks/*/sites/*/cohorts/*").Refuse(context, NoReferral);
        if (!Guid.TryParseExact(request.RequestId, "D", out var id) || id == Guid.Empty) return Failure.Field("request_id", "must be a UUID").Refuse(context, NoReferral);
        if (!caller.Reaches(cohort.Network, cohort.Site) || name.Network != caller.Network) return Failure.Denied.Refuse(context, NoReferral);
        SeatAnswer answer;
        try
        {
            answer = await store.Accept(new SeatCommand(name.Key, cohort.Key, caller, id, Fingerprint.Of(Method, request.Name, request.Cohort, ""), now.UtcDateTime));
        }
        catch (NpgsqlException)
        {
            return Failure.OutcomeUnknown.Refuse(context, NoReferral);
        }
        if (answer.Reason is not null) return Failure.Of(answer, request.Cohort).Refuse(context, NoReferral);
        var referral = Referral.Parser.ParseFrom(answer.Profile);
        referral.Status = "accepted";
        referral.AcceptedIn = request.Cohort;
        referral.DecideTime = Timestamp.FromDateTime(answer.SeatTime!.Value);
        return referral;
    }
}
