using Grpc.Core;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Facilitators;
using RttNetwork.Contracts.Programs;
using RttNetwork.Contracts.Sites;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;
using RttNetwork.Gateway.Calls;
using RttNetwork.Gateway.Errors;
using RttNetwork.Gateway.Mapping;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Services;

/// <summary><c>rtt.v1.Plans</c></summary>
internal sealed class PlansService(IGrainFactory grains, Refusals refusals) : Plans.PlansBase
{
    public override async Task<Cohort> PlanCohort(PlanCohortRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var (site, cohort, program, command) = PlanMapping.Read(fields, request);
        if (fields.Failure is { } wrong) return call.Refuse<Cohort>(context, wrong);
        // A chain of more than three: its grains are woken side by side, before one of them holds its turn for the next.
        var warm = Warm(command, call);
        var template = Template(Keys.Program(site.Network, program), request.Plan, command, call);
        var at = await grains.GetGrain<ISiteGrain>(site.Key).Get(call.Caller);
        if (at.Failure() is { } noSite) return call.Refuse<Cohort>(context, noSite);
        var packs = await grains.GetGrain<IRulePacksGrain>(Keys.RulePacks(site.Network)).Get(call.Caller, at.Value!.Jurisdiction, site.Site);
        if (packs.Failure() is { } noPacks) return call.Refuse<Cohort>(context, noPacks);
        var from = await template;
        if (from.Failure() is { } noTemplate) return call.Refuse<Cohort>(context, noTemplate);
        await warm;
        command = command with { Template = from.Value!.Template, Packs = packs.Value!.Packs };
        var unit = call.Start(request);
        var answer = command.Facilitators is [var first, ..]
            ? await grains.GetGrain<IFacilitatorGrain>(first).Plan(command, unit)
            : await grains.GetGrain<ISiteGrain>(site.Key).PlanCohort(command, unit);
        return answer.IsAccepted ? answer.Reply!.ToWire(call.Caller, answer.Token) : call.Refuse<Cohort>(context, refusals.Of(answer, cohort.ToString()));
    }

    public override async Task<ProposeSubstitutesResponse> ProposeSubstitutes(ProposeSubstitutesRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var (name, leaving) = (fields.Cohort("cohort", request.Cohort), fields.Facilitator("facilitator", request.Facilitator));
        if (fields.Failure is { } wrong) return call.Refuse<ProposeSubstitutesResponse>(context, wrong);
        var grain = grains.GetGrain<ICohortGrain>(name.Key);
        var cohort = await grain.Get(call.Caller, call.Now);
        if (cohort.Failure() is { } noCohort) return call.Refuse<ProposeSubstitutesResponse>(context, noCohort);
        // Who left may be gone from the cohort's staff, and is in the network all the same.
        var left = await grains.GetGrain<IFacilitatorGrain>(leaving.Key).Facts(call.Caller);
        if (left.Failure() is { } noFacilitator) return call.Refuse<ProposeSubstitutesResponse>(context, noFacilitator);
        var roles = cohort.Value!.Facilitators.Where(f => f.Facilitator == leaving.Facilitator).Select(f => f.Role).ToList();
        var rows = await Task.WhenAll((roles.Count > 0 ? roles : [.. left.Value!.Roles]).Select(r => grains.GetGrain<IViewsGrain>(name.Network).FacilitatorsInRole(call.Caller, r)));
        var facts = await Task.WhenAll(rows.SelectMany(r => r).Select(r => r.Facilitator).Distinct().Select(f => grains.GetGrain<IFacilitatorGrain>(Keys.Facilitator(name.Network, f)).Facts(call.Caller)));
        var found = await grain.Substitutes(call.Caller, leaving.Facilitator, [.. facts.Select(f => f.Value).OfType<FacilitatorFacts>()], call.Now);
        if (found.Failure() is { } failure) return call.Refuse<ProposeSubstitutesResponse>(context, failure);
        var reply = new ProposeSubstitutesResponse();
        foreach (var candidate in found.Value!.Candidates) reply.Proposals.Add(candidate.ToWire(name.Network));
        return reply;
    }

    public override async Task<Cohort> SubstituteFacilitator(SubstituteFacilitatorRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var command = PlanMapping.Read(fields, request);
        if (fields.Failure is { } wrong) return call.Refuse<Cohort>(context, wrong);
        var first = string.CompareOrdinal(command.Leaving, command.Substitute) < 0 ? command.Leaving : command.Substitute;
        var answer = await grains.GetGrain<IFacilitatorGrain>(first).Substitute(command, call.Start(request));
        return answer.IsAccepted ? answer.Reply!.ToWire(call.Caller, answer.Token) : call.Refuse<Cohort>(context, refusals.Of(answer, request.Cohort));
    }

    public override async Task<Seat> AcceptSubstitute(AcceptSubstituteRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var (cohort, command) = PlanMapping.Read(fields, request);
        if (fields.Failure is { } wrong) return call.Refuse<Seat>(context, wrong);
        var answer = await grains.GetGrain<ICohortGrain>(cohort.Key).AcceptSubstitute(command, call.Start(request));
        return answer.IsAccepted ? answer.Reply!.ToWire(call.Caller, answer.Token) : call.Refuse<Seat>(context, refusals.Of(answer, request.Cohort));
    }

    /// <summary>The version that was asked for, or that is effective on the first day; when none is, the newest, and the domain says that it is not.</summary>
    private async Task<ReadAnswer<ProgramView>> Template(string program, PlanDraft plan, PlanCohort command, Call call)
    {
        var grain = grains.GetGrain<IProgramGrain>(program);
        var found = await grain.Get(call.Caller, plan.TemplateVersion, plan.TemplateVersion == 0 ? command.StartsOn : null);
        return found is { Value: null, Unavailable: false } && plan.TemplateVersion == 0 ? await grain.Get(call.Caller, 0, null) : found;
    }

    private Task Warm(PlanCohort command, Call call) => Task.WhenAll(
        [.. command.Facilitators.Select(f => (Task)grains.GetGrain<IFacilitatorGrain>(f).Get(call.Caller)), grains.GetGrain<ICohortGrain>(command.Cohort).Get(call.Caller, call.Now)]);
}
