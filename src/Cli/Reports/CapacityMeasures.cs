using System.Globalization;
using RttNetwork.Wire.V1;

namespace RttNetwork.Cli.Reports;

/// <summary>A figure of a report, and why it is not there where it is not.</summary>
/// <param name="Number">Null when it is not told.</param>
/// <param name="Absent">A code of FHIR's data-absent-reason: <c>masked</c> for few people, <c>not-permitted</c> for people of another's.</param>
internal readonly record struct Reported(int? Number, string Absent)
{
    /// <summary>"*" for masked and "-" for not permitted, as on the screen.</summary>
    public override string ToString() => Number is { } number ? number.ToString(CultureInfo.InvariantCulture) : Absent == CapacityMeasures.Masked ? "*" : "-";
}

/// <summary>The figures that a report has, by codes of our own: there are none of a standard for seats of cohorts.</summary>
internal static class CapacityMeasures
{
    public const string Masked = "masked";
    public const string MedicineSeats = "medicine-seats-open";
    private const string NotPermitted = "not-permitted";

    /// <summary>Every figure that is one number.</summary>
    public static readonly IReadOnlyList<(string Code, string Display, Func<CapacityFigure, Reported> Of)> All =
    [
        ("seats-total", "Seats, as many as are planned for", f => Seats(f.SeatsTotal)),
        ("seats-staffed-open", "Seats that can be booked: unoccupied, staffed, unblocked", f => Seats(f.SeatsStaffedOpen)),
        ("seats-occupied", "Seats that are booked", f => People(f.SeatsOccupied)),
        ("seats-held", "Seats that are held for somebody", f => People(f.SeatsHeld)),
        ("waitlist-length", "Places on wait-lists by name", f => People(f.WaitlistLength)),
        ("sessions-at-risk", "Sessions that are at risk", f => f.HasSessionsAtRisk ? Seats(f.SessionsAtRisk) : new Reported(null, NotPermitted)),
    ];

    /// <summary>Of one week after the other: open seats whose holders have a medicine session in it.</summary>
    public const string MedicineDisplay = "Open seats with a medicine session in the week";

    private static Reported Seats(int number) => new(number, "");

    private static Reported People(PeopleCount? people) => people is null ? new(null, NotPermitted) : people.Suppressed ? new(null, Masked) : new(people.Count, "");
}
