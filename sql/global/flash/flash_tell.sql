-- flash_tell: notes a flash sale for every shard, and for whoever listens.
--
-- Parameters
--   in_sale_id      BIGINT   which; its version has just risen
-- Returns  nothing: called by other routines inside their transaction
-- Errors   none
-- Locks    the row of broadcast, the new row of outbox
-- Example  CALL flash_tell(7);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE flash_tell(in_sale_id BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'a flash sale for every shard'
BEGIN
    DECLARE v_row LONGTEXT;
    DECLARE v_version BIGINT;

    SELECT version, JSON_OBJECT('sale_id', sale_id, 'sku_id', sku_id, 'pool', pool, 'price', price, 'units', units,
                                'per_account', per_account, 'state', state, 'epoch', epoch, 'version', version)
      INTO v_version, v_row
      FROM flash_sale
     WHERE sale_id = in_sale_id;
    CALL broadcast_add('flash_apply', in_sale_id, v_version, CONCAT('[', v_row, ']'));
    CALL event_publish('flash.changed', in_sale_id,
                       JSON_OBJECT('sale_id', CAST(in_sale_id AS CHAR), 'version', v_version + 0));
END
