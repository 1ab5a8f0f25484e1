-- order_rest_amount: what goes back for the units of an order that are never shipped.
--
-- Parameters
--   in_order_id     BIGINT   the order; order_item.cancelled is set
-- Returns  BIGINT: minor units, at most what is left of the capture that paid the order
-- Errors   none
-- Locks    none
-- Example  SELECT order_rest_amount(171798691840);
--
-- Units that were shipped are worth ⌊payable × shipped / qty⌋, as return_amount counts them; the others are worth what is left.
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION order_rest_amount(in_order_id BIGINT) RETURNS BIGINT
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'what is paid back for units that are never shipped'
RETURN (SELECT LEAST(COALESCE(SUM(i.total - i.discount + i.tax
                                  - CAST(i.total - i.discount + i.tax AS DECIMAL(20, 0)) * (i.qty - i.cancelled) DIV i.qty), 0),
                     (SELECT COALESCE(SUM(p.captured), 0)
                             - (SELECT COALESCE(SUM(r.amount), 0)
                                  FROM payment q
                                  JOIN refund r ON r.payment_id = q.payment_id AND r.state <> 'FAILED'
                                 WHERE q.order_id = in_order_id AND q.state = 'CAPTURED' AND q.refund_due = 0)
                        FROM payment p
                       WHERE p.order_id = in_order_id AND p.state = 'CAPTURED' AND p.refund_due = 0))
          FROM order_item i
         WHERE i.order_id = in_order_id AND i.cancelled > 0)
