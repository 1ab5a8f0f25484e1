-- goods_get: a receipt of goods and where its units are.
--
-- Parameters
--   in_receipt_id   BIGINT   the receipt
-- Returns  one row: status INT, body JSON
--   201 the receipt, all units placed; 202 some are still on their way
-- Errors   30004 not_found
-- Locks    none
-- Example  CALL goods_get(1024);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE goods_get(in_receipt_id BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'a receipt of goods'
BEGIN
    DECLARE v_body LONGTEXT DEFAULT goods_json(in_receipt_id);

    IF v_body IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found: there is no such receipt';
    END IF;
    SELECT IF(JSON_EXTRACT(v_body, '$.in_flight') > 0, 202, 201) AS status, v_body AS body;
END
