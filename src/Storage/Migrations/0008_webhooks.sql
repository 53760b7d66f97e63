-- Written from the journal by one follower, in one transaction with its cursor: webhooks as their stream has them, the offers that stand (a
-- booking is the acceptance of one, and says so nowhere), and what waits to be sent.
CREATE TABLE rtt.webhook
(
    network    text COLLATE "C" NOT NULL,
    webhook    text COLLATE "C" NOT NULL,
    site       text        NOT NULL,                   -- empty for every site
    url        text        NOT NULL,
    types      text[]      NOT NULL,                   -- empty for all
    secret_key text        NOT NULL,                   -- sealed, as in the journal
    secret     text        NOT NULL,
    old_key    text,                                   -- signs too until old_until
    old_secret text,
    old_until  timestamptz,
    created_at timestamptz NOT NULL,
    disabled   boolean     NOT NULL DEFAULT false,
    failing    boolean     NOT NULL DEFAULT false,     -- the last attempt did not succeed: the sender's own
    PRIMARY KEY (network, webhook)
);

CREATE TABLE rtt.webhook_offer
(
    cohort      text COLLATE "C" NOT NULL,
    participant text COLLATE "C" NOT NULL,
    expires_at  timestamptz NOT NULL,
    PRIMARY KEY (cohort, participant)
);

-- A row goes when the receiver has it, when its webhook ends, or some weeks after it was given up.
CREATE TABLE rtt.webhook_delivery
(
    network     text COLLATE "C" NOT NULL,
    webhook     text COLLATE "C" NOT NULL,
    delivery    text COLLATE "C" NOT NULL,             -- the webhook-id
    type        text        NOT NULL,
    body        text        NOT NULL,
    happened_at timestamptz NOT NULL,
    due_at      timestamptz NOT NULL,
    attempts    integer     NOT NULL DEFAULT 0,
    last_result text        NOT NULL DEFAULT '',
    failed_at   timestamptz,                           -- given up then
    PRIMARY KEY (network, webhook, delivery),
    FOREIGN KEY (network, webhook) REFERENCES rtt.webhook ON DELETE CASCADE
);

CREATE INDEX webhook_delivery_due ON rtt.webhook_delivery (network, webhook, due_at, delivery) WHERE failed_at IS NULL;
CREATE INDEX webhook_delivery_failed ON rtt.webhook_delivery (network, failed_at, webhook, delivery) WHERE failed_at IS NOT NULL;
