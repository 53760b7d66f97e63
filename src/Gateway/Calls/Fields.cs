using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using NodaTime;
using NodaTime.Calendars;
using RttNetwork.Contracts;
using RttNetwork.Gateway.Errors;
using Duration = NodaTime.Duration;
using WireDate = Google.Type.Date;
using WireDateTime = Google.Type.DateTime;
using WireDuration = Google.Protobuf.WellKnownTypes.Duration;

namespace RttNetwork.Gateway.Calls;

/// <summary>
/// Reads the fields of one request and remembers each that is wrong, so that a caller learns of all of them at once.
/// A reader of a wrong field returns something harmless, and the request ends with <see cref="Failure"/>.
/// </summary>
internal sealed class Fields
{
    /// <summary>The longest text that a reader looks at in an error message: nothing of a request is echoed.</summary>
    public const int CodeLengthMax = 64;

    private static readonly LocalDate DateMin = new(1880, 1, 1);
    private static readonly LocalDate DateMax = new(2200, 12, 31);
    private static readonly Instant InstantMin = Instant.FromUtc(2000, 1, 1, 0, 0);
    private static readonly Instant InstantMax = Instant.FromUtc(2200, 12, 31, 0, 0);
    private static readonly FrozenSet<string> Zones = DateTimeZoneProviders.Tzdb.Ids.ToFrozenSet(StringComparer.Ordinal);

    private List<BadRequest.Types.FieldViolation>? _wrong;

    /// <summary>True while nothing is wrong.</summary>
    public bool IsGood => _wrong is null;

    /// <summary>Null while nothing is wrong.</summary>
    public Failure? Failure => _wrong is null ? null : Failure.Of(_wrong);

    /// <summary>Says that a field is wrong. The description never repeats what the request had there: it may be personal.</summary>
    public void Wrong(string field, string description)
    {
        _wrong ??= [];
        if (_wrong.Count < Failure.FieldsMax) _wrong.Add(new BadRequest.Types.FieldViolation { Field = field, Description = description });
    }

    public NetworkName Network(string field, string value) =>
        NetworkName.TryParse(value, out var name) ? name : Wrong<NetworkName>(field, "must be networks/{network}");

    public SiteName Site(string field, string value) =>
        SiteName.TryParse(value, out var name) ? name : Wrong<SiteName>(field, "must be networks/{network}/sites/{site}");

    /// <summary>A site's name, or that of every site of a network (networks/{network}/sites/-), for its operator: its site is null then.</summary>
    public (string Network, string? Site) SiteOrEvery(string field, string value)
    {
        const string every = "/sites/-";
        if (value.EndsWith(every, StringComparison.Ordinal)) return (Network(field, value[..^every.Length]).Network, null);
        var site = Site(field, value);
        return (site.Network, site.Site);
    }

    public RoomName Room(string field, string value) =>
        RoomName.TryParse(value, out var name) ? name : Wrong<RoomName>(field, "must be networks/{network}/sites/{site}/rooms/{room}");

    public CohortName Cohort(string field, string value) =>
        CohortName.TryParse(value, out var name) ? name : Wrong<CohortName>(field, "must be networks/{network}/sites/{site}/cohorts/{cohort}");

    public FacilitatorName Facilitator(string field, string value) =>
        FacilitatorName.TryParse(value, out var name) ? name : Wrong<FacilitatorName>(field, "must be networks/{network}/facilitators/{facilitator}");

    public ProgramName ProgramName(string field, string value) =>
        Calls.ProgramName.TryParse(value, out var name) ? name : Wrong<ProgramName>(field, "must be networks/{network}/programs/{program}");

    public ParticipantName Participant(string field, string value) =>
        ParticipantName.TryParse(value, out var name) ? name : Wrong<ParticipantName>(field, "must be networks/{network}/participants/{participant}");

    public ReferralName Referral(string field, string value) =>
        ReferralName.TryParse(value, out var name) ? name : Wrong<ReferralName>(field, "must be networks/{network}/referrals/{referral}");

    public RehomeName Rehome(string field, string value) =>
        RehomeName.TryParse(value, out var name) ? name : Wrong<RehomeName>(field, "must be networks/{network}/rehomes/{rehome}");

    public WebhookName Webhook(string field, string value) =>
        WebhookName.TryParse(value, out var name) ? name : Wrong<WebhookName>(field, "must be networks/{network}/webhooks/{webhook}");

    /// <summary>regions/{region}, as its id; empty is accepted when it is not required.</summary>
    public string Region(string field, string value, bool required)
    {
        if (value.Length == 0 && !required) return "";
        var rest = value.AsSpan();
        return Names.Take(ref rest, "regions/", out var region) && rest.IsEmpty ? region : Wrong(field, "must be regions/{region}", "");
    }

    /// <summary>A name that may be left out, and if given must be this one.</summary>
    public void NameIs(string field, string value, string expected)
    {
        if (value.Length > 0 && value != expected) Wrong(field, "must be empty, or the name that follows from the parent and the id");
    }

    public string Id(string field, string value) =>
        Ids.IsValid(value) ? value : Wrong(field, "must be 2 to 40 of a-z, 0-9 and hyphen, not starting or ending with a hyphen", "");

    /// <summary>1 to 64 of a-z, 0-9 and hyphen.</summary>
    public string Code(string field, string value, bool required = true)
    {
        if (value.Length == 0 && !required) return "";
        var good = value.Length is > 0 and <= CodeLengthMax;
        for (var i = 0; good && i < value.Length; i++) good = value[i] is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-';
        return good ? value : Wrong(field, "must be a code: 1 to 64 of a-z, 0-9 and hyphen", "");
    }

    /// <summary>A program's code, which the field writes with capitals: RTT-KaT-12. 1 to 64 of A-Z, a-z, 0-9 and hyphen.</summary>
    public string Program(string field, string value, bool required = true)
    {
        if (value.Length == 0 && !required) return "";
        var good = value.Length is > 0 and <= CodeLengthMax;
        for (var i = 0; good && i < value.Length; i++) good = char.IsAsciiLetterOrDigit(value[i]) || value[i] == '-';
        return good ? value : Wrong(field, "must be a program code: 1 to 64 of A-Z, a-z, 0-9 and hyphen", "");
    }

    /// <summary>A program's code that names a program: 2 to 40 of A-Z, a-z, 0-9 and hyphen.</summary>
    public string ProgramId(string field, string value) =>
        Ids.IsValid(value.ToLowerInvariant()) ? value : Wrong(field, "must be a program code: 2 to 40 of A-Z, a-z, 0-9 and hyphen, not starting or ending with a hyphen", "");

    /// <summary>Codes: each as <see cref="Code"/>, none twice.</summary>
    public ImmutableArray<string> Codes(string field, IReadOnlyList<string> values, int max)
    {
        if (!Count(field, values.Count, 0, max)) return [];
        for (var i = 0; i < values.Count; i++) Code($"{field}[{i}]", values[i]);
        Distinct(field, values);
        return [.. values];
    }

    /// <summary>ISO 3166-2: CA-BC, or a country alone.</summary>
    public string Jurisdiction(string field, string value)
    {
        var good = value.Length is 2 or (>= 4 and <= 6) && char.IsAsciiLetterUpper(value[0]) && char.IsAsciiLetterUpper(value[1])
            && (value.Length == 2 || value[2] == '-');
        for (var i = 3; good && i < value.Length; i++) good = char.IsAsciiLetterUpper(value[i]) || char.IsAsciiDigit(value[i]);
        return good ? value : Wrong(field, "must be an ISO 3166-2 code, for example CA-BC", "");
    }

    public string TimeZone(string field, string value) =>
        Zones.Contains(value) ? value : Wrong(field, "must be an IANA time zone, for example America/Vancouver", "");

    /// <summary>Text for people: no control characters, no blanks around it.</summary>
    public string Text(string field, string value, int lengthMax, bool required = true)
    {
        if (value.Length == 0) return required ? Wrong(field, "must not be empty", "") : "";
        if (value.Length > lengthMax) return Wrong(field, string.Create(CultureInfo.InvariantCulture, $"must have at most {lengthMax} characters"), "");
        if (char.IsWhiteSpace(value[0]) || char.IsWhiteSpace(value[^1])) return Wrong(field, "must not begin or end with a blank", "");
        for (var i = 0; i < value.Length; i++)
        {
            var c = value[i];
            if (char.IsHighSurrogate(c) && i + 1 < value.Length && char.IsLowSurrogate(value[i + 1])) i++;
            else if (char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029' or '\ufffd' or '\ufeff' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069'))
                return Wrong(field, "must be text without control characters", "");
        }
        return value;
    }

    /// <summary>Visible ASCII only.</summary>
    public string Ascii(string field, string value, int lengthMax, string description)
    {
        if (value.Length == 0 || value.Length > lengthMax) return Wrong(field, description, "");
        foreach (var c in value)
        {
            if (c is < ' ' or > '~') return Wrong(field, description, "");
        }
        return value;
    }

    public int Number(string field, int value, int min, int max) =>
        value >= min && value <= max ? value : Wrong(field, string.Create(CultureInfo.InvariantCulture, $"must be {min} to {max}"), min);

    public double? Degrees(string field, bool has, double value, double max)
    {
        if (!has) return null;
        return double.IsFinite(value) && Math.Abs(value) <= max ? value : Wrong<double?>(field, string.Create(CultureInfo.InvariantCulture, $"must be -{max} to {max} degrees"));
    }

    /// <summary>A latitude and a longitude: both or neither.</summary>
    /// <param name="path">What stands before the two names.</param>
    public (double? Latitude, double? Longitude) Coordinates(string path, (bool Has, double Value) latitude, (bool Has, double Value) longitude)
    {
        var coordinates = (Degrees($"{path}latitude", latitude.Has, latitude.Value, 90), Degrees($"{path}longitude", longitude.Has, longitude.Value, 180));
        if (latitude.Has != longitude.Has) Wrong(latitude.Has ? $"{path}longitude" : $"{path}latitude", "must be given too: both or neither");
        return coordinates;
    }

    /// <summary>True when a list is not too long; nothing of a longer one is looked at.</summary>
    public bool Count(string field, int count, int min, int max)
    {
        if (count >= min && count <= max) return true;
        Wrong(field, string.Create(CultureInfo.InvariantCulture, $"must have {min} to {max} entries"));
        return false;
    }

    public LocalDate RequiredDate(string field, WireDate? value) => Date(field, value) ?? (value is null ? Wrong(field, "is missing", DateMin) : DateMin);

    /// <summary>A whole calendar date; null when it is absent.</summary>
    public LocalDate? Date(string field, WireDate? value)
    {
        if (value is null) return null;
        if (value.Year >= DateMin.Year && value.Year <= DateMax.Year && value.Month is >= 1 and <= 12
            && value.Day >= 1 && value.Day <= CalendarSystem.Iso.GetDaysInMonth(value.Year, value.Month))
        {
            return new LocalDate(value.Year, value.Month, value.Day);
        }
        return Wrong<LocalDate?>(field, "must be a day of the calendar with year, month and day");
    }

    /// <summary>A week by its ISO name, 2027-W03: its Monday.</summary>
    public LocalDate? Week(string field, string value)
    {
        if (value is [_, _, _, _, '-', 'W', _, _] && int.TryParse(value.AsSpan(0, 4), NumberStyles.None, CultureInfo.InvariantCulture, out var year)
            && int.TryParse(value.AsSpan(6), NumberStyles.None, CultureInfo.InvariantCulture, out var week)
            && year >= DateMin.Year && year < DateMax.Year && week >= 1 && week <= WeekYearRules.Iso.GetWeeksInWeekYear(year))
        {
            return WeekYearRules.Iso.GetLocalDate(year, week, IsoDayOfWeek.Monday);
        }
        return Wrong<LocalDate?>(field, "must be a week of the calendar, for example 2027-W03");
    }

    /// <summary>A local wall time without a zone or an offset of its own, to the second.</summary>
    public LocalDateTime WallTime(string field, WireDateTime? value)
    {
        if (value is null) return Wrong(field, "is missing", DateMin.AtMidnight());
        if (value.TimeOffsetCase != WireDateTime.TimeOffsetOneofCase.None)
            return Wrong(field, "must be a wall time: the zone is the site's", DateMin.AtMidnight());
        var date = Date(field, new WireDate { Year = value.Year, Month = value.Month, Day = value.Day });
        if (date is null) return DateMin.AtMidnight();
        if (value.Hours is < 0 or > 23 || value.Minutes is < 0 or > 59 || value.Seconds is < 0 or > 59 || value.Nanos != 0)
            return Wrong(field, "must be a time of day with whole seconds", DateMin.AtMidnight());
        return date.Value.At(new LocalTime(value.Hours, value.Minutes, value.Seconds));
    }

    public Duration Duration(string field, WireDuration? value, Duration min, Duration max, bool zeroIsAbsent = false)
    {
        if (value is null) return zeroIsAbsent ? NodaTime.Duration.Zero : Wrong(field, "is missing", min);
        // Judged in two steps: a hostile number of seconds must not overflow.
        if (value.Nanos == 0 && value.Seconds >= 0 && value.Seconds <= (long)max.TotalSeconds)
        {
            var duration = NodaTime.Duration.FromSeconds(value.Seconds);
            if (duration >= min || (zeroIsAbsent && value.Seconds == 0)) return duration;
        }
        return Wrong(field, string.Create(CultureInfo.InvariantCulture, $"must be {min.TotalMinutes} to {max.TotalMinutes} minutes, in whole seconds"), min);
    }

    public Instant? Time(string field, Timestamp? value)
    {
        if (value is null) return null;
        if (value.Nanos is >= 0 and < 1_000_000_000 && value.Seconds >= InstantMin.ToUnixTimeSeconds() && value.Seconds < InstantMax.ToUnixTimeSeconds())
            return Instant.FromUnixTimeSeconds(value.Seconds).PlusNanoseconds(value.Nanos / 100 * 100);
        return Wrong<Instant?>(field, "must be a time between the years 2000 and 2200");
    }

    /// <summary>Says that a message is absent, if it is.</summary>
    public bool Has(string field, object? value)
    {
        if (value is not null) return true;
        Wrong(field, "is missing");
        return false;
    }

    /// <summary>Says that a list holds something twice, if it does.</summary>
    public void Distinct(string field, IEnumerable<string> keys)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var key in keys)
        {
            if (!seen.Add(key))
            {
                Wrong(field, "must not hold the same thing twice");
                return;
            }
        }
    }

    /// <summary>A place in the feed, as earlier answers gave it: "xid.position". Null when it is empty.</summary>
    public string? AtLeast(string field, string value)
    {
        if (value.Length == 0) return null;
        var dot = value.IndexOf('.', StringComparison.Ordinal);
        return value.Length <= 41 && dot > 0
            && ulong.TryParse(value.AsSpan(0, dot), NumberStyles.None, CultureInfo.InvariantCulture, out _)
            && long.TryParse(value.AsSpan(dot + 1), NumberStyles.None, CultureInfo.InvariantCulture, out _)
                ? value
                : Wrong<string?>(field, "must be a token of an earlier answer");
    }

    public T Wrong<T>(string field, string description, T instead = default!)
    {
        Wrong(field, description);
        return instead;
    }
}
