-- ledger_post: books one transfer, a debit and a credit of the same amount. Internal; the caller holds a transaction.
--
-- in_transfer_id        id of what moved the money; booked once, a second time is error 1062
-- in_kind               'capture'
-- in_debit_account      who has more now, e.g. 'channel:sandbox'
-- in_credit_account     whose claim it is, e.g. 'order:1234'
-- in_amount             minor units, > 0
-- in_currency           ISO 4217
-- in_order_id           the order it concerns
-- Locks    ledger_entry
-- Example  CALL ledger_post(5678, 'capture', 'channel:sandbox', 'order:1234', 4599, 'EUR', 1234);
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

    INSERT INTO ledger_entry (transfer_id, line, kind, account, debit, credit, currency, order_id, created_at)
    VALUES (in_transfer_id, 1, in_kind, in_debit_account, in_amount, 0, in_currency, in_order_id, v_now),
           (in_transfer_id, 2, in_kind, in_credit_account, 0, in_amount, in_currency, in_order_id, v_now);
END
