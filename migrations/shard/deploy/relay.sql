-- Deploy souk_shard:relay to mysql
-- requires: events

ALTER TABLE outbox
    ADD COLUMN waiting_for  VARCHAR(190) NOT NULL DEFAULT '' COMMENT 'published: consumers that have not said that they are done, by comma',
    ADD COLUMN published_at DATETIME(3) NULL COMMENT 'UTC, when it last went to the stream';

-- old ones are forgotten in order of age
ALTER TABLE inbox ADD KEY inbox_age (created_at);

-- The stream that this database's events went to. Another one: what is not done is published again.
CREATE TABLE relay_stream (
    one     TINYINT NOT NULL COMMENT 'always 1',
    epoch   VARCHAR(128) NOT NULL COMMENT 'names one life of the stream: the run_id of Redis and what the relay left beside it',
    since   DATETIME(3) NOT NULL COMMENT 'UTC',
    -- one row
    PRIMARY KEY (one),
    CONSTRAINT relay_stream_one CHECK (one = 1)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'which stream the events went to';
