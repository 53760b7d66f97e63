using System.Collections.Immutable;
using NodaTime;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Cohorts;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;
using RttNetwork.Gateway.Calls;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Mapping;

/// <summary>Appointments, both ways.</summary>
internal static class AppointmentMapping
{
    private const int RosterMax = 20;

    private static readonly Contracts.Programs.ProgramTemplateView NoTemplate = null!;

    /// <summary>The command without what is passed by value: the template, the rule packs and when the intake closes.</summary>
    public static (SiteName Site, CohortName Name, string Program, CohortName? Intake, PlanCohort Command) Read(Fields fields, OfferAppointmentRequest request)
    {
        var parent = fields.Site("parent", request.Parent);
        var id = fields.Id("appointment_id", request.AppointmentId);
        if (!fields.Has("appointment", request.Appointment)) return default;
        var asked = request.Appointment;
        fields.NameIs("appointment.name", asked.Name, new CohortName(parent.Network, parent.Site, id).ToString());
        var program = fields.ProgramId("appointment.program", asked.Program);
        fields.Number("appointment.template_version", asked.TemplateVersion, 0, CohortMapping.TemplateVersionMax);
        var session = fields.Id("appointment.session", asked.Session);
        var at = fields.WallTime("appointment.local_start", asked.LocalStart);
        var room = asked.Room.Length > 0 ? fields.Id("appointment.room", asked.Room) : "";
        var name = fields.Text("appointment.display_name", asked.DisplayName, CohortMapping.DisplayNameLengthMax, required: false);
        var (ttl, holdsMax, holdsPerCallerMax) = CohortMapping.Read(fields, asked.HoldPolicy, 1, "appointment");
        CohortName? intake = asked.ForCohort.Length > 0 ? fields.Cohort("appointment.for_cohort", asked.ForCohort) : null;
        var roster = fields.Count("appointment.roster", asked.Roster.Count, 1, RosterMax)
            ? asked.Roster.Select((r, i) => new RosterEntryView(fields.Id($"appointment.roster[{i}].facilitator", r.Facilitator), fields.Code($"appointment.roster[{i}].role", r.Role, required: false), [])).ToImmutableArray()
            : [];
        if (!fields.IsGood) return default;
        if (intake is { } asksFor && asksFor.Site != parent.Site) return fields.Wrong<(SiteName, CohortName, string, CohortName?, PlanCohort)>("appointment.for_cohort", "must be a cohort of the parent");
        var cohort = new CohortName(parent.Network, parent.Site, id);
        return (parent, cohort, program, intake, new PlanCohort(
            cohort.Key,
            parent.Key,
            [.. roster.Select(r => Keys.Facilitator(parent.Network, r.Facilitator)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
            name,
            NoTemplate,
            [],
            at.Date,
            1,
            0,
            [new SlotView(session, 0, (int)at.DayOfWeek, (at.Hour * 60) + at.Minute, room, [])],
            roster,
            [],
            [],
            [],
            ttl,
            holdsMax,
            holdsPerCallerMax,
            "")
        {
            Appointment = new AppointmentAsk(session, at, room, intake?.Key ?? "", null),
        });
    }

    public static AppointmentSearch Read(Fields fields, ListAppointmentsRequest request, string site, Instant now)
    {
        var program = fields.Program("program", request.Program, required: false);
        var kind = fields.Code("kind", request.Kind, required: false);
        var (earliest, latest) = (fields.Date("earliest", request.Earliest), fields.Date("latest", request.Latest));
        if (latest < earliest) fields.Wrong("latest", "must not be before earliest");
        return new AppointmentSearch(
            site, program.Length > 0 ? program : null, kind.Length > 0 ? kind : null, StartOf(earliest), StartOf(latest?.PlusDays(1)), request.OpenOnly, now);
    }

    /// <summary>Withdraws with whoever has it and leads it now: the domain refuses the unit when somebody has come to it since.</summary>
    public static WithdrawAppointment ToCommand(CohortName name, CohortView cohort, SeatList seats, string reason) => new(
        name.Key,
        [
            .. seats.Seats.Select(s => Keys.Participant(name.Network, s.Participant)).Order(StringComparer.Ordinal),
            .. cohort.Facilitators.Select(f => Keys.Facilitator(name.Network, f.Facilitator)).Order(StringComparer.Ordinal),
            Keys.Site(name.Network, name.Site),
        ],
        reason);

    public static Appointment ToWire(this CohortView view, AppointmentView appointment, Caller caller, string timeZone, string? token = null)
    {
        var session = view.Plan!.Sessions[0];
        var state = State(appointment.Withdrawn, view.Seats, view.IntakeClosesAt, view.AsOf);
        var reply = new Appointment
        {
            Name = new CohortName(view.Network, view.Site, view.Cohort).ToString(),
            DisplayName = view.DisplayName,
            Program = view.Program,
            TemplateVersion = view.TemplateVersion,
            Session = appointment.Session,
            Kind = appointment.Kind,
            LocalStart = session.LocalStart.ToWire(),
            Room = session.Room,
            ForCohort = appointment.ForCohort.Length > 0 ? CohortName.OfKey(appointment.ForCohort).ToString() : "",
            HoldPolicy = new HoldPolicy { Ttl = view.HoldTtl.ToWire(), HoldsMax = view.HoldsMax, HoldsPerCallerMax = view.HoldsPerCallerMax },
            StartTime = session.StartsAt.ToWire(),
            Duration = session.Length.ToWire(),
            TimeZone = timeZone,
            IntakeCloseTime = view.IntakeClosesAt.ToWire(),
            State = state,
            Token = token ?? "",
        };
        if (appointment.Kept is { } kept) reply.Kept = kept;
        foreach (var assigned in view.Facilitators) reply.Roster.Add(new RosterEntry { Facilitator = assigned.Facilitator, Role = assigned.Role });
        reply.AvailableActions.AddRange(Actions.OnAppointment(caller.Scope, state));
        return reply;
    }

    public static Appointment ToWire(this AppointmentRow row, Caller caller, Instant now)
    {
        var state = State(row.Withdrawn, new SeatCountView(row.Usable, row.Booked, row.Held, Math.Max(0, row.Usable - row.Booked - row.Held), ""), row.IntakeClosesAt, now);
        var appointment = new Appointment
        {
            Name = new CohortName(caller.Network, row.Site, row.Appointment).ToString(),
            DisplayName = row.DisplayName,
            Program = row.Program,
            Session = row.Session[(row.Session.IndexOf('-', StringComparison.Ordinal) + 1)..],
            Kind = row.Kind,
            LocalStart = row.LocalStart.ToWire(),
            Room = row.Room,
            ForCohort = row.ForCohort.Split('.') is [var site, var cohort] ? new CohortName(caller.Network, site, cohort).ToString() : "",
            StartTime = row.StartsAt.ToWire(),
            Duration = (row.EndsAt - row.StartsAt).ToWire(),
            TimeZone = row.TimeZone,
            IntakeCloseTime = row.IntakeClosesAt.ToWire(),
            State = state,
        };
        foreach (var facilitator in row.Staff) appointment.Roster.Add(new RosterEntry { Facilitator = facilitator });
        appointment.AvailableActions.AddRange(Actions.OnAppointment(caller.Scope, state));
        return appointment;
    }

    private static AppointmentState State(bool withdrawn, SeatCountView seats, Instant closesAt, Instant now) =>
        withdrawn ? AppointmentState.AppointmentWithdrawn
        : seats.Booked > 0 ? AppointmentState.AppointmentBooked
        : seats.Held > 0 ? AppointmentState.AppointmentHeld
        : seats.Usable > 0 && now < closesAt ? AppointmentState.AppointmentOpen
        : AppointmentState.AppointmentClosed;

    private static Instant? StartOf(LocalDate? day) => day?.AtMidnight().InUtc().ToInstant();
}
