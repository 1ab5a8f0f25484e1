-- Deploy souk_shard:hold_rule to mysql
-- requires: shipping

-- Copies of what global knows; a row is replaced only by a newer version.
CREATE TABLE hold_rule (
    currency CHAR(3) COLLATE utf8mb4_bin NOT NULL COMMENT 'ISO 4217',
    above    BIGINT NULL COMMENT 'minor units; an order whose total is more is held when it is paid; NULL: none is',
    version  BIGINT NOT NULL COMMENT 'a lower one never replaces a higher one',
    PRIMARY KEY (currency)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci COMMENT 'broadcast totals above which orders are held';
