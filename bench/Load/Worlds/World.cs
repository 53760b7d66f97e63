using System.Globalization;

namespace RttNetwork.Load.Worlds;

/// <summary>
/// The network that both sides are seeded with, in full before anything is measured: every name follows from a number.
/// </summary>
/// <param name="Network">The tenant.</param>
/// <param name="Cohorts">Cohorts with <see cref="Seats"/> seats: the first numbers.</param>
/// <param name="RushCohorts">Cohorts with <see cref="RushSeats"/> seats: the numbers after them.</param>
/// <param name="People">How many people there are, all of them found eligible.</param>
internal sealed record World(string Network, int Cohorts, int RushCohorts, int People)
{
    /// <summary>The most that a cohort may have.</summary>
    public const int Seats = 200;
    public const int RushSeats = 40;

    /// <summary>Weekly sessions of a cohort.</summary>
    public const int Sessions = 12;

    /// <summary>Cohorts of one site; each room has four, at different hours.</summary>
    public const int CohortsPerSite = 200;
    public const int CohortsPerRoom = 4;

    /// <summary>The one role that the seats are staffed by, and its members in every cohort.</summary>
    public const string Role = "therapist";
    public const int MembersPerCohort = 2;

    public const string Region = "bc";
    public const string Jurisdiction = "CA-BC";
    public const string TimeZone = "America/Vancouver";
    public const string Program = "bench";

    public int CohortsInAll => Cohorts + RushCohorts;

    public int Sites => (CohortsInAll + CohortsPerSite - 1) / CohortsPerSite;

    public int SeatsOf(int cohort) => cohort < Cohorts ? Seats : RushSeats;

    /// <summary>So many that room, template and staff allow exactly the same number of seats.</summary>
    public int ParticipantsPerMember(int cohort) => SeatsOf(cohort) / MembersPerCohort;

    public static string SiteId(int cohort) => string.Create(CultureInfo.InvariantCulture, $"s-{cohort / CohortsPerSite:D4}");

    public static string RoomId(int cohort) => string.Create(CultureInfo.InvariantCulture, $"room-{cohort % CohortsPerSite / CohortsPerRoom:D2}");

    public static string CohortId(int cohort) => string.Create(CultureInfo.InvariantCulture, $"c-{cohort:D6}");

    public static string PersonId(int person) => string.Create(CultureInfo.InvariantCulture, $"p-{person:D7}");

    public static string FacilitatorId(int cohort, int member) => string.Create(CultureInfo.InvariantCulture, $"f-{cohort:D6}-{member}");

    /// <summary>The site that registered a person.</summary>
    public string HomeSiteId(int person) => SiteId(person % Sites * CohortsPerSite);

    /// <summary>The resource name of a cohort.</summary>
    public string CohortName(int cohort) => $"networks/{Network}/sites/{SiteId(cohort)}/cohorts/{CohortId(cohort)}";

    /// <summary>The resource name of a person.</summary>
    public string PersonName(int person) => $"networks/{Network}/participants/{PersonId(person)}";

    /// <summary>The first session of a cohort, by the clock of its site: an hour of its own in its room.</summary>
    public static DateTime FirstSession(int cohort) => new DateTime(2031, 1, 6, 9, 0, 0).AddDays(cohort % 5).AddHours(3 * (cohort % CohortsPerRoom));

    /// <summary>All first sessions are within one week and every cohort lasts as long: two seats of one person always overlap.</summary>
    public static DateTime LastSession(int cohort) => FirstSession(cohort).AddDays(7 * (Sessions - 1));
}
