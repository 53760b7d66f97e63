using System.Collections.Immutable;
using System.Text.Json;
using NodaTime;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Facilitators;
using RttNetwork.Contracts.Participants;
using RttNetwork.Contracts.Referrals;
using RttNetwork.Contracts.Sites;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;
using RttNetwork.Grains.Units;
using RttNetwork.Rig.Chaos;
using RttNetwork.Testing;
using SeatRequest = RttNetwork.Contracts.Cohorts.SeatRequest;

namespace RttNetwork.Chaos.Tests;

/// <summary>Grains in this process, reached as the gateway reaches them; each cluster is a door, and all are on one database.</summary>
internal sealed class GrainDesk(string network, params ImmutableArray<TestNetwork> clusters) : IDesk
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly Duration HoldTtl = Duration.FromMilliseconds(500);

    public int Gateways => clusters.Length;

    /// <summary>Opens the site, its cohorts, their nurses and the people, in a tenant of the test's own.</summary>
    public async Task<Stage> Open(int people)
    {
        var grains = clusters[0].Grains;
        var site = grains.GetGrain<ISiteGrain>(Keys.Site(network, Stages.Site));
        TestNetwork.Accepted(await site.Open(new OpenSite("A site", "island", "CA-BC", "America/Vancouver", 49.17, -123.94), Unit()));
        var cohorts = ImmutableArray.CreateBuilder<StageCohort>();
        for (var i = 0; i < Stages.Plans.Length; i++)
        {
            var (plan, id) = (Stages.Plans[i], $"cohort-{i}");
            TestNetwork.Accepted(await site.OpenRoom(new OpenRoom($"room-{i}", "Room", 40), Unit()));
            var first = new LocalDateTime(2028, 6, 6, plan.Hour, 0).PlusWeeks(plan.Week);
            ImmutableArray<StaffingRequirementView> staffing = plan.Nurses > 0 ? [new StaffingRequirementView(Stages.Role, plan.Seats / plan.Nurses, 1)] : [];
            TestNetwork.Accepted(await site.OpenCohort(
                new OpenCohort(id, "A cohort", "GRIP-8", 1, $"room-{i}", 1, plan.Seats, 0, staffing,
                    [.. Enumerable.Range(0, Stages.WeeksOfCohort).Select(w => new SessionDraft("small-group", first.PlusWeeks(w), Duration.FromMinutes(90), Duration.Zero, false))],
                    null, plan.MayOverlap, HoldTtl, plan.Seats, plan.Seats),
                Unit()));
            var nurses = Enumerable.Range(0, plan.Nurses).Select(n => $"nurse-{i}-{n}").ToImmutableArray();
            foreach (var nurse in nurses)
            {
                var grain = grains.GetGrain<IFacilitatorGrain>(Keys.Facilitator(network, nurse));
                TestNetwork.Accepted(await grain.Register(new RegisterFacilitator(Stages.Site, [Stages.Role], [new CredentialView(Stages.Role, "CA-BC", new LocalDate(2020, 1, 1), null)]), Unit()));
                TestNetwork.Accepted(await grain.Assign(new AssignFacilitator(Keys.Cohort(network, Stages.Site, id), Stages.Role), Unit()));
            }
            cohorts.Add(new StageCohort(Stages.Site, id, nurses));
        }
        var names = Enumerable.Range(0, people).Select(i => $"person-{i}").ToImmutableArray();
        foreach (var name in names)
        {
            var person = grains.GetGrain<IParticipantGrain>(Keys.Participant(network, name));
            TestNetwork.Accepted(await person.FinishRegister(new RegisterParticipant(name, Stages.Site, [], "", "", null, false, false), Unit()));
            TestNetwork.Accepted(await person.SetEligibility(new SetEligibility(true, "screened"), Unit()));
        }
        return new Stage(network, cohorts.ToImmutable(), names, []);
    }

    public async Task<Answer> Ask(Wish wish, int gateway, int attempt)
    {
        var grains = clusters[gateway].Grains;
        var cohort = StageCohort.KeyOf(network, wish.Cohort);
        var unit = Contracts.Units.Unit.Start(Caller(wish.Subject), wish.RequestId, JsonSerializer.SerializeToUtf8Bytes(wish), Now, Now + Duration.FromTimeSpan(UnitLimits.Unit), attempt: attempt);
        try
        {
            return wish.Verb switch
            {
                Verb.Assign => Answered(await Facilitator().Assign(new AssignFacilitator(cohort, Stages.Role), unit).WaitAsync(Patience, TimeProvider.System), null, attempt),
                Verb.Withdraw => Answered(await Facilitator().Withdraw(new WithdrawFacilitator(cohort, Stages.StaffingReason), unit).WaitAsync(Patience, TimeProvider.System), null, attempt),
                Verb.Transfer => Answered(await Transfer().WaitAsync(Patience, TimeProvider.System), moved => Seen(moved.Seat!), attempt),
                _ => Answered(await Seat().WaitAsync(Patience, TimeProvider.System), Seen, attempt),
            };
        }
        catch (Exception e)
        {
            return new Answer(AnswerKind.Unknown, e.GetType().Name);
        }

        IFacilitatorGrain Facilitator() => grains.GetGrain<IFacilitatorGrain>(Keys.Facilitator(network, wish.Who));

        Task<UnitAnswer<MovedView>> Transfer()
        {
            var person = Keys.Participant(network, wish.Who);
            return grains.GetGrain<IParticipantGrain>(person).Move(new TransferSeat(person, "", cohort, [StageCohort.KeyOf(network, wish.From!)], "GRIP-8", 1, Stages.TransferReason), unit);
        }

        async Task<UnitAnswer<SeatView>> Seat()
        {
            var ask = wish.Verb switch { Verb.Hold => SeatAsk.Hold, Verb.Book => SeatAsk.Book, Verb.Cancel => SeatAsk.Cancel, _ => SeatAsk.Release };
            var request = new SeatRequest(cohort, Keys.Participant(network, wish.Who), Stages.CancelReason);
            var glance = ask is SeatAsk.Hold or SeatAsk.Book ? await grains.GetGrain<ICohortGrain>(cohort).Glance(request, unit) : null;
            return glance ?? await grains.GetGrain<IParticipantGrain>(request.Participant).Seat(request, ask, unit);
        }
    }

    public Task<CohortSeen?> Look(string cohort, string subject, int gateway) => OrNothing(async () =>
        (await clusters[gateway].Grains.GetGrain<ICohortGrain>(StageCohort.KeyOf(network, cohort)).Get(Caller(subject), Now)).Value is { } view
            ? new CohortSeen(cohort, view.Version, view.Seats.Booked, view.Seats.Held, view.Seats.Usable, view.AtRisk, view.AsOf)
            : null);

    public Task<PersonSeen?> LookAtPerson(string person, string subject, int gateway) => OrNothing(async () =>
        (await clusters[gateway].Grains.GetGrain<IParticipantGrain>(Keys.Participant(network, person)).Get(Caller(subject), Now)).Value is { } view
            ? new PersonSeen(person, view.Version, [.. view.Enrolments.Select(e => new PersonSeat(Keys.IdOf(e.Cohort), StateOf(e.State)))])
            : null);

    public async Task<ImmutableArray<CohortSeen>?> List(string atLeast, string subject, int gateway)
    {
        var page = await OrNothing<Page<CohortRow>>(async () => await clusters[gateway].Grains.GetGrain<IViewsGrain>(network).Cohorts(Caller(subject), new PageRequest(100, null, atLeast), Stages.Site));
        return page is null or { Behind: true } ? null : [.. page.Rows.Select(r => new CohortSeen(StageCohort.IdOf(Stages.Site, r.Cohort), null, r.Seats.Booked, r.Seats.Held, r.Seats.Usable, r.AtRisk, null))];
    }

    public Task<ImmutableArray<string>?> Worklist(string site, string atLeast, string subject, int gateway) => throw new InvalidOperationException("Nobody is referred on this stage.");

    private static async Task<T?> OrNothing<T>(Func<Task<T?>> read)
        where T : class
    {
        try
        {
            return await read().WaitAsync(Patience, TimeProvider.System);
        }
        catch (Exception)
        {
            return null;
        }
    }

    private static Answer Answered<TReply>(UnitAnswer<TReply> answer, Func<TReply, SeatSeen>? seen, int attempt)
        where TReply : class => answer switch
        {
            { IsAccepted: true, Reply: { } reply } => new Answer(AnswerKind.Accepted, null, JsonSerializer.Serialize(reply, EventCatalog.Json), seen?.Invoke(reply), answer.Token),
            { Refusal: { } refusal } => new Answer(AnswerKind.Refused, refusal.Reason),
            // As the gateway says it: of a repeat only this attempt is known to be over.
            { Outcome: UnitOutcome.Conflict } when attempt == 0 => new Answer(AnswerKind.Refused, "CONCURRENT_CHANGE"),
            _ => new Answer(AnswerKind.Unknown, answer.Outcome.ToString()),
        };

    private static SeatSeen Seen(SeatView seat) => new(StateOf(seat.State), seat.HoldExpiresAt, seat.BookedAt);

    private static Seated StateOf(SeatState state) => state switch
    {
        SeatState.Held => Seated.Held,
        SeatState.Booked => Seated.Booked,
        _ => Seated.None,
    };

    private static Instant Now => Instant.FromDateTimeOffset(TimeProvider.System.GetUtcNow());

    private Unit Unit() => Contracts.Units.Unit.Start(Caller("set-up"), Guid.NewGuid(), [], Now, Now + Duration.FromSeconds(30));

    private Caller Caller(string subject) => new(network, subject, CallerScope.Operator, [], [], "care");
}
