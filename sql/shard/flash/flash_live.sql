-- flash_live: the orders of a sale that have their units, by id: what its gate is made anew from.
--
-- Parameters
--   in_sale_id      BIGINT   the sale
--   in_after        BIGINT   order_id after which to begin; 0: at the start
--   in_limit        BIGINT   orders at most, 1 … 1,000
-- Returns  one row: status INT, body JSON
--   200 {"items": [{"order_id", "account_id", "qty", "key", "body"}], "next": order_id or null at the end}; key and body:
--   hashes in hex
-- Errors   none
-- Locks    none
-- Example  CALL flash_live(171798691840, 0, 500);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE flash_live(in_sale_id BIGINT, in_after BIGINT, in_limit BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'orders that have units of a sale'
BEGIN
    DECLARE v_items LONGTEXT;
    DECLARE v_n, v_last BIGINT;

    SELECT GROUP_CONCAT(JSON_OBJECT('order_id', CAST(o.order_id AS CHAR), 'account_id', CAST(o.account_id AS CHAR),
                                    'qty', o.qty, 'key', LOWER(HEX(o.key_hash)), 'body', LOWER(HEX(o.body_hash)))),
           COUNT(*), MAX(o.order_id)
      INTO v_items, v_n, v_last
      FROM (SELECT order_id, account_id, qty, key_hash, body_hash
              FROM flash_order
             WHERE sale_id = in_sale_id AND ended_at IS NULL AND order_id > in_after
             ORDER BY order_id
             LIMIT in_limit) o;

    SELECT 200 AS status,
           CONCAT('{"items": [', COALESCE(v_items, ''), '], "next": ',
                  IF(v_n < in_limit, 'null', CONCAT('"', v_last, '"')), '}') AS body;
END
