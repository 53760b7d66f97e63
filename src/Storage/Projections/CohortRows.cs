using Npgsql;
using NpgsqlTypes;
using RttNetwork.Contracts;
using RttNetwork.Domain.Cohorts;

namespace RttNetwork.Storage.Projections;

/// <summary>The rows of <c>cohorts</c> that a batch writes. Parameter lists that are used again; not for concurrent use.</summary>
internal sealed class CohortRows
{
    private readonly Figures _opened = new();
    private readonly Figures _changed = new();
    private readonly List<string> _sites = [];
    private readonly List<string> _cohorts = [];
    private readonly List<string> _regions = [];
    private readonly List<string> _programs = [];
    private readonly List<string> _displayNames = [];
    private readonly List<int> _seatsMax = [];
    private readonly List<DateOnly> _firstDays = [];
    private readonly List<DateOnly> _lastDays = [];
    private readonly List<string> _intakeClosesAt = [];
    private readonly NpgsqlBatchCommand _insert;
    private readonly NpgsqlBatchCommand _update;

    public CohortRows()
    {
        // A plan never changes, so a booking writes the figures only.
        _insert = new NpgsqlBatchCommand("""
            INSERT INTO cohorts (network, id, site, cohort, region, program, display_name, seats_max, first_day, last_day,
                intake_closes_at, limited_capacity, usable, bound_by, booked, holds_until, at_risk)
            SELECT r.network, r.id, r.site, r.cohort, r.region, r.program, r.display_name, r.seats_max, r.first_day, r.last_day,
                r.intake_closes_at, coalesce(s.limited_capacity, false), r.usable, r.bound_by, r.booked, string_to_array(r.holds_until, ','), r.at_risk
            FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) AS r (network, id, usable, bound_by, booked,
                holds_until, at_risk, site, cohort, region, program, display_name, seats_max, first_day, last_day, intake_closes_at)
            LEFT JOIN sites s ON s.network = r.network AND s.site = r.site
            """);
        _opened.AddTo(_insert);
        _insert.Parameters.Add(StoredValues.Array(_sites, NpgsqlDbType.Text));
        _insert.Parameters.Add(StoredValues.Array(_cohorts, NpgsqlDbType.Text));
        _insert.Parameters.Add(StoredValues.Array(_regions, NpgsqlDbType.Text));
        _insert.Parameters.Add(StoredValues.Array(_programs, NpgsqlDbType.Text));
        _insert.Parameters.Add(StoredValues.Array(_displayNames, NpgsqlDbType.Text));
        _insert.Parameters.Add(StoredValues.Array(_seatsMax, NpgsqlDbType.Integer));
        _insert.Parameters.Add(StoredValues.Array(_firstDays, NpgsqlDbType.Date));
        _insert.Parameters.Add(StoredValues.Array(_lastDays, NpgsqlDbType.Date));
        _insert.Parameters.Add(StoredValues.Array(_intakeClosesAt, NpgsqlDbType.Text));

        _update = new NpgsqlBatchCommand("""
            UPDATE cohorts c
            SET usable = r.usable, bound_by = r.bound_by, booked = r.booked, holds_until = string_to_array(r.holds_until, ','), at_risk = r.at_risk
            FROM unnest($1, $2, $3, $4, $5, $6, $7) AS r (network, id, usable, bound_by, booked, holds_until, at_risk)
            WHERE c.network = r.network AND c.id = r.id
            """);
        _changed.AddTo(_update);
    }

    public void Clear()
    {
        _opened.Clear();
        _changed.Clear();
        _sites.Clear();
        _cohorts.Clear();
        _regions.Clear();
        _programs.Clear();
        _displayNames.Clear();
        _seatsMax.Clear();
        _firstDays.Clear();
        _lastDays.Clear();
        _intakeClosesAt.Clear();
    }

    public void Add(string stream, CohortState before, CohortState after)
    {
        if (after.Plan is not { } plan) return;
        if (before.Plan is not null)
        {
            _changed.Add(stream, after);
            return;
        }
        var (site, cohort) = Keys.CohortParts(stream);
        _opened.Add(stream, after);
        _sites.Add(site);
        _cohorts.Add(cohort);
        _regions.Add(StoredValues.Text(plan.Region));
        _programs.Add(StoredValues.Text(plan.Program));
        _displayNames.Add(StoredValues.Text(plan.DisplayName));
        _seatsMax.Add(plan.SeatsMax);
        _firstDays.Add(StoredValues.Day(plan.FirstDay()));
        _lastDays.Add(StoredValues.Day(plan.LastDay()));
        _intakeClosesAt.Add(StoredValues.Text(plan.IntakeClosesAt));
    }

    /// <summary>To be sent after the sites of the same batch: a cohort copies its site's limited capacity.</summary>
    public void AddTo(NpgsqlBatch batch)
    {
        if (_opened.Count > 0) batch.BatchCommands.Add(_insert);
        if (_changed.Count > 0) batch.BatchCommands.Add(_update);
    }

    /// <summary>What bookings and staffing change.</summary>
    private sealed class Figures
    {
        private readonly List<string> _networks = [];
        private readonly List<string> _ids = [];
        private readonly List<int> _usable = [];
        private readonly List<string> _boundBy = [];
        private readonly List<int> _booked = [];
        private readonly List<string> _holdsUntil = [];
        private readonly List<bool> _atRisk = [];
        private readonly List<string> _holds = [];

        public int Count => _ids.Count;

        public void Add(string stream, CohortState cohort)
        {
            var usable = cohort.Usable();
            _networks.Add(Keys.NetworkOf(stream));
            _ids.Add(Keys.IdOf(stream));
            _usable.Add(usable.Seats);
            _boundBy.Add(usable.BoundBy);
            _booked.Add(cohort.SeatsBooked);
            _holdsUntil.Add(HoldsUntil(cohort));
            _atRisk.Add(cohort.AtRisk);
        }

        public void AddTo(NpgsqlBatchCommand command)
        {
            command.Parameters.Add(StoredValues.Array(_networks, NpgsqlDbType.Text));
            command.Parameters.Add(StoredValues.Array(_ids, NpgsqlDbType.Text));
            command.Parameters.Add(StoredValues.Array(_usable, NpgsqlDbType.Integer));
            command.Parameters.Add(StoredValues.Array(_boundBy, NpgsqlDbType.Text));
            command.Parameters.Add(StoredValues.Array(_booked, NpgsqlDbType.Integer));
            command.Parameters.Add(StoredValues.Array(_holdsUntil, NpgsqlDbType.Text));
            command.Parameters.Add(StoredValues.Array(_atRisk, NpgsqlDbType.Boolean));
        }

        public void Clear()
        {
            _networks.Clear();
            _ids.Clear();
            _usable.Clear();
            _boundBy.Clear();
            _booked.Clear();
            _holdsUntil.Clear();
            _atRisk.Clear();
        }

        /// <summary>Every hold that the fold has not forgotten, expired or not: a read judges them at its own instant.</summary>
        private string HoldsUntil(CohortState cohort)
        {
            if (cohort.Seats.Count == cohort.SeatsBooked) return "";
            _holds.Clear();
            foreach (var seat in cohort.Seats.Values)
            {
                if (seat.HeldUntil is { } until) _holds.Add(StoredValues.Text(until));
            }
            _holds.Sort(StringComparer.Ordinal);
            return string.Join(',', _holds);
        }
    }
}
