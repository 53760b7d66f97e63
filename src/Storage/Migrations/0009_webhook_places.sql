-- Who is slow has places of their own, what waits and what was given up is bounded for each webhook and shown to its owner, and rows go in steps.
ALTER TABLE rtt.webhook RENAME COLUMN failing TO slow;            -- the last delivery did not succeed, or took long: the sender's own
ALTER TABLE rtt.webhook
    ADD COLUMN tried_at timestamptz,                              -- when the last attempt ended: whoever was tried longest ago is next
    ADD COLUMN waiting  integer NOT NULL DEFAULT 0,               -- deliveries that wait, kept in the transactions that change them
    ADD COLUMN given_up integer NOT NULL DEFAULT 0,               -- deliveries that were given up and are listed
    ADD COLUMN dropped  bigint  NOT NULL DEFAULT 0,               -- deliveries that were given up and not even listed: the list was full
    ADD COLUMN deleted  boolean NOT NULL DEFAULT false;           -- for all but the sender it is gone; the row goes after its deliveries

UPDATE rtt.webhook w SET waiting = d.waiting, given_up = d.given_up
FROM (SELECT network, webhook, count(*) FILTER (WHERE failed_at IS NULL) AS waiting, count(failed_at) AS given_up FROM rtt.webhook_delivery GROUP BY network, webhook) d
WHERE w.network = d.network AND w.webhook = d.webhook;

-- A site's list reads the few webhooks of the site, each in order of time.
DROP INDEX rtt.webhook_delivery_failed;
CREATE INDEX webhook_delivery_failed ON rtt.webhook_delivery (network, webhook, failed_at, delivery) WHERE failed_at IS NOT NULL;
CREATE INDEX webhook_delivery_old ON rtt.webhook_delivery (failed_at) WHERE failed_at IS NOT NULL;
