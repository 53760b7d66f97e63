using Grpc.Core;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Facilitators;
using RttNetwork.Contracts.Participants;
using RttNetwork.Contracts.Programs;
using RttNetwork.Contracts.Sites;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;
using RttNetwork.Gateway.Calls;
using RttNetwork.Gateway.Errors;
using RttNetwork.Gateway.Mapping;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Services;

/// <summary><c>rtt.v1.Appointments</c></summary>
internal sealed class AppointmentsService(IGrainFactory grains, Refusals refusals, PageTokens pages) : Appointments.AppointmentsBase
{
    /// <summary>Whoever has an appointment may change between the question and the unit: so often it is asked anew.</summary>
    private const int AttemptsMax = 3;

    public override async Task<Appointment> OfferAppointment(OfferAppointmentRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var (site, name, program, intake, command) = AppointmentMapping.Read(fields, request);
        if (fields.Failure is { } wrong) return call.Refuse<Appointment>(context, wrong);
        var at = await grains.Of<ISiteGrain>(site.Key).Get(call.Caller);
        if (at.Failure() is { } noSite) return call.Refuse<Appointment>(context, noSite);
        var template = await Template(Keys.Program(site.Network, program), request.Appointment.TemplateVersion, command, call);
        if (template.Failure() is { } noTemplate) return call.Refuse<Appointment>(context, noTemplate);
        var packs = await grains.Of<IRulePacksGrain>(Keys.RulePacks(site.Network)).Get(call.Caller, at.Value!.Jurisdiction, site.Site);
        if (packs.Failure() is { } noPacks) return call.Refuse<Appointment>(context, noPacks);
        if (intake is { } forCohort)
        {
            var cohort = await grains.Of<ICohortGrain>(forCohort.Key).Get(call.Caller, call.Now);
            if (cohort.Failure() is { } noCohort) return call.Refuse<Appointment>(context, noCohort);
            command = command with { Appointment = command.Appointment! with { IntakeClosesAt = cohort.Value!.IntakeClosesAt } };
        }
        command = command with { Template = template.Value!.Template, Packs = packs.Value!.Packs };
        return Reply(call, context, await grains.Of<IFacilitatorGrain>(command.Facilitators[0]).Plan(command, call.Start(request)), at.Value.TimeZone, name);
    }

    public override async Task<ListAppointmentsResponse> ListAppointments(ListAppointmentsRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var parent = fields.Site("parent", request.Parent);
        var search = AppointmentMapping.Read(fields, request, parent.Site ?? "", call.Now);
        var list = $"appointments of {request.Parent} for {search.Program} {search.Kind} from {search.From} to {search.To} {search.OpenOnly}";
        var page = pages.Read(fields, list, request.PageSize, request.PageToken, request.AtLeast);
        if (fields.Failure is { } wrong) return call.Refuse<ListAppointmentsResponse>(context, wrong);
        var rows = await grains.Of<IViewsGrain>(parent.Network).Appointments(call.Caller, page, search);
        if (rows.Behind) return call.Refuse<ListAppointmentsResponse>(context, Failure.Behind);
        var reply = new ListAppointmentsResponse { NextPageToken = pages.Seal(list, rows.Next), Token = rows.Token };
        foreach (var row in rows.Rows) reply.Appointments.Add(row.ToWire(call.Caller, call.Now));
        return reply;
    }

    public override async Task<Appointment> WithdrawAppointment(WithdrawAppointmentRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var name = fields.Cohort("name", request.Name);
        var reason = fields.Code("reason", request.Reason);
        if (fields.Failure is { } wrong) return call.Refuse<Appointment>(context, wrong);
        var at = await grains.Of<ISiteGrain>(Keys.Site(name.Network, name.Site)).Get(call.Caller);
        if (at.Failure() is { } noSite) return call.Refuse<Appointment>(context, noSite);
        var grain = grains.Of<ICohortGrain>(name.Key);
        for (var attempt = 1; ; attempt++)
        {
            var cohort = await grain.Get(call.Caller, call.Now);
            var seats = await grain.Seats(call.Caller, call.Now);
            if ((cohort.Failure() ?? seats.Failure()) is { } noCohort) return call.Refuse<Appointment>(context, noCohort);
            if (cohort.Value!.Appointment is null) return call.Refuse<Appointment>(context, Failure.NotFound);
            var answer = await Start(AppointmentMapping.ToCommand(name, cohort.Value, seats.Value!, reason), call.Start(request));
            if (answer.Outcome != UnitOutcome.Conflict || attempt == AttemptsMax) return Reply(call, context, answer, at.Value!.TimeZone, name);
        }
    }

    private Task<UnitAnswer<CohortView>> Start(WithdrawAppointment command, Unit unit)
    {
        var first = command.Chain[0];
        return Keys.KindOf(first) switch
        {
            StreamKind.Participant => grains.Of<IParticipantGrain>(first).WithdrawAppointment(command, unit),
            StreamKind.Facilitator => grains.Of<IFacilitatorGrain>(first).WithdrawAppointment(command, unit),
            _ => grains.Of<ISiteGrain>(first).WithdrawAppointment(command, unit),
        };
    }

    /// <summary>The version that was asked for, or that is effective on the day; when none is, the newest, and the domain says that it is not.</summary>
    private async Task<ReadAnswer<ProgramView>> Template(string program, int version, PlanCohort command, Call call)
    {
        var grain = grains.Of<IProgramGrain>(program);
        var found = await grain.Get(call.Caller, version, version == 0 ? command.StartsOn : null);
        return found is { Value: null, Unavailable: false } && version == 0 ? await grain.Get(call.Caller, 0, null) : found;
    }

    private Appointment Reply(Call call, ServerCallContext context, UnitAnswer<CohortView> answer, string timeZone, CohortName name) => answer.IsAccepted
        ? answer.Reply!.ToWire(answer.Reply!.Appointment!, call.Caller, timeZone, answer.Token)
        : call.Refuse<Appointment>(context, refusals.Of(answer, name.ToString()));
}
