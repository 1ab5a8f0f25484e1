-- payment_case_refunded: a person has given the money of a refund back that no provider could be asked for.
--
-- Parameters
--   in_case_id      BIGINT       a case refund_by_hand; the order's row is locked
--   in_action       VARCHAR(8)   refunded; anything else is refused, for nobody but this person can end the refund
-- Returns  nothing: called by payment_case_close
-- Errors   30604 payment.state: the case is none of this kind, or the person does not say that the money is back
-- Locks    refund, then as refund_end
-- Example  CALL payment_case_refunded(99, 'refunded');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE payment_case_refunded(in_case_id BIGINT, in_action VARCHAR(8))
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'money given back by hand'
BEGIN
    DECLARE v_refund_id BIGINT;

    SELECT r.refund_id INTO v_refund_id
      FROM payment_case c
      JOIN refund r ON r.refund_id = c.refund_id
     WHERE c.case_id = in_case_id AND c.kind = 'refund_by_hand' AND r.state IN ('REQUESTED', 'SUBMITTED')
       FOR UPDATE;
    IF v_refund_id IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30604, MESSAGE_TEXT = 'payment.state: no refund waits here for a person';
    ELSEIF NOT in_action <=> 'refunded' THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30604, MESSAGE_TEXT = 'payment.state: say refunded once the money is back';
    END IF;
    CALL refund_end(v_refund_id, 'SUCCEEDED', NULL, NULL, NULL);
END
