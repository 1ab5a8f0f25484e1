-- order_money_json: what the ledger says of an order: paid, on its way back, back, and still due.
--
-- Parameters
--   in_order_id     BIGINT   the order
-- Returns  JSON object {"paid", "refunding", "refunded", "due"}, minor units of the order's currency
-- Errors   none
-- Locks    none
-- Example  SELECT order_money_json(171798691840);
--
-- Derived, never stored. Captures that went back by themselves are in both paid and refunded.
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION order_money_json(in_order_id BIGINT)
RETURNS LONGTEXT CHARSET utf8mb4
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'the money of an order'
BEGIN
    RETURN (SELECT JSON_OBJECT('paid', CAST(m.paid AS SIGNED), 'refunding', CAST(m.promised - m.refunded AS SIGNED),
                               'refunded', CAST(m.refunded AS SIGNED),
                               'due', CAST(IF(o.state IN ('PENDING_PAYMENT', 'CLOSING'),
                                              GREATEST(o.total - m.paid + m.promised, 0), 0) AS SIGNED))
              FROM orders o
              JOIN (SELECT COALESCE(SUM(IF(l.kind = 'capture', l.debit, 0)), 0) AS paid,
                           COALESCE(SUM(CASE l.kind WHEN 'refund' THEN l.debit WHEN 'refund_failed' THEN -l.debit END), 0) AS promised,
                           COALESCE(SUM(IF(l.kind = 'refund_paid', l.debit, 0)), 0) AS refunded
                      FROM ledger_entry l
                     WHERE l.order_id = in_order_id
                       AND l.currency = (SELECT currency FROM orders WHERE order_id = in_order_id)) m
             WHERE o.order_id = in_order_id);
END
