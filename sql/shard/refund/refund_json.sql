-- refund_json: a refund as buyers and staff see it.
--
-- Parameters
--   in_refund_id    BIGINT   the refund
-- Returns  JSON text, or NULL when there is no such refund
-- Errors   none
-- Locks    none
-- Example  SELECT refund_json(9876);
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION refund_json(in_refund_id BIGINT)
RETURNS LONGTEXT CHARSET utf8mb4
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'a refund as JSON'
BEGIN
    RETURN (SELECT JSON_OBJECT('refund_id', CAST(refund_id AS CHAR), 'payment_id', CAST(payment_id AS CHAR),
                               'order_id', CAST(order_id AS CHAR), 'channel', channel, 'state', state, 'amount', amount,
                               'currency', currency, 'cause', cause, 'reason', reason, 'failure', failure,
                               'created_at', rfc3339(created_at), 'ended_at', rfc3339(ended_at), 'version', version)
              FROM refund
             WHERE refund_id = in_refund_id);
END
