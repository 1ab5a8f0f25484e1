-- cart_batch_make: makes the table of a batch of changes of carts for this session. What it is for is said in cart_batch_open.
--
-- Parameters  none
-- Returns  nothing: called by cart_batch_open
-- Errors   none
-- Locks    none
-- Example  CALL cart_batch_make();
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE cart_batch_make()
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'table for a batch of changes of carts'
BEGIN
    DROP TEMPORARY TABLE IF EXISTS c_request;

    CREATE TEMPORARY TABLE c_request (
        n          INT NOT NULL COMMENT 'its place in the batch, in order of arrival',
        turn       INT NOT NULL COMMENT '1: the first of the batch for this cart, 2: the second, …',
        account_id BIGINT NOT NULL COMMENT 'whose cart',
        roles      BIGINT NOT NULL COMMENT 'mask of the caller''s roles; 1: guest',
        sku_id     BIGINT NULL COMMENT 'the line; NULL: every line',
        qty        BIGINT NULL COMMENT 'units that are in the cart then',
        ticked     TINYINT NULL COMMENT '1: an order from the cart takes the lines',
        if_match   BIGINT NULL COMMENT 'version the change is meant for; NULL: any',
        cached     TINYINT NOT NULL COMMENT '1: the copy in Redis is dropped; 0: the worker shall do so',
        price      BIGINT NULL COMMENT 'of this instant, minor units',
        currency   CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NULL,
        changed    TINYINT NOT NULL DEFAULT 0 COMMENT '1: the cart is another one afterwards',
        version    BIGINT NULL COMMENT 'of the cart, before and then after its turn',
        lines_n    INT NOT NULL DEFAULT 0 COMMENT 'afterwards',
        ticked_n   INT NOT NULL DEFAULT 0 COMMENT 'afterwards',
        error      INT NULL COMMENT 'number in base/error.h',
        detail     VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
        PRIMARY KEY (n) USING BTREE
    ) ENGINE = MEMORY;
END
