-- flash_put: writes a flash sale, new or changed, and notes it for every shard.
--
-- Parameters
--   in_sale_id      BIGINT     which
--   in_sale         LONGTEXT   JSON of all of it, as flash_json gives it
--   in_version      BIGINT     its new version; 1: it is new
-- Returns  nothing: called by flash_create and flash_change inside their transaction
-- Errors   30003 request.invalid: <field>: <what is wrong>
-- Locks    flash_sale, broadcast, outbox
-- Example  CALL flash_put(7, '{"title": "…", …}', 1);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE flash_put(in_sale_id BIGINT, in_sale LONGTEXT, in_version BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'writes a flash sale'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);

    CALL flash_check(in_sale);
    INSERT INTO flash_sale (sale_id, title, sku_id, pool, price, currency, units, per_account, queue_opens_at, starts_at, ends_at,
                            waiting_room, challenge_bits, admit_per_s, attempts_per_min, requests_per_s, orders_per_s, state,
                            epoch, version, created_at, updated_at)
    SELECT p.sale_id, p.title, p.sku_id, CONCAT('f', LOWER(CONV(p.sale_id, 10, 36))), p.price, s.currency, p.units, p.per_account,
           p.queue_opens_at, p.starts_at, p.ends_at, p.waiting_room, p.challenge_bits, p.admit_per_s, p.attempts_per_min,
           p.requests_per_s, p.orders_per_s, 'scheduled', 0, in_version, v_now, v_now
      FROM (SELECT in_sale_id AS sale_id, j.title, j.sku_id, j.price, j.units, j.per_account,
                   REPLACE(REPLACE(j.queue_opens_at, 'T', ' '), 'Z', '') AS queue_opens_at,
                   REPLACE(REPLACE(j.starts_at, 'T', ' '), 'Z', '') AS starts_at,
                   REPLACE(REPLACE(j.ends_at, 'T', ' '), 'Z', '') AS ends_at,
                   j.waiting_room IN ('true', '1') AS waiting_room, j.challenge_bits, j.admit_per_s, j.attempts_per_min,
                   j.requests_per_s, j.orders_per_s
              FROM JSON_TABLE(in_sale, '$' COLUMNS (
                   title VARCHAR(190) PATH '$.title', sku_id BIGINT PATH '$.sku_id', price BIGINT PATH '$.price',
                   units BIGINT PATH '$.units', per_account BIGINT PATH '$.per_account',
                   queue_opens_at VARCHAR(40) PATH '$.queue_opens_at', starts_at VARCHAR(40) PATH '$.starts_at',
                   ends_at VARCHAR(40) PATH '$.ends_at', waiting_room VARCHAR(5) PATH '$.waiting_room',
                   challenge_bits BIGINT PATH '$.challenge_bits', admit_per_s BIGINT PATH '$.admit_per_s',
                   attempts_per_min BIGINT PATH '$.attempts_per_min', requests_per_s BIGINT PATH '$.requests_per_s',
                   orders_per_s BIGINT PATH '$.orders_per_s')) j) p
      JOIN sku s ON s.sku_id = p.sku_id
        ON DUPLICATE KEY UPDATE
           title = p.title, price = p.price, units = p.units, per_account = p.per_account, queue_opens_at = p.queue_opens_at,
           starts_at = p.starts_at, ends_at = p.ends_at, waiting_room = p.waiting_room, challenge_bits = p.challenge_bits,
           admit_per_s = p.admit_per_s, attempts_per_min = p.attempts_per_min, requests_per_s = p.requests_per_s,
           orders_per_s = p.orders_per_s, version = in_version, updated_at = v_now;
    CALL flash_tell(in_sale_id);
END
