-- payment_taken: writes down what the provider of an attempt, asked, says that it took, although that does not pay the order.
--
-- Parameters
--   in_payment_id    BIGINT        the attempt
--   in_amount        BIGINT        minor units
--   in_currency      VARCHAR(3)    of them; another one than the attempt's is left to people
--   in_provider_ref  VARCHAR(64)   the provider's number of the transaction
-- Returns  one row: status INT, body JSON
--   200 {"noted": true or false: nothing was, for the attempt is CAPTURED or in another currency}
-- Errors   30015 slot.moved
-- Locks    slot_owner, payment
-- Example  CALL payment_taken(5678, 4500, 'EUR', 'sbx_1');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE payment_taken(
    in_payment_id BIGINT, in_amount BIGINT, in_currency VARCHAR(3), in_provider_ref VARCHAR(64)
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'what a provider took although it does not pay'
BEGIN
    DECLARE v_noted INT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL slot_check(in_payment_id);
    UPDATE payment
       SET taken = in_amount, taken_ref = in_provider_ref, due_at = IF(state IN ('FAILED', 'VOIDED'), NULL, due_at),
           version = version + 1
     WHERE payment_id = in_payment_id AND currency = in_currency COLLATE utf8mb4_bin AND state <> 'CAPTURED';
    SET v_noted = ROW_COUNT();
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('noted', JSON_EXTRACT(IF(v_noted = 1, 'true', 'false'), '$')) AS body;
END
