-- audit_stock: are the numbers of stock those that the movements make?
--
-- Parameters
--   in_after        BIGINT   sku_id after which to begin; 0: at the start
--   in_limit        BIGINT   rows of stock to look at, 1 … 5,000
-- Returns  one row: status INT, body JSON
--   200 {"examined": n, "next": sku_id or null at the end, "violations": [{"rule", "key", …}]}, at most 100 of them
--   bounds: 0 ≤ reserved ≤ on_hand · on_hand, reserved, shipped: the sums of the movements
-- Errors   none
-- Locks    none; one statement looks at everything, so that what happens meanwhile cannot look wrong
-- Example  CALL audit_stock(0, 1000);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE audit_stock(in_after BIGINT, in_limit BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'stock is the sum of its movements'
BEGIN
    DECLARE v_items LONGTEXT;
    DECLARE v_to, v_n BIGINT;

    SELECT COALESCE(MAX(c.id), in_after), COUNT(*) INTO v_to, v_n
      FROM (SELECT sku_id AS id FROM stock WHERE sku_id > in_after ORDER BY sku_id LIMIT in_limit) c;
    IF v_n < in_limit THEN
        SET v_to = 9223372036854775807;
    END IF;

    SELECT GROUP_CONCAT(JSON_OBJECT('rule', IF(b.reserved < 0 OR b.reserved > b.on_hand, 'bounds',
                                               CASE WHEN b.on_hand <> b.on_hand_moved THEN 'on_hand'
                                                    WHEN b.reserved <> b.reserved_moved THEN 'reserved' ELSE 'shipped' END),
                                    'key', CONCAT(b.sku_id, ' ', b.pool), 'sku_id', CAST(b.sku_id AS CHAR), 'pool', b.pool,
                                    'on_hand', CAST(b.on_hand AS SIGNED), 'reserved', CAST(b.reserved AS SIGNED),
                                    'on_hand_moved', CAST(b.on_hand_moved AS SIGNED),
                                    'reserved_moved', CAST(b.reserved_moved AS SIGNED),
                                    'shipped', CAST(b.shipped AS SIGNED), 'shipped_moved', CAST(b.shipped_moved AS SIGNED)))
      INTO v_items
      FROM (SELECT u.sku_id, u.pool, SUM(u.on_hand) AS on_hand, SUM(u.reserved) AS reserved,
                   SUM(u.on_hand_moved) AS on_hand_moved, SUM(u.reserved_moved) AS reserved_moved,
                   SUM(u.shipped) AS shipped, SUM(u.shipped_moved) AS shipped_moved
              FROM (SELECT sku_id, pool, on_hand, reserved, 0 AS on_hand_moved, 0 AS reserved_moved, shipped,
                           0 AS shipped_moved
                      FROM stock
                     WHERE sku_id > in_after AND sku_id <= v_to
                     UNION ALL
                    SELECT sku_id, pool, 0, 0, SUM(on_hand_change), SUM(reserved_change), 0,
                           -SUM(IF(reason IN ('ship', 'restock'), on_hand_change, 0))
                      FROM stock_movement
                     WHERE sku_id > in_after AND sku_id <= v_to
                     GROUP BY sku_id, pool) u
             GROUP BY u.sku_id, u.pool
            HAVING on_hand <> on_hand_moved OR reserved <> reserved_moved OR shipped <> shipped_moved OR reserved < 0
                OR reserved > on_hand
             LIMIT 100) b;
    SELECT 200 AS status, audit_chunk_json(v_n, in_limit, v_to, v_items) AS body;
END
