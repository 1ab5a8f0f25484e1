-- order_batch_read: takes the requests of a batch apart, each into one row of b_request.
--
-- Parameters
--   in_now          DATETIME(3)   when the orders are placed
-- Returns  nothing: called by order_place inside its transaction. @order_carts_n of them order from a cart, @order_ships_n
--          name how to ship. Refused in b_request: 30015 slot.moved, 30507 order.email_required
-- Errors   none
-- Locks    slot_owner (shared)
-- Example  CALL order_batch_read(UTC_TIMESTAMP(3));
--
-- The server looks for each member from the front of its request: what is short and always sent stands there, and longer
-- ones are read only by those who need them.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_batch_read(in_now DATETIME(3))
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'requests of a batch of orders'
BEGIN
    INSERT INTO b_request (n, order_id, account_id, idempotency_key, body_hash, country, region, cart_version, expected_total,
                           shipping_method, expires_at, error, detail)
    SELECT j.n, j.order_id, j.account_id, j.idempotency_key, UNHEX(j.body_hash), j.country, j.region, j.cart_version,
           j.expected_total, j.shipping_method, in_now + INTERVAL j.payment_window_s SECOND,
           CASE WHEN s.slot IS NULL THEN 30015 WHEN j.roles & 1 AND j.email IS NULL THEN 30507 END,
           IF(s.slot IS NULL, j.account_id & 255, '')
      FROM (SELECT * FROM JSON_TABLE(@order_requests, '$[*]' COLUMNS (
               n INT PATH '$.n', order_id BIGINT PATH '$.order_id', account_id BIGINT PATH '$.account_id',
               roles BIGINT PATH '$.roles', idempotency_key VARCHAR(255) PATH '$.idempotency_key',
               body_hash CHAR(64) PATH '$.body_hash', payment_window_s BIGINT PATH '$.payment_window_s',
               expected_total BIGINT PATH '$.expected_total', cart_version BIGINT PATH '$.cart_version',
               shipping_method BIGINT PATH '$.shipping_method', email VARCHAR(254) PATH '$.email',
               country CHAR(2) PATH '$.address.country', region VARCHAR(100) PATH '$.address.region')) t) j
      LEFT JOIN slot_owner s ON s.slot = (j.account_id & 255)
      LOCK IN SHARE MODE;
    SELECT COUNT(cart_version), COUNT(shipping_method) INTO @order_carts_n, @order_ships_n FROM b_request;
END
