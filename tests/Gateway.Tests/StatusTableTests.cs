using Google.Rpc;
using RttNetwork.Contracts.Units;
using RttNetwork.Gateway.Errors;
using RttNetwork.Wire.V1;
using GrainRefusals = RttNetwork.Grains.Units.Refusals;
using StatusCode = Grpc.Core.StatusCode;

namespace RttNetwork.Gateway.Tests;

public sealed class StatusTableTests
{
    [Fact]
    public void Every_reason_that_can_leave_a_grain_has_a_status()
    {
        var unknown = GrainRefusals.AllReasons.Where(reason => StatusTable.Of(reason) is null).ToList();
        Assert.True(unknown.Count == 0, $"Give these reasons a status in the table: {string.Join(", ", unknown)}.");
    }

    [Theory]
    [InlineData("SEAT_FULL", StatusCode.FailedPrecondition)]
    [InlineData("ALREADY_EXISTS", StatusCode.AlreadyExists)]
    [InlineData("NOT_FOUND", StatusCode.NotFound)]
    [InlineData("REQUEST_ID_REUSED", StatusCode.InvalidArgument)]
    [InlineData("CONCURRENT_CHANGE", StatusCode.Aborted)]
    [InlineData("ETAG_MISMATCH", StatusCode.Aborted)]
    public void A_reason_has_the_status_that_clients_act_upon(string reason, object status) => Assert.Equal((StatusCode)status, StatusTable.Of(reason));

    [Fact]
    public void Every_outcome_of_a_unit_is_a_reply_or_a_failure()
    {
        foreach (var outcome in Enum.GetValues<UnitOutcome>())
        {
            if (outcome == UnitOutcome.Refused || UnitAnswer<object>.Of(outcome).IsAccepted) continue;
            Assert.NotEqual(StatusCode.OK, Failure.Of(outcome).Code);
        }
    }

    [Theory]
    [InlineData(UnitOutcome.Conflict, StatusCode.Aborted, "CONCURRENT_CHANGE", false)]
    [InlineData(UnitOutcome.Overloaded, StatusCode.ResourceExhausted, "OVERLOADED", true)]
    [InlineData(UnitOutcome.Unavailable, StatusCode.Unavailable, "OUTCOME_UNKNOWN", true)]
    [InlineData(UnitOutcome.Unknown, StatusCode.Unavailable, "OUTCOME_UNKNOWN", true)]
    [InlineData(UnitOutcome.Expired, StatusCode.DeadlineExceeded, "DEADLINE_EXCEEDED", false)]
    public void An_outcome_says_whether_and_when_to_ask_again(UnitOutcome outcome, object code, string reason, bool retries)
    {
        var failure = Failure.Of(outcome);
        Assert.Equal((StatusCode)code, failure.Code);
        Assert.Equal(reason, failure.Status.GetDetail<ErrorInfo>().Reason);
        Assert.Equal(retries, failure.Status.GetDetail<RetryInfo>() is not null);
    }

    [Fact]
    public void A_refusal_carries_its_rule_its_numbers_and_where_else_a_seat_is_open()
    {
        var refusal = new Refusal("SEAT_FULL", "12 of 12 seats are taken.", 9, [new Number("seats_taken", "12"), new Number("seats_usable", "12")]);
        var failure = Failure.Of(refusal, "networks/n1/sites/s1/cohorts/c1", new Alternatives { Seats = { new OpenSeats { Cohort = "networks/n1/sites/s2/cohorts/c2" } } });

        Assert.Equal(StatusCode.FailedPrecondition, failure.Code);
        Assert.Equal(failure.Status, Google.Rpc.Status.Parser.ParseFrom(failure.Bytes));
        var info = failure.Status.GetDetail<ErrorInfo>();
        Assert.Equal(("SEAT_FULL", "rtt.network", "12"), (info.Reason, info.Domain, info.Metadata["seats_taken"]));
        var violation = Assert.Single(failure.Status.GetDetail<PreconditionFailure>().Violations);
        Assert.Equal(("rule/9", "networks/n1/sites/s1/cohorts/c1", "12 of 12 seats are taken."), (violation.Type, violation.Subject, violation.Description));
        Assert.Equal("networks/n1/sites/s2/cohorts/c2", Assert.Single(failure.Status.GetDetail<Alternatives>().Seats).Cohort);
    }

    [Fact]
    public void Not_found_is_the_same_whatever_a_grain_said_about_it() =>
        Assert.Equal(Failure.NotFound.Bytes, Failure.Of(new Refusal("NOT_FOUND", "Room r7 is not there.", 3, [new Number("rooms", "6")]), "networks/n1/sites/s1", null).Bytes);

    [Fact]
    public void A_reason_that_nobody_decided_is_a_failed_precondition_and_not_an_internal_error() =>
        Assert.Equal(StatusCode.FailedPrecondition, Failure.Of(new Refusal("BRAND_NEW", "New.", 0, []), "", null).Code);
}
