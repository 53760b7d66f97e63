using System.Collections.Immutable;
using NodaTime;

namespace RttNetwork.Cli.NetworkFiles;

/// <summary>The meetings of every week, as far as they were written: a program says how many and how long, a cohort when.</summary>
internal sealed record WeeklySessions
{
    public IsoDayOfWeek? Weekday { get; private init; }

    public LocalTime? At { get; private init; }

    public int? Weeks { get; private init; }

    public int? Minutes { get; private init; }

    public int? TurnoverMinutes { get; private init; }

    public string? Kind { get; private init; }

    public bool? Virtual { get; private init; }

    public static WeeklySessions Read(YamlMap? map)
    {
        if (map is null)
        {
            return new WeeklySessions();
        }

        var read = new WeeklySessions
        {
            Weekday = map.WeekdayOrNone("weekday"),
            At = map.TimeOrNone("at"),
            Weeks = map.NumberOrNone("weeks", 1, 104),
            Minutes = map.NumberOrNone("minutes", 15, 720),
            TurnoverMinutes = map.NumberOrNone("turnover", 0, 240),
            Kind = map.TextOrNone("kind")?.Value,
            Virtual = map.Has("virtual") ? map.Flag("virtual") : null,
        };
        map.NothingElse();
        return read;
    }

    /// <summary>The program's, with what the cohort says in its place.</summary>
    public WeeklySessions Over(WeeklySessions cohort) => new()
    {
        Weekday = cohort.Weekday ?? Weekday,
        At = cohort.At ?? At,
        Weeks = cohort.Weeks ?? Weeks,
        Minutes = cohort.Minutes ?? Minutes,
        TurnoverMinutes = cohort.TurnoverMinutes ?? TurnoverMinutes,
        Kind = cohort.Kind ?? Kind,
        Virtual = cohort.Virtual ?? Virtual,
    };
}

/// <summary>The medicine sessions, beside the weekly meetings of the same weeks.</summary>
internal sealed record MedicineSessions
{
    public IsoDayOfWeek? Weekday { get; private init; }

    public LocalTime? At { get; private init; }

    public ImmutableArray<int> Weeks { get; private init; } = [];

    public int? Minutes { get; private init; }

    public int? TurnoverMinutes { get; private init; }

    public static MedicineSessions Read(YamlMap? map)
    {
        if (map is null)
        {
            return new MedicineSessions();
        }

        var read = new MedicineSessions
        {
            Weekday = map.WeekdayOrNone("weekday"),
            At = map.TimeOrNone("at"),
            Weeks = map.Numbers("weeks", 1, 104),
            Minutes = map.NumberOrNone("minutes", 15, 720),
            TurnoverMinutes = map.NumberOrNone("turnover", 0, 240),
        };
        map.NothingElse();
        return read;
    }

    /// <summary>The program's, with what the cohort says in its place.</summary>
    public MedicineSessions Over(MedicineSessions cohort) => new()
    {
        Weekday = cohort.Weekday ?? Weekday,
        At = cohort.At ?? At,
        Weeks = cohort.Weeks.IsEmpty ? Weeks : cohort.Weeks,
        Minutes = cohort.Minutes ?? Minutes,
        TurnoverMinutes = cohort.TurnoverMinutes ?? TurnoverMinutes,
    };
}

/// <summary>Spells sessions out, and knows who and what is taken when, over all cohorts of the file.</summary>
internal sealed class Calendar(Faults faults)
{
    private const string Medicine = "medicine";

    /// <summary>Between two sites a person needs at least so long: the network's own rule, repeated here because here it has a line.</summary>
    private static readonly Duration Travel = Duration.FromHours(1);

    /// <summary>A room needs so long after a session when the file says nothing else.</summary>
    private const int TurnoverMinutes = 30;

    /// <summary>Preparation comes at least so long before the first medicine session (rule 3).</summary>
    private static readonly Duration PreparationBefore = Duration.FromHours(24);

    private readonly HashSet<(string Site, string Cohort)> _cohorts = [];
    private readonly Dictionary<(string Site, string Room), List<(string Cohort, SessionEntry Session)>> _rooms = [];
    private readonly Dictionary<string, List<(string Cohort, string Site, SessionEntry Session)>> _people = new(StringComparer.Ordinal);

    /// <summary>False when the site has a cohort of this id already.</summary>
    public bool Claim(string site, Written<string> cohort) => _cohorts.Add((site, cohort.Value));

    /// <summary>The sessions of a cohort in order of time; none when the file does not say enough.</summary>
    public ImmutableArray<SessionEntry> Spell(YamlMap cohort, DateTimeZone zone, LocalDate starts, WeeklySessions weekly, MedicineSessions medicine)
    {
        if (weekly is not { Weeks: { } weeks, Minutes: { } minutes, At: { } at })
        {
            faults.Add(cohort.MarkOf("weekly"), "'weeks', 'minutes' and 'at' must be said here or in the program");
            return [];
        }

        if (weekly.Weekday is { } weekday && starts.DayOfWeek != weekday)
        {
            cohort.Fault("starts", $"{starts:uuuu-MM-dd} is a {starts.DayOfWeek}, and the weekly meeting is on {weekday}");
            return [];
        }

        var sessions = new List<SessionEntry>();
        var firstMedicine = medicine.Weeks.IsEmpty ? int.MaxValue : medicine.Weeks.Min();
        for (var week = 1; week <= weeks; week++)
        {
            var kind = weekly.Kind ?? (week == 1 ? "orientation" : week <= firstMedicine ? "preparation" : "integration");
            Add(kind, starts.PlusWeeks(week - 1) + at, minutes, weekly.TurnoverMinutes, weekly.Virtual ?? false, "weekly");
        }

        if (!medicine.Weeks.IsEmpty)
        {
            if (medicine is not { Minutes: { } length, At: { } hour, Weekday: { } day })
            {
                faults.Add(cohort.MarkOf("medicine"), "'weekday', 'at' and 'minutes' must be said here or in the program");
                return [];
            }

            foreach (var week in medicine.Weeks)
            {
                if (week > weeks)
                {
                    faults.Add(cohort.MarkOf("medicine"), $"medicine in week {week} of {weeks}");
                    continue;
                }

                var begins = starts.PlusWeeks(week - 1);
                var after = ((int)day - (int)begins.DayOfWeek + 7) % 7;
                Add(Medicine, begins.PlusDays(after) + hour, length, medicine.TurnoverMinutes, isVirtual: false, "medicine");
            }
        }

        if (sessions.Where(s => s.Kind == Medicine).MinBy(s => s.StartsAt) is { } first
            && !sessions.Any(s => s.Kind != Medicine && first.StartsAt - s.EndsAt >= PreparationBefore))
        {
            faults.Add(cohort.MarkOf("medicine"), $"no meeting at least 24 hours before the first medicine session on {first.LocalStart:uuuu-MM-dd HH:mm} (rule 3)");
        }

        return [.. sessions.OrderBy(s => s.StartsAt)];

        void Add(string kind, LocalDateTime local, int length, int? turnover, bool isVirtual, string key)
        {
            var mapping = zone.MapLocal(local);
            if (mapping.Count == 0)
            {
                faults.Add(cohort.MarkOf(key), $"{local:uuuu-MM-dd HH:mm} does not exist in {zone.Id}: the clock skips it");
                return;
            }

            sessions.Add(new SessionEntry(
                kind, local, mapping.First().ToInstant(), Duration.FromMinutes(length), Duration.FromMinutes(isVirtual ? 0 : turnover ?? TurnoverMinutes), isVirtual));
        }
    }

    /// <summary>Takes the room for a cohort's sessions, and says where another cohort has it then.</summary>
    public void Meets(string cohort, string site, Written<string> room, ImmutableArray<SessionEntry> sessions)
    {
        for (var i = 1; i < sessions.Length; i++)
        {
            if (sessions[i].StartsAt < sessions[i - 1].EndsAt)
            {
                faults.Add(room.Mark, $"two sessions of {cohort} overlap on {sessions[i].LocalStart:uuuu-MM-dd HH:mm}");
                return;
            }
        }

        if (!_rooms.TryGetValue((site, room.Value), out var taken))
        {
            _rooms[(site, room.Value)] = taken = [];
        }

        var present = sessions.Where(s => !s.IsVirtual).ToList();
        foreach (var (other, theirs) in taken)
        {
            if (present.Find(mine => mine.StartsAt < theirs.RoomFreeAt && theirs.StartsAt < mine.RoomFreeAt) is { } mine)
            {
                faults.Add(room.Mark, $"{other} has the room on {theirs.LocalStart:uuuu-MM-dd} from {theirs.LocalStart:HH:mm}, turnover included until {theirs.RoomFreeAt - theirs.StartsAt:H'h'mm} later; {cohort} meets at {mine.LocalStart:HH:mm}");
                break;
            }
        }

        taken.AddRange(present.Select(s => (cohort, s)));
    }

    /// <summary>Takes a facilitator for a cohort's sessions, and says where they are elsewhere then, travel included.</summary>
    public void Works(Written<string> who, string cohort, string site, ImmutableArray<SessionEntry> sessions)
    {
        if (!_people.TryGetValue(who.Value, out var taken))
        {
            _people[who.Value] = taken = [];
        }

        if (taken.Any(t => t.Cohort == cohort))
        {
            faults.Add(who.Mark, $"{who.Value} leads {cohort} already: one person satisfies one requirement");
            return;
        }

        foreach (var (other, elsewhere, theirs) in taken)
        {
            var clash = sessions.FirstOrDefault(mine =>
            {
                var travel = elsewhere != site && !mine.IsVirtual && !theirs.IsVirtual ? Travel : Duration.Zero;
                return mine.StartsAt < theirs.EndsAt + travel && theirs.StartsAt < mine.EndsAt + travel;
            });
            if (clash is not null)
            {
                faults.Add(who.Mark, $"{who.Value} is at {other} on {theirs.LocalStart:uuuu-MM-dd HH:mm}, travel included; {cohort} meets at {clash.LocalStart:HH:mm}");
                break;
            }
        }

        taken.AddRange(sessions.Select(s => (cohort, site, s)));
    }
}
