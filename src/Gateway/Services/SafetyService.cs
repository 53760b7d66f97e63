using Grpc.Core;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Facilitators;
using RttNetwork.Contracts.Participants;
using RttNetwork.Contracts.Safety;
using RttNetwork.Contracts.Sites;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;
using RttNetwork.Gateway.Calls;
using RttNetwork.Gateway.Errors;
using RttNetwork.Gateway.Mapping;
using RttNetwork.Gateway.Policies;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Services;

/// <summary><c>rtt.v1.Safety</c></summary>
internal sealed class SafetyService(IGrainFactory grains, Refusals refusals, PageTokens pages, SafetyCatalogue catalogue) : Safety.SafetyBase
{
    public override async Task<SafetyEvent> RecordSafetyEvent(RecordSafetyEventRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var (site, cohort, draft) = SafetyMapping.Read(fields, request, catalogue);
        if (fields.Failure is { } wrong) return call.Refuse<SafetyEvent>(context, wrong);

        var at = await grains.Of<ISiteGrain>(site.Key).Get(call.Caller);
        if (at.Failure() is { } noSite) return call.Refuse<SafetyEvent>(context, noSite);
        NodaTime.LocalDate? day = null;
        if (cohort is { } named)
        {
            var found = await grains.Of<ICohortGrain>(named.Key).Get(call.Caller, call.Now);
            if (found.Failure() is { } noCohort) return call.Refuse<SafetyEvent>(context, noCohort);
            if (draft!.Session >= found.Value!.Sessions.Length) fields.Wrong("session", "is no session of the cohort");
            if (fields.Failure is { } noSession) return call.Refuse<SafetyEvent>(context, noSession);
            if (draft.Session >= 0) day = found.Value.Sessions[draft.Session].LocalStart.Date;
        }
        var unit = call.Start(request);
        var command = draft! with
        {
            SafetyEvent = Keys.SafetyEvent(site.Network, site.Site, Identities.New("safety", 'e', call.Caller, unit.RequestId)),
            Jurisdiction = at.Value!.Jurisdiction,
            TimeZone = at.Value.TimeZone,
            Accreditations = at.Value.Accreditations,
            SessionDay = day,
        };
        return Reply(call, context, await Ask(command, unit), request.Parent);
    }

    public override async Task<SafetyEvent> GetSafetyEvent(GetSafetyEventRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var name = SafetyMapping.Name(fields, request.Name);
        if (fields.Failure is { } wrong) return call.Refuse<SafetyEvent>(context, wrong);
        var answer = await grains.Of<ISafetyEventGrain>(name.Key).Get(call.Caller);
        return answer.Failure() is { } failure ? call.Refuse<SafetyEvent>(context, failure) : answer.Value!.ToWire();
    }

    public override async Task<ListSafetyEventsResponse> ListSafetyEvents(ListSafetyEventsRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var (network, site) = fields.SiteOrEvery("parent", request.Parent);
        var list = $"safety events of {request.Parent}, closed {request.ShowClosed}";
        var page = pages.Read(fields, list, request.PageSize, request.PageToken, request.AtLeast);
        if (fields.Failure is { } wrong) return call.Refuse<ListSafetyEventsResponse>(context, wrong);
        var rows = await grains.Of<IViewsGrain>(network).SafetyEvents(call.Caller, page, site, request.ShowClosed);
        if (rows.Behind) return call.Refuse<ListSafetyEventsResponse>(context, Failure.Behind);
        var reply = new ListSafetyEventsResponse { NextPageToken = pages.Seal(list, rows.Next), Token = rows.Token };
        reply.SafetyEvents.AddRange(rows.Rows.Select(r => r.ToWire(network)));
        return reply;
    }

    public override Task<SafetyEvent> AcknowledgeSafetyEvent(AcknowledgeSafetyEventRequest request, ServerCallContext context) => Change(
        context, request, request.Name, (fields, key) => new AcknowledgeSafetyEvent(key, SafetyMapping.Facilitator(fields, "medical_lead", request.MedicalLead, required: false)));

    public override Task<SafetyEvent> ReportSafetyEvent(ReportSafetyEventRequest request, ServerCallContext context) =>
        Change(context, request, request.Name, (fields, key) => new ReportSafetyEvent(key, fields.Code("regime", request.Regime)));

    public override Task<SafetyEvent> CloseSafetyEvent(CloseSafetyEventRequest request, ServerCallContext context) => Change(
        context, request, request.Name, (fields, key) => new CloseSafetyEvent(key, SafetyMapping.Facilitator(fields, "clinician", request.Clinician, required: true), fields.Code("outcome", request.Outcome)));

    private async Task<SafetyEvent> Change(ServerCallContext context, Google.Protobuf.IMessage request, string name, Func<Fields, string, SafetyCommand> read)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var named = SafetyMapping.Name(fields, name);
        var command = read(fields, fields.IsGood ? named.Key : "");
        if (fields.Failure is { } wrong) return call.Refuse<SafetyEvent>(context, wrong);
        return Reply(call, context, await Ask(command, call.Start(request)), name);
    }

    /// <summary>Begins the unit at the first grain that has part in it.</summary>
    private Task<UnitAnswer<SafetyEventView>> Ask(SafetyCommand command, Unit unit) =>
        command.Participant.Length > 0 ? grains.Of<IParticipantGrain>(command.Participant).SafetyEvent(command, unit)
        : command.Signer.Length > 0 ? grains.Of<IFacilitatorGrain>(command.Signer).SignSafety(command, unit)
        : grains.Of<ISafetyEventGrain>(command.SafetyEvent).Finish(command, unit);

    private SafetyEvent Reply(Call call, ServerCallContext context, UnitAnswer<SafetyEventView> answer, string subject) => answer.IsAccepted
        ? answer.Reply!.ToWire(answer.Token)
        : call.Refuse<SafetyEvent>(context, refusals.Of(answer, subject));
}
