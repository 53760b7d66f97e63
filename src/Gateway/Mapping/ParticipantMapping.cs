using System.Globalization;
using NodaTime;
using RttNetwork.Contracts.Participants;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;
using RttNetwork.Gateway.Calls;
using RttNetwork.Wire.V1;
using SeatState = RttNetwork.Contracts.Cohorts.SeatState;
using WireSeatState = RttNetwork.Wire.V1.SeatState;

namespace RttNetwork.Gateway.Mapping;

/// <summary>Participants, both ways. Identifiers are read by <see cref="Identities"/>.</summary>
internal static class ParticipantMapping
{
    public const int NameLengthMax = 100;
    public const int EmailLengthMax = 254;

    /// <summary>The personal fields; null when none were given.</summary>
    public static PersonalFields? Read(Fields fields, string field, PersonalData? data, LocalDate today)
    {
        if (data is null) return null;
        var born = fields.Date($"{field}.birth_date", data.BirthDate);
        // Anywhere on Earth it may be tomorrow already.
        if (born > today.PlusDays(1)) fields.Wrong($"{field}.birth_date", "must not be in the future");
        return new PersonalFields(
            fields.Text($"{field}.family_name", data.FamilyName, NameLengthMax, required: false),
            fields.Text($"{field}.given_name", data.GivenName, NameLengthMax, required: false),
            born,
            Phone(fields, $"{field}.phone", data.Phone),
            Email(fields, $"{field}.email", data.Email),
            Language(fields, $"{field}.language", data.Language));
    }

    public static (ParticipantName Name, SetEligibility Command) Read(Fields fields, SetEligibilityRequest request) =>
        (fields.Participant("name", request.Name), new SetEligibility(request.Eligible, fields.Code("reason", request.Reason)));

    public static PersonalData ToWire(this PersonalFields personal) => new()
    {
        FamilyName = personal.FamilyName,
        GivenName = personal.GivenName,
        BirthDate = personal.BirthDate.ToWire(),
        Phone = personal.Phone,
        Email = personal.Email,
        Language = personal.Language,
    };

    public static Participant ToWire(this ParticipantView view, Caller caller, string? token = null)
    {
        var participant = new Participant
        {
            Name = new ParticipantName(view.Network, view.Participant).ToString(),
            HomeSite = HomeSite(caller, view.Network, view.HomeSite),
            Provisional = view.Provisional,
            Eligible = view.Eligible,
            PersonalDataErased = view.PersonalDataErased,
            AlreadyRegistered = view.AlreadyRegistered,
            Etag = view.Version.ToString(CultureInfo.InvariantCulture),
            Token = token ?? "",
        };
        foreach (var enrolment in view.Enrolments)
        {
            var cohort = CohortName.OfKey(enrolment.Cohort);
            if (!caller.Reaches(cohort.Network, cohort.Site)) continue;
            participant.Enrolments.Add(new Enrolment
            {
                Cohort = cohort.ToString(),
                State = enrolment.State.ToWire(),
                FirstDay = enrolment.FirstDay.ToWire(),
                LastDay = enrolment.LastDay.ToWire(),
                HoldExpireTime = enrolment.HoldExpiresAt.ToWire(),
            });
        }
        var actions = Actions.OnParticipant(caller.Scope, view.Eligible, view.PersonalDataErased);
        if (view.Pathway is { } pathway)
        {
            (participant.Program, participant.Stage) = (pathway.Program, pathway.Stage);
            participant.UnavailableActions.AddRange(pathway.Steps.Unavailable());
            var closed = participant.UnavailableActions.Select(a => a.Action);
            participant.AvailableActions.AddRange(actions.Union(pathway.Steps.Available()).Except(closed));
        }
        else
        {
            participant.AvailableActions.AddRange(actions);
        }
        return participant;
    }

    public static Participant ToWire(this ParticipantRow row, Caller caller) => new()
    {
        Name = new ParticipantName(caller.Network, row.Participant).ToString(),
        HomeSite = HomeSite(caller, caller.Network, row.HomeSite),
        Provisional = row.Provisional,
        Eligible = row.Eligible,
    };

    public static WireSeatState ToWire(this SeatState state) => state switch
    {
        SeatState.None => WireSeatState.Unspecified,
        SeatState.Held => WireSeatState.Held,
        SeatState.Booked => WireSeatState.Booked,
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "No such state."),
    };

    /// <summary>Empty when it is not one of the caller's: which site a person came from is that site's and the person's.</summary>
    private static string HomeSite(Caller caller, string network, string site) =>
        site.Length > 0 && caller.Reaches(network, site) ? new SiteName(network, site).ToString() : "";

    private static string Phone(Fields fields, string field, string value)
    {
        if (value.Length == 0) return "";
        var digits = 0;
        foreach (var c in value)
        {
            if (char.IsAsciiDigit(c)) digits++;
            else if (c is not ('+' or '-' or ' ' or '(' or ')' or '.' or 'x')) digits = int.MinValue / 2;
        }
        return value.Length <= 32 && digits >= 3 ? value : fields.Wrong(field, "must be a telephone number, at most 32 characters", "");
    }

    private static string Email(Fields fields, string field, string value)
    {
        if (value.Length == 0) return "";
        var at = value.IndexOf('@', StringComparison.Ordinal);
        var good = value.Length <= EmailLengthMax && at > 0 && at == value.LastIndexOf('@') && at < value.Length - 1 && !value.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || char.IsSurrogate(c));
        return good ? value : fields.Wrong(field, "must be an e-mail address, at most 254 characters", "");
    }

    private static string Language(Fields fields, string field, string value)
    {
        if (value.Length == 0) return "";
        var good = value.Length is >= 2 and <= 35 && char.IsAsciiLetter(value[0]) && value[^1] != '-' && value.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');
        return good ? value : fields.Wrong(field, "must be a BCP 47 tag, for example en-CA", "");
    }
}
