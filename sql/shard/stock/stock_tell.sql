-- stock_tell: tells the rest of the shop that a SKU may be had again, or that somebody counted it.
--
-- Parameters
--   in_sku_id       BIGINT        the SKU
--   in_pool         VARCHAR(16)   as in stock
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   none
-- Locks    the new row of outbox
-- Example  CALL stock_tell(42, 'main');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE stock_tell(in_sku_id BIGINT, in_pool VARCHAR(16))
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'event stock.changed'
BEGIN
    CALL event_publish('stock.changed', in_sku_id,
                       JSON_OBJECT('sku_id', CAST(in_sku_id AS CHAR), 'pool', in_pool));
END
