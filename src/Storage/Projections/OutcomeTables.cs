namespace RttNetwork.Storage.Projections;

/// <summary>The tables of safety events, and of measures with whose they are. Opaque ids, codes and scores only; part of the same projection as the rest.</summary>
internal static class OutcomeTables
{
    public const string Sql = """
        ;
        CREATE TABLE safety_events
        (
            network     text COLLATE "C" NOT NULL,
            id          text COLLATE "C" NOT NULL,   -- site.event
            site        text COLLATE "C" NOT NULL,
            event       text COLLATE "C" NOT NULL,
            participant text             NOT NULL,
            kind        text             NOT NULL,
            severity    text             NOT NULL,
            serious     boolean          NOT NULL,
            cohort      text             NOT NULL,   -- site.cohort, or empty
            session     integer          NOT NULL,
            occurred_at text             NOT NULL,
            recorded_at text COLLATE "C" NOT NULL,
            due_on      date             NOT NULL,   -- of the first report that was not made; the last day of all when none is due
            unaware     text             NOT NULL,   -- who has not acknowledged it, with commas
            closed      boolean          NOT NULL,
            reporting   text             NOT NULL,   -- how the reports stand that regulators ask for
            PRIMARY KEY (network, id)
        );

        CREATE INDEX ON safety_events (network, due_on, recorded_at, id) WHERE NOT closed;
        CREATE INDEX ON safety_events (network, site, due_on, recorded_at, id);
        CREATE INDEX ON safety_events (network, recorded_at);

        -- One row for each pathway on which a person had a seat.
        CREATE TABLE pathway_seats
        (
            network     text COLLATE "C" NOT NULL,
            participant text COLLATE "C" NOT NULL,
            pathway     integer          NOT NULL,   -- which of the person's, from 1
            cohort      text COLLATE "C" NOT NULL,   -- site.cohort; empty once the seat was given back
            enrolled_at text             NOT NULL,
            PRIMARY KEY (network, participant, pathway)
        );

        CREATE INDEX ON pathway_seats (network, cohort);

        -- What the person says now counts for everything that is known of them.
        CREATE TABLE research_consents
        (
            network     text COLLATE "C" NOT NULL,
            participant text COLLATE "C" NOT NULL,
            given       boolean          NOT NULL,
            PRIMARY KEY (network, participant)
        );

        CREATE TABLE erased_people
        (
            network     text COLLATE "C" NOT NULL,
            participant text COLLATE "C" NOT NULL,
            PRIMARY KEY (network, participant)
        );

        -- Scores that count: what was corrected is not here.
        CREATE TABLE measure_results
        (
            network     text COLLATE "C" NOT NULL,
            participant text COLLATE "C" NOT NULL,
            pathway     integer          NOT NULL,
            record      integer          NOT NULL,
            site        text COLLATE "C" NOT NULL,
            program     text COLLATE "C" NOT NULL,
            time_zone   text             NOT NULL,
            measure     text             NOT NULL,
            point       text             NOT NULL,
            score       integer          NOT NULL,
            taken_on    date             NOT NULL,
            PRIMARY KEY (network, participant, pathway, record)
        );

        CREATE INDEX ON measure_results (network, program)
        """;
}
