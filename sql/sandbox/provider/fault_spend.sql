-- fault_spend: what goes wrong with the answer to a request of the merchant that has been served, once each.
--
-- in_payment_id  the payment it was about
-- Returns  200 {"silence_ms": wait so long before answering, "lost": 1: do not answer}
-- Errors   none
-- Locks    fault
-- Example  CALL fault_spend(5678);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE fault_spend(IN in_payment_id BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'what goes wrong with an answer'
BEGIN
    DECLARE v_silence_ms, v_lost BIGINT DEFAULT 0;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    IF EXISTS (SELECT 1 FROM fault WHERE payment_id IN (in_payment_id, 0) AND name IN ('silence_ms', 'replies_lost')) THEN
        START TRANSACTION;
        SET v_silence_ms = fault_value(in_payment_id, 'silence_ms');
        DELETE FROM fault WHERE payment_id = in_payment_id AND name = 'silence_ms';
        UPDATE fault SET value = value - 1
         WHERE payment_id = in_payment_id AND name = 'replies_lost' AND value > 0;
        SET v_lost = ROW_COUNT() = 1 OR (SELECT COUNT(*) FROM fault WHERE payment_id = 0 AND name = 'replies_lost') > 0;
        COMMIT;
    END IF;
    SELECT 200 AS status, JSON_OBJECT('silence_ms', v_silence_ms + 0, 'lost', v_lost + 0) AS body;
END
