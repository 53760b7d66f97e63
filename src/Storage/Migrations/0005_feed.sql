-- The epoch of the feed: one row. Positions of one epoch say nothing in another.
CREATE TABLE rtt.feed_epoch
(
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    epoch    integer NOT NULL
);

INSERT INTO rtt.feed_epoch (epoch) VALUES (1);

-- How far each follower has read. It moves by compare-and-set, in the transaction of the rows that it guards.
CREATE TABLE rtt.feed_cursor
(
    name     text    NOT NULL PRIMARY KEY,
    epoch    integer NOT NULL,
    xid      xid8    NOT NULL,
    position bigint  NOT NULL
);

-- To be called once after the database has been restored from a backup, before any silo starts: tokens and cursors that
-- were given out before may name entries that the restored journal does not have, so none of them is valid any longer.
-- A logical restore into another cluster brings transaction ids that this cluster has yet to reach: those entries would
-- stay invisible to the feed, and new ones would sort before them. They are renumbered in their order.
CREATE FUNCTION rtt.raise_feed_epoch() RETURNS integer LANGUAGE plpgsql AS
$$
DECLARE
    raised integer;
BEGIN
    LOCK TABLE rtt.journal IN EXCLUSIVE MODE;
    IF EXISTS (SELECT 1 FROM rtt.journal WHERE xid >= pg_snapshot_xmin(pg_current_snapshot())) THEN
        DROP INDEX rtt.journal_feed;
        UPDATE rtt.journal j SET xid = '3', position = o.place
        FROM (SELECT stream, version, row_number() OVER (ORDER BY xid, position) AS place FROM rtt.journal) o
        WHERE j.stream = o.stream AND j.version = o.version;
        CREATE UNIQUE INDEX journal_feed ON rtt.journal (xid, position);
    END IF;
    PERFORM setval(pg_get_serial_sequence('rtt.journal', 'position'), (SELECT coalesce(max(position), 0) + 1 FROM rtt.journal), false);
    UPDATE rtt.feed_epoch SET epoch = epoch + 1 RETURNING epoch INTO raised;
    RETURN raised;
END
$$;
