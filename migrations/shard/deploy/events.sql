-- Deploy souk_shard:events to mysql
-- requires: cluster

-- The stored answer of every mutation that came with an Idempotency-Key, kept for at least 24 hours.
CREATE TABLE idempotency (
    account_id      BIGINT NOT NULL COMMENT 'whose request',
    route           VARCHAR(64) NOT NULL COMMENT 'the routine that was called',
    idempotency_key VARCHAR(255) NOT NULL COMMENT 'as the client sent it, without quotes',
    body_hash       VARBINARY(32) NOT NULL COMMENT 'SHA-256 of the raw body',
    status          SMALLINT NULL COMMENT 'HTTP status of the stored answer; NULL only inside the transaction under way',
    body            LONGTEXT NULL COMMENT 'the answer, byte for byte',
    etag            VARCHAR(64) NULL COMMENT 'its ETag, without quotes',
    created_at      DATETIME(3) NOT NULL COMMENT 'UTC',
    slot            TINYINT UNSIGNED GENERATED ALWAYS AS (account_id & 255) STORED COMMENT 'the account''s slot',
    -- a duplicate waits here for the first request and then replays it
    PRIMARY KEY (account_id, route, idempotency_key),
    -- old records are purged in order of age
    KEY idempotency_age (created_at),
    -- a slot moves to another shard as a whole
    KEY idempotency_slot (slot)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'answers by idempotency key';

-- Events on their way out, written in the transaction of the change they tell of.
CREATE TABLE outbox (
    event_id     VARCHAR(64) NOT NULL COMMENT 'unique over all shards: <topic>-<aggregate id>-<sequence>',
    topic        VARCHAR(32) NOT NULL COMMENT 'order, account …',
    aggregate_id BIGINT NOT NULL COMMENT 'what it is about; its low byte is the slot',
    payload      LONGTEXT NOT NULL COMMENT 'JSON',
    status       VARCHAR(16) NOT NULL COMMENT 'new, published, done',
    created_at   DATETIME(3) NOT NULL COMMENT 'UTC',
    slot         TINYINT UNSIGNED GENERATED ALWAYS AS (aggregate_id & 255) STORED COMMENT 'the account''s slot',
    -- the same event cannot be written twice
    PRIMARY KEY (event_id),
    -- the relay takes what is new, oldest first, SKIP LOCKED: never "id > last", lower ids commit later
    KEY outbox_status (status, created_at),
    -- a slot moves to another shard as a whole
    KEY outbox_slot (slot)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'events to publish';

-- Events that were acted upon: each consumer takes an event once.
CREATE TABLE inbox (
    consumer   VARCHAR(64) NOT NULL COMMENT 'who took it',
    event_id   VARCHAR(190) NOT NULL COMMENT 'unique at its sender',
    created_at DATETIME(3) NOT NULL COMMENT 'UTC',
    -- the second delivery of an event stops here
    PRIMARY KEY (consumer, event_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'events taken';
