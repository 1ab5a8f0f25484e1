-- refund_list: the money that goes back, or went back, for an order of the caller's.
--
-- Parameters
--   in_account_id   BIGINT   the caller
--   in_order_id     BIGINT   the order
-- Returns  one row: status INT, body JSON
--   200 {"items": [refund, …], "next_cursor": null}, oldest first
-- Errors   30004 not_found
-- Locks    none
-- Example  CALL refund_list(640, 1234);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE refund_list(in_account_id BIGINT, in_order_id BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'refunds of an order'
BEGIN
    IF NOT EXISTS (SELECT 1 FROM orders WHERE order_id = in_order_id AND account_id = in_account_id) THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found: there is no such order';
    END IF;
    SELECT 200 AS status,
           CONCAT('{"items": [', COALESCE(GROUP_CONCAT(refund_json(refund_id) ORDER BY refund_id), ''), '], "next_cursor": null}') AS body
      FROM refund
     WHERE order_id = in_order_id;
END
