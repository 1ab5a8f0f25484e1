-- order_returns: the returns of an order of the caller's own, the first one first.
--
-- Parameters
--   in_account_id   BIGINT   the caller
--   in_order_id     BIGINT   the order
-- Returns  one row: status INT, body JSON
--   200 {"items": [returns as return_json], "next_cursor": null}; an order has few
-- Errors   30004 not_found
-- Locks    none
-- Example  CALL order_returns(640, 171798691840);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_returns(in_account_id BIGINT, in_order_id BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'returns of an order of the caller'
BEGIN
    IF NOT EXISTS (SELECT 1 FROM orders WHERE order_id = in_order_id AND account_id = in_account_id) THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found: there is no such order';
    END IF;
    SELECT 200 AS status, CONCAT('{"items": ', return_list_json(in_order_id), ', "next_cursor": null}') AS body;
END
