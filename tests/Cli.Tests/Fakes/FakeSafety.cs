using Google.Protobuf;
using Grpc.Core;
using RttNetwork.Wire.V1;

namespace RttNetwork.Cli.Tests.Fakes;

/// <summary>Notes what it is asked, and knows one event that stands open.</summary>
internal sealed class FakeSafety(World state) : Safety.SafetyBase
{
    private static readonly Google.Type.Date Due = new() { Year = 2026, Month = 12, Day = 31 };

    public override Task<SafetyEvent> RecordSafetyEvent(RecordSafetyEventRequest request, ServerCallContext context) => Note(request);

    public override Task<SafetyEvent> AcknowledgeSafetyEvent(AcknowledgeSafetyEventRequest request, ServerCallContext context) => Note(request);

    public override Task<SafetyEvent> ReportSafetyEvent(ReportSafetyEventRequest request, ServerCallContext context) => Note(request);

    public override Task<SafetyEvent> CloseSafetyEvent(CloseSafetyEventRequest request, ServerCallContext context) => Note(request);

    public override Task<ListSafetyEventsResponse> ListSafetyEvents(ListSafetyEventsRequest request, ServerCallContext context)
    {
        state.Steps.Enqueue(request);
        return Task.FromResult(new ListSafetyEventsResponse
        {
            SafetyEvents = { new SafetyEventSummary { Name = "networks/bc/sites/nanaimo/safetyEvents/e1", Kind = "cardiac", Severity = "severe", Serious = true, DueOn = Due, Unaware = { "medical-lead", "operator" } } },
        });
    }

    private Task<SafetyEvent> Note(IMessage request)
    {
        state.Steps.Enqueue(request);
        return Task.FromResult(new SafetyEvent
        {
            Name = "networks/bc/sites/nanaimo/safetyEvents/e1",
            Kind = "cardiac",
            Severity = "severe",
            SeriousCriteria = { "hospitalisation" },
            Clocks = { new SafetyClock { Regime = "ca-hospital", DueOn = Due } },
        });
    }
}
