-- flash_json: a flash sale as the staff sees it.
--
-- Parameters
--   in_sale_id      BIGINT   which
-- Returns  JSON object; NULL when there is none
-- Errors   none
-- Locks    none
-- Example  SELECT flash_json(7);
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION flash_json(in_sale_id BIGINT)
RETURNS LONGTEXT CHARACTER SET utf8mb4
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'a flash sale as JSON'
RETURN (SELECT JSON_OBJECT(
                   'sale_id', CAST(sale_id AS CHAR), 'title', title, 'sku_id', CAST(sku_id AS CHAR), 'pool', pool, 'price', price,
                   'currency', currency, 'units', units, 'per_account', per_account,
                   'queue_opens_at', rfc3339(queue_opens_at), 'starts_at', rfc3339(starts_at), 'ends_at', rfc3339(ends_at),
                   'waiting_room', JSON_EXTRACT(IF(waiting_room, 'true', 'false'), '$'), 'challenge_bits', challenge_bits,
                   'admit_per_s', admit_per_s, 'attempts_per_min', attempts_per_min, 'requests_per_s', requests_per_s,
                   'orders_per_s', orders_per_s, 'state', state, 'epoch', epoch, 'created_at', rfc3339(created_at),
                   'version', version)
          FROM flash_sale
         WHERE sale_id = in_sale_id)
