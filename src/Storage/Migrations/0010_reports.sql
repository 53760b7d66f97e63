-- Reports of regions as they were published. They are no projection: a report that was made anew, of figures that have changed since, could be compared
-- with the one that is out, and the difference be somebody.
CREATE TABLE rtt.region_report
(
    network text COLLATE "C" NOT NULL,
    region  text COLLATE "C" NOT NULL,
    period  text COLLATE "C" NOT NULL,   -- 2026-Q4
    report  text             NOT NULL,   -- JSON, kept to the letter
    made_at timestamptz      NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (network, region, period)
);
