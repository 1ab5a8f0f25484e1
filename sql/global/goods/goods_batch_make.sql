-- goods_batch_make: makes the table of a batch of receipts for this session. What it is for is said in goods_batch_open.
--
-- Parameters  none
-- Returns  nothing: called by goods_batch_open
-- Errors   none
-- Locks    none
-- Example  CALL goods_batch_make();
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE goods_batch_make()
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'table for a batch of receipts'
BEGIN
    DROP TEMPORARY TABLE IF EXISTS g_request;

    CREATE TEMPORARY TABLE g_request (
        n          INT NOT NULL COMMENT 'its place in the batch, in order of arrival',
        receipt_id BIGINT NOT NULL COMMENT 'new id',
        reference  VARCHAR(190) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'the merchant''s number of the delivery',
        sku_id     BIGINT NOT NULL,
        qty        BIGINT NOT NULL COMMENT 'units that came',
        stands_id  BIGINT NULL COMMENT 'the receipt of this reference: its own, or the first one',
        error      INT NULL COMMENT 'number in base/error.h',
        detail     VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
        PRIMARY KEY (n) USING BTREE
    ) ENGINE = MEMORY;
END
