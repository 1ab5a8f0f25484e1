-- shipping_method_json: a shipping method as the staff sees it.
--
-- Parameters
--   in_shipping_method_id  BIGINT   which
-- Returns  JSON object; NULL when there is none
-- Errors   none
-- Locks    none
-- Example  SELECT shipping_method_json(7);
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION shipping_method_json(in_shipping_method_id BIGINT)
RETURNS LONGTEXT CHARACTER SET utf8mb4
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'a shipping method as JSON'
RETURN (SELECT JSON_OBJECT(
                   'shipping_method_id', CAST(shipping_method_id AS CHAR), 'name', name, 'currency', currency,
                   'price', price, 'price_per_kg', price_per_kg, 'free_above', free_above,
                   'countries', JSON_EXTRACT(countries, '$'), 'position', position, 'tax_class', tax_class, 'state', state,
                   'version', version)
          FROM shipping_method
         WHERE shipping_method_id = in_shipping_method_id)
