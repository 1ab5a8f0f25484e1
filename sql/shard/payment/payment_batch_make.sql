-- payment_batch_make: makes the tables of a batch of captures for this session. What they hold is said in payment_batch_open.
--
-- Parameters  none
-- Returns  nothing: called by payment_batch_open
-- Errors   none
-- Locks    none
-- Example  CALL payment_batch_make();
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE payment_batch_make()
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'tables for a batch of captures'
BEGIN
    DROP TEMPORARY TABLE IF EXISTS b_event, b_paid_order, b_take;

    CREATE TEMPORARY TABLE b_event (
        n            INT NOT NULL COMMENT 'its place in the batch, in order of arrival',
        payment_id   BIGINT NOT NULL,
        order_id     BIGINT NULL COMMENT 'the payment''s',
        account_id   BIGINT NULL,
        channel      VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        asked        BIGINT NULL COMMENT 'minor units the attempt is for',
        amount       BIGINT NULL COMMENT 'minor units the provider took',
        currency     CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NULL,
        event_id     VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        provider_ref VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        refund_id    BIGINT NOT NULL COMMENT 'new id, should money go back',
        error        INT NULL COMMENT 'number in base/error.h',
        detail       VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
        PRIMARY KEY (n) USING BTREE
    ) ENGINE = MEMORY;
    CREATE TEMPORARY TABLE b_paid_order (
        order_id BIGINT NOT NULL,
        state    VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        PRIMARY KEY (order_id) USING BTREE
    ) ENGINE = MEMORY;
    CREATE TEMPORARY TABLE b_take (
        n            INT NOT NULL,
        payment_id   BIGINT NOT NULL,
        order_id     BIGINT NOT NULL,
        order_state  VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'before the batch',
        account_id   BIGINT NOT NULL,
        channel      VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        asked        BIGINT NOT NULL COMMENT 'minor units',
        amount       BIGINT NOT NULL COMMENT 'minor units',
        currency     CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        event_id     VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        provider_ref VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        refund_id    BIGINT NOT NULL,
        misused      TINYINT NOT NULL COMMENT '1: the event is known of another payment',
        news         TINYINT NOT NULL COMMENT '1: the event was not heard before',
        takes        TINYINT NOT NULL COMMENT '1: the payment becomes CAPTURED by it',
        pays         TINYINT NOT NULL COMMENT '1: the order becomes PAID by it',
        PRIMARY KEY (n) USING BTREE
    ) ENGINE = MEMORY;
END
