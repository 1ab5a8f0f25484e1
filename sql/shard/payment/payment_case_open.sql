-- payment_case_open: puts something about money down for a person, once.
--
-- Parameters
--   in_case_id      BIGINT        new id in the slot of what it is about
--   in_kind         VARCHAR(24)   wrong_amount, unknown_payment, payment_stuck, refund_stuck, refund_failed, order_stuck …
--   in_reference    VARCHAR(128)  what it is about, e.g. 'sandbox:evt_1'
--   in_channel      VARCHAR(16)   payment channel
--   in_order_id, in_payment_id, in_refund_id   BIGINT   where they are known, else NULL
--   in_data         LONGTEXT      JSON object: what was said, what was expected
-- Returns  one row: status INT, body JSON
--   200 {"case_id": the one that stands, "state"}
-- Errors   30015 slot.moved
-- Locks    slot_owner, payment, payment_case
-- Example  CALL payment_case_open(99, 'wrong_amount', 'sandbox:evt_1', 'sandbox', 1234, 5678, NULL, '{"amount": 1}');
--
-- Of a wrong amount the provider itself is asked next, also when the attempt has ended: what it took is written by payment_taken.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE payment_case_open(
    in_case_id BIGINT, in_kind VARCHAR(24), in_reference VARCHAR(128), in_channel VARCHAR(16), in_order_id BIGINT,
    in_payment_id BIGINT, in_refund_id BIGINT, in_data LONGTEXT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'puts something down for a person'
BEGIN
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL slot_check(in_case_id);
    IF in_kind = 'wrong_amount' AND NOT EXISTS (SELECT 1 FROM payment_case WHERE kind = in_kind AND reference = in_reference) THEN
        UPDATE payment SET due_at = UTC_TIMESTAMP(3), tries = 0 WHERE payment_id = in_payment_id AND state <> 'CAPTURED';
    END IF;
    INSERT INTO payment_case (case_id, kind, reference, channel, order_id, payment_id, refund_id, data, state, created_at)
    VALUES (in_case_id, in_kind, in_reference, in_channel,
            COALESCE(in_order_id, (SELECT order_id FROM payment WHERE payment_id = in_payment_id),
                     (SELECT order_id FROM refund WHERE refund_id = in_refund_id)),
            in_payment_id, in_refund_id, in_data, 'open', UTC_TIMESTAMP(3))
        ON DUPLICATE KEY UPDATE kind = payment_case.kind;
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('case_id', CAST(case_id AS CHAR), 'state', state) AS body
      FROM payment_case
     WHERE kind = in_kind AND reference = in_reference;
END
