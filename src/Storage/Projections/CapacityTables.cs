namespace RttNetwork.Storage.Projections;

/// <summary>
/// The tables of sites, cohorts with their sessions, facilitators, participants and programs. The network, the tenant, is the first part of every key
/// and of every index. Opaque ids and codes only.
/// </summary>
internal static class CapacityTables
{
    /// <summary>Raise it with any change here, or of what is written: the projection is then rebuilt.</summary>
    public const int Fold = 16;

    // Instants are text of fixed width in UTC ("2027-01-12T01:30:00.000000000Z"): PostgreSQL's timestamps end at the
    // microsecond, ours do not, and in collation "C" the order of such texts is the order of time.
    public const string Sql = """
        CREATE TABLE cohorts
        (
            network          text COLLATE "C"   NOT NULL,
            id               text COLLATE "C"   NOT NULL,   -- site.cohort
            site             text COLLATE "C"   NOT NULL,
            cohort           text COLLATE "C"   NOT NULL,
            region           text COLLATE "C"   NOT NULL,
            program          text COLLATE "C"   NOT NULL,
            display_name     text               NOT NULL,
            seats_max        integer            NOT NULL,
            first_day        date               NOT NULL,
            last_day         date               NOT NULL,
            intake_closes_at text COLLATE "C"   NOT NULL,
            usable           integer            NOT NULL,
            bound_by         text               NOT NULL,
            booked           integer            NOT NULL,
            holds_until      text[] COLLATE "C" NOT NULL,   -- in order, so that those still standing are found by bisection
            at_risk          boolean            NOT NULL,
            appointment      text COLLATE "C"   NOT NULL DEFAULT '',   -- the session's kind, for an appointment: no search for seats shows one
            for_cohort       text COLLATE "C"   NOT NULL DEFAULT '',   -- site.cohort whose intake it belongs to
            routes           text[] COLLATE "C" NOT NULL DEFAULT '{}', -- by which medicine is given, in order; empty when the cohort does not say
            waiting          integer            NOT NULL DEFAULT 0,    -- who waits for it by name
            pods_open        integer[]          NOT NULL DEFAULT '{}', -- open seats of each pod, by number; empty when it is one group
            risk_weeks       date[]             NOT NULL DEFAULT '{}', -- Mondays of those of its sessions that room or staff do not carry
            risk_starts      text[] COLLATE "C" NOT NULL DEFAULT '{}',
            tick             integer            NOT NULL,              -- of its last change: the last row of its history is this one
            -- Indexes depend on this and on nothing else that a booking changes: most bookings touch no index at all.
            seat_free        boolean            NOT NULL GENERATED ALWAYS AS (booked < usable AND appointment = '') STORED,
            PRIMARY KEY (network, id)
        ) WITH (fillfactor = 60);

        CREATE INDEX ON cohorts (network, site, cohort);
        -- Capacity is asked for of what is not over.
        CREATE INDEX ON cohorts (network, last_day);
        -- For searches: what has closed, and what is full, costs nothing, however many years of it there are.
        CREATE INDEX ON cohorts (network, intake_closes_at) WHERE seat_free;
        CREATE INDEX ON cohorts (network, program, intake_closes_at) WHERE seat_free;
        CREATE INDEX ON cohorts (network, region, intake_closes_at) WHERE seat_free;
        -- For the nearest alternatives to a full cohort.
        CREATE INDEX ON cohorts (network, program, first_day, id) WHERE seat_free;

        -- Calendars, and what an appointment is: one row for each session, one for each facilitator who leads it or led it once.
        CREATE TABLE sessions
        (
            network      text COLLATE "C" NOT NULL,
            id           text COLLATE "C" NOT NULL,   -- site.cohort
            session      text COLLATE "C" NOT NULL,
            number       integer          NOT NULL,
            site         text COLLATE "C" NOT NULL,
            program      text COLLATE "C" NOT NULL,
            kind         text COLLATE "C" NOT NULL,
            display_name text             NOT NULL,
            local_start  text COLLATE "C" NOT NULL,
            time_zone    text             NOT NULL,
            starts_at    text COLLATE "C" NOT NULL,
            ends_at      text COLLATE "C" NOT NULL,
            room         text             NOT NULL,   -- empty for a virtual one
            pod          integer          NOT NULL,
            withdrawn    boolean          NOT NULL,
            revision     integer          NOT NULL,
            revised_at   text COLLATE "C" NOT NULL,
            PRIMARY KEY (network, id, session)
        );

        CREATE INDEX ON sessions (network, site, starts_at);

        CREATE TABLE session_staff
        (
            network     text COLLATE "C" NOT NULL,
            facilitator text COLLATE "C" NOT NULL,
            id          text COLLATE "C" NOT NULL,
            session     text COLLATE "C" NOT NULL,
            starts_at   text COLLATE "C" NOT NULL,
            leads       boolean          NOT NULL,   -- false for one who led it once
            PRIMARY KEY (network, id, session, facilitator)
        );

        CREATE INDEX ON session_staff (network, facilitator, starts_at);

        CREATE TABLE sites
        (
            network          text COLLATE "C" NOT NULL,
            site             text COLLATE "C" NOT NULL,
            display_name     text             NOT NULL,
            region           text COLLATE "C" NOT NULL,
            jurisdiction     text             NOT NULL,
            time_zone        text             NOT NULL,
            latitude         double precision,
            longitude        double precision,
            languages        text[] COLLATE "C" NOT NULL DEFAULT '{}',
            accessibility    text[] COLLATE "C" NOT NULL DEFAULT '{}',
            hidden           boolean          NOT NULL DEFAULT false,
            -- Capacity is limited while a read's instant is before this one: whether it is changes with time alone, so nothing is copied to the cohorts.
            limited_until    text COLLATE "C",
            limited_since    text COLLATE "C",
            limited_last_day date,                      -- as the site said it; null when nobody knows yet
            limited_reason   text,
            -- A Nation governs what is known of it, and lets authorities see figures of it from one instant until another; null for never.
            nation           text COLLATE "C" NOT NULL DEFAULT '',
            authorised_from  text COLLATE "C",
            authorised_until text COLLATE "C",
            PRIMARY KEY (network, site)
        );

        CREATE INDEX ON sites (network, region, site);

        CREATE TABLE facilitators
        (
            network     text COLLATE "C" NOT NULL,
            facilitator text COLLATE "C" NOT NULL,
            home_site   text COLLATE "C" NOT NULL,
            roles       text[]           NOT NULL,
            PRIMARY KEY (network, facilitator)
        );

        CREATE INDEX ON facilitators (network, home_site, facilitator);

        -- One row for each site that has access to a person.
        CREATE TABLE participant_sites
        (
            network     text COLLATE "C" NOT NULL,
            site        text COLLATE "C" NOT NULL,
            participant text COLLATE "C" NOT NULL,
            home_site   text COLLATE "C" NOT NULL,
            provisional boolean          NOT NULL,
            eligible    boolean          NOT NULL,
            PRIMARY KEY (network, site, participant)
        );

        -- Each program with its newest version.
        CREATE TABLE programs
        (
            network        text COLLATE "C" NOT NULL,
            id             text COLLATE "C" NOT NULL,   -- the code in small letters, as in the stream's name
            program        text COLLATE "C" NOT NULL,
            version        integer          NOT NULL,
            display_name   text             NOT NULL,
            audience       text             NOT NULL,
            weeks          integer          NOT NULL,
            effective_from date             NOT NULL,
            PRIMARY KEY (network, id)
        )
        """;
}
