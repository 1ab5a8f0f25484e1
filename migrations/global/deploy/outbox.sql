-- Deploy souk_global:outbox to mysql
-- requires: cluster

-- Events on their way out, written in the transaction of the change they tell of.
CREATE TABLE outbox (
    event_id     VARCHAR(64) NOT NULL COMMENT 'unique over all databases; no dots',
    topic        VARCHAR(32) NOT NULL COMMENT 'product.changed, sku.changed …',
    aggregate_id BIGINT NOT NULL COMMENT 'what it is about',
    payload      LONGTEXT NOT NULL COMMENT 'JSON',
    status       VARCHAR(16) NOT NULL COMMENT 'new, published, done',
    created_at   DATETIME(3) NOT NULL COMMENT 'UTC',
    waiting_for  VARCHAR(190) NOT NULL DEFAULT '' COMMENT 'published: consumers that have not said that they are done, by comma',
    published_at DATETIME(3) NULL COMMENT 'UTC, when it last went to the stream',
    -- the same event cannot be written twice
    PRIMARY KEY (event_id),
    -- the relay takes what is new, oldest first, SKIP LOCKED: never "id > last", lower ids commit later
    KEY outbox_status (status, created_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'events to publish';

-- Events that were acted upon: each consumer takes an event once.
CREATE TABLE inbox (
    consumer   VARCHAR(64) NOT NULL COMMENT 'who took it',
    event_id   VARCHAR(190) NOT NULL COMMENT 'unique at its sender',
    created_at DATETIME(3) NOT NULL COMMENT 'UTC',
    -- the second delivery of an event stops here
    PRIMARY KEY (consumer, event_id),
    -- old ones are forgotten in order of age
    KEY inbox_age (created_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'events taken';

-- The stream that this database's events went to. Another one: what is not done is published again.
CREATE TABLE relay_stream (
    one     TINYINT NOT NULL COMMENT 'always 1',
    epoch   VARCHAR(128) NOT NULL COMMENT 'names one life of the stream: the run_id of Redis and what the relay left beside it',
    since   DATETIME(3) NOT NULL COMMENT 'UTC',
    -- one row
    PRIMARY KEY (one),
    CONSTRAINT relay_stream_one CHECK (one = 1)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'which stream the events went to';
