-- reconcile_lines: compares lines of a provider's statement with this shard's books, notes what matches and what it cost.
--
-- Parameters
--   in_channel      VARCHAR(16)   payment channel
--   in_day          VARCHAR(10)   day of the statement
--   in_lines        LONGTEXT      JSON array of {"i": number of the line, "kind": capture or refund, "payment_id", "refund_id",
--                                 "ref", "amount", "fee", "currency", "at"}; ids as text
-- Returns  one row: status INT, body JSON
--   200 {"matched": n, "items": [{"i", "class", "order_id", "order_state", "books": what we have}]}: the lines that differ:
--   missing_callback (we do not know that it was captured), late_capture (the same, and the order is closed or paid already),
--   missing_refund_callback, missing_order (we have no such payment), missing_refund, wrong_amount (amount or currency),
--   other_transaction (it was captured under another number), fee (another one was booked)
-- Errors   1213, 1205: nothing is written
-- Locks    payment, refund, the new rows of ledger_entry
-- Example  CALL reconcile_lines('sandbox', '2026-11-28', '[{"i": 0, "kind": "capture", "payment_id": "5678", …}]');
--
-- Nothing is booked twice: what a line costs stands in lines 5 and 6 of its transfer.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE reconcile_lines(
    in_channel VARCHAR(16), in_day VARCHAR(10), in_lines LONGTEXT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'compares a statement with the books'
BEGIN
    DECLARE v_items LONGTEXT;
    DECLARE v_n, v_wrong BIGINT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    UPDATE JSON_TABLE(in_lines, '$[*]' COLUMNS (kind VARCHAR(8) PATH '$.kind', payment_id BIGINT PATH '$.payment_id',
                          ref VARCHAR(64) PATH '$.ref', amount BIGINT PATH '$.amount', currency VARCHAR(3) PATH '$.currency')) j
           STRAIGHT_JOIN payment p ON p.payment_id = j.payment_id
       SET p.statement_day = in_day
     WHERE j.kind = 'capture' AND p.channel = in_channel AND p.state = 'CAPTURED' AND p.captured = j.amount
       AND p.currency = j.currency AND p.provider_ref = j.ref;
    UPDATE JSON_TABLE(in_lines, '$[*]' COLUMNS (kind VARCHAR(8) PATH '$.kind', refund_id BIGINT PATH '$.refund_id',
                          amount BIGINT PATH '$.amount', currency VARCHAR(3) PATH '$.currency')) j
           STRAIGHT_JOIN refund r ON r.refund_id = j.refund_id
       SET r.statement_day = in_day
     WHERE j.kind = 'refund' AND r.channel = in_channel AND r.state = 'SUCCEEDED' AND r.amount = j.amount
       AND r.currency = j.currency;

    INSERT INTO ledger_entry (transfer_id, line, kind, account, debit, credit, currency, order_id, created_at)
    SELECT COALESCE(r.refund_id, p.payment_id), l.line, 'fee',
           CONCAT(IF(l.line = 5, 'fees:', 'channel:'), in_channel), IF(l.line = 5, j.fee, 0), IF(l.line = 6, j.fee, 0),
           j.currency, p.order_id, UTC_TIMESTAMP(3)
      FROM JSON_TABLE(in_lines, '$[*]' COLUMNS (kind VARCHAR(8) PATH '$.kind', payment_id BIGINT PATH '$.payment_id',
                          refund_id BIGINT PATH '$.refund_id', fee BIGINT PATH '$.fee', currency VARCHAR(3) PATH '$.currency',
                          ref VARCHAR(64) PATH '$.ref')) j
      LEFT JOIN refund r ON j.kind = 'refund' AND r.refund_id = j.refund_id
      JOIN payment p ON p.payment_id = COALESCE(r.payment_id, j.payment_id)
      JOIN (SELECT 5 AS line UNION ALL SELECT 6) l
     WHERE j.fee > 0 AND p.channel = in_channel
       AND IF(j.kind = 'refund', r.statement_day IS NOT NULL, p.statement_day IS NOT NULL AND p.provider_ref = j.ref)
       AND NOT EXISTS (SELECT 1 FROM ledger_entry e
                        WHERE e.transfer_id = COALESCE(r.refund_id, p.payment_id) AND e.line = l.line);
    COMMIT;

    SELECT COUNT(*), SUM(d.class IS NOT NULL),
           GROUP_CONCAT(IF(d.class IS NULL, NULL, JSON_OBJECT(
               'i', d.i, 'class', d.class, 'order_id', CAST(d.order_id AS CHAR), 'order_state', d.order_state,
               'books', JSON_OBJECT('state', d.state, 'amount', d.ours, 'currency', d.our_currency, 'provider_ref', d.our_ref,
                                    'fee', d.our_fee))) ORDER BY d.i)
      INTO v_n, v_wrong, v_items
      FROM (SELECT j.i, COALESCE(r.order_id, p.order_id) AS order_id, o.state AS order_state,
                   IF(j.kind = 'refund', r.state, p.state) AS state, IF(j.kind = 'refund', r.amount, COALESCE(p.captured, p.amount)) AS ours,
                   IF(j.kind = 'refund', r.currency, p.currency) AS our_currency,
                   IF(j.kind = 'refund', r.provider_ref, p.provider_ref) AS our_ref, e.debit AS our_fee,
                   CASE WHEN j.kind = 'refund' THEN
                            CASE WHEN r.refund_id IS NULL THEN 'missing_refund'
                                 WHEN r.amount <> j.amount OR r.currency <> j.currency THEN 'wrong_amount'
                                 WHEN r.state <> 'SUCCEEDED' THEN 'missing_refund_callback'
                                 WHEN COALESCE(e.debit, 0) <> j.fee THEN 'fee' END
                        WHEN p.payment_id IS NULL THEN 'missing_order'
                        WHEN p.state <> 'CAPTURED' AND (j.amount < p.amount OR j.currency <> p.currency) THEN 'wrong_amount'
                        WHEN p.state <> 'CAPTURED' AND o.state NOT IN ('PENDING_PAYMENT', 'CLOSING') THEN 'late_capture'
                        WHEN p.state <> 'CAPTURED' THEN 'missing_callback'
                        WHEN p.provider_ref <> j.ref THEN 'other_transaction'
                        WHEN p.captured <> j.amount OR p.currency <> j.currency THEN 'wrong_amount'
                        WHEN COALESCE(e.debit, 0) <> j.fee THEN 'fee' END AS class
              FROM JSON_TABLE(in_lines, '$[*]' COLUMNS (
                       i BIGINT PATH '$.i', kind VARCHAR(8) PATH '$.kind', payment_id BIGINT PATH '$.payment_id',
                       refund_id BIGINT PATH '$.refund_id', ref VARCHAR(64) PATH '$.ref', amount BIGINT PATH '$.amount',
                       fee BIGINT PATH '$.fee', currency VARCHAR(3) PATH '$.currency')) j
              LEFT JOIN refund r ON j.kind = 'refund' AND r.refund_id = j.refund_id AND r.channel = in_channel
              LEFT JOIN payment p ON j.kind = 'capture' AND p.payment_id = j.payment_id AND p.channel = in_channel
              LEFT JOIN orders o ON o.order_id = COALESCE(r.order_id, p.order_id)
              LEFT JOIN ledger_entry e ON e.transfer_id = COALESCE(r.refund_id, p.payment_id) AND e.line = 5) d;
    SELECT 200 AS status, CONCAT('{"matched": ', v_n - COALESCE(v_wrong, 0), ', "items": [', COALESCE(v_items, ''), ']}') AS body;
END
