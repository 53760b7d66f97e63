using System.CommandLine;
using RttNetwork.Wire.V1;

namespace RttNetwork.Cli.Commands;

/// <summary>What <c>rtt pathway</c> does on the day of a session.</summary>
internal static class PathwaySessionCommands
{
    public static Command Attend(Surroundings surroundings)
    {
        var (cohort, session) = (Cohort(), Session());
        var missed = new Option<bool>("--missed") { Description = "The person was not there" };
        return PathwayCommand.Change(surroundings, "attend", "Records that the person took part in a session without medicine, or missed it.", (to, run, ask) =>
            to.Client.Pathways.RecordAttendanceAsync(
                new RecordAttendanceRequest { Participant = ask.Participant, Cohort = ask.Cohort(run.Get(cohort)!, to.Site), Session = run.Get(session), Attended = !run.Get(missed), RequestId = ask.RequestId, ValidateOnly = ask.DryRun },
                ask.Headers,
                cancellationToken: ask.Cancel), cohort, session, missed);
    }

    public static Command Review(Surroundings surroundings)
    {
        var outcome = PathwayCommand.Required("--outcome", "A code: goes-on, spoken-with", "CODE");
        return PathwayCommand.Change(surroundings, "review", "Says that somebody has looked at the person's attendance.", (to, run, ask) => to.Client.Pathways.ReviewAttendanceAsync(
            new ReviewAttendanceRequest { Participant = ask.Participant, Outcome = run.Get(outcome), RequestId = ask.RequestId, ValidateOnly = ask.DryRun },
            ask.Headers,
            cancellationToken: ask.Cancel), outcome);
    }

    public static Command CheckIn(Surroundings surroundings)
    {
        var (cohort, session, by) = (Cohort(), Session(), PathwayCommand.By("The nurse or prescriber who went through the checklist"));
        var pressure = PathwayCommand.Pressure();
        var accepted = new Option<bool>("--blood-pressure-accepted") { Description = "The clinician's word, where the site has a policy of its own" };
        var oxygen = Oxygen();
        var food = Times.Option("--last-food", "When the person last ate");
        var fluid = Times.Option("--last-clear-fluid", "When the person last drank");
        var escort = new Option<bool>("--escort") { Description = "An escort is named" };
        var medicines = new Option<bool>("--medicines-reviewed") { Description = "The person's medicines were gone through" };
        var pregnancy = new Option<bool>("--pregnancy-answered") { Description = "The question was asked and answered, or does not apply" };
        var item9 = new Option<bool>("--item9-reviewed") { Description = "Item 9 of the last PHQ-9 was looked at" };
        return PathwayCommand.Change(surroundings, "check-in", "Checks a person in to a medicine session, with the checklist. What does not pass holds this person only.", (to, run, ask) =>
            to.Client.Pathways.CheckInAsync(
                new CheckInRequest
                {
                    Participant = ask.Participant,
                    Cohort = ask.Cohort(run.Get(cohort)!, to.Site),
                    Session = run.Get(session),
                    Facilitator = ask.Facilitator(run.Get(by)!),
                    Checklist = new PreSessionChecklist
                    {
                        BloodPressure = run.Get(pressure),
                        BloodPressureAccepted = run.Get(accepted),
                        OxygenPercent = run.Get(oxygen),
                        LastFoodTime = run.Get(food),
                        LastClearFluidTime = run.Get(fluid),
                        EscortNamed = run.Get(escort),
                        MedicinesReviewed = run.Get(medicines),
                        PregnancyQuestionAnswered = run.Get(pregnancy),
                        Item9Reviewed = run.Get(item9),
                    },
                    RequestId = ask.RequestId,
                    ValidateOnly = ask.DryRun,
                },
                ask.Headers,
                cancellationToken: ask.Cancel), cohort, session, by, pressure, accepted, oxygen, food, fluid, escort, medicines, pregnancy, item9);
    }

    public static Command Dose(Surroundings surroundings)
    {
        var route = PathwayCommand.Required("--route", "im, sl, lozenge, iv", "CODE");
        var by = PathwayCommand.By("The nurse or prescriber who gave it");
        var micrograms = new Option<int>("--micrograms") { Description = "How much: asked for where the program limits what one visit may have", HelpName = "N" };
        return PathwayCommand.Change(surroundings, "dose", "Records that medicine was given: the observation begins anew.", (to, run, ask) => to.Client.Pathways.RecordDoseAsync(
            new RecordDoseRequest { Participant = ask.Participant, Route = run.Get(route), DoseMicrograms = run.Get(micrograms), Facilitator = ask.Facilitator(run.Get(by)!), RequestId = ask.RequestId, ValidateOnly = ask.DryRun },
            ask.Headers,
            cancellationToken: ask.Cancel), route, by, micrograms);
    }

    public static Command Discharge(Surroundings surroundings)
    {
        var (cohort, session, by) = (Cohort(), Session(), PathwayCommand.By("The prescriber or nurse who lets the person go"));
        var pressure = PathwayCommand.Pressure();
        var oxygen = Oxygen();
        var escort = new Option<bool>("--escort") { Description = "The escort is there" };
        var deviation = new Option<string>("--deviation") { Description = "A code that answers for vitals outside of the limits", DefaultValueFactory = _ => "", HelpName = "CODE" };
        return PathwayCommand.Change(surroundings, "discharge", "Lets a person go after a medicine session: observation, vitals, clinician, escort.", (to, run, ask) =>
            to.Client.Pathways.DischargeParticipantAsync(
                new DischargeParticipantRequest
                {
                    Participant = ask.Participant,
                    Cohort = ask.Cohort(run.Get(cohort)!, to.Site),
                    Session = run.Get(session),
                    Facilitator = ask.Facilitator(run.Get(by)!),
                    BloodPressure = run.Get(pressure),
                    OxygenPercent = run.Get(oxygen),
                    EscortPresent = run.Get(escort),
                    Deviation = run.Get(deviation),
                    RequestId = ask.RequestId,
                    ValidateOnly = ask.DryRun,
                },
                ask.Headers,
                cancellationToken: ask.Cancel), cohort, session, by, pressure, oxygen, escort, deviation);
    }

    public static Command MakeUp(Surroundings surroundings)
    {
        var (cohort, session) = (Cohort(), Session());
        var consents = new Option<bool>("--group-consents") { Description = "The members of that group consent to a guest" };
        return PathwayCommand.Change(surroundings, "make-up", "Arranges a missed medicine session in another cohort of the program.", (to, run, ask) => to.Client.Pathways.ArrangeMakeUpAsync(
            new ArrangeMakeUpRequest { Participant = ask.Participant, Cohort = ask.Cohort(run.Get(cohort)!, to.Site), Session = run.Get(session), GroupConsents = run.Get(consents), RequestId = ask.RequestId, ValidateOnly = ask.DryRun },
            ask.Headers,
            cancellationToken: ask.Cancel), cohort, session, consents);
    }

    public static Command NoMakeUp(Surroundings surroundings)
    {
        var (cohort, session) = (Cohort(), Session());
        return PathwayCommand.Change(surroundings, "no-make-up", "Takes a make-up back, and frees its place.", (to, run, ask) => to.Client.Pathways.CancelMakeUpAsync(
            new CancelMakeUpRequest { Participant = ask.Participant, Cohort = ask.Cohort(run.Get(cohort)!, to.Site), Session = run.Get(session), RequestId = ask.RequestId, ValidateOnly = ask.DryRun },
            ask.Headers,
            cancellationToken: ask.Cancel), cohort, session);
    }

    private static Option<string> Cohort() => PathwayCommand.Required("--cohort", "SITE/COHORT, or the cohort's whole name", "COHORT");

    private static Option<int> Session() => new("--session") { Description = "The session's place in the plan, from 0", Required = true, HelpName = "N" };

    private static Option<int> Oxygen() => new("--oxygen") { Description = "Saturation in percent", HelpName = "PERCENT" };
}
