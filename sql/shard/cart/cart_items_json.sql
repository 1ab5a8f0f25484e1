-- cart_items_json: the lines of a cart as another shard needs them.
--
-- Parameters
--   in_account_id   BIGINT   whose cart
-- Returns  LONGTEXT: [{"sku_id", "qty", "ticked", "added_price", "added_currency", "added_at"}], oldest first
-- Errors   none
-- Locks    none
-- Example  SELECT cart_items_json(896);
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION cart_items_json(in_account_id BIGINT)
RETURNS LONGTEXT CHARACTER SET utf8mb4
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'lines of a cart as JSON'
RETURN (SELECT CONCAT('[', COALESCE(GROUP_CONCAT(
                   JSON_OBJECT('sku_id', CAST(sku_id AS CHAR), 'qty', qty, 'ticked', ticked, 'added_price', added_price,
                               'added_currency', added_currency, 'added_at', CAST(added_at AS CHAR))
                   ORDER BY added_at, sku_id), ''), ']')
          FROM cart_item
         WHERE account_id = in_account_id)
