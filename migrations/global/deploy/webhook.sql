-- Deploy souk_global:webhook to mysql
-- requires: outbox

-- Where merchants' own systems are told of what happens.
CREATE TABLE webhook (
    endpoint_id      BIGINT NOT NULL COMMENT 'the endpoint',
    url              VARCHAR(500) NOT NULL COMMENT 'https, as it is called',
    description      VARCHAR(200) NULL COMMENT 'the merchant''s own words',
    secret           VARCHAR(128) NOT NULL COMMENT 'whsec_ and base64: the key that signs',
    old_secret       VARCHAR(128) NULL COMMENT 'the one before; signs too until old_secret_until',
    old_secret_until DATETIME(3) NULL COMMENT 'UTC',
    state            VARCHAR(16) NOT NULL COMMENT 'enabled, disabled',
    disabled_reason  VARCHAR(255) NULL COMMENT 'why, when it was not its owner who did it',
    failing_since    DATETIME(3) NULL COMMENT 'UTC, the first failure after the last success',
    version          BIGINT NOT NULL COMMENT 'grows with every change by its owner',
    created_at       DATETIME(3) NOT NULL COMMENT 'UTC',
    PRIMARY KEY (endpoint_id),
    -- who is to be told
    KEY webhook_state (state)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'endpoints of webhooks';

-- What an endpoint is told of.
CREATE TABLE webhook_topic (
    endpoint_id BIGINT NOT NULL COMMENT 'the endpoint',
    pattern     VARCHAR(64) NOT NULL COMMENT 'order.paid, order.* or *',
    -- each once
    PRIMARY KEY (endpoint_id, pattern)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'events that endpoints asked for';

-- One event on its way to one endpoint.
CREATE TABLE webhook_delivery (
    delivery_id BIGINT NOT NULL AUTO_INCREMENT COMMENT 'the delivery',
    endpoint_id BIGINT NOT NULL COMMENT 'where to',
    event_id    VARCHAR(64) NOT NULL COMMENT 'the webhook-id: the same at every attempt',
    type        VARCHAR(64) NOT NULL COMMENT 'order.paid …',
    body        LONGTEXT NOT NULL COMMENT 'JSON, as it is sent, byte for byte',
    state       VARCHAR(16) NOT NULL COMMENT 'pending, delivered, failed',
    attempts    INT NOT NULL COMMENT 'made since it was stored or asked for again',
    due_at      DATETIME(3) NOT NULL COMMENT 'UTC, the next attempt; while one is under way: when it is given up',
    claim       VARCHAR(32) NULL COMMENT 'the sender whose attempt is under way',
    last_status INT NULL COMMENT 'HTTP status of the last attempt; 0: no answer',
    last_error  VARCHAR(200) NULL COMMENT 'why the last attempt failed',
    last_at     DATETIME(3) NULL COMMENT 'UTC, the end of the last attempt',
    created_at  DATETIME(3) NOT NULL COMMENT 'UTC',
    PRIMARY KEY (delivery_id),
    -- an event goes to an endpoint once, however often it is published
    UNIQUE KEY webhook_delivery_event (endpoint_id, event_id),
    -- what is due, endpoint by endpoint: a slow one does not keep the others
    KEY webhook_delivery_due (endpoint_id, state, due_at),
    -- the deliveries of an endpoint, newest first
    KEY webhook_delivery_list (endpoint_id, delivery_id),
    -- what a sender has claimed
    KEY webhook_delivery_claim (claim),
    -- old ones are forgotten in order of age
    KEY webhook_delivery_age (state, created_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'events on their way to endpoints';
