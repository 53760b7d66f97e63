using Google.Protobuf;
using Grpc.Core;
using RttNetwork.Wire.V1;

namespace RttNetwork.Cli.Tests.Fakes;

/// <summary>Notes what it is asked, and says that the person is screened.</summary>
internal sealed class FakePathways(World state) : Pathways.PathwaysBase
{
    public override Task<Pathway> GetPathway(GetPathwayRequest request, ServerCallContext context) => Note(request, request.Participant);

    public override Task<Pathway> ReferParticipant(ReferParticipantRequest request, ServerCallContext context) => Note(request, request.Participant);

    public override Task<Pathway> BeginScreening(BeginScreeningRequest request, ServerCallContext context) => Note(request, request.Participant);

    public override Task<Pathway> RecordFindings(RecordFindingsRequest request, ServerCallContext context) => Note(request, request.Participant);

    public override Task<Pathway> DecideCondition(DecideConditionRequest request, ServerCallContext context) => Note(request, request.Participant);

    public override Task<Pathway> SignOff(SignOffRequest request, ServerCallContext context) => Note(request, request.Participant);

    public override Task<Pathway> GiveConsent(GiveConsentRequest request, ServerCallContext context) => Note(request, request.Participant);

    public override Task<Pathway> RevokeConsent(RevokeConsentRequest request, ServerCallContext context) => Note(request, request.Participant);

    public override Task<Pathway> WithdrawParticipant(MovePathwayRequest request, ServerCallContext context) => Note(request, request.Participant);

    public override Task<Pathway> OverrideRule(OverrideRuleRequest request, ServerCallContext context) => Note(request, request.Participant);

    public override Task<Pathway> CheckIn(CheckInRequest request, ServerCallContext context) => Note(request, request.Participant);

    public override Task<Pathway> DischargeParticipant(DischargeParticipantRequest request, ServerCallContext context) => Note(request, request.Participant);

    public override Task<Pathway> RecordDose(RecordDoseRequest request, ServerCallContext context) => Note(request, request.Participant);

    public override Task<Pathway> RecordAttendance(RecordAttendanceRequest request, ServerCallContext context) => Note(request, request.Participant);

    public override Task<Pathway> ArrangeMakeUp(ArrangeMakeUpRequest request, ServerCallContext context) => Note(request, request.Participant);

    public override Task<Cohort> RequirePathway(RequirePathwayRequest request, ServerCallContext context)
    {
        state.Steps.Enqueue(request);
        return Task.FromResult(new Cohort { Name = request.Cohort, Program = "GRIP-8", PathwayVersion = 1 });
    }

    private Task<Pathway> Note(IMessage request, string participant)
    {
        state.Steps.Enqueue(request);
        return Task.FromResult(new Pathway
        {
            Name = $"{participant}/pathway",
            Participant = participant,
            Site = "networks/bc/sites/nanaimo",
            Program = "GRIP-8",
            TemplateVersion = 1,
            Stage = "screening",
            AvailableActions = { "signOff" },
            UnavailableActions = { new UnavailableAction { Action = "bookSeat", Reason = "NOT_ELIGIBLE", Message = "Two sign-offs come before a seat.", Rule = 28 } },
        });
    }
}
