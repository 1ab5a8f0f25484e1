-- provider_get: one payment, for its merchant and for the pay page.
--
-- in_merchant, in_payment_id  the payment
-- Returns  200 and the payment
-- Errors   30004 not_found: nobody has decided on it
-- Locks    none
-- Example  CALL provider_get('souk', 5678);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE provider_get(
    IN in_merchant VARCHAR(32),
    IN in_payment_id BIGINT
)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'one payment'
BEGIN
    DECLARE v_body LONGTEXT DEFAULT provider_json(in_merchant, in_payment_id);

    IF v_body IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found';
    END IF;
    SELECT 200 AS status, v_body AS body;
END
