-- audit_moves: transfers that are over at this end, for their other ends to be compared.
--
-- Parameters
--   in_after        BIGINT   transfer_id after which to begin; 0: at the start
--   in_limit        BIGINT   transfers to look at, 1 … 5,000
-- Returns  one row: status INT, body JSON
--   200 {"examined": n, "next": transfer_id or null, "violations": [], "items": [{"id", "peer", "sku_id", "pool", "qty",
--   "want"}]}; want: what must stand at the other end: out (the units left there), in (they arrived), none (they did not)
-- Errors   none
-- Locks    none
-- Example  CALL audit_moves(0, 1000);
--
-- Whatever stands here was preceded by what must stand there: asked in this order, nothing under way looks wrong.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE audit_moves(in_after BIGINT, in_limit BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'transfers that are over'
BEGIN
    DECLARE v_items LONGTEXT;
    DECLARE v_to, v_n BIGINT;

    SELECT COALESCE(MAX(c.transfer_id), 0), COUNT(*),
           GROUP_CONCAT(IF(c.state = 'in_flight' OR c.state = 'refused' AND c.peer >= 0, NULL,
                           JSON_OBJECT('id', CAST(c.transfer_id AS CHAR), 'peer', c.peer,
                                       'sku_id', CAST(c.sku_id AS CHAR), 'pool', c.pool, 'qty', c.qty,
                                       'want', CASE c.state WHEN 'received' THEN 'out' WHEN 'settled' THEN 'in'
                                                            ELSE 'none' END)))
      INTO v_to, v_n, v_items
      FROM (SELECT transfer_id, state, peer, sku_id, pool, qty
              FROM stock_transfer
             WHERE transfer_id > in_after
             ORDER BY transfer_id
             LIMIT in_limit) c;
    SELECT 200 AS status,
           CONCAT('{"examined": ', v_n, ', "next": ', IF(v_n < in_limit, 'null', CONCAT('"', v_to, '"')),
                  ', "violations": [], "items": [', COALESCE(v_items, ''), ']}') AS body;
END
