using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using NodaTime;
using RttNetwork.Client;
using RttNetwork.Wire.V1;

namespace RttNetwork.Rig.Chaos;

/// <summary>The wire, through the gateways of a cluster of processes. The client library's own retries are off: every attempt is recorded.</summary>
public sealed class GrpcDesk : IDesk, IDisposable
{
    private const string AttemptHeader = "rtt-attempt";
    private static readonly JsonFormatter Canonical = new(JsonFormatter.Settings.Default.WithFormatDefaultValues(true));

    private readonly ImmutableArray<RttClient> _clients;
    private readonly Func<string, string> _mint;
    private readonly TimeSpan _patience;
    private readonly ConcurrentDictionary<string, string> _tokens = new();
    private readonly ImmutableArray<string> _sites;

    /// <param name="endpoints">The gateways.</param>
    /// <param name="mint">Makes the bearer token of a subject.</param>
    /// <param name="patience">How long a client waits for one attempt.</param>
    /// <param name="stage">What is to be listed.</param>
    public GrpcDesk(IEnumerable<Uri> endpoints, Func<string, string> mint, TimeSpan patience, Stage stage)
    {
        (_mint, _patience) = (mint, patience);
        _sites = [.. stage.Cohorts.Select(c => c.Site).Distinct()];
        _clients = [.. endpoints.Select(e => RttClient.Create(new RttClientOptions { Endpoint = e, AttemptsMax = 1, ConnectTimeout = TimeSpan.FromSeconds(1) }))];
    }

    public int Gateways => _clients.Length;

    public void Dispose()
    {
        foreach (var client in _clients) client.Dispose();
    }

    public async Task<Answer> Ask(Wish wish, int gateway, int attempt)
    {
        var (cohorts, referrals) = (_clients[gateway].Cohorts, _clients[gateway].Referrals);
        var options = Options(wish.Subject, attempt);
        var (cohort, id) = (CohortName(wish.Cohort), wish.RequestId.ToString());
        try
        {
            return wish.Verb switch
            {
                Verb.Hold => Accepted(await cohorts.HoldSeatAsync(new HoldSeatRequest { Cohort = cohort, Participant = PersonName(wish.Who), RequestId = id }, options)),
                Verb.Book => Accepted(await cohorts.BookSeatAsync(new BookSeatRequest { Cohort = cohort, Participant = PersonName(wish.Who), RequestId = id }, options)),
                Verb.Cancel => Accepted(await cohorts.CancelSeatAsync(new CancelSeatRequest { Cohort = cohort, Participant = PersonName(wish.Who), Reason = Stages.CancelReason, RequestId = id }, options)),
                Verb.Release => Accepted(await cohorts.ReleaseSeatAsync(new ReleaseSeatRequest { Cohort = cohort, Participant = PersonName(wish.Who), RequestId = id }, options)),
                Verb.Transfer => Accepted(await referrals.TransferSeatAsync(
                    new TransferSeatRequest { From = CohortName(wish.From!), To = cohort, Participant = PersonName(wish.Who), Reason = Stages.TransferReason, RequestId = id }, options)),
                Verb.Assign => Accepted(await cohorts.AssignFacilitatorAsync(new AssignFacilitatorRequest { Cohort = cohort, Facilitator = FacilitatorName(wish.Who), Role = Stages.Role, RequestId = id }, options)),
                Verb.Withdraw => Accepted(await cohorts.WithdrawFacilitatorAsync(new WithdrawFacilitatorRequest { Cohort = cohort, Facilitator = FacilitatorName(wish.Who), Reason = Stages.StaffingReason, RequestId = id }, options)),
                Verb.Refer => Accepted(await referrals.CreateReferralAsync(Referral(), options)),
                Verb.Receive => Accepted(await referrals.ReceiveReferralAsync(new ReceiveReferralRequest { Name = ReferralName(wish.Referral!), RequestId = id }, options)),
                Verb.Triage => Accepted(await referrals.TriageReferralAsync(new TriageReferralRequest { Name = ReferralName(wish.Referral!), Priority = ReferralPriority.High, RequestId = id }, options)),
                Verb.Accept => Accepted(await referrals.AcceptReferralAsync(new AcceptReferralRequest { Name = ReferralName(wish.Referral!), Cohort = cohort, RequestId = id }, options)),
                Verb.Decline => Accepted(await referrals.DeclineReferralAsync(new DeclineReferralRequest { Name = ReferralName(wish.Referral!), Reason = Stages.DeclineReason, RequestId = id }, options)),
                Verb.TakeBack => Accepted(await referrals.WithdrawReferralAsync(new WithdrawReferralRequest { Name = ReferralName(wish.Referral!), Reason = Stages.TakeBackReason, RequestId = id }, options)),
                Verb.LetGo => Accepted(await referrals.ConfirmWithdrawalAsync(new ConfirmWithdrawalRequest { Name = ReferralName(wish.Referral!), RequestId = id }, options)),
                Verb.Complete => Accepted(await referrals.CompleteReferralAsync(new CompleteReferralRequest { Name = ReferralName(wish.Referral!), Outcome = Stages.Outcome, RequestId = id }, options)),
                _ => throw new InvalidOperationException($"Unknown verb {wish.Verb}."),
            };
        }
        catch (RttException e)
        {
            return new Answer(IsFinal(e.Refusal) ? AnswerKind.Refused : AnswerKind.Unknown, e.Refusal.Reason);
        }

        CreateReferralRequest Referral() => new()
        {
            Parent = Stages.SiteName(wish.Source!),
            Participant = PersonName(wish.Who),
            Target = Stages.SiteName(StageCohort.PartsOf(wish.Cohort).Site),
            Program = Stages.Program,
            Cohort = cohort,
            Leaves = wish.From is { } from ? CohortName(from) : "",
            Reason = Stages.ReferReason,
            DueTime = Timestamp.FromDateTimeOffset(wish.DueAt!.Value.ToDateTimeOffset()),
            SharingConsented = true,
            RequestId = id,
        };
    }

    public Task<CohortSeen?> Look(string cohort, string subject, int gateway) => OrNothing(async () =>
    {
        var seen = await _clients[gateway].Cohorts.GetCohortAsync(new GetCohortRequest { Name = CohortName(cohort) }, Options(subject, 0));
        return Seen(seen, int.Parse(seen.Etag, CultureInfo.InvariantCulture));
    });

    public Task<PersonSeen?> LookAtPerson(string person, string subject, int gateway) => OrNothing(async () =>
    {
        var seen = await _clients[gateway].Participants.GetParticipantAsync(new GetParticipantRequest { Name = PersonName(person) }, Options(subject, 0));
        return new PersonSeen(person, int.Parse(seen.Etag, CultureInfo.InvariantCulture), [.. seen.Enrolments.Select(e => new PersonSeat(IdOf(e.Cohort), StateOf(e.State)))]);
    });

    public async Task<ImmutableArray<CohortSeen>?> List(string atLeast, string subject, int gateway)
    {
        var seen = ImmutableArray.CreateBuilder<CohortSeen>();
        foreach (var site in _sites)
        {
            if (await OrNothing(async () => await _clients[gateway].Cohorts.ListCohortsAsync(new ListCohortsRequest { Parent = Stages.SiteName(site), PageSize = 100, AtLeast = atLeast }, Options(subject, 0))) is not { } list) return null;
            seen.AddRange(list.Cohorts.Select(c => Seen(c, null)));
        }
        return seen.ToImmutable();
    }

    public async Task<ImmutableArray<string>?> Worklist(string site, string atLeast, string subject, int gateway)
    {
        var open = await OrNothing(async () => await _clients[gateway].Referrals.ListReferralsAsync(new ListReferralsRequest { Parent = Stages.SiteName(site), PageSize = 100, AtLeast = atLeast }, Options(subject, 0)));
        return open is null ? null : [.. open.Referrals.Select(r => ResourceName.Id(r.Name))];
    }

    /// <summary>A refusal by a rule. Everything else says nothing of what became of the command, or asks to come again.</summary>
    private static bool IsFinal(Refusal refusal) => refusal.Domain.Length > 0
        && refusal.Status is StatusCode.FailedPrecondition or StatusCode.NotFound or StatusCode.AlreadyExists or StatusCode.InvalidArgument or StatusCode.Aborted or StatusCode.PermissionDenied;

    private static Answer Accepted(Seat seat)
    {
        var token = seat.Token;
        seat.Token = "";
        return new Answer(AnswerKind.Accepted, null, Canonical.Format(seat), new SeatSeen(StateOf(seat.State), Time(seat.HoldExpireTime), Time(seat.BookedTime)), token);
    }

    private static Answer Accepted(Cohort cohort)
    {
        var token = cohort.Token;
        cohort.Token = "";
        return new Answer(AnswerKind.Accepted, null, Canonical.Format(cohort), null, token);
    }

    private static Answer Accepted(Referral referral)
    {
        var token = referral.Token;
        referral.Token = "";
        return new Answer(AnswerKind.Accepted, null, Canonical.Format(referral), null, token, new ReferralSeen(ResourceName.Id(referral.Name), referral.Status));
    }

    private static async Task<T?> OrNothing<T>(Func<Task<T>> read)
        where T : class
    {
        try
        {
            return await read();
        }
        catch (RttException)
        {
            return null;
        }
    }

    private static CohortSeen Seen(Cohort c, int? version) =>
        new(IdOf(c.Name), version, c.Seats.Booked, c.Seats.Held, c.Seats.Usable, c.State == CohortState.AtRisk, Time(c.AsOfTime));

    private static Seated StateOf(SeatState state) => state switch
    {
        SeatState.Held => Seated.Held,
        SeatState.Booked => Seated.Booked,
        _ => Seated.None,
    };

    private static Instant? Time(Timestamp? time) => time is null ? null : Instant.FromUnixTimeSeconds(time.Seconds).PlusNanoseconds(time.Nanos);

    private CallOptions Options(string subject, int attempt)
    {
        var headers = new Metadata { { "authorization", $"Bearer {_tokens.GetOrAdd(subject, _mint)}" } };
        if (attempt > 0) headers.Add(AttemptHeader, attempt.ToString(CultureInfo.InvariantCulture));
        // A deadline on the wire is a time by the machine's clock.
        return new CallOptions(headers, TimeProvider.System.GetUtcNow().UtcDateTime + _patience);
    }

    /// <summary>"nanaimo.cohort-4" of a resource name.</summary>
    private static string IdOf(string name) => name.Split('/') is [_, _, _, var site, _, var cohort] ? StageCohort.IdOf(site, cohort) : throw new ArgumentException($"{name} names no cohort.", nameof(name));

    private static string CohortName(string id)
    {
        var (site, cohort) = StageCohort.PartsOf(id);
        return $"{Stages.SiteName(site)}/cohorts/{cohort}";
    }

    private static string ReferralName(string referral) => $"{ResourceName.Network(Stages.Network)}/referrals/{referral}";
    private static string PersonName(string person) => $"{ResourceName.Network(Stages.Network)}/participants/{person}";
    private static string FacilitatorName(string facilitator) => $"{ResourceName.Network(Stages.Network)}/facilitators/{facilitator}";
}
