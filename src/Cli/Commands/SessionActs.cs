using System.CommandLine;
using Grpc.Core;
using RttNetwork.Wire.V1;

namespace RttNetwork.Cli.Commands;

/// <summary>What <c>rtt session</c> does at the door: each is one step of one person.</summary>
internal static class SessionActs
{
    public static Command Attend(Surroundings surroundings)
    {
        var missed = new Option<bool>("--missed") { Description = "The person was not there" };
        return Act(surroundings, "attend", "Records that the person took part in a session without medicine, or missed it.", (at, run, ask) =>
            at.Pathways.RecordAttendanceAsync(
                new RecordAttendanceRequest { Participant = ask.Participant, Cohort = at.Cohort, Session = at.Session, Attended = !run.Get(missed), RequestId = ask.RequestId, ValidateOnly = ask.DryRun },
                ask.Headers,
                cancellationToken: ask.Cancel), missed);
    }

    public static Command CheckIn(Surroundings surroundings)
    {
        var by = PathwayCommand.By("The nurse or prescriber who went through the checklist");
        var pressure = PathwayCommand.Pressure();
        var accepted = new Option<bool>("--blood-pressure-accepted") { Description = "The clinician's word, where the site has a policy of its own" };
        var oxygen = Oxygen();
        var food = Times.Option("--last-food", "When the person last ate");
        var fluid = Times.Option("--last-clear-fluid", "When the person last drank");
        var escort = new Option<bool>("--escort") { Description = "An escort is named" };
        var medicines = new Option<bool>("--medicines-reviewed") { Description = "The person's medicines were gone through" };
        var pregnancy = new Option<bool>("--pregnancy-answered") { Description = "The question was asked and answered, or does not apply" };
        var item9 = new Option<bool>("--item9-reviewed") { Description = "Item 9 of the last PHQ-9 was looked at" };
        return Act(surroundings, "check-in", "Checks a person in to a medicine session, with the checklist. What does not pass holds this person only.", (at, run, ask) =>
            at.Pathways.CheckInAsync(
                new CheckInRequest
                {
                    Participant = ask.Participant,
                    Cohort = at.Cohort,
                    Session = at.Session,
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
                cancellationToken: ask.Cancel), by, pressure, accepted, oxygen, food, fluid, escort, medicines, pregnancy, item9);
    }

    /// <summary>Of the person alone: they are in one medicine session at a time.</summary>
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
        var by = PathwayCommand.By("The prescriber or nurse who lets the person go");
        var pressure = PathwayCommand.Pressure();
        var oxygen = Oxygen();
        var escort = new Option<bool>("--escort") { Description = "The escort is there" };
        var deviation = new Option<string>("--deviation") { Description = "A code that answers for vitals outside of the limits", DefaultValueFactory = _ => "", HelpName = "CODE" };
        return Act(surroundings, "discharge", "Lets a person go after a medicine session: observation, vitals, clinician, escort.", (at, run, ask) =>
            at.Pathways.DischargeParticipantAsync(
                new DischargeParticipantRequest
                {
                    Participant = ask.Participant,
                    Cohort = at.Cohort,
                    Session = at.Session,
                    Facilitator = ask.Facilitator(run.Get(by)!),
                    BloodPressure = run.Get(pressure),
                    OxygenPercent = run.Get(oxygen),
                    EscortPresent = run.Get(escort),
                    Deviation = run.Get(deviation),
                    RequestId = ask.RequestId,
                    ValidateOnly = ask.DryRun,
                },
                ask.Headers,
                cancellationToken: ask.Cancel), by, pressure, oxygen, escort, deviation);
    }

    public static Command MakeUp(Surroundings surroundings)
    {
        var consents = new Option<bool>("--group-consents") { Description = "The members of that group consent to a guest" };
        return Act(surroundings, "make-up", "Arranges a missed medicine session in this one, which is another pod's or cohort's of the program.", (at, run, ask) => at.Pathways.ArrangeMakeUpAsync(
            new ArrangeMakeUpRequest { Participant = ask.Participant, Cohort = at.Cohort, Session = at.Session, GroupConsents = run.Get(consents), RequestId = ask.RequestId, ValidateOnly = ask.DryRun },
            ask.Headers,
            cancellationToken: ask.Cancel), consents);
    }

    public static Command NoMakeUp(Surroundings surroundings) => Act(surroundings, "no-make-up", "Takes a make-up back, and frees its place.", (at, _, ask) => at.Pathways.CancelMakeUpAsync(
        new CancelMakeUpRequest { Participant = ask.Participant, Cohort = at.Cohort, Session = at.Session, RequestId = ask.RequestId, ValidateOnly = ask.DryRun },
        ask.Headers,
        cancellationToken: ask.Cancel));

    /// <summary>Which session it is about, once it has been found.</summary>
    private sealed record At(Pathways.PathwaysClient Pathways, string Cohort, int Session);

    private static Command Act(Surroundings surroundings, string name, string description, Func<At, Invocation, PathwayCommand.Ask, AsyncUnaryCall<Pathway>> call, params System.CommandLine.Option[] options)
    {
        var (cohort, session) = (SessionCommand.Cohort(), SessionCommand.Session());
        return PathwayCommand.Change(surroundings, name, description, [cohort, session], async (to, run, ask) =>
        {
            var of = ask.Cohort(run.Get(cohort), to.Site);
            return await call(new At(to.Client.Pathways, of, await SessionCommand.Number(to, of, run.Get(session), ask.Cancel)), run, ask);
        }, options);
    }

    private static Option<int> Oxygen() => new("--oxygen") { Description = "Saturation in percent", HelpName = "PERCENT" };
}
