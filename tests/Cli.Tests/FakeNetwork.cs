using System.Collections.Concurrent;
using System.Net;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using RttNetwork.Wire.V1;
using RpcStatus = Google.Rpc.Status;

namespace RttNetwork.Cli.Tests;

/// <summary>
/// A gateway on loopback that knows people by their identifiers and answers each request id once, and whose seats do as they are told: what
/// the command line needs of a network, without one.
/// </summary>
internal sealed class FakeNetwork : IAsyncDisposable
{
    private readonly WebApplication _app;

    private FakeNetwork(WebApplication app, World state)
    {
        _app = app;
        State = state;
    }

    public World State { get; }

    public string Endpoint => _app.Urls.First();

    public static async Task<FakeNetwork> Start()
    {
        var state = new World();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, l => l.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(state);
        var app = builder.Build();
        app.MapGrpcService<FakeParticipants>();
        app.MapGrpcService<FakeCohorts>();
        app.MapGrpcService<FakePrograms>();
        app.MapGrpcService<FakeSites>();
        app.MapGrpcService<FakePathways>();
        app.MapGrpcService<FakeMeasures>();
        app.MapGrpcService<FakeSafety>();
        app.MapGrpcService<FakeRehoming>();
        app.MapGrpcService<FakeSessions>();
        app.MapGrpcService<FakeWebhooks>();
        app.MapGrpcService<FakeReferrals>();
        app.MapGrpcService<FakeCapacity>();
        app.MapGrpcService<FakeWaitLists>();
        await app.StartAsync();
        return new FakeNetwork(app, state);
    }

    /// <summary>Runs a command against this network.</summary>
    public Task<Ran> Run(params string[] args) => Ran.With([.. args, "--endpoint", Endpoint, "--network", "bc"]);

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    public static RpcException Refuse(StatusCode status, string reason, string message, params IMessage[] details)
    {
        var rich = new RpcStatus { Code = (int)status, Message = message };
        rich.Details.Add(Any.Pack(new ErrorInfo { Reason = reason, Domain = "rtt" }));
        rich.Details.AddRange(details.Select(Any.Pack));
        return rich.ToRpcException();
    }

    public sealed class World
    {
        private readonly Dictionary<string, Participant> _people = [];
        private readonly Dictionary<string, Participant> _answers = [];

        public ConcurrentQueue<RegisterParticipantRequest> Registrations { get; } = new();

        public ConcurrentQueue<SearchSeatsRequest> Searches { get; } = new();

        public ConcurrentQueue<IMessage> SiteActs { get; } = new();

        public ConcurrentQueue<string> Screened { get; } = new();

        /// <summary>What a booking is answered with.</summary>
        public Func<BookSeatRequest, Seat> Book { get; set; } = request => new Seat { Cohort = request.Cohort, Participant = request.Participant, State = SeatState.Booked };

        /// <summary>What publishing a program is answered with.</summary>
        public Func<CreateProgramVersionRequest, RttNetwork.Wire.V1.Program> Publish { get; set; } = request => new RttNetwork.Wire.V1.Program { Template = request.Template };

        /// <summary>Every change of a pathway that came, as it came.</summary>
        public ConcurrentQueue<IMessage> Steps { get; } = new();

        /// <summary>True makes every registration fail as a network that is gone does.</summary>
        public bool Gone { get; set; }

        public int People
        {
            get
            {
                lock (_people)
                {
                    return _people.Values.Distinct().Count();
                }
            }
        }

        public Participant Register(RegisterParticipantRequest request)
        {
            Registrations.Enqueue(request);
            if (Gone)
            {
                throw new RpcException(new Grpc.Core.Status(StatusCode.Unavailable, "gone"));
            }

            if (request.Deceased)
            {
                throw Refuse(StatusCode.FailedPrecondition, "DECEASED", "The person has died.");
            }

            if (request.PersonalData.BirthDate.Year > 2008)
            {
                throw Refuse(StatusCode.FailedPrecondition, "UNDER_AGE", "The person is under 18.");
            }

            lock (_people)
            {
                if (_answers.TryGetValue(request.RequestId, out var answer))
                {
                    return answer;
                }

                var keys = request.Identifiers.Select(i => $"{i.System}|{i.Value}").ToList();
                var known = keys.Select(_people.GetValueOrDefault).FirstOrDefault(p => p is not null);
                answer = known?.Clone() ?? new Participant { Name = $"networks/bc/participants/p{_people.Count}", Provisional = keys.Count == 0 };
                answer.AlreadyRegistered = known is not null;
                foreach (var key in keys)
                {
                    _people.TryAdd(key, known ?? answer);
                }

                _answers[request.RequestId] = answer;
                return answer;
            }
        }
    }

    private sealed class FakeParticipants(World state) : Participants.ParticipantsBase
    {
        public override Task<Participant> RegisterParticipant(RegisterParticipantRequest request, ServerCallContext context) => Task.FromResult(state.Register(request));

        public override Task<Participant> SetEligibility(SetEligibilityRequest request, ServerCallContext context)
        {
            state.Screened.Enqueue(request.Name);
            return Task.FromResult(new Participant { Name = request.Name, Eligible = true });
        }
    }

    private sealed class FakePrograms(World state) : Programs.ProgramsBase
    {
        public override Task<RttNetwork.Wire.V1.Program> CreateProgramVersion(CreateProgramVersionRequest request, ServerCallContext context) => Task.FromResult(state.Publish(request));
    }

    /// <summary>Notes what it is asked, and says that the person is screened.</summary>
    private sealed class FakePathways(World state) : Pathways.PathwaysBase
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

    /// <summary>Notes what it is asked, and says that one answer awaits an assessment.</summary>
    private sealed class FakeMeasures(World state) : Measures.MeasuresBase
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

    /// <summary>Notes what it is asked, and knows one event that stands open.</summary>
    private sealed class FakeSafety(World state) : Safety.SafetyBase
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

    private sealed class FakeRehoming(World state) : Rehoming.RehomingBase
    {
        public override Task<Rehome> ProposeRehome(ProposeRehomeRequest request, ServerCallContext context) => Note(request);

        public override Task<Rehome> GetRehome(GetRehomeRequest request, ServerCallContext context)
        {
            var plan = Plan();
            plan.Items.Add(new RehomeItem
            {
                Participant = "networks/bc/participants/p1",
                From = "networks/bc/sites/nanaimo/cohorts/c1",
                To = "networks/bc/sites/victoria/cohorts/c2",
                Status = "refused",
                Reason = "seat-full",
                Now = { "networks/bc/sites/nanaimo/cohorts/c1" },
            });
            return Task.FromResult(plan);
        }

        public override Task<ListRehomesResponse> ListRehomes(ListRehomesRequest request, ServerCallContext context) => Task.FromResult(new ListRehomesResponse { Rehomes = { Plan() } });

        public override Task<Rehome> ApproveRehome(ApproveRehomeRequest request, ServerCallContext context) =>
            request.Revision == 2 ? Note(request) : throw Refuse(StatusCode.FailedPrecondition, "REHOME_REVISED", "The plan was proposed anew.");

        public override Task<Rehome> CancelRehome(CancelRehomeRequest request, ServerCallContext context) => Note(request);

        private Task<Rehome> Note(IMessage request)
        {
            state.Steps.Enqueue(request);
            return Task.FromResult(Plan());
        }

        private static Rehome Plan() => new()
        {
            Name = "networks/bc/rehomes/m1",
            Cause = "room",
            Subject = "networks/bc/sites/nanaimo/rooms/hall",
            Revision = 2,
            Status = "executing",
            People = 9,
            Placed = 8,
            Moved = 5,
            Refused = 1,
            Failed = 1,
            NeedsReviewer = 1,
        };
    }

    /// <summary>Notes what it is asked, and knows one webhook of which one delivery has failed.</summary>
    private sealed class FakeWaitLists(World state) : WaitLists.WaitListsBase
    {
        public override Task<WaitListEntry> JoinCohortList(JoinCohortListRequest request, ServerCallContext context)
        {
            state.Steps.Enqueue(request);
            return Task.FromResult(new WaitListEntry { Cohort = request.Cohort, Participant = request.Participant, Position = 3 });
        }

        public override Task<PoolEntry> JoinPool(JoinPoolRequest request, ServerCallContext context)
        {
            state.Steps.Enqueue(request);
            return Task.FromResult(new PoolEntry { Participant = request.Participant, Program = request.Program, Region = request.Region, Site = request.Site, Position = 2 });
        }

        public override Task<PoolEntry> LeavePool(LeavePoolRequest request, ServerCallContext context)
        {
            state.Steps.Enqueue(request);
            return Task.FromResult(new PoolEntry { Participant = request.Participant, Program = request.Program, Region = request.Region });
        }

        public override Task<ListPoolResponse> ListPool(ListPoolRequest request, ServerCallContext context)
        {
            state.Steps.Enqueue(request);
            return Task.FromResult(new ListPoolResponse
            {
                Entries = { new PoolEntry { Participant = "networks/bc/participants/ann", Program = request.Program, Region = request.Region, Site = "networks/bc/sites/nanaimo", Position = 2, Priority = 1 } },
                Waiting = 7,
                Cohorts = 3,
            });
        }
    }

    private sealed class FakeWebhooks(World state) : Webhooks.WebhooksBase
    {
        private const string Name = "networks/bc/webhooks/w1";

        public override Task<Webhook> CreateWebhook(CreateWebhookRequest request, ServerCallContext context) => Note(request, request.ValidateOnly ? "" : "whsec_AAAA");

        public override Task<Webhook> RotateWebhookSecret(RotateWebhookSecretRequest request, ServerCallContext context) => Note(request, "whsec_BBBB");

        public override Task<Webhook> DeleteWebhook(DeleteWebhookRequest request, ServerCallContext context) => Note(request);

        public override Task<Webhook> RedeliverWebhook(RedeliverWebhookRequest request, ServerCallContext context) => Note(request);

        public override Task<ListWebhooksResponse> ListWebhooks(ListWebhooksRequest request, ServerCallContext context)
        {
            state.Steps.Enqueue(request);
            return Task.FromResult(new ListWebhooksResponse { Webhooks = { new Webhook { Name = Name, Site = "networks/bc/sites/-", Url = "https://hooks.example/", EventTypes = { "offer.made" }, Disabled = true } } });
        }

        public override Task<ListFailedDeliveriesResponse> ListFailedDeliveries(ListFailedDeliveriesRequest request, ServerCallContext context)
        {
            state.Steps.Enqueue(request);
            return Task.FromResult(new ListFailedDeliveriesResponse { Deliveries = { new FailedDelivery { Webhook = Name, Delivery = "msg_1", EventType = "offer.made", Attempts = 10, LastResult = "http-503" } } });
        }

        private Task<Webhook> Note(IMessage request, string secret = "")
        {
            state.Steps.Enqueue(request);
            return Task.FromResult(new Webhook { Name = Name, Secret = secret });
        }
    }

    /// <summary>A worklist whose connection breaks after the first referral, and goes on.</summary>
    private sealed class FakeReferrals(World state) : Referrals.ReferralsBase
    {
        public override async Task WatchReferrals(WatchReferralsRequest request, IServerStreamWriter<WatchReferralsResponse> responseStream, ServerCallContext context)
        {
            state.Steps.Enqueue(request);
            if (request.ResumeToken.Length > 0)
            {
                await responseStream.WriteAsync(new WatchReferralsResponse { Removed = { "networks/bc/referrals/r1" }, Token = "1.2", ResumeToken = "second" });
                return;
            }
            await responseStream.WriteAsync(new WatchReferralsResponse
            {
                Reset = true,
                Token = "1.1",
                ResumeToken = "first",
                Referrals =
                {
                    new ReferralSummary { Name = "networks/bc/referrals/r1", Participant = "networks/bc/participants/p1", Source = "networks/bc/sites/nanaimo", Target = "networks/bc/sites/victoria", Program = "GRIP-8", Priority = ReferralPriority.Urgent, Status = "sent" },
                },
            });
            throw new RpcException(new Grpc.Core.Status(StatusCode.Unavailable, "The gateway goes."));
        }
    }

    private sealed class FakeSessions : Sessions.SessionsBase
    {
        /// <summary>A session at risk with somebody held, somebody observed and a guest who is kept out.</summary>
        public override Task<SessionDoor> GetSession(GetSessionRequest request, ServerCallContext context) => Task.FromResult(new SessionDoor
        {
            Cohort = request.Cohort,
            Program = "RTT-KaT-12",
            Number = request.Session,
            Session = Medicine,
            TimeZone = "America/Vancouver",
            Standing = SessionStanding.SessionAtRisk,
            Open = true,
            OpenTime = At(14),
            CloseTime = At(20),
            SeatsUsable = 5,
            BoundBy = "nurse",
            Expected = 8,
            Present = 1,
            Shortages = { new StaffShortage { Role = "nurse", Needed = 2, Counted = 1, ParticipantsPerMember = 5 } },
            Hindrances = { new DoorHindrance { Reason = "RATIO_WOULD_BREAK", Rule = 16, Message = "one nurse is missing", Actions = { "substituteFacilitator" } } },
            People =
            {
                new PersonAtDoor { Participant = "networks/bc/participants/p1", Pod = 2, Standing = "held", HeldFor = { "blood-pressure" } },
                new PersonAtDoor { Participant = "networks/bc/participants/p2", Pod = 2, Standing = "in-observation", Visit = new MedicineVisit { CheckInTime = At(16), Doses = 1 }, ObservationUntilTime = At(18, 10) },
                new PersonAtDoor { Participant = "networks/bc/participants/p3", Guest = true, Standing = "kept-out", KeptOut = new UnavailableAction { Action = "checkIn", Reason = "GAP_TOO_SHORT", Message = "12 days.", Rule = 4 } },
            },
        });

        public static Session Medicine => new()
        {
            Id = "w04-medicine-p2",
            Kind = "medicine",
            DisplayName = "Medicine session",
            Pod = 2,
            LocalStart = new Google.Type.DateTime { Year = 2027, Month = 5, Day = 25, Hours = 9 },
            Duration = Duration.FromTimeSpan(TimeSpan.FromMinutes(240)),
            Observation = Duration.FromTimeSpan(TimeSpan.FromMinutes(120)),
            StartTime = At(16),
            Room = "networks/bc/sites/nanaimo/rooms/hall",
            Needs = { new StaffingNeed { Role = "nurse", ParticipantsPerMember = 5, MembersMin = 1 } },
            Facilitators = { "networks/bc/facilitators/rn2" },
            AtRisk = true,
            CureUntilTime = Timestamp.FromDateTime(new System.DateTime(2027, 5, 22, 16, 0, 0, DateTimeKind.Utc)),
        };

        private static Timestamp At(int hour, int minute = 0) => Timestamp.FromDateTime(new System.DateTime(2027, 5, 25, hour, minute, 0, DateTimeKind.Utc));
    }

    private sealed class FakeSites(World state) : Sites.SitesBase
    {
        public override Task<Site> DescribeSite(DescribeSiteRequest request, ServerCallContext context) => Act(request, new Site { Name = request.Name });

        public override Task<Site> SetLimitedCapacity(SetLimitedCapacityRequest request, ServerCallContext context) =>
            Act(request, new Site { Name = request.Name, LimitedCapacity = request.LimitedCapacity, LimitedCapacityReason = request.Reason, LimitedCapacityUntil = request.Until });

        public override Task<Site> HideSite(HideSiteRequest request, ServerCallContext context) =>
            Act(request, new Site { Name = request.Name, Hidden = true, HiddenReason = request.Reason, HiddenAgreedBy = request.AgreedBy });

        public override Task<Site> UnhideSite(UnhideSiteRequest request, ServerCallContext context) => Act(request, new Site { Name = request.Name });

        private Task<Site> Act(IMessage request, Site answer)
        {
            state.SiteActs.Enqueue(request);
            return Task.FromResult(answer);
        }
    }

    private sealed class FakeCohorts(World state) : Cohorts.CohortsBase
    {
        public override Task<Cohort> GetCohort(GetCohortRequest request, ServerCallContext context) =>
            Task.FromResult(new Cohort { Name = request.Name, Sessions = { new Session { Id = "w01-preparation-p2", Kind = "preparation", LocalStart = FakeSessions.Medicine.LocalStart }, FakeSessions.Medicine } });

        public override Task<Seat> BookSeat(BookSeatRequest request, ServerCallContext context) => Task.FromResult(state.Book(request));

        public override Task<SearchSeatsResponse> SearchSeats(SearchSeatsRequest request, ServerCallContext context)
        {
            state.Searches.Enqueue(request);
            // Three pages of two: the command asks for them all.
            var page = request.PageToken.Length == 0 ? 0 : int.Parse(request.PageToken, System.Globalization.CultureInfo.InvariantCulture);
            var reply = new SearchSeatsResponse { NextPageToken = page < 2 ? $"{page + 1}" : "" };
            reply.Results.AddRange(Enumerable.Range(page * 2, 2).Select(i => new OpenSeats { Cohort = $"networks/bc/sites/nanaimo/cohorts/c{i}", Program = "GRIP-8", Seats = new SeatCount { Open = i }, Match = new SeatMatch { Reasons = { new SeatMatchReason { Code = "distance", Text = $"{i} km away" } } } }));
            return Task.FromResult(reply);
        }
    }
}

/// <summary>What a command left behind.</summary>
internal sealed record Ran(int Code, string Out, string Error)
{
    public static async Task<Ran> With(string[] args, Func<Surroundings, Surroundings>? change = null)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var surroundings = new Surroundings
        {
            Out = output,
            Error = error,
            Variable = _ => null,
            Root = Path.Combine(Path.GetTempPath(), "rtt-no-such-folder"),
        };
        var code = await CommandLine.Run(args, change is null ? surroundings : change(surroundings));
        return new Ran(code, output.ToString(), error.ToString());
    }
}
