-- ledger_post: books one transfer, a debit and a credit of the same amount. Internal; the caller holds a transaction.
--
-- in_transfer_id        id of what moved the money: a payment_id or a refund_id
-- in_kind               'capture', 'refund' (promised), then 'refund_paid' or 'refund_failed', 'fee'
-- in_debit_account      who has more now, e.g. 'channel:sandbox'
-- in_credit_account     whose claim it is, e.g. 'order:1234'
-- in_amount             minor units, > 0
-- in_currency           ISO 4217
-- in_order_id           the order it concerns
-- Errors   1062, when that has been booked of it, or the other end of a refund
-- Locks    ledger_entry
-- Example  CALL ledger_post(5678, 'capture', 'channel:sandbox', 'order:1234', 4599, 'EUR', 1234);
--
-- What moves money is booked in up to three steps, each of them once: lines 1 and 2 when it begins, 3 and 4 when a refund
-- ends, 5 and 6 what the provider keeps for it.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE ledger_post(
    IN in_transfer_id BIGINT,
    IN in_kind VARCHAR(16),
    IN in_debit_account VARCHAR(64),
    IN in_credit_account VARCHAR(64),
    IN in_amount BIGINT,
    IN in_currency VARCHAR(3),
    IN in_order_id BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_line INT DEFAULT CASE in_kind WHEN 'fee' THEN 5 WHEN 'refund_paid' THEN 3 WHEN 'refund_failed' THEN 3 ELSE 1 END;

    INSERT INTO ledger_entry (transfer_id, line, kind, account, debit, credit, currency, order_id, created_at)
    VALUES (in_transfer_id, v_line, in_kind, in_debit_account, in_amount, 0, in_currency, in_order_id, v_now),
           (in_transfer_id, v_line + 1, in_kind, in_credit_account, 0, in_amount, in_currency, in_order_id, v_now);
END
