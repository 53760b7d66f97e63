using NodaTime;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Pathways;

namespace RttNetwork.Domain.Tests.Pathways;

/// <summary>The most of a route that one visit may have, where a program says so; the values here are the tests' own, for no source has any.</summary>
public sealed class DoseLimitTests
{
    private static readonly PathwayPolicy Limited = Course.Policy() with { DoseLimits = [new DoseLimit("im", 100)] };

    [Fact]
    public void All_doses_of_a_visit_by_one_route_count_together_to_the_microgram()
    {
        var course = In(Limited);
        Assert.Equal((Reason.DoseMissing, 17), Refused(course.Dose()));
        Assert.Null(course.Dose(60).Refusal);
        var beyond = course.Dose(41).Refusal!;
        Assert.Equal((Reason.DoseLimitReached, 17), (beyond.Reason, beyond.Rule));
        Assert.StartsWith("dose_micrograms:", beyond.Message, StringComparison.Ordinal);
        Assert.Equal([("dose_micrograms", "41"), ("given_micrograms", "60"), ("dose_micrograms_max", "100")], beyond.Numbers.AsEnumerable());
        Assert.Null(course.Dose(40).Refusal);
        Assert.Equal(Reason.DoseLimitReached, course.Dose(1).Refusal!.Reason);
        Assert.Equal(Reason.DoseLimitReached, course.Dose(int.MaxValue).Refusal!.Reason);
        Assert.Equal((2, 100), (course.Pathway.Visit!.Doses, course.Pathway.Visit.Given["im"]));
        // Another route has no limit, and what is given of it is the medical record's business.
        Assert.Null(course.Dose(0, "sl").Refusal);
    }

    [Fact]
    public void A_visit_begins_at_nothing_and_a_program_without_a_limit_asks_for_no_amount()
    {
        var course = In(Limited);
        Assert.Null(course.Dose(100).Refusal);
        course.Now += Duration.FromHours(2);
        Assert.Null(course.Discharge(2).Refusal);
        course.Now = course.StartOf(3);
        Assert.Null(course.Attend(3).Refusal);
        course.Now = course.StartOf(4);
        Assert.Null(course.CheckIn(4).Refusal);
        Assert.Null(course.Dose(100).Refusal);

        var free = In(Course.Policy());
        var given = free.Dose();
        Assert.Null(given.Refusal);
        Assert.Contains(given.Last, e => e is DoseGiven { Route: "im" });
    }

    private static (Reason, int) Refused(Decision decision) => (decision.Refusal!.Reason, decision.Refusal.Rule);

    private static Course In(PathwayPolicy policy)
    {
        var course = Course.Prepared(policy);
        course.Now = course.StartOf(2);
        Assert.Null(course.CheckIn(2).Refusal);
        return course;
    }
}
