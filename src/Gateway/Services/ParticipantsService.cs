using System.Collections.Immutable;
using Grpc.Core;
using NodaTime;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Participants;
using RttNetwork.Contracts.Sites;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;
using RttNetwork.Gateway.Calls;
using RttNetwork.Gateway.Errors;
using RttNetwork.Gateway.Mapping;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Services;

/// <summary><c>rtt.v1.Participants</c></summary>
internal sealed class ParticipantsService(IGrainFactory grains, Refusals refusals, PageTokens pages, Identities identities, GatewayOptions options)
    : Participants.ParticipantsBase
{
    /// <summary>How often the owners are asked when identifiers are claimed by others meanwhile.</summary>
    private const int ClaimAttemptsMax = 3;

    public override async Task<Participant> RegisterParticipant(RegisterParticipantRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var parent = fields.Site("parent", request.Parent);
        var keys = identities.Read(fields, call.Caller.Network, request.Identifiers);
        var personal = ParticipantMapping.Read(fields, "personal_data", request.PersonalData, call.Now.InUtc().Date);
        var region = fields.Region("residence_region", request.ResidenceRegion, required: false);
        var nation = fields.Code("governing_nation", request.GoverningNation, required: false);
        if (fields.Failure is { } wrong) return call.Refuse<Participant>(context, wrong);

        var site = await grains.Of<ISiteGrain>(parent.Key).Get(call.Caller);
        if (site.Failure() is { } noSite) return call.Refuse<Participant>(context, noSite);

        var unit = call.Start(request);
        for (var attempt = 1; ; attempt++)
        {
            var (owners, unavailable) = await Owners(keys);
            if (unavailable) return call.Refuse<Participant>(context, Failure.ReadUnavailable);
            if (owners.Length > 1) return call.Refuse<Participant>(context, Failure.SeveralPeople);
            var id = owners is [var owner] ? owner : Identities.NewParticipant(call.Caller.Network, call.Caller.Subject, unit.RequestId);
            var command = new RegisterParticipant(
                id, parent.Site, keys, region, nation, personal, request.Deceased, IsUnderAge(personal?.BirthDate, call.Now, site.Value!.TimeZone));
            var answer = keys.IsEmpty
                ? await grains.Of<IParticipantGrain>(Keys.Participant(call.Caller.Network, id)).FinishRegister(command, unit)
                : await grains.Of<IIdentityGrain>(keys[0]).Claim(command, unit);
            // Someone else has claimed one of them since the owners were asked: the person may be known by now.
            if (answer.Outcome == UnitOutcome.Conflict && attempt < ClaimAttemptsMax) continue;
            return Reply(call, context, answer, request.Parent);
        }
    }

    public override async Task<Participant> GetParticipant(GetParticipantRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var name = fields.Participant("name", request.Name);
        if (fields.Failure is { } wrong) return call.Refuse<Participant>(context, wrong);
        var answer = await Grain(name).Get(call.Caller, call.Now);
        return answer.Failure() is { } failure ? call.Refuse<Participant>(context, failure) : answer.Value!.ToWire(call.Caller);
    }

    public override async Task<ListParticipantsResponse> ListParticipants(ListParticipantsRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var parent = fields.Site("parent", request.Parent);
        var list = $"participants of {request.Parent}";
        var page = pages.Read(fields, list, request.PageSize, request.PageToken, request.AtLeast);
        if (fields.Failure is { } wrong) return call.Refuse<ListParticipantsResponse>(context, wrong);
        var rows = await grains.Of<IViewsGrain>(parent.Network).Participants(call.Caller, page, parent.Site);
        if (rows.Behind) return call.Refuse<ListParticipantsResponse>(context, Failure.Behind);
        var reply = new ListParticipantsResponse { NextPageToken = pages.Seal(list, rows.Next), Token = rows.Token };
        foreach (var row in rows.Rows) reply.Participants.Add(row.ToWire(call.Caller));
        return reply;
    }

    public override async Task<Participant> SetEligibility(SetEligibilityRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var (name, command) = ParticipantMapping.Read(fields, request);
        if (fields.Failure is { } wrong) return call.Refuse<Participant>(context, wrong);
        return Reply(call, context, await Grain(name).SetEligibility(command, call.Start(request)), request.Name);
    }

    public override async Task<PersonalData> GetPersonalData(GetPersonalDataRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var name = fields.Participant("name", request.Name);
        if (fields.Failure is { } wrong) return call.Refuse<PersonalData>(context, wrong);
        var answer = await Grain(name).ReadPersonalData(call.Start(request));
        return answer.IsAccepted ? answer.Reply!.ToWire() : call.Refuse<PersonalData>(context, refusals.Of(answer, request.Name));
    }

    public override async Task<Participant> ErasePersonalData(ErasePersonalDataRequest request, ServerCallContext context)
    {
        var call = Call.Of(context);
        var fields = call.Check(request);
        var name = fields.Participant("name", request.Name);
        if (fields.Failure is { } wrong) return call.Refuse<Participant>(context, wrong);
        return Reply(call, context, await Grain(name).ErasePersonalData(call.Start(request)), request.Name);
    }

    private IParticipantGrain Grain(ParticipantName name) => grains.Of<IParticipantGrain>(name.Key);

    private Participant Reply(Call call, ServerCallContext context, UnitAnswer<ParticipantView> answer, string subject) => answer.IsAccepted
        ? answer.Reply!.ToWire(call.Caller, answer.Token)
        : call.Refuse<Participant>(context, refusals.Of(answer, subject));

    /// <summary>Who claimed the identifiers, each once; asked all together.</summary>
    private async Task<(ImmutableArray<string> Owners, bool Unavailable)> Owners(ImmutableArray<string> keys)
    {
        var answers = await Task.WhenAll(keys.Select(key => grains.Of<IIdentityGrain>(key).Owner()));
        var owners = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var answer in answers)
        {
            if (answer.Unavailable) return ([], true);
            if (answer.Value?.Participant is { } owner) owners.Add(owner);
        }
        return ([.. owners], false);
    }

    /// <summary>Judged on the site's local date: a birthday begins at midnight there.</summary>
    private bool IsUnderAge(LocalDate? born, Instant now, string timeZone)
    {
        if (born is null) return false;
        var today = now.InZone(DateTimeZoneProviders.Tzdb[timeZone]).Date;
        return Period.Between(born.Value, today, PeriodUnits.Years).Years < options.AdultAge;
    }
}
