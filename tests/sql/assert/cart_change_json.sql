-- One request of cart_put, cart_remove or cart_select.
CREATE FUNCTION cart_change_json(in_n INT, in_account_id BIGINT, in_roles BIGINT, in_sku_id BIGINT, in_qty BIGINT,
                                 in_sku_ids LONGTEXT, in_ticked INT, in_if_match BIGINT, in_cached INT)
RETURNS LONGTEXT CHARACTER SET utf8mb4
NO SQL
DETERMINISTIC
RETURN JSON_OBJECT('n', in_n + 0, 'account_id', CAST(in_account_id AS CHAR), 'roles', in_roles + 0,
                   'sku_id', CAST(in_sku_id AS CHAR), 'qty', in_qty + 0, 'sku_ids', JSON_EXTRACT(in_sku_ids, '$'),
                   'ticked', in_ticked + 0, 'if_match', in_if_match + 0, 'cached', in_cached + 0)
