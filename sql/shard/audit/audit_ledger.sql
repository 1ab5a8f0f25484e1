-- audit_ledger: do the debits of every transfer of money equal its credits?
--
-- Parameters
--   in_after        BIGINT   transfer_id after which to begin; 0: at the start
--   in_limit        BIGINT   transfers of money to look at, 1 … 5,000
-- Returns  one row: status INT, body JSON
--   200 {"examined": n, "next": transfer_id or null at the end, "violations": [{"rule", "key", …}]}, at most 100 of them
--   balance: they do not, in some currency · payment: booked for a payment or refund that is not there
-- Errors   none
-- Locks    none; one statement looks at everything, so that what happens meanwhile cannot look wrong
-- Example  CALL audit_ledger(0, 1000);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE audit_ledger(in_after BIGINT, in_limit BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'debits and credits'
BEGIN
    DECLARE v_items LONGTEXT;
    DECLARE v_to, v_n BIGINT;

    SELECT COALESCE(MAX(c.id), in_after), COUNT(*) INTO v_to, v_n
      FROM (SELECT DISTINCT transfer_id AS id FROM ledger_entry WHERE transfer_id > in_after ORDER BY transfer_id LIMIT in_limit) c;
    IF v_n < in_limit THEN
        SET v_to = 9223372036854775807;
    END IF;

    SELECT GROUP_CONCAT(JSON_OBJECT('rule', IF(b.debit <> b.credit, 'balance', 'payment'), 'key', CONCAT(b.transfer_id, ' ', b.currency),
                                    'transfer_id', CAST(b.transfer_id AS CHAR), 'currency', b.currency,
                                    'debit', CAST(b.debit AS SIGNED), 'credit', CAST(b.credit AS SIGNED)))
      INTO v_items
      FROM (SELECT l.transfer_id, l.currency, SUM(l.debit) AS debit, SUM(l.credit) AS credit,
                   MAX(l.kind = 'capture' AND p.payment_id IS NULL OR l.kind IN ('refund', 'refund_paid', 'refund_failed') AND r.refund_id IS NULL) AS orphan
              FROM ledger_entry l
              LEFT JOIN payment p ON p.payment_id = l.transfer_id
              LEFT JOIN refund r ON r.refund_id = l.transfer_id
             WHERE l.transfer_id > in_after AND l.transfer_id <= v_to
             GROUP BY l.transfer_id, l.currency
            HAVING debit <> credit OR orphan = 1
             LIMIT 100) b;
    SELECT 200 AS status, audit_chunk_json(v_n, in_limit, v_to, v_items) AS body;
END
