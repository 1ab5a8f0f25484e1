-- Deploy souk_global:channel_trust to mysql
-- requires: cluster

-- Certificates with which payment providers sign, where they change by themselves.
CREATE TABLE channel_certificate (
    channel    VARCHAR(16) NOT NULL COMMENT 'payment channel',
    serial     VARCHAR(64) NOT NULL COMMENT 'as the provider names it in what it signs',
    pem        TEXT NOT NULL COMMENT 'the certificate',
    expires_at DATETIME(3) NOT NULL COMMENT 'UTC, its own end',
    kept_at    DATETIME(3) NOT NULL COMMENT 'UTC, when the provider listed it last',
    -- looked up by what a callback names
    PRIMARY KEY (channel, serial)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'certificates of payment providers';

-- When they were fetched, and whether somebody misses one.
CREATE TABLE channel_trust (
    channel   VARCHAR(16) NOT NULL COMMENT 'payment channel',
    asked_at  DATETIME(3) NULL COMMENT 'UTC, the last attempt to fetch',
    kept_at   DATETIME(3) NULL COMMENT 'UTC, the last success',
    wanted_at DATETIME(3) NULL COMMENT 'UTC, when a callback named one that nobody knew',
    PRIMARY KEY (channel)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'fetching of certificates';
