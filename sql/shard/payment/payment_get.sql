-- payment_get: one payment of the caller.
--
-- in_payment_id  the attempt
-- in_account_id  the caller; another account's payment does not exist for them
-- Returns        200 and the payment
-- Errors         30004 not_found
-- Locks          none
-- Example        CALL payment_get(5678, 42);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE payment_get(
    IN in_payment_id BIGINT,
    IN in_account_id BIGINT
)
READS SQL DATA
SQL SECURITY DEFINER
BEGIN
    DECLARE v_version BIGINT;

    SELECT version INTO v_version FROM payment WHERE payment_id = in_payment_id AND account_id = in_account_id;
    IF v_version IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found';
    END IF;
    SELECT 200 AS status, payment_json(payment_id) AS body, CONCAT('v', version) AS etag
      FROM payment
     WHERE payment_id = in_payment_id;
END
