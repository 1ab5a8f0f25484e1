-- order_get: an order of the caller's own, with what was tried to pay it.
--
-- Parameters
--   in_account_id   BIGINT   the caller
--   in_order_id     BIGINT   the order
-- Returns  one row: status INT, body JSON, etag
--   200 the order with "payments": [{"payment_id", "channel", "state", "amount"}, …], "refunds": [{"refund_id", "state",
--   "amount", "reason"}, …] and "payment": {"paid", "refunding", "refunded", "due"}, "shipments" and "returns"
-- Errors   30004 not_found
-- Locks    none
-- Example  CALL order_get(640, 171798691840);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_get(in_account_id BIGINT, in_order_id BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'an order of the caller'
BEGIN
    DECLARE v_version INT;

    SELECT version INTO v_version FROM orders WHERE order_id = in_order_id AND account_id = in_account_id;
    IF v_version IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found: there is no such order';
    END IF;
    SELECT 200 AS status, order_show_json(in_order_id) AS body, CONCAT('v', v_version) AS etag;
END
