using Google.Protobuf;
using Grpc.Core;
using NodaTime;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Participants;
using RttNetwork.Contracts.Referrals;
using RttNetwork.Contracts.Sites;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;
using RttNetwork.Gateway.Calls;
using RttNetwork.Gateway.Errors;
using RttNetwork.Gateway.Mapping;
using RttNetwork.Gateway.Watches;
using RttNetwork.Wire.V1;
using Refusal = RttNetwork.Contracts.Units.Refusal;

namespace RttNetwork.Gateway.Services;

/// <summary><c>rtt.v1.Referrals</c></summary>
internal sealed partial class ReferralsService(
    IGrainFactory grains, Refusals refusals, PageTokens pages, GatewayOptions options, ReferralFeeds feeds, WatchServices services, IHostApplicationLifetime lifetime) : Referrals.ReferralsBase
{
    /// <summary>Cohorts that a refusal names at most.</summary>
    private const int OpenNamedMax = 5;

    private Duration DueMin => Duration.FromTimeSpan(options.ReferralDueMin);

    public override async Task<Referral> CreateReferral(CreateReferralRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var (site, participant, target, form) = ReferralMapping.Read(fields, request, call.Now);
        if (fields.Failure is { } wrong) return call.Refuse<Referral>(context, wrong);
        // The target is not one of the caller's sites, and yet one of its network's.
        if (target.Network != site.Network || (form.Cohort.Length > 0 && Keys.NetworkOf(form.Cohort) != site.Network)) return call.Refuse<Referral>(context, Failure.Denied);

        var source = await grains.Of<ISiteGrain>(site.Key).Get(call.Caller);
        if (source.Failure() is { } noSite) return call.Refuse<Referral>(context, noSite);
        var asked = await grains.Of<ISiteGrain>(target.Key).Place(call.Caller);
        if (asked.Failure() is { } noTarget) return call.Refuse<Referral>(context, noTarget);
        var pathway = await grains.Of<IParticipantGrain>(participant.Key).GetPathway(call.Caller, call.Now);
        if (pathway.Unavailable) return call.Refuse<Referral>(context, Failure.ReadUnavailable);
        form = form with { SourceRegion = source.Value!.Region, TargetRegion = asked.Value!.Region };
        if (pathway.Value is { IsOpen: true } on) form = form.On(on);

        var unit = call.Start(request);
        var key = Keys.Referral(site.Network, Identities.New("referral", 'r', call.Caller, unit.RequestId));
        var command = new SendReferral(participant.Key, key, request.Draft ? "" : form.Cohort, form, request.Draft)
        {
            Hindrance = request.Draft ? null : await SeatsOpen(call, form),
            DueMin = DueMin,
        };
        return await Move(call, context, participant.Key, command, unit, request.Participant);
    }

    public override async Task<Referral> SendReferral(SendReferralRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var name = fields.Referral("name", request.Name);
        var dueAt = fields.Time("due_time", request.DueTime) ?? call.Now + ReferralMapping.DueDefault;
        if (fields.Failure is { } wrong) return call.Refuse<Referral>(context, wrong);
        var draft = await grains.Of<IReferralGrain>(name.Key).Get(call.Caller, call.Now);
        if (draft.Failure() is { } failure) return call.Refuse<Referral>(context, failure);
        var form = draft.Value!.Form with { DueAt = dueAt };
        var participant = Keys.Participant(name.Network, form.Participant);
        var command = new SendReferral(participant, name.Key, form.Cohort, form, false) { Hindrance = await SeatsOpen(call, form), DueMin = DueMin };
        return await Move(call, context, participant, command, call.Start(request), request.Name);
    }

    public override async Task<Referral> GetReferral(GetReferralRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var name = fields.Referral("name", request.Name);
        if (fields.Failure is { } wrong) return call.Refuse<Referral>(context, wrong);
        var answer = await grains.Of<IReferralGrain>(name.Key).Get(call.Caller, call.Now);
        return answer.Failure() is { } failure ? call.Refuse<Referral>(context, failure) : answer.Value!.ToWire();
    }

    public override async Task<ListReferralsResponse> ListReferrals(ListReferralsRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var (network, site) = fields.SiteOrEvery("parent", request.Parent);
        var list = $"referrals of {request.Parent}, outgoing {request.Outgoing}, ended {request.ShowEnded}";
        var page = pages.Read(fields, list, request.PageSize, request.PageToken, request.AtLeast);
        if (fields.Failure is { } wrong) return call.Refuse<ListReferralsResponse>(context, wrong);
        var rows = await grains.Of<IViewsGrain>(network).Referrals(call.Caller, page, site, request.Outgoing, request.ShowEnded);
        if (rows.Behind) return call.Refuse<ListReferralsResponse>(context, Failure.Behind);
        var reply = new ListReferralsResponse { NextPageToken = pages.Seal(list, rows.Next), Token = rows.Token };
        reply.Referrals.AddRange(rows.Rows.Select(r => r.ToWire(network, call.Now)));
        return reply;
    }

    public override async Task<ListReferralFlowsResponse> ListReferralFlows(ListReferralFlowsRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var parent = fields.Network("parent", request.Parent);
        var ask = ReferralMapping.Read(fields, request, call);
        var atLeast = fields.AtLeast("at_least", request.AtLeast);
        if (fields.Failure is { } wrong) return call.Refuse<ListReferralFlowsResponse>(context, wrong);
        var rows = await grains.Of<IViewsGrain>(parent.Network).ReferralFlowsIn(call.Caller, atLeast, ask);
        if (rows.Behind) return call.Refuse<ListReferralFlowsResponse>(context, Failure.Behind);
        var reply = new ListReferralFlowsResponse { Token = rows.Token, WithheldSites = { CapacityMapping.Names(parent.Network, rows.Withheld) } };
        reply.Flows.AddRange(rows.Rows.Select(r => r.ToWire(ask.Region)));
        return reply;
    }

    public override Task<Referral> ReceiveReferral(ReceiveReferralRequest request, ServerCallContext context) =>
        Progress(context, request, request.Name, _ => new ReferralProgress(ReferralStep.Receive, 0, ""));

    public override Task<Referral> TriageReferral(TriageReferralRequest request, ServerCallContext context) =>
        Progress(context, request, request.Name, fields => new ReferralProgress(ReferralStep.Triage, ReferralMapping.Priority(fields, request.Priority), ""));

    public override Task<Referral> CompleteReferral(CompleteReferralRequest request, ServerCallContext context) =>
        Progress(context, request, request.Name, fields => new ReferralProgress(ReferralStep.Complete, 0, fields.Code("outcome", request.Outcome)));

    public override Task<Referral> AcceptReferral(AcceptReferralRequest request, ServerCallContext context) => Change(context, request, request.Name, (fields, participant, referral) =>
        new AcceptReferral(participant, referral, Reviewer(fields, request.Reviewer), fields.Cohort("cohort", request.Cohort) is var cohort && fields.IsGood ? cohort.Key : "", []));

    public override Task<Referral> DeclineReferral(DeclineReferralRequest request, ServerCallContext context) =>
        Change(context, request, request.Name, (fields, participant, referral) => new EndReferral(participant, referral, [], ReferralEnd.Decline, fields.Code("reason", request.Reason)));

    public override Task<Referral> WithdrawReferral(WithdrawReferralRequest request, ServerCallContext context) =>
        Change(context, request, request.Name, (fields, participant, referral) => new EndReferral(participant, referral, [], ReferralEnd.Withdraw, fields.Code("reason", request.Reason)));

    public override Task<Referral> ConfirmWithdrawal(ConfirmWithdrawalRequest request, ServerCallContext context) =>
        Change(context, request, request.Name, (_, participant, referral) => new EndReferral(participant, referral, [], ReferralEnd.ConfirmWithdrawal, ""));

    public override async Task<Seat> TransferSeat(TransferSeatRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var (from, to) = (fields.Cohort("from", request.From), fields.Cohort("to", request.To));
        if (fields.IsGood && from == to) fields.Wrong("to", "must be another cohort");
        var participant = fields.Participant("participant", request.Participant);
        var reason = fields.Code("reason", request.Reason);
        var reviewer = Reviewer(fields, request.Reviewer);
        if (fields.Failure is { } wrong) return call.Refuse<Seat>(context, wrong);
        var joined = await grains.Of<ICohortGrain>(to.Key).Get(call.Caller, call.Now);
        if (joined.Failure() is { } noCohort) return call.Refuse<Seat>(context, noCohort);
        var answer = await grains.Of<IParticipantGrain>(participant.Key).Move(
            new TransferSeat(participant.Key, reviewer, to.Key, [from.Key], joined.Value!.Program, joined.Value.TemplateVersion, reason), call.Start(request));
        return answer.IsAccepted
            ? answer.Reply!.Seat!.ToWire(call.Caller, answer.Token)
            : call.Refuse<Seat>(context, await refusals.Of(answer, request.To, call, to.Key));
    }

    /// <summary>The key of who verifies; empty for nobody.</summary>
    private static string Reviewer(Fields fields, string reviewer) => SafetyMapping.Facilitator(fields, "reviewer", reviewer, required: false);

    /// <summary>A step that moves nobody: the referral's alone.</summary>
    private async Task<Referral> Progress(ServerCallContext context, IMessage request, string name, Func<Fields, ReferralProgress> read)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var named = fields.Referral("name", name);
        var command = read(fields);
        if (fields.Failure is { } wrong) return call.Refuse<Referral>(context, wrong);
        var answer = await grains.Of<IReferralGrain>(named.Key).Progress(command, call.Start(request));
        return answer.IsAccepted ? answer.Reply!.ToWire(answer.Token) : call.Refuse<Referral>(context, refusals.Of(answer, name));
    }

    /// <summary>A step in which somebody may move: it begins with the person, whom the referral names.</summary>
    private async Task<Referral> Change(ServerCallContext context, IMessage request, string name, Func<Fields, string, string, MoveCommand> read)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var named = fields.Referral("name", name);
        var draft = read(fields, "", fields.IsGood ? named.Key : "");
        if (fields.Failure is { } wrong) return call.Refuse<Referral>(context, wrong);
        var referral = await grains.Of<IReferralGrain>(named.Key).Get(call.Caller, call.Now);
        if (referral.Failure() is { } failure) return call.Refuse<Referral>(context, failure);
        var participant = Keys.Participant(named.Network, referral.Value!.Form.Participant);
        return await Move(call, context, participant, draft with { Participant = participant }, call.Start(request), name);
    }

    private async Task<Referral> Move(Call call, ServerCallContext context, string participant, MoveCommand command, Unit unit, string subject)
    {
        var answer = await grains.Of<IParticipantGrain>(participant).Move(command, unit);
        if (answer.IsAccepted) return answer.Reply!.Referral!.ToWire(answer.Token);
        return call.Refuse<Referral>(context, command.Joins.Length > 0 ? await refusals.Of(answer, subject, call, command.Joins) : refusals.Of(answer, subject));
    }

    /// <summary>Nobody is put off while there is a seat (rule 39): the cohorts of the target that have one, as a refusal; null when none has.</summary>
    private async Task<Refusal?> SeatsOpen(Call call, ReferralFormView form)
    {
        if (form.Cohort.Length > 0) return null;
        var search = new SeatSearch(form.Program, form.TargetRegion, null, null, 1, call.Now);
        var found = await grains.Of<IViewsGrain>(call.Caller.Network).SearchSeats(call.Caller, new PageRequest(200, null, null), search);
        var open = found.Rows.Where(r => r.Site == form.Target).Take(OpenNamedMax).Select(r => new CohortName(call.Caller.Network, r.Site, r.Cohort).ToString()).ToList();
        return open.Count == 0 ? null : new Refusal("SEAT_OPEN", "Seats are open at the target: a referral names the cohort, so that one is held.", 39, [])
        {
            Violations = [new Contracts.Units.Violation(39, "cohort", $"must name a cohort with a seat: {string.Join(", ", open)}")],
        };
    }
}
