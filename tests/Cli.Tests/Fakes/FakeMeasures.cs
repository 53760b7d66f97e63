using Google.Protobuf;
using Grpc.Core;
using RttNetwork.Wire.V1;

namespace RttNetwork.Cli.Tests.Fakes;

/// <summary>Notes what it is asked, and says that one answer awaits an assessment.</summary>
internal sealed class FakeMeasures(World state) : Measures.MeasuresBase
{
    public override Task<ParticipantMeasures> GetParticipantMeasures(GetParticipantMeasuresRequest request, ServerCallContext context) => Note(request, request.Participant);

    public override Task<ParticipantMeasures> RecordMeasure(RecordMeasureRequest request, ServerCallContext context) => Note(request, request.Participant);

    public override Task<ReliableChange> GetReliableChange(GetReliableChangeRequest request, ServerCallContext context) => Task.FromResult(new ReliableChange
    {
        Cohort = request.Cohort,
        Changes = { new MeasureChange { Measure = "gad-7", Point = "after", Compared = 6, Improved = 3, NoChange = 2, Worsened = 1, WithoutBaseline = 1 } },
    });

    /// <summary>Two pages of one person each.</summary>
    public override Task<ExportMeasuresResponse> ExportMeasures(ExportMeasuresRequest request, ServerCallContext context)
    {
        // The command goes on with the message that it has sent.
        state.Steps.Enqueue(request.Clone());
        return Task.FromResult(new ExportMeasuresResponse
        {
            Scores = { new ExportedScore { Person = $"a{(request.PageToken.Length == 0 ? 0 : 1)}", Cohort = "c9", Measure = "phq-9", Point = "baseline", DaysSinceEnrolment = -7, Score = 17 } },
            CohortsLeftOut = 2,
            NextPageToken = request.PageToken.Length == 0 ? "1" : "",
        });
    }

    public override Task<ParticipantMeasures> AssessRisk(AssessRiskRequest request, ServerCallContext context) => Note(request, request.Participant);

    private Task<ParticipantMeasures> Note(IMessage request, string participant)
    {
        state.Steps.Enqueue(request);
        var day = new Google.Type.Date { Year = 2026, Month = 12, Day = 1 };
        return Task.FromResult(new ParticipantMeasures
        {
            Participant = participant,
            Program = "GRIP-8",
            Records = { new MeasureRecord { Record = 1, Measure = "phq-9", Point = "baseline", Score = 17, RecordedBy = "desk" } },
            Due = { new MeasureDue { Measure = "phq-9", Point = "baseline", OpensOn = day, Until = day, Standing = "recorded", Record = 1 }, new MeasureDue { Measure = "gad-7", Point = "baseline", OpensOn = day, Until = day, Standing = "overdue" } },
            Alert = new RiskAlert { Record = 1, Measure = "phq-9", Clinician = "networks/bc/facilitators/nan" },
        });
    }
}
