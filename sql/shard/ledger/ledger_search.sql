-- ledger_search: this shard's part of a page of the money that moved on a day of a channel: captures and refunds that ended,
-- the ones begun last first. For staff.
--
-- Parameters
--   in_channel      VARCHAR(16)    payment channel
--   in_day          VARCHAR(10)    day in UTC, 2026-11-28
--   in_cursor       VARCHAR(255)   transfer_id of the last one seen; NULL: from the newest
--   in_limit        BIGINT         1 … 100
-- Returns  one row: status INT, body JSON, next_cursor
--   200 {"items": [{"transfer_id": as in the ledger, a payment_id or refund_id, "kind": capture or refund, "order_id",
--   "amount", "fee": what the provider kept, null: not known yet, "currency", "state", "cause": of a refund, "refund_due",
--   "provider_ref", "at", "statement_day"}]}; next_cursor: not NULL when there is more
-- Errors   30003 request.invalid: day or cursor
-- Locks    none
-- Example  CALL ledger_search('sandbox', '2026-11-28', NULL, 20);
--
-- Reads payment_captured and refund_ended for the channel's day, nothing else.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE ledger_search(
    in_channel VARCHAR(16), in_day VARCHAR(10), in_cursor VARCHAR(255), in_limit BIGINT
)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'money that moved on a day'
BEGIN
    DECLARE v_from DATETIME(3) DEFAULT order_search_time(in_day, 'day');
    DECLARE v_before BIGINT DEFAULT cursor_before(in_cursor);
    DECLARE v_more BIGINT DEFAULT in_limit + 1;
    DECLARE v_items LONGTEXT;
    DECLARE v_n BIGINT;

    SELECT GROUP_CONCAT(IF(n.nth > in_limit, NULL, JSON_OBJECT(
               'transfer_id', CAST(n.id AS CHAR), 'kind', n.kind, 'order_id', CAST(COALESCE(r.order_id, p.order_id) AS CHAR),
               'amount', COALESCE(r.amount, p.captured), 'fee', f.debit, 'currency', COALESCE(r.currency, p.currency),
               'state', COALESCE(r.state, p.state), 'cause', r.cause,
               'refund_due', JSON_EXTRACT(IF(r.refund_id IS NULL AND p.refund_due = 1, 'true', 'false'), '$'),
               'provider_ref', COALESCE(r.provider_ref, p.provider_ref), 'at', rfc3339(COALESCE(r.ended_at, p.captured_at)),
               'statement_day', CAST(COALESCE(r.statement_day, p.statement_day) AS CHAR))) ORDER BY n.nth), COUNT(*)
      INTO v_items, v_n
      FROM (SELECT i.id, i.kind, ROW_NUMBER() OVER (ORDER BY i.id DESC) AS nth
              FROM ((SELECT payment_id AS id, 'capture' AS kind FROM payment FORCE INDEX (payment_captured)
                      WHERE channel = in_channel AND captured_at >= v_from AND captured_at < v_from + INTERVAL 1 DAY
                        AND payment_id < v_before
                      ORDER BY payment_id DESC LIMIT v_more)
                    UNION ALL
                    (SELECT refund_id, 'refund' FROM refund FORCE INDEX (refund_ended)
                      WHERE channel = in_channel AND ended_at >= v_from AND ended_at < v_from + INTERVAL 1 DAY
                        AND refund_id < v_before
                      ORDER BY refund_id DESC LIMIT v_more)) i) n
      LEFT JOIN payment p ON n.kind = 'capture' AND p.payment_id = n.id
      LEFT JOIN refund r ON n.kind = 'refund' AND r.refund_id = n.id
      LEFT JOIN ledger_entry f ON f.transfer_id = n.id AND f.line = 5
     WHERE n.nth <= v_more;

    SELECT 200 AS status, CONCAT('{"items": [', COALESCE(v_items, ''), ']}') AS body,
           IF(v_n > in_limit, 'more', NULL) AS next_cursor;
END
