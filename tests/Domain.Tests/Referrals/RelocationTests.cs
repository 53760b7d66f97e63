using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Domain.Cohorts;
using RttNetwork.Domain.Common;
using RttNetwork.Domain.Pathways;
using RttNetwork.Domain.Referrals;
using RttNetwork.Domain.Tests.Pathways;

namespace RttNetwork.Domain.Tests.Referrals;

/// <summary>People on a pathway who go on in another cohort, at the same site or another one: rules 4, 38, 41 and 42.</summary>
public sealed class RelocationTests
{
    private const string There = "bc/c-victoria.rtt";
    private static readonly TemplateOf Template = new("GRIP-8", 1);
    private static readonly PathwayPolicy Policy = Course.Policy(consents: [new ConsentRequirement("treatment", 2), new ConsentRequirement("sharing", 1)]);

    [Theory]
    [InlineData(Stage.Enrolled)]
    [InlineData(Stage.Prepared)]
    [InlineData(Stage.Integrating)]
    public void Who_moves_goes_on_where_they_are_with_everything_that_they_have_gone_through(Stage stage)
    {
        var course = At(stage);
        var (opened, medicine, receivedAt) = (course.Pathway.Opened!, course.Pathway.Medicine, course.Pathway.Opened!.ReceivedAt);
        var there = Move(course, Like(course.Cohort));

        Assert.Equal((stage, There), (course.Stage, course.Facts.Place!.Cohort));
        Assert.Equal(("victoria", "victoria"), (course.Facts.Place.Site, course.Pathway.Opened!.Site));
        Assert.Equal(There, Assert.Single(course.Person.Enrolments).Cohort);
        Assert.Equal((0, 1), (course.Cohort.SeatsBooked, there.SeatsBooked));
        // Rule 38: the date of the referral; rule 4: what medicine they had.
        Assert.Equal((receivedAt, opened.Source), (course.Pathway.Opened.ReceivedAt, course.Pathway.Opened.Source));
        Assert.Equal(medicine, course.Pathway.Medicine);
        Assert.Equal("victoria", Assert.Single(course.Person.Sites));
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(7, null)]
    [InlineData(-7, null)]
    [InlineData(14, Reason.WeeksNotCompatible)]
    [InlineData(-14, Reason.WeeksNotCompatible)]
    public void Cohorts_are_at_most_one_week_apart_once_one_has_begun(int days, Reason? refused)
    {
        var course = At(Stage.Prepared);
        course.Now = course.StartOf(3);
        var decision = Relocation.Join(course.Facts, Like(course.Cohort, days), There, Leaves, Template, course.Now);
        Assert.Equal(refused, decision.Refusal?.Reason);
    }

    [Fact]
    public void Before_either_has_begun_weeks_do_not_count() =>
        Assert.Null(Relocation.Join(At(Stage.Enrolled).Facts, Like(At(Stage.Enrolled).Cohort, 70), There, Leaves, Template, World.Start).Refusal);

    /// <summary>Medicine on 26 January; the cohort that they would join gives it on 2 February: seven days, and fourteen are needed.</summary>
    [Fact]
    public void The_gap_to_the_next_medicine_session_holds_in_the_cohort_that_is_joined()
    {
        var course = At(Stage.Integrating);
        var refusal = Relocation.Join(course.Facts, Like(course.Cohort, 7), There, Leaves, Template, course.StartOf(2) + Duration.FromDays(1)).Refusal;
        Assert.Equal(Reason.GapTooShort, refusal?.Reason);
        Assert.Null(Relocation.Join(course.Facts, Like(course.Cohort), There, Leaves, Template, course.StartOf(2) + Duration.FromDays(1)).Refusal);
    }

    /// <summary>What a plan finds against a pair is what the move itself would say.</summary>
    [Fact]
    public void A_plan_proposes_nobody_a_cohort_whose_weeks_or_gap_stand_against_it()
    {
        var (prepared, integrating) = (At(Stage.Prepared), At(Stage.Integrating));
        Assert.Equal("weeks-not-compatible", Hindrance(prepared, 14, prepared.StartOf(3)));
        Assert.Equal("gap-too-short", Hindrance(integrating, 7, integrating.StartOf(2) + Duration.FromDays(1)));
        Assert.Null(Hindrance(integrating, 0, integrating.StartOf(2) + Duration.FromDays(1)));

        static string? Hindrance(Course course, int days, Instant now) => Rehoming.Hindrance(course.Facts, Like(course.Cohort, days), There, Course.CohortKey, Template, now);
    }

    [Fact]
    public void Nobody_is_moved_out_of_a_medicine_session_to_another_template_or_into_a_closed_group()
    {
        var course = At(Stage.Prepared);
        course.Now = course.StartOf(2);
        Assert.Null(course.CheckIn(2).Refusal);
        Assert.Equal(Reason.IllegalTransition, Relocation.Join(course.Facts, Like(course.Cohort), There, Leaves, Template, course.Now).Refusal?.Reason);
        Assert.Equal(Reason.IllegalTransition, Relocation.Leave(course.Facts, course.Cohort, Course.CohortKey, Template, "x", course.Now)?.Refusal?.Reason);

        var prepared = At(Stage.Prepared);
        var other = Like(prepared.Cohort);
        Assert.Equal(Reason.ProgramMismatch, Relocation.Join(prepared.Facts, other with { Plan = other.Plan! with { TemplateVersion = 2 } }, There, Leaves, Template, prepared.Now).Refusal?.Reason);
        Assert.Equal(Reason.ProgramMismatch, Relocation.Join(prepared.Facts, other with { Pathway = Policy with { Version = 2 } }, There, Leaves, Template, prepared.Now).Refusal?.Reason);
        Assert.Equal(Reason.ProgramMismatch, Relocation.Join(prepared.Facts, other with { Pathway = null }, There, Leaves, Template, prepared.Now).Refusal?.Reason);
        // Intake is over for whoever comes from another cohort: only their own was asked.
        Assert.Null(Relocation.Join(prepared.Facts, other, There, Leaves, Template, other.Plan!.IntakeClosesAt + Duration.FromDays(1)).Refusal);
    }

    [Fact]
    public void What_depends_on_the_jurisdiction_is_verified_there()
    {
        var course = At(Stage.Enrolled);
        JoinedCohort alberta = new(There, "calgary", "CA-AB", "America/Edmonton", ["physician"]);
        Assert.Equal(Reason.ClinicianMissing, HandingOver.Transfer(course.Pathway, [], alberta, null, course.Now).Refusal?.Reason);
        Assert.Equal(Reason.CredentialNotValid, HandingOver.Transfer(course.Pathway, [], alberta, Course.Prescriber, course.Now).Refusal?.Reason);
        Assert.Equal(Reason.RoleNotHeld, HandingOver.Transfer(course.Pathway, [], alberta, Course.SignerOf("nan", Roles.Nurse, "CA-AB"), course.Now).Refusal?.Reason);
        var moved = HandingOver.Transfer(course.Pathway, [], alberta, Course.SignerOf("al", Roles.Prescriber, "CA-AB"), course.Now);
        Assert.Equal(("calgary", "CA-AB", "al"), moved.Last.OfType<Transferred>().Select(t => (t.Site, t.Jurisdiction, t.Reviewer)).Single());
        Assert.Equal(Reason.ReferralRequired, HandingOver.Transfer(course.Pathway, [], alberta with { ReferralSources = ["psychiatrist"] }, Course.SignerOf("al", Roles.Prescriber, "CA-AB"), course.Now).Refusal?.Reason);
    }

    [Fact]
    public void Nothing_is_shared_and_nobody_goes_elsewhere_when_consent_to_share_is_withdrawn()
    {
        var course = At(Stage.Enrolled);
        Assert.Null(HandingOver.Share(course.Pathway, "bc/r-1", "victoria").Refusal);
        Assert.Null(course.Revoke("sharing").Refusal);
        Assert.Equal(Reason.SharingNotConsented, HandingOver.Share(course.Pathway, "bc/r-1", "victoria").Refusal?.Reason);
        Assert.Equal(Reason.SharingNotConsented, HandingOver.Transfer(course.Pathway, [], Victoria, null, course.Now).Refusal?.Reason);
        // Within one site nothing is shared.
        Assert.Null(HandingOver.Transfer(course.Pathway, [], Victoria with { Site = "nanaimo" }, null, course.Now).Refusal);
    }

    [Fact]
    public void A_person_on_a_pathway_is_referred_by_the_site_that_leads_it_and_to_its_program()
    {
        var course = At(Stage.Enrolled);
        var form = new ReferralForm(Course.Who, "nanaimo", "island", "victoria", "island", "GRIP-8", There, "", Priority.Routine, "closer-to-home", "physician", World.Start, World.Start + Duration.FromDays(7), null, false);
        Assert.Null(Relocation.MayNotBeReferred(course.Person, form));
        Assert.Equal(Reason.NotEligible, Relocation.MayNotBeReferred(course.Person, form with { Source = "kelowna" })?.Reason);
        Assert.Equal(Reason.NotEligible, Relocation.MayNotBeReferred(course.Person, form with { Program = "RTT-KaT-12" })?.Reason);
        Assert.Equal(Reason.ReferralOpen, Relocation.MayNotBeReferred(course.Person.Apply(new ReferralOpened("bc/r-1"), course.Now), form)?.Reason);
    }

    /// <summary>On a pathway the consent itself is asked for.</summary>
    [Fact]
    public void Whoever_is_on_no_pathway_is_referred_only_when_the_site_says_that_they_consented()
    {
        var person = new World().Register("ann");
        var form = new ReferralForm("ann", "nanaimo", "island", "victoria", "island", "GRIP-8", There, "", Priority.Routine, "closer-to-home", "physician", World.Start, World.Start + Duration.FromDays(7), null, true);
        Assert.Null(Relocation.MayNotBeReferred(person, form));
        var refusal = Relocation.MayNotBeReferred(person, form with { SharingAttested = false });
        Assert.Equal((Reason.SharingNotConsented, "sharing_consented"), (refusal?.Reason, refusal?.Violations.Single().Subject));
    }

    [Fact]
    public void A_referral_from_a_site_that_leads_the_person_no_more_is_not_accepted()
    {
        var course = At(Stage.Enrolled);
        var form = new ReferralForm(Course.Who, "nanaimo", "island", "victoria", "island", "GRIP-8", There, "", Priority.Routine, "closer-to-home", "physician", World.Start, World.Start + Duration.FromDays(7), null, false);
        var sent = ReferralState.Empty.Apply(new ReferralSent(form, ""), World.Start);
        Assert.Null(ReferralRules.Accept(sent, course.Facts.Place, There, [], "", World.Start).Refusal);
        Assert.Equal(Reason.NotEligible, ReferralRules.Accept(sent, course.Facts.Place! with { Site = "kelowna" }, There, [], "", World.Start).Refusal?.Reason);
    }

    private static Leaving Leaves => new([Course.CohortKey]);

    private static JoinedCohort Victoria => new(There, "victoria", "CA-BC", "America/Vancouver", []);

    /// <summary>A cohort of the same template at another site, so many days later.</summary>
    private static CohortState Like(CohortState cohort, int days = 0)
    {
        ImmutableArray<Session> sessions = [.. cohort.Plan!.Sessions.Select(s => s with { LocalStart = s.LocalStart.PlusDays(days), StartsAt = s.StartsAt + Duration.FromDays(days) })];
        return CohortState.Empty.Apply(cohort.Plan with { Site = "victoria", Sessions = sessions, IntakeClosesAt = sessions[0].StartsAt }, World.Start).Apply(new PathwayRequired(Policy), World.Start);
    }

    private static Course At(Stage stage)
    {
        var course = stage is Stage.Enrolled ? Course.Enrolled(Policy) : Course.Prepared(Policy);
        if (stage is Stage.Integrating) course.Through(2);
        return course;
    }

    /// <summary>The unit, as the grains make it of its parts.</summary>
    private static CohortState Move(Course course, CohortState there)
    {
        var (facts, sites) = (course.Facts, course.Person.Sites);
        var left = Relocation.Leave(facts, course.Cohort, Course.CohortKey, Template, "referred", course.Now)!.Value;
        var joined = Relocation.Join(facts, there, There, Leaves, Template, course.Now);
        var transferred = HandingOver.Transfer(course.Pathway, [Course.CohortKey], Victoria, null, course.Now);
        Assert.Null(left.Refusal ?? joined.Refusal ?? transferred.Refusal);
        foreach (var e in left.Last) course.Cohort = course.Cohort.Apply(e, course.Now);
        foreach (var e in transferred.Last) course.Pathway = course.Pathway.Apply(e, course.Now);
        foreach (var e in left.First.Concat(joined.First).Concat(Relocation.OfPerson(facts, sites, null, null, [], "victoria", ["nanaimo"]))) course.Person = course.Person.Apply(e, course.Now);
        return joined.Last.Aggregate(there, (state, e) => state.Apply(e, course.Now));
    }
}
