-- Each projection has a schema of its own, named projection_<name>, that its projector creates and swaps by renaming.
-- The fold is the version of its code: a newer one rebuilds it.
CREATE TABLE rtt.projection
(
    name       text        NOT NULL PRIMARY KEY,
    fold       integer     NOT NULL,
    rebuilt_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
