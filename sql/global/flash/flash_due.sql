-- flash_due: the flash sales that the worker has something to do about: those to be opened, those that are open, those that
-- were over within the last ten minutes.
--
-- Parameters  none
-- Returns  one row: status INT, body JSON
--   200 {"items": [{"sale_id", "sku_id", "pool", "units", "per_account", "waiting_room", "challenge_bits", "admit_per_s",
--   "attempts_per_min", "requests_per_s", "orders_per_s", "state", "epoch", "version", "queue_opens_ms", "starts_ms", "ends_ms": Unix,
--   "over_ms": ms since it ended, below 0: until it does}]}, 200 at most
-- Errors   none
-- Locks    none
-- Example  CALL flash_due();
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE flash_due()
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'flash sales for the worker'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_items LONGTEXT;

    SELECT GROUP_CONCAT(JSON_OBJECT(
               'sale_id', CAST(f.sale_id AS CHAR), 'sku_id', CAST(f.sku_id AS CHAR), 'pool', f.pool, 'units', f.units,
               'per_account', f.per_account, 'waiting_room', f.waiting_room, 'challenge_bits', f.challenge_bits,
               'admit_per_s', f.admit_per_s, 'attempts_per_min', f.attempts_per_min, 'requests_per_s', f.requests_per_s,
               'orders_per_s', f.orders_per_s, 'state', f.state, 'epoch', f.epoch, 'version', f.version,
               'queue_opens_ms', TIMESTAMPDIFF(MICROSECOND, '1970-01-01', f.queue_opens_at) DIV 1000,
               'starts_ms', TIMESTAMPDIFF(MICROSECOND, '1970-01-01', f.starts_at) DIV 1000,
               'ends_ms', TIMESTAMPDIFF(MICROSECOND, '1970-01-01', f.ends_at) DIV 1000,
               'over_ms', TIMESTAMPDIFF(MICROSECOND, f.ends_at, v_now) DIV 1000) ORDER BY f.starts_at)
      INTO v_items
      FROM (SELECT *
              FROM flash_sale
             WHERE state = 'open' OR state = 'scheduled' AND queue_opens_at <= v_now
                OR state IN ('closed', 'cancelled') AND updated_at > v_now - INTERVAL 10 MINUTE
             ORDER BY starts_at
             LIMIT 200) f;
    SELECT 200 AS status, CONCAT('{"items": [', COALESCE(v_items, ''), ']}') AS body;
END
