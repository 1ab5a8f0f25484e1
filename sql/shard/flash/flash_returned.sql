-- flash_returned: the orders of a sale that gave their units back, in the order in which they did, page by page.
--
-- Parameters
--   in_sale_id      BIGINT   the sale
--   in_seconds      BIGINT   how far to look back for the first page
--   in_ended_ms     BIGINT   ended_ms and order_id of the page before: this one begins behind them
--   in_order_id     BIGINT   0: the first page
--   in_limit        BIGINT   orders at most, 1 … 1,000
-- Returns  one row: status INT, body JSON
--   200 {"items": ["order_id", …], "ended_ms": when the last of them did, Unix ms, "order_id": its id}; both null at the end
-- Errors   none
-- Locks    none
-- Example  CALL flash_returned(171798691840, 60, 0, 0, 500);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE flash_returned(
    in_sale_id BIGINT, in_seconds BIGINT, in_ended_ms BIGINT, in_order_id BIGINT, in_limit BIGINT
)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'orders that gave units of a sale back'
BEGIN
    DECLARE v_since DATETIME(3) DEFAULT IF(in_order_id = 0, UTC_TIMESTAMP(3) - INTERVAL in_seconds SECOND,
                                           '1970-01-01' + INTERVAL in_ended_ms * 1000 MICROSECOND);
    DECLARE v_items LONGTEXT;
    DECLARE v_n BIGINT;
    DECLARE v_last DATETIME(3);

    SELECT GROUP_CONCAT(CONCAT('"', o.order_id, '"') ORDER BY o.ended_at, o.order_id), COUNT(*), MAX(o.ended_at)
      INTO v_items, v_n, v_last
      FROM (SELECT order_id, ended_at
              FROM flash_order
             WHERE sale_id = in_sale_id AND ended_at >= v_since AND (ended_at > v_since OR order_id > in_order_id)
             ORDER BY ended_at, order_id
             LIMIT in_limit) o;

    SELECT 200 AS status,
           CONCAT('{"items": [', COALESCE(v_items, ''), '], "ended_ms": ',
                  IF(v_n < in_limit, 'null', TIMESTAMPDIFF(MICROSECOND, '1970-01-01', v_last) DIV 1000), ', "order_id": ',
                  IF(v_n < in_limit, 'null', SUBSTRING_INDEX(v_items, ',', -1)), '}') AS body;
END
