-- provider_refund_get: one refund, for its merchant.
--
-- in_merchant, in_refund_id  the refund
-- Returns  200 and the refund
-- Errors   30004 not_found: it was never asked for
-- Locks    none
-- Example  CALL provider_refund_get('souk', 9876);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE provider_refund_get(IN in_merchant VARCHAR(32), IN in_refund_id BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'one refund'
BEGIN
    DECLARE v_body LONGTEXT DEFAULT provider_refund_json(in_merchant, in_refund_id);

    IF v_body IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found';
    END IF;
    SELECT 200 AS status, v_body AS body;
END
