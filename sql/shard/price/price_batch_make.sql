-- price_batch_make: makes the tables that pricing a batch of orders needs. What they hold is said in order_batch_open.
--
-- Parameters  none
-- Returns  nothing: called by order_batch_open
-- Errors   none
-- Locks    none
-- Example  CALL price_batch_make();
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE price_batch_make()
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'tables for pricing a batch'
BEGIN
    DROP TEMPORARY TABLE IF EXISTS b_coupon, b_key, b_hit, b_rule, b_allot, b_ship;

    CREATE TEMPORARY TABLE b_coupon (
        n            INT NOT NULL,
        nth          INT NOT NULL COMMENT 'as sent',
        code         VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
        promotion_id BIGINT NULL,
        PRIMARY KEY (n, code) USING BTREE
    ) ENGINE = MEMORY;
    CREATE TEMPORARY TABLE b_key (
        n         INT NOT NULL,
        line      INT NOT NULL,
        kind      TINYINT NOT NULL COMMENT 'as in promotion_target',
        target_id BIGINT NOT NULL,
        PRIMARY KEY (n, line, kind, target_id) USING BTREE
    ) ENGINE = MEMORY;
    CREATE TEMPORARY TABLE b_hit (
        n            INT NOT NULL,
        line         INT NOT NULL,
        promotion_id BIGINT NOT NULL,
        PRIMARY KEY (n, line, promotion_id) USING BTREE
    ) ENGINE = MEMORY;
    CREATE TEMPORARY TABLE b_rule (
        n             INT NOT NULL,
        promotion_id  BIGINT NOT NULL,
        nth           INT NOT NULL COMMENT 'its turn among those of the request',
        ships         TINYINT NOT NULL COMMENT '1: takes off the price of shipping',
        reason        VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL COMMENT 'why it does not apply; NULL: it does',
        threshold     BIGINT NULL COMMENT 'what is missing, for the reasons min_spend and min_qty',
        base          DECIMAL(38, 0) NOT NULL COMMENT 'total of the lines it is for',
        wanted        DECIMAL(38, 0) NOT NULL COMMENT 'minor units it would take off',
        amount        BIGINT NOT NULL DEFAULT 0 COMMENT 'minor units it takes off',
        total_limit   BIGINT NULL,
        account_limit BIGINT NULL,
        PRIMARY KEY (n, promotion_id) USING BTREE
    ) ENGINE = MEMORY;
    CREATE TEMPORARY TABLE b_allot (
        n            INT NOT NULL,
        line         INT NOT NULL,
        promotion_id BIGINT NOT NULL,
        amount       BIGINT NOT NULL COMMENT 'minor units',
        PRIMARY KEY (n, line, promotion_id) USING BTREE
    ) ENGINE = MEMORY;
    CREATE TEMPORARY TABLE b_ship (
        n                  INT NOT NULL,
        nth                INT NOT NULL COMMENT '1: the usual one',
        shipping_method_id BIGINT NOT NULL,
        price              BIGINT NOT NULL COMMENT 'minor units',
        PRIMARY KEY (n, shipping_method_id) USING BTREE
    ) ENGINE = MEMORY;
END
