-- cart_drop_lines: what the open requests of a batch order from carts leaves the carts.
--
-- Parameters  none: reads b_request and b_line
-- Returns  nothing: called by order_place inside its transaction, when no request can be refused any more
-- Errors   none
-- Locks    cart (held already), cart_item, cart_stale (by account_id)
-- Example  CALL cart_drop_lines();
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE cart_drop_lines()
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'ordered lines leave their carts'
BEGIN
    DELETE i
      FROM b_request r
           STRAIGHT_JOIN b_line l ON l.n = r.n
           STRAIGHT_JOIN cart_item i ON i.account_id = r.account_id AND i.sku_id = l.sku_id
     WHERE r.cart_version IS NOT NULL AND r.error IS NULL AND r.status IS NULL;
    UPDATE b_request r
           STRAIGHT_JOIN cart c ON c.account_id = r.account_id
       SET c.version = cart_version_after(c.version), c.changed_at = UTC_TIMESTAMP(3)
     WHERE r.cart_version IS NOT NULL AND r.error IS NULL AND r.status IS NULL;
    INSERT INTO cart_stale (account_id, version)
    SELECT r.account_id, c.version
      FROM JSON_TABLE(@order_requests, '$[*]' COLUMNS (n INT PATH '$.n', cached TINYINT PATH '$.cached')) j
           STRAIGHT_JOIN b_request r ON r.n = j.n
           STRAIGHT_JOIN cart c ON c.account_id = r.account_id
     WHERE j.cached = 0 AND r.cart_version IS NOT NULL AND r.error IS NULL AND r.status IS NULL
     ORDER BY r.account_id
        ON DUPLICATE KEY UPDATE version = c.version;
END
