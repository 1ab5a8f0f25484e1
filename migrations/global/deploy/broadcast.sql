-- Deploy souk_global:broadcast to mysql
-- requires: cluster

-- What the shards have still to be told: written in the transaction of the change, removed when every shard has it.
CREATE TABLE broadcast (
    routine      VARCHAR(64) NOT NULL COMMENT 'of the shards, takes the rows and keeps the newer version: sku_apply …',
    aggregate_id BIGINT NOT NULL COMMENT 'what the rows belong to; a newer version of it replaces an older one here',
    version      BIGINT NOT NULL COMMENT 'of the rows',
    rows_json    LONGTEXT NOT NULL COMMENT 'JSON array of rows, each with its version',
    created_at   DATETIME(3) NOT NULL COMMENT 'UTC',
    -- one version of an aggregate waits
    PRIMARY KEY (routine, aggregate_id),
    -- the worker takes the oldest first
    KEY broadcast_age (created_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'changes on their way to the shards';

-- The stored answer of every mutation of global data that came with an Idempotency-Key, kept for at least 24 hours.
CREATE TABLE idempotency (
    account_id      BIGINT NOT NULL COMMENT 'whose request',
    route           VARCHAR(64) NOT NULL COMMENT 'the routine that was called',
    idempotency_key VARCHAR(255) NOT NULL COMMENT 'as the client sent it, without quotes',
    body_hash       VARBINARY(32) NOT NULL COMMENT 'SHA-256 of the raw body',
    status          SMALLINT NULL COMMENT 'HTTP status of the stored answer; NULL only inside the transaction under way',
    body            LONGTEXT NULL COMMENT 'the answer, byte for byte',
    etag            VARCHAR(64) NULL COMMENT 'its ETag, without quotes',
    created_at      DATETIME(3) NOT NULL COMMENT 'UTC',
    -- a duplicate waits here for the first request and then replays it
    PRIMARY KEY (account_id, route, idempotency_key),
    -- old records are purged in order of age
    KEY idempotency_age (created_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'answers by idempotency key';
