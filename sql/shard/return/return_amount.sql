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
RETURN (SELECT COALESCE(SUM(CAST(i.total - i.discount + i.tax AS DECIMAL(20, 0))
                            * LEAST(COALESCE(d.units, 0) + COALESCE(r.received, r.qty), i.qty) DIV i.qty
                            - CAST(i.total - i.discount + i.tax AS DECIMAL(20, 0))
                            * LEAST(COALESCE(d.units, 0), i.qty) DIV i.qty), 0)
          FROM return_item r
          JOIN order_item i ON i.order_id = r.order_id AND i.line = r.line
          LEFT JOIN (SELECT x.order_id, x.line, SUM(x.received) AS units
                       FROM return_item m
                       JOIN return_item x ON x.order_id = m.order_id AND x.line = m.line AND x.return_id <> m.return_id
                       JOIN order_return t ON t.return_id = x.return_id AND t.state = 'REFUNDED'
                      WHERE m.return_id = in_return_id
                      GROUP BY x.order_id, x.line) d ON d.order_id = r.order_id AND d.line = r.line
         WHERE r.return_id = in_return_id)
