-- return_amount: what a buyer gets back for the units of a return.
--
-- Parameters
--   in_return_id    BIGINT   the return
-- Returns  BIGINT: minor units, by the units received, or asked for while none were
-- Errors   none
-- Locks    none
-- Example  SELECT return_amount(6001);
--
-- A line's price with its discount and added tax is allotted to its units so that all of them together come to exactly it:
-- the first n units are worth ⌊payable × n / qty⌋, and a return gets the difference to what earlier returns got.
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION return_amount(in_return_id BIGINT) RETURNS BIGINT
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'what is paid back for a return'
RETURN (SELECT COALESCE(SUM(l.payable * LEAST(l.before_n + l.now_n, l.qty) DIV l.qty - l.payable * LEAST(l.before_n, l.qty) DIV l.qty), 0)
          FROM (SELECT CAST(i.total - i.discount + i.tax AS DECIMAL(20, 0)) AS payable, i.qty, COALESCE(r.received, r.qty) AS now_n,
                       (SELECT COALESCE(SUM(x.received), 0)
                          FROM return_item x
                          JOIN order_return t ON t.return_id = x.return_id AND t.state = 'REFUNDED'
                         WHERE x.order_id = r.order_id AND x.line = r.line AND x.return_id <> r.return_id) AS before_n
                  FROM return_item r
                  JOIN order_item i ON i.order_id = r.order_id AND i.line = r.line
                 WHERE r.return_id = in_return_id) l)
