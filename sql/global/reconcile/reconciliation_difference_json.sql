-- reconciliation_difference_json: where a statement and our books differ, as staff sees it.
--
-- Parameters
--   in_channel      VARCHAR(16)   payment channel
--   in_day          DATE          day of the provider
--   in_class        VARCHAR(24)   missing_order, wrong_amount, …
--   in_reference    VARCHAR(80)   as it was found
-- Returns  JSON object, or NULL when there is no such difference
-- Errors   none
-- Locks    none
-- Example  SELECT reconciliation_difference_json('sandbox', '2026-11-28', 'missing_order', 'capture sbx_1');
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION reconciliation_difference_json(
    in_channel VARCHAR(16), in_day DATE, in_class VARCHAR(24), in_reference VARCHAR(80)
)
RETURNS LONGTEXT CHARSET utf8mb4
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'a difference as JSON'
BEGIN
    RETURN (SELECT JSON_OBJECT('class', class, 'reference', reference, 'payment_id', CAST(payment_id AS CHAR),
                               'refund_id', CAST(refund_id AS CHAR), 'order_id', CAST(order_id AS CHAR), 'state', state,
                               'data', JSON_EXTRACT(data, '$'), 'note', note, 'closed_by', CAST(closed_by AS CHAR),
                               'found_at', rfc3339(found_at), 'closed_at', rfc3339(closed_at))
              FROM reconciliation_difference
             WHERE channel = in_channel AND day = in_day AND class = in_class AND reference = in_reference);
END
