-- stock_movements: why the units of a SKU changed here, the newest order or transfer first.
--
-- Parameters
--   in_sku_id       BIGINT        the SKU
--   in_pool         VARCHAR(16)   as in stock
--   in_reference    BIGINT        reference of the last movement of the page before; NULL: from the newest
--   in_reason       VARCHAR(16)   its reason
--   in_too          TINYINT       1: a movement here with the same reference and reason was not on that page
--   in_limit        BIGINT        movements at most, 1 … 101
-- Returns  one row: status INT, body JSON
--   200 {"items": [{"reference", "reason", "on_hand", "reserved", "at", "peer"}]}: changes, signed; peer: the other shard of
--   a transfer, -1 outside, null for an order's; in the order (reference, reason), both falling
-- Errors   none
-- Locks    none
-- Example  CALL stock_movements(42, 'main', NULL, NULL, 0, 20);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE stock_movements(
    in_sku_id BIGINT, in_pool VARCHAR(16), in_reference BIGINT, in_reason VARCHAR(16), in_too TINYINT, in_limit BIGINT
)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'why units of a SKU changed'
BEGIN
    DECLARE v_items LONGTEXT;
    DECLARE v_before BIGINT DEFAULT COALESCE(in_reference, 9223372036854775807);

    SELECT GROUP_CONCAT(JSON_OBJECT('reference', CAST(m.reference AS CHAR), 'reason', m.reason,
                                    'on_hand', m.on_hand_change, 'reserved', m.reserved_change,
                                    'at', rfc3339(m.created_at), 'peer', t.peer)
                        ORDER BY m.reference DESC, m.reason DESC)
      INTO v_items
      FROM (SELECT sku_id, pool, reference, reason, on_hand_change, reserved_change, created_at
              FROM stock_movement
             WHERE sku_id = in_sku_id AND pool = in_pool AND reference <= v_before
               AND (reference < v_before OR in_reference IS NULL OR reason < in_reason
                    OR in_too = 1 AND reason = in_reason)
             ORDER BY reference DESC, reason DESC
             LIMIT in_limit) m
      LEFT JOIN stock_transfer t ON t.transfer_id = m.reference;

    SELECT 200 AS status, CONCAT('{"items": [', COALESCE(v_items, ''), ']}') AS body;
END
