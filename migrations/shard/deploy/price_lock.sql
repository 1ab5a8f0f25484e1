-- Deploy souk_shard:price_lock to mysql
-- requires: payment_reference

-- One row to lock: shared by who prices orders, alone by who changes what they are priced by. A promotion, way to ship or tax that
-- is not there yet has no row of its own that could be locked.
CREATE TABLE price_lock (
    one TINYINT NOT NULL COMMENT 'always 1',
    -- one row
    PRIMARY KEY (one),
    CONSTRAINT price_lock_one CHECK (one = 1)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci COMMENT = 'lock of promotions, ways to ship and taxes';

INSERT INTO price_lock (one) VALUES (1);
