using NodaTime;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Pathways;

namespace RttNetwork.Domain.Tests.Pathways;

/// <summary>The door of a session: what it says is what a check-in is answered with.</summary>
public sealed class DoorTests
{
    private const int Session = 2;

    [Theory]
    [InlineData(-121, false)]
    [InlineData(-120, true)]
    [InlineData(239, true)]
    [InlineData(240, false)]
    public void A_door_is_open_when_a_check_in_is_not_too_soon_and_not_too_late(int minutes, bool open)
    {
        var course = Course.Prepared();
        course.Now = course.StartOf(Session) + Duration.FromMinutes(minutes);
        Assert.Equal(open, Door(course).IsOpen);
        Assert.Equal(open ? null : Reason.TimeNotYet, course.CheckIn(Session).Refusal?.Reason);
        Assert.Equal(!open, Door(course).Against.Any(r => r.Reason == Reason.TimeNotYet));
    }

    [Fact]
    public void A_door_is_closed_when_those_who_are_there_are_as_many_as_room_and_staff_carry()
    {
        var course = Course.Prepared();
        course.Now = course.StartOf(Session);
        var carried = Door(course).Carried.Seats;
        for (var i = 0; i < carried; i++)
        {
            Assert.True(Door(course).IsOpen);
            course.Cohort = course.Cohort.Apply(new PersonCheckedIn($"g{i}", Session), course.Now);
        }
        Assert.False(Door(course).IsOpen);
        Assert.Equal(Reason.RatioWouldBreak, course.CheckIn(Session).Refusal?.Reason);
    }

    [Fact]
    public void A_person_is_somewhere_at_every_moment_of_the_day()
    {
        var course = Course.Prepared();
        course.Now = course.StartOf(Session);
        Assert.Equal(DoorStanding.Expected, Standing(course));

        course.CheckIn(Session, course.Good() with { Pressure = new BloodPressure(170, 95), EscortNamed = false });
        Assert.Equal((DoorStanding.Held, "blood-pressure, escort"), (Standing(course), string.Join(", ", There(course).HeldFor)));
        // Held at this session, and at no other.
        Assert.NotEqual(DoorStanding.Held, AtTheDoor.Of(course.Facts, course.Pathway, course.SessionOf(course.Cohort, 4), course.Now).Standing);

        course.CheckIn(Session);
        Assert.Equal((DoorStanding.CheckedIn, null), (Standing(course), There(course).ObservedUntil));
        course.Dose();
        Assert.Equal((DoorStanding.InObservation, course.Now + Duration.FromHours(2)), (Standing(course), There(course).ObservedUntil));
        course.Now += Duration.FromHours(2);
        Assert.Equal(DoorStanding.Observed, Standing(course));
        course.Discharge(Session);
        Assert.Equal((DoorStanding.Discharged, 1), (Standing(course), There(course).Visit!.Doses));
    }

    [Fact]
    public void Who_may_not_enter_is_kept_out_by_the_rule_that_a_check_in_would_name()
    {
        var course = Course.Enrolled();
        course.Now = course.StartOf(Session);
        Assert.Equal((DoorStanding.KeptOut, Reason.PreparationMissing), (Standing(course), There(course).Refusal!.Reason));
        Assert.Equal(Reason.PreparationMissing, course.CheckIn(Session).Refusal?.Reason);
    }

    [Fact]
    public void Without_medicine_a_person_is_expected_until_somebody_has_said_whether_they_were_there()
    {
        var course = Course.Enrolled();
        course.Now = course.StartOf(0);
        Assert.Equal(DoorStanding.Expected, Standing(course, 0));
        course.Attend(0, attended: false);
        Assert.Equal(DoorStanding.Missed, Standing(course, 0));
        course.Attend(0);
        Assert.Equal(DoorStanding.Attended, Standing(course, 0));
    }

    private static Door Door(Course course) => Doors.Of(course.Cohort, Session, course.Now);

    private static PersonAtTheDoor There(Course course, int session = Session) => AtTheDoor.Of(course.Facts, course.Pathway, course.SessionOf(course.Cohort, session), course.Now);

    private static DoorStanding Standing(Course course, int session = Session) => There(course, session).Standing;
}
