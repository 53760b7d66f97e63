using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Programs;
using RttNetwork.Domain.Sites;
using RttNetwork.Domain.Tests.Pathways;

namespace RttNetwork.Domain.Tests.Cohorts;

/// <summary>Rule 26: what a site may no longer do is flagged at once, opens for nobody, and takes nobody new.</summary>
public sealed class PermitsTests
{
    private static readonly ImmutableArray<RulePack> Licence =
        [new("ab", 1, "Licence", "CA-BC", "", new LocalDate(2020, 1, 1), null, "law", [], [], [new RouteRule("", ["licence", "exemption"])])];

    private static readonly Accreditation Valid = new("licence", new LocalDate(2020, 1, 1), null);

    [Fact]
    public void A_lapse_flags_the_medicine_sessions_from_then_on_and_takes_nobody_new()
    {
        // Medicine in weeks 3, 5 and 7 of twelve; the licence ends after the first of them.
        var course = Course.Prepared();
        var first = course.Cohort.Plan!.Sessions[2].LocalStart.Date;
        Assert.Empty(Copied(course, 1, Valid).NotPermitted);
        course.Cohort = Copied(course, 2, Valid with { ValidUntil = first });
        Assert.Equal("4 6", string.Join(' ', course.Cohort.NotPermitted));

        // Who has a seat keeps it, and goes through what is permitted still.
        course.Through(2);
        course.Now = course.StartOf(4);
        var refused = course.CheckIn(4).Refusal;
        Assert.Equal((Reason.AccreditationLapsed, 26), (refused?.Reason, refused?.Rule));

        // Nobody new: neither a seat nor a hold, nor a guest.
        var other = Course.Consented();
        other.Cohort = course.Cohort with { Seats = course.Cohort.Seats.Clear(), SeatsBooked = 0 };
        Assert.Equal((Reason.AccreditationLapsed, 26), (other.Book().Refusal?.Reason, other.Book().Refusal?.Rule));
        Assert.Equal(Reason.AccreditationLapsed, other.Hold().Refusal?.Reason);

        // Valid again, and everything is as before.
        course.Cohort = Copied(course, 3, Valid);
        Assert.Empty(course.Cohort.NotPermitted);
        Assert.Null(course.CheckIn(4).Refusal);
    }

    [Fact]
    public void A_withdrawal_flags_all_of_them_and_another_of_the_accreditations_will_do()
    {
        var course = Course.Prepared();
        Assert.Equal("2 4 6", string.Join(' ', Copied(course, 2).NotPermitted));
        Assert.Empty(Copied(course, 2, Valid with { Code = "exemption" }).NotPermitted);
        // What is over is over.
        course.Now = course.StartOf(3);
        Assert.Equal("4 6", string.Join(' ', Copied(course, 2).NotPermitted));
    }

    [Fact]
    public void An_older_copy_replaces_no_newer_one_and_what_does_not_change_is_not_written()
    {
        var course = Course.Prepared();
        course.Cohort = Copied(course, 5);
        Assert.Equal(Decision.Already, Permits.Copy(course.Cohort, "nanaimo", 5, [Valid], Licence, course.Now));
        Assert.Equal(Decision.Already, Permits.Copy(course.Cohort, "nanaimo", 6, [], Licence, course.Now));
        Assert.Equal(Decision.Already, Permits.Copy(Course.Prepared().Cohort, "nanaimo", 6, [], [], course.Now));
    }

    [Fact]
    public void Once_the_last_flagged_session_is_over_the_cohort_takes_people_again()
    {
        var course = Course.Prepared();
        course.Cohort = Copied(course, 2);
        Assert.NotNull(Permits.TakesNobody(course.Cohort, course.StartOf(6)));
        Assert.Null(Permits.TakesNobody(course.Cohort, course.StartOf(7)));
    }

    [Fact]
    public void A_change_of_an_accreditation_tells_every_cohort_of_the_site()
    {
        var site = SiteState.Empty.Apply(new SiteOpened("A site", "island", "CA-BC", "America/Vancouver", null, null), World.Start).Apply(new RoomOpened("hall", "Hall", 20), World.Start)
            .Apply(new RoomReserved("hall", Course.CohortKey, [new Taken(World.Start, World.Start + Duration.FromHours(4))]), World.Start);
        var granted = Assert.IsType<AccreditationDated>(Assert.Single(SiteRules.GrantAccreditation(site, Valid).Last));
        Assert.Equal(Course.CohortKey, Assert.Single(granted.Cohorts));
        var lost = Assert.IsType<AccreditationLost>(Assert.Single(SiteRules.WithdrawAccreditation(site.Apply(granted, World.Start), "licence").Last));
        Assert.Equal(Course.CohortKey, Assert.Single(lost.Cohorts));
    }

    private static CohortState Copied(Course course, int version, params ImmutableArray<Accreditation> accreditations)
    {
        var cohort = course.Cohort;
        foreach (var e in Permits.Copy(cohort, "nanaimo", version, accreditations, Licence, course.Now).Last) cohort = cohort.Apply(e, course.Now);
        return cohort;
    }
}
