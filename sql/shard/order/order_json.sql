-- order_json: an order as its buyer sees it, without its payments.
--
-- Parameters
--   in_order_id     BIGINT   the order
-- Returns  JSON object; NULL when there is no such order
-- Errors   none
-- Locks    none
-- Example  SELECT order_json(171798691840);
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION order_json(in_order_id BIGINT) RETURNS LONGTEXT CHARSET utf8mb4
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'an order as JSON'
BEGIN
    RETURN (SELECT JSON_OBJECT(
                       'order_id', CAST(order_id AS CHAR), 'account_id', CAST(account_id AS CHAR), 'state', state,
                       'items', JSON_EXTRACT(order_items_json(order_id), '$'),
                       'address', JSON_EXTRACT(address, '$'), 'note', note, 'email', email, 'title', title,
                       'items_n', items_n, 'items_total', items_total, 'discount_total', discount_total,
                       'shipping_total', shipping_total, 'tax_total', tax_total, 'tax_included', tax_included,
                       'shipping_method', CAST(shipping_method AS CHAR), 'total', total, 'currency', currency,
                       'created_at', rfc3339(created_at), 'expires_at', rfc3339(expires_at),
                       'closing_at', rfc3339(closing_at), 'closed_at', rfc3339(closed_at),
                       'paid_at', rfc3339(paid_at), 'held_at', rfc3339(held_at), 'shipped_at', rfc3339(shipped_at),
                       'delivered_at', rfc3339(delivered_at), 'completed_at', rfc3339(completed_at), 'version', version)
              FROM orders
             WHERE order_id = in_order_id);
END
