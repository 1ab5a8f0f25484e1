-- provider_close: takes no money for a payment any more.
--
-- in_merchant, in_payment_id  the payment; one nobody has decided on leaves a tombstone
-- Returns  200 and the payment: closed, or captured or declined when that came first
-- Errors   none
-- Locks    payment
-- Example  CALL provider_close('souk', 5678);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE provider_close(
    IN in_merchant VARCHAR(32),
    IN in_payment_id BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'closes a payment'
BEGIN
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    INSERT INTO payment (merchant, payment_id, state, decided_at)
    VALUES (in_merchant, in_payment_id, 'closed', UTC_TIMESTAMP(3))
    ON DUPLICATE KEY UPDATE decided_at = IF(payment.state = 'authorised', VALUES(decided_at), payment.decided_at),
                            state = IF(payment.state = 'authorised', 'closed', payment.state);
    COMMIT;
    SELECT 200 AS status, provider_json(in_merchant, in_payment_id) AS body;
END
