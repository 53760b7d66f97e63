using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using NodaTime;
using RttNetwork.Gateway.Tests.Hosting;
using RttNetwork.Wire.V1;
using Date = Google.Type.Date;
using Duration = NodaTime.Duration;
using Period = NodaTime.Period;
using StatusCode = Grpc.Core.StatusCode;

namespace RttNetwork.Gateway.Tests;

/// <summary>Waits on real grains and a real database: from a referral and a sign-off to what each caller is told of them.</summary>
[Collection(RealGatewayTests.Name)]
public sealed class WaitsTests(RealGateway gateway)
{
    private static readonly DateTimeZone Zone = DateTimeZoneProviders.Tzdb["America/Vancouver"];

    private Capacity.CapacityClient Client => new(gateway.Channel);
    private Metadata Operator => RealGateway.Headers(gateway.OperatorToken);
    private static Instant Now => Instant.FromDateTimeOffset(TimeProvider.System.GetUtcNow());

    [Fact]
    public async Task Waits_are_exact_to_the_site_itself_rounded_to_its_authority_and_nothing_to_others()
    {
        var clinician = await Clinician();
        var (many, some, few) = (new List<int>(), new List<int>(), new List<int>());
        var token = "";
        // Twelve people of one program, nine of another and three of a third: consulted today, referred on different days.
        for (var i = 1; i <= 12; i++) token = await Consulted("KAP-INDIVIDUAL", clinician, i * i, many);
        for (var i = 1; i <= 9; i++) token = await Consulted("IV-SERIES", clinician, i, some);
        for (var i = 1; i <= 3; i++) token = await Consulted("NUMINUS-GROUP", clinician, i, few);

        var seen = await Get(gateway.OperatorToken, "KAP-INDIVIDUAL", token);
        Assert.Equal(["cihi", "bc-wait-one", "bc-wait-two", "attended", "tna"], seen.Figures.Select(f => f.Definition));
        var consult = seen.Figures[1];
        // Of twelve, the sixth and the eleventh.
        Assert.Equal((12, many[5], many[10], "days"), (consult.Cases.Count, (int)consult.P50, (int)consult.P90, consult.Unit));
        Assert.Equal((0, false, false, "weeks"), (seen.Figures[2].Cases.Count, seen.Figures[2].HasP50, seen.Figures[2].HasP90, seen.Figures[2].Unit));
        Assert.True(seen.AsOfTime is not null && seen.Token.Length > 0);
        Assert.Null(seen.Figures[4].Cases);
        Assert.Equal(seen.Figures, (await Get(gateway.NorthToken, "KAP-INDIVIDUAL", token, site: gateway.North.SiteName)).Figures);
        Assert.Equal((9, some[4]), ((await Get(gateway.OperatorToken, "IV-SERIES", token)).Figures[1].Cases.Count, (int)(await Get(gateway.OperatorToken, "IV-SERIES", token)).Figures[1].P50));
        Assert.Equal((3, few[1]), ((await Get(gateway.OperatorToken, "NUMINUS-GROUP", token)).Figures[1].Cases.Count, (int)(await Get(gateway.OperatorToken, "NUMINUS-GROUP", token)).Figures[1].P50));
        Assert.Equal(0, (await Get(gateway.OperatorToken, "KAP-INDIVIDUAL", token, site: gateway.South.SiteName)).Figures[1].Cases.Count);
        Assert.Equal(0, (await Get(gateway.OperatorToken, "KAP-INDIVIDUAL", token, region: gateway.South.RegionName)).Figures[1].Cases.Count);

        // What a site asks of all sites is not its own.
        foreach (var figure in (await Get(gateway.SouthToken, "KAP-INDIVIDUAL", token)).Figures) Assert.True(figure.Cases is null && !figure.HasP50 && !figure.HasP90, figure.Definition);
        foreach (var (caller, site, region) in new[] { (gateway.SouthToken, gateway.North.SiteName, ""), (gateway.FraserToken, "", gateway.South.RegionName), (gateway.FraserToken, "", "") })
            Assert.Equal(StatusCode.PermissionDenied, (await Assert.ThrowsAsync<RpcException>(() => Get(caller, "", token, site, region))).StatusCode);
        Assert.Equal(StatusCode.NotFound, (await Assert.ThrowsAsync<RpcException>(() => Get(gateway.OperatorToken, "", token, $"{gateway.North.NetworkName}/sites/no-such"))).StatusCode);

        // An authority, once the month is over, is told of twelve as ten, with their waits; of nine as ten, without; and of three not how many they are.
        await Age(["KAP-INDIVIDUAL", "IV-SERIES", "NUMINUS-GROUP"]);
        foreach (var (program, count, isSuppressed, hasWaits) in new[] { ("KAP-INDIVIDUAL", 10, false, true), ("IV-SERIES", 10, false, false), ("NUMINUS-GROUP", 0, true, false) })
        {
            var told = (await Get(gateway.FraserToken, program, token, region: gateway.North.RegionName, period: LastMonth)).Figures[1];
            Assert.Equal((count, isSuppressed, hasWaits, hasWaits), (told.Cases.Count, told.Cases.Suppressed, told.HasP50, told.HasP90));
            if (hasWaits) Assert.Equal((consult.P50, consult.P90), (told.P50, told.P90));
            // By a stricter policy neither how many there are nor how long they waited.
            var guarded = (await Get(gateway.GuardedToken, program, token, region: gateway.North.RegionName, period: LastMonth)).Figures[1];
            Assert.Equal((0, true, false, false), (guarded.Cases.Count, guarded.Cases.Suppressed, guarded.HasP50, guarded.HasP90));
        }
    }

    /// <summary>Of two periods that differ by a day the difference would be who was seen that day.</summary>
    [Fact]
    public async Task An_authority_is_told_waits_of_whole_months_that_are_over_and_everybody_else_of_any_days()
    {
        var (from, to) = LastMonth;
        foreach (var period in new[] { LastMonth, (from.PlusMonths(-2), to), (from.PlusMonths(-11), to) })
            Assert.Equal(5, (await Get(gateway.FraserToken, "", "", region: gateway.North.RegionName, period: period)).Figures.Count);
        foreach (var period in new[] { (from.PlusDays(1), to), (from, to.PlusDays(-1)), (from.PlusDays(-1), to), (to, to), (from, to.PlusDays(1)), (to.PlusDays(1), to.PlusMonths(1).With(DateAdjusters.EndOfMonth)) })
        {
            var refused = await Assert.ThrowsAsync<RpcException>(() => Get(gateway.FraserToken, "", "", region: gateway.North.RegionName, period: period));
            Assert.Equal((StatusCode.InvalidArgument, "to"), (refused.StatusCode, Assert.Single(refused.GetRpcStatus()!.GetDetail<Google.Rpc.BadRequest>().FieldViolations).Field));
        }
        foreach (var caller in new[] { gateway.OperatorToken, gateway.NorthToken }) Assert.Equal(5, (await Get(caller, "", "", period: (from.PlusDays(3), to.PlusDays(-4)))).Figures.Count);
        // Where the policy of a region says quarters, a month of one is told of none.
        var quarter = Contracts.Views.DayPeriod.LastOf(3, 3, Contracts.Views.CapacityRollUp.Today(Now));
        Assert.Equal(5, (await Get(gateway.QuarterlyToken, "", "", region: gateway.North.RegionName, period: (quarter.From, quarter.To))).Figures.Count);
        foreach (var period in new[] { (quarter.From, quarter.To.PlusMonths(-1).With(DateAdjusters.EndOfMonth)), (quarter.From.PlusMonths(-1), quarter.To.PlusMonths(-1).With(DateAdjusters.EndOfMonth)) })
        {
            var refused = await Assert.ThrowsAsync<RpcException>(() => Get(gateway.QuarterlyToken, "", "", region: gateway.North.RegionName, period: period));
            Assert.Equal((StatusCode.InvalidArgument, "to"), (refused.StatusCode, Assert.Single(refused.GetRpcStatus()!.GetDetail<Google.Rpc.BadRequest>().FieldViolations).Field));
        }
    }

    [Fact]
    public async Task A_period_that_cannot_be_asked_about_is_refused_and_names_its_field()
    {
        var today = Now.InZone(Zone).Date;
        foreach (var (from, to, fields) in new (LocalDate?, LocalDate?, string[])[]
        {
            (null, null, ["from", "to"]),
            (today.PlusDays(-10), today.PlusDays(-11), ["to"]),
            (today.PlusDays(-10), today.PlusDays(3), ["to"]),
            (today.PlusDays(3), today.PlusDays(4), ["from", "to"]),
            (today.PlusDays(-366), today, ["to"]),
        })
        {
            var request = new GetWaitsRequest { Parent = gateway.North.NetworkName, From = from is { } f ? Wire(f) : null, To = to is { } t ? Wire(t) : null };
            var refused = await Assert.ThrowsAsync<RpcException>(() => Client.GetWaitsAsync(request, Operator).ResponseAsync);
            Assert.Equal(fields, refused.GetRpcStatus()!.GetDetail<Google.Rpc.BadRequest>().FieldViolations.Select(v => v.Field));
        }
        var whole = await Client.GetWaitsAsync(new GetWaitsRequest { Parent = gateway.North.NetworkName, From = Wire(today.PlusDays(-365)), To = Wire(today) }, Operator);
        Assert.Equal(5, whole.Figures.Count);
    }

    [Fact]
    public async Task More_cases_than_waits_are_reckoned_from_are_refused_and_one_less_are_not()
    {
        const string cases = "projection_capacity.wait_cases";
        await using var fill = gateway.Sql.CreateCommand(
            $"INSERT INTO {cases} (network, participant, pathway, site, program, received_on, consult_on) SELECT '{gateway.North.Network}', 'case-' || n, 1, '{gateway.North.Site}', 'MANY-1', current_date - 9, current_date - 1 FROM generate_series(0, 100000) n");
        await using var one = gateway.Sql.CreateCommand($"DELETE FROM {cases} WHERE program = 'MANY-1' AND participant = 'case-0'");
        await using var rest = gateway.Sql.CreateCommand($"DELETE FROM {cases} WHERE program = 'MANY-1'");
        await fill.ExecuteNonQueryAsync();
        try
        {
            var refused = await Assert.ThrowsAsync<RpcException>(() => Get(gateway.OperatorToken, "MANY-1", ""));
            Assert.Equal((StatusCode.InvalidArgument, "to"), (refused.StatusCode, Assert.Single(refused.GetRpcStatus()!.GetDetail<Google.Rpc.BadRequest>().FieldViolations).Field));
            await one.ExecuteNonQueryAsync();
            Assert.Equal(100_000, (await Get(gateway.OperatorToken, "MANY-1", "")).Figures[1].Cases.Count);
        }
        finally
        {
            await rest.ExecuteNonQueryAsync();
        }
    }

    /// <summary>The last month that is over at every site.</summary>
    private static (LocalDate From, LocalDate To) LastMonth
    {
        get
        {
            var month = (Now - Duration.FromHours(12)).InUtc().Date.With(DateAdjusters.StartOfMonth);
            return (month.PlusMonths(-1), month.PlusDays(-1));
        }
    }

    /// <summary>Moves cases to the end of the last month, each as long as it was: the days on which something is done through the gateway are today's.</summary>
    private async Task Age(string[] programs)
    {
        await using var age = gateway.Sql.CreateCommand("UPDATE projection_capacity.wait_cases SET received_on = received_on - (consult_on - $2), consult_on = $2 WHERE network = $3 AND program = ANY ($1) AND consult_on IS NOT NULL");
        age.Parameters.AddWithValue(programs);
        age.Parameters.AddWithValue(LastMonth.To.ToDateOnly());
        age.Parameters.AddWithValue(gateway.North.Network);
        await age.ExecuteNonQueryAsync();
    }

    private Task<GetWaitsResponse> Get(string token, string program, string atLeast, string site = "", string region = "", (LocalDate From, LocalDate To)? period = null) => Client.GetWaitsAsync(
        new GetWaitsRequest
        {
            Parent = gateway.North.NetworkName,
            Program = program,
            Site = site,
            Region = region,
            From = Wire(period?.From ?? Now.InZone(Zone).Date.PlusDays(-1)),
            To = Wire(period?.To ?? Now.InZone(Zone).Date),
            AtLeast = atLeast,
        },
        RealGateway.Headers(token)).ResponseAsync;

    /// <summary>Somebody who was referred so many days ago, and whom a clinician has seen today. Adds their wait, in days of the site's calendar.</summary>
    private async Task<string> Consulted(string program, string clinician, int daysAgo, List<int> waits)
    {
        var pathways = new Pathways.PathwaysClient(gateway.Channel);
        var participants = new Participants.ParticipantsClient(gateway.Channel);
        var person = (await participants.RegisterParticipantAsync((RegisterParticipantRequest)Samples.Of("/rtt.v1.Participants/RegisterParticipant", gateway.North), Operator)).Name;
        var received = Now - Duration.FromDays(daysAgo);
        await pathways.ReferParticipantAsync(
            new ReferParticipantRequest { Participant = person, Site = gateway.North.SiteName, Program = program, Source = "physician", ReceiveTime = Timestamp.FromDateTimeOffset(received.ToDateTimeOffset()), RequestId = Samples.Id() }, Operator);
        await pathways.BeginScreeningAsync(new BeginScreeningRequest { Participant = person, RequestId = Samples.Id() }, Operator);
        var signed = await pathways.SignOffAsync(new SignOffRequest { Participant = person, Kind = "psychological", Clear = true, Facilitator = clinician, RequestId = Samples.Id() }, Operator);
        waits.Add(Period.DaysBetween(received.InZone(Zone).Date, Now.InZone(Zone).Date));
        await gateway.Reached(gateway.North.NetworkName, signed.Token, Operator);
        return signed.Token;
    }

    private async Task<string> Clinician()
    {
        var created = new CreateFacilitatorRequest { Parent = gateway.North.NetworkName, FacilitatorId = "waits-therapist", Facilitator = Samples.Facilitator(gateway.North), RequestId = Samples.Id() };
        return (await new Facilitators.FacilitatorsClient(gateway.Channel).CreateFacilitatorAsync(created, Operator)).Name;
    }

    private static Date Wire(LocalDate day) => new() { Year = day.Year, Month = day.Month, Day = day.Day };
}
