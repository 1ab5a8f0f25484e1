-- payment_case_json: a case for a person, with what souk knows of the payment it is about.
--
-- Parameters
--   in_case_id      BIGINT   the case
-- Returns  JSON object, or NULL when there is no such case
-- Errors   none
-- Locks    none
-- Example  SELECT payment_case_json(99);
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION payment_case_json(in_case_id BIGINT)
RETURNS LONGTEXT CHARSET utf8mb4
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'a case as JSON'
BEGIN
    RETURN (SELECT JSON_OBJECT('case_id', CAST(c.case_id AS CHAR), 'kind', c.kind, 'reference', c.reference,
                               'channel', c.channel, 'order_id', CAST(c.order_id AS CHAR),
                               'payment_id', CAST(c.payment_id AS CHAR), 'refund_id', CAST(c.refund_id AS CHAR),
                               'order_state', o.state, 'payment_state', p.state, 'asked', p.amount, 'taken', p.taken, 'currency', p.currency,
                               'provider_ref', COALESCE(p.provider_ref, p.taken_ref), 'data', JSON_EXTRACT(c.data, '$'), 'state', c.state,
                               'note', c.note, 'closed_by', CAST(c.closed_by AS CHAR), 'created_at', rfc3339(c.created_at),
                               'closed_at', rfc3339(c.closed_at), 'version', c.version)
              FROM payment_case c
              LEFT JOIN payment p ON p.payment_id = c.payment_id
              LEFT JOIN orders o ON o.order_id = c.order_id
             WHERE c.case_id = in_case_id);
END
