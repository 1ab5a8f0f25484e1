-- One request of order_place.
CREATE FUNCTION place_json(in_n INT, in_order_id BIGINT, in_account_id BIGINT, in_roles BIGINT, in_key VARCHAR(255),
                           in_hash VARBINARY(32), in_items LONGTEXT, in_address LONGTEXT, in_note VARCHAR(500),
                           in_email VARCHAR(254), in_expected_total BIGINT, in_payment_window_s BIGINT)
RETURNS LONGTEXT CHARACTER SET utf8mb4
NO SQL
DETERMINISTIC
RETURN JSON_OBJECT('n', in_n + 0, 'order_id', CAST(in_order_id AS CHAR), 'account_id', CAST(in_account_id AS CHAR),
                   'roles', in_roles + 0, 'idempotency_key', in_key, 'body_hash', LOWER(HEX(in_hash)),
                   'expected_total', in_expected_total + 0, 'note', in_note, 'email', in_email,
                   'payment_window_s', in_payment_window_s + 0,
                   'items', JSON_EXTRACT(in_items, '$'), 'address', JSON_EXTRACT(in_address, '$'))
