using System.Collections.Immutable;
using NodaTime;

namespace RttNetwork.Cli.NetworkFiles;

/// <summary>
/// Reads a network file (<c>docs/network-file.md</c>) and finds every fault in it at once, each with its line. What the network itself would
/// refuse for reasons that lie in the file (a room twice at one time, a credential that lapses) is found here, where it has a line.
/// </summary>
internal sealed class NetworkFileReader
{
    /// <summary>The network's limit on one cohort's sessions.</summary>
    private const int SessionsMax = 128;

    private static readonly ImmutableArray<string> Roles = ["prescriber", "nurse", "therapist", "somatic", "elder", "peer", "facilitator"];

    /// <summary>Roles that count only with a credential: the network's own rule 20.</summary>
    private static readonly ImmutableArray<string> LicensedRoles = ["prescriber", "nurse", "therapist", "facilitator"];

    private readonly Faults _faults;
    private readonly Dictionary<string, Program> _programs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SiteEntry> _sites = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FacilitatorEntry> _facilitators = new(StringComparer.Ordinal);
    private readonly HashSet<string> _regions = new(StringComparer.Ordinal);
    private readonly Calendar _calendar;

    private NetworkFileReader(Faults faults)
    {
        _faults = faults;
        _calendar = new Calendar(faults);
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="NetworkFileException">It is not as it must be.</exception>
    public static NetworkFile Read(string file) => Parse(File.ReadAllText(file), file);

    /// <summary>Reads a text that is called <paramref name="file"/> in messages.</summary>
    /// <exception cref="NetworkFileException">It is not as it must be.</exception>
    public static NetworkFile Parse(string text, string file)
    {
        var faults = new Faults(file);
        var network = MessageFile.Load(text, faults) is { } root && YamlMap.From(root, "", faults) is { } top
            ? new NetworkFileReader(faults).ReadNetwork(top)
            : null;
        return network is null || faults.Any ? throw new NetworkFileException(faults.Lines) : network;
    }

    private NetworkFile ReadNetwork(YamlMap top)
    {
        var id = top.Id("network");
        foreach (var region in top.Words("regions"))
        {
            if (!YamlMap.IsId(region.Value))
            {
                _faults.Add(region.Mark, $"'{region.Value}' is no id: 2 to 40 of a-z, 0-9 and hyphen");
            }
            else if (!_regions.Add(region.Value))
            {
                _faults.Add(region.Mark, $"region '{region.Value}' is there twice");
            }
        }

        foreach (var (name, map) in top.Entries("programs"))
        {
            _programs[name] = ReadProgram(name, map);
        }

        var sites = top.Maps("sites").Select(ReadSite).ToImmutableArray();
        var facilitators = top.Maps("facilitators").Select(ReadFacilitator).ToImmutableArray();
        var cohorts = top.Maps("cohorts").Select(ReadCohort).OfType<CohortEntry>().ToImmutableArray();
        var people = top.Maps("participants").Select(ReadPerson).ToImmutableArray();
        top.NothingElse();
        return new NetworkFile(id.Value, sites, facilitators, cohorts, people);
    }

    private Program ReadProgram(string name, YamlMap map)
    {
        var seats = map.Map("seats");
        if (seats is null)
        {
            _faults.Add(map.Mark, "'seats' is missing: seats: {min: 6, max: 12}");
        }

        var (min, max) = (seats?.Number("min", 1, 200) ?? 1, seats?.Number("max", 1, 200) ?? 1);
        if (seats is not null && min > max)
        {
            seats.Fault("max", $"{max} is less than min, {min}");
        }

        var cap = seats?.NumberOrNone("hard-cap", 1, 200) ?? 0;
        seats?.NothingElse();

        var staffing = map.Entries("staffing").Select(e =>
        {
            if (!Roles.Contains(e.Key))
            {
                _faults.Add(e.Value.Mark, $"no role '{e.Key}'; roles: {string.Join(", ", Roles)}");
            }

            var entry = new StaffingEntry(e.Key, e.Value.Number("people-each", 1, 200), e.Value.NumberOrNone("at-least", 0, 20) ?? 1);
            e.Value.NothingElse();
            return entry;
        }).ToImmutableArray();

        var program = new Program(
            name,
            map.NumberOrNone("version", 1, 1_000_000) ?? 1,
            min,
            max,
            cap,
            map.NumberOrNone("intake-closes-days", 0, 365) ?? 0,
            map.Flag("may-overlap"),
            map.NumberOrNone("hold-minutes", 1, 14 * 24 * 60) is { } minutes ? Duration.FromMinutes(minutes) : null,
            staffing,
            WeeklySessions.Read(map.Map("weekly")),
            MedicineSessions.Read(map.Map("medicine")));
        map.NothingElse();
        return program;
    }

    /// <summary>At most 16 codes, none twice.</summary>
    private ImmutableArray<string> Codes(YamlMap map, string key)
    {
        const int max = 16;
        var words = map.Words(key);
        if (words.Length > max)
        {
            map.Fault(key, $"at most {max}");
        }

        var codes = ImmutableArray.CreateBuilder<string>(words.Length);
        foreach (var word in words)
        {
            if (word.Value.Length > 64 || word.Value.Any(c => !char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '-'))
            {
                _faults.Add(word.Mark, $"'{word.Value}' is no code: 1 to 64 of a-z, 0-9 and hyphen");
            }
            else if (codes.Contains(word.Value))
            {
                _faults.Add(word.Mark, $"'{word.Value}' is there twice");
            }

            codes.Add(word.Value);
        }

        return codes.ToImmutable();
    }

    private SiteEntry ReadSite(YamlMap map)
    {
        var id = map.Id("id");
        var region = map.Text("region");
        if (region.Value.Length > 0 && !_regions.Contains(region.Value))
        {
            _faults.Add(region.Mark, $"no region '{region.Value}'; regions: {List(_regions)}");
        }

        var zoneName = map.Text("zone");
        var zone = DateTimeZoneProviders.Tzdb.GetZoneOrNull(zoneName.Value);
        if (zone is null && zoneName.Value.Length > 0)
        {
            _faults.Add(zoneName.Mark, $"no time zone '{zoneName.Value}': an IANA name like America/Vancouver");
        }

        var (latitude, longitude) = (map.Degrees("latitude", 90), map.Degrees("longitude", 180));
        if (map.Has("latitude") != map.Has("longitude"))
        {
            _faults.Add(map.Mark, "latitude and longitude come together or not at all");
        }

        var rooms = ImmutableArray.CreateBuilder<RoomEntry>();
        foreach (var room in map.Maps("rooms"))
        {
            var roomId = room.Id("id");
            if (rooms.Any(r => r.Id == roomId.Value))
            {
                _faults.Add(roomId.Mark, $"room '{roomId.Value}' is there twice");
            }

            rooms.Add(new RoomEntry(roomId.Value, room.TextOrNone("name")?.Value ?? roomId.Value, room.Number("people", 1, 200)));
            room.NothingElse();
        }

        var site = new SiteEntry(
            id.Value,
            map.Text("name").Value,
            region.Value,
            map.Text("jurisdiction").Value,
            zone ?? DateTimeZone.Utc,
            latitude,
            longitude,
            rooms.ToImmutable(),
            [.. map.Maps("accreditations").Select(a =>
            {
                var entry = new AccreditationEntry(a.Text("code").Value, a.Day("from") ?? LocalDate.MinIsoValue, a.DayOrNone("until"));
                InOrder(a, entry.ValidFrom, entry.ValidUntil);
                a.NothingElse();
                return entry;
            })],
            Codes(map, "languages"),
            Codes(map, "accessibility"));
        map.NothingElse();
        if (!_sites.TryAdd(id.Value, site))
        {
            _faults.Add(id.Mark, $"site '{id.Value}' is there twice");
        }

        return site;
    }

    private FacilitatorEntry ReadFacilitator(YamlMap map)
    {
        var id = map.Id("id");
        var home = map.Text("home");
        KnownSite(home);
        var roles = map.Words("roles");
        if (roles.Length is < 1 or > 8)
        {
            _faults.Add(map.MarkOf("roles"), "must be 1 to 8 roles");
        }

        foreach (var role in roles.Where(r => !Roles.Contains(r.Value)))
        {
            _faults.Add(role.Mark, $"no role '{role.Value}'; roles: {string.Join(", ", Roles)}");
        }

        var credentials = map.Maps("credentials").Select(c =>
        {
            var role = c.TextOrNone("role") ?? (roles is [var only] ? only : c.Text("role"));
            if (role.Value.Length > 0 && !roles.Any(r => r.Value == role.Value))
            {
                _faults.Add(role.Mark, $"a credential for '{role.Value}', which is none of the roles: {string.Join(", ", roles.Select(r => r.Value))}");
            }

            var credential = new CredentialEntry(role.Value, c.Text("in").Value, c.Day("from") ?? LocalDate.MinIsoValue, c.DayOrNone("until"));
            InOrder(c, credential.ValidFrom, credential.ValidUntil);
            c.NothingElse();
            return credential;
        }).ToImmutableArray();
        map.NothingElse();

        var facilitator = new FacilitatorEntry(id.Value, home.Value, [.. roles.Select(r => r.Value)], credentials);
        if (!_facilitators.TryAdd(id.Value, facilitator))
        {
            _faults.Add(id.Mark, $"facilitator '{id.Value}' is there twice");
        }

        return facilitator;
    }

    private CohortEntry? ReadCohort(YamlMap map)
    {
        var id = map.Id("id");
        var siteName = map.Text("site");
        var site = KnownSite(siteName);
        var programName = map.Text("program");
        var program = _programs.GetValueOrDefault(programName.Value);
        if (program is null && programName.Value.Length > 0)
        {
            _faults.Add(programName.Mark, $"no program '{programName.Value}'; programs: {List(_programs.Keys)}");
        }

        var room = map.Text("room");
        if (site is not null && room.Value.Length > 0 && !site.Rooms.Any(r => r.Id == room.Value))
        {
            _faults.Add(room.Mark, $"no room '{room.Value}' at site {site.Id}; rooms there: {List(site.Rooms.Select(r => r.Id))}");
        }

        var starts = map.Day("starts");
        var seats = map.NumberOrNone("seats", 1, 200);
        if (program is not null && seats is { } asked && (asked < program.SeatsMin || asked > program.SeatsMax))
        {
            map.Fault("seats", $"{program.Name} takes {program.SeatsMin} to {program.SeatsMax}, not {asked}");
        }

        var weekly = WeeklySessions.Read(map.Map("weekly"));
        var medicine = MedicineSessions.Read(map.Map("medicine"));
        var name = map.TextOrNone("name")?.Value;
        var staff = map.Lists("staff").ToList();
        map.NothingElse();
        if (!_calendar.Claim(siteName.Value, id))
        {
            _faults.Add(id.Mark, $"cohort '{id.Value}' is there twice at site {siteName.Value}");
        }

        if (site is null || program is null || starts is not { } firstDay)
        {
            return null;
        }

        var sessions = _calendar.Spell(map, site.Zone, firstDay, program.Weekly.Over(weekly), program.Medicine.Over(medicine));
        if (sessions.IsEmpty)
        {
            return null;
        }

        if (sessions.Length > SessionsMax)
        {
            _faults.Add(map.Mark, $"{sessions.Length} sessions; a cohort has at most {SessionsMax}");
        }

        var where = $"{site.Id}/{id.Value}";
        _calendar.Meets(where, site.Id, room, sessions);
        foreach (var (role, who) in staff)
        {
            Assigned(where, site, sessions, role, who);
        }

        // The last day of intake is the given number of days before the first day: it closes when that day ends.
        var closes = sessions[0].LocalStart.Date.PlusDays(1 - program.IntakeClosesDays).AtStartOfDayInZone(site.Zone).ToInstant();
        return new CohortEntry(
            id.Value,
            site.Id,
            name ?? $"{program.Name}, {site.DisplayName}",
            program.Name,
            program.Version,
            room.Value,
            program.SeatsMin,
            seats ?? program.SeatsMax,
            program.HardCap,
            program.MayOverlap,
            program.HoldLength,
            program.IntakeClosesDays == 0 ? sessions[0].StartsAt : closes,
            program.Staffing,
            sessions,
            [.. staff.Select(s => new AssignmentEntry(s.Value.Value, s.Key.Value))]);
    }

    private void Assigned(string cohort, SiteEntry site, ImmutableArray<SessionEntry> sessions, Written<string> role, Written<string> who)
    {
        if (!_facilitators.TryGetValue(who.Value, out var facilitator))
        {
            _faults.Add(who.Mark, $"no facilitator '{who.Value}'");
            return;
        }

        if (!facilitator.Roles.Contains(role.Value))
        {
            _faults.Add(who.Mark, $"{who.Value} is no {role.Value}; roles: {string.Join(", ", facilitator.Roles)}");
            return;
        }

        if (LicensedRoles.Contains(role.Value)
            && sessions.FirstOrDefault(s => !facilitator.Credentials.Any(c => Covers(c, role.Value, site.Jurisdiction, s.LocalStart.Date))) is { } bare)
        {
            _faults.Add(who.Mark, $"{who.Value} has no credential as {role.Value} that is valid in {site.Jurisdiction} on {bare.LocalStart.Date:uuuu-MM-dd}");
        }

        _calendar.Works(who, cohort, site.Id, sessions);
    }

    private PersonEntry ReadPerson(YamlMap map)
    {
        var site = map.Text("site");
        KnownSite(site);
        var identifiers = map.Maps("identifiers").Select(i =>
        {
            var entry = new IdentifierEntry(i.Text("system").Value, i.Text("value").Value);
            i.NothingElse();
            return entry;
        }).ToImmutableArray();
        if (identifiers.Length > 8)
        {
            map.Fault("identifiers", "at most 8");
        }

        var person = new PersonEntry(
            site.Value,
            map.Text("family").Value,
            map.Text("given").Value,
            map.Day("born"),
            map.TextOrNone("language")?.Value ?? "",
            map.TextOrNone("phone")?.Value ?? "",
            map.TextOrNone("email")?.Value ?? "",
            identifiers,
            map.Flag("eligible"));
        map.NothingElse();
        return person;
    }

    private SiteEntry? KnownSite(Written<string> site)
    {
        if (_sites.TryGetValue(site.Value, out var known))
        {
            return known;
        }

        if (site.Value.Length > 0)
        {
            _faults.Add(site.Mark, $"no site '{site.Value}'; sites: {List(_sites.Keys)}");
        }

        return null;
    }

    private static void InOrder(YamlMap map, LocalDate from, LocalDate? until)
    {
        if (until < from)
        {
            map.Fault("until", "is before 'from'");
        }
    }

    private static bool Covers(CredentialEntry c, string role, string jurisdiction, LocalDate day) =>
        c.Role == role && c.Jurisdiction == jurisdiction && c.ValidFrom <= day && (c.ValidUntil is null || day <= c.ValidUntil);

    private static string List(IEnumerable<string> names) => string.Join(", ", names.Order(StringComparer.Ordinal)) is { Length: > 0 } list ? list : "none";

    private sealed record Program(
        string Name,
        int Version,
        int SeatsMin,
        int SeatsMax,
        int HardCap,
        int IntakeClosesDays,
        bool MayOverlap,
        Duration? HoldLength,
        ImmutableArray<StaffingEntry> Staffing,
        WeeklySessions Weekly,
        MedicineSessions Medicine);
}
