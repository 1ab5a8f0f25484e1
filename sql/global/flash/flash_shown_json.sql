-- flash_shown_json: a flash sale as buyers see it, but for what the gate knows of it.
--
-- Parameters
--   in_sale_id      BIGINT   which
-- Returns  JSON object; NULL when there is none
-- Errors   none
-- Locks    none
-- Example  SELECT flash_shown_json(7);
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION flash_shown_json(in_sale_id BIGINT)
RETURNS LONGTEXT CHARACTER SET utf8mb4
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'a flash sale as buyers see it'
RETURN (SELECT JSON_OBJECT(
                   'sale_id', CAST(f.sale_id AS CHAR), 'title', f.title, 'product_id', CAST(s.product_id AS CHAR),
                   'sku_id', CAST(f.sku_id AS CHAR), 'product_title', p.title, 'sku_title', s.title,
                   'image_url', COALESCE(s.image_url, p.image_url), 'price', f.price, 'regular_price', s.price,
                   'currency', f.currency, 'units', f.units, 'per_account', f.per_account,
                   'queue_opens_at', rfc3339(f.queue_opens_at), 'starts_at', rfc3339(f.starts_at), 'ends_at', rfc3339(f.ends_at),
                   'waiting_room', JSON_EXTRACT(IF(f.waiting_room, 'true', 'false'), '$'),
                   'challenge', JSON_EXTRACT(IF(f.challenge_bits > 0, 'true', 'false'), '$'),
                   'state', CASE WHEN f.state NOT IN ('scheduled', 'open') THEN f.state
                                 WHEN f.ends_at <= UTC_TIMESTAMP(3) THEN 'closed'
                                 WHEN f.starts_at <= UTC_TIMESTAMP(3) THEN 'open'
                                 WHEN f.queue_opens_at <= UTC_TIMESTAMP(3) THEN 'queue' ELSE 'scheduled' END)
          FROM flash_sale f
          JOIN sku s ON s.sku_id = f.sku_id
          JOIN product p ON p.product_id = s.product_id
         WHERE f.sale_id = in_sale_id)
