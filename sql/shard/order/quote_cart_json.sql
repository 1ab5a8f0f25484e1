-- quote_cart_json: the ticked lines of a cart as the items of an order.
--
-- Parameters
--   in_account_id   BIGINT   whose cart
-- Returns  LONGTEXT: JSON [{"sku_id": "…", "qty": n}, …]
-- Errors   none
-- Locks    none
-- Example  SELECT quote_cart_json(640);
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION quote_cart_json(in_account_id BIGINT)
RETURNS LONGTEXT CHARACTER SET utf8mb4
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'ticked lines of a cart'
RETURN (SELECT CONCAT('[', COALESCE(GROUP_CONCAT(JSON_OBJECT('sku_id', CAST(sku_id AS CHAR), 'qty', qty)
                                                 ORDER BY added_at, sku_id), ''), ']')
          FROM cart_item
         WHERE account_id = in_account_id AND ticked = 1)
