-- price_batch_discount: deals what each promotion takes off out to the lines it is for, to the last minor unit.
--
-- Parameters  none: reads b_rule, b_hit and b_line; fills b_allot, discount of b_line and amount of b_rule
-- Returns  nothing: called by price_batch
-- Errors   none
-- Locks    none
-- Example  CALL price_batch_discount();
--
-- Every promotion counts from the prices before discounts; they take their turns until a line costs nothing.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE price_batch_discount()
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'deals discounts out to lines'
BEGIN
    DELETE FROM b_allot;
    INSERT INTO b_allot (n, line, promotion_id, amount)
    SELECT c.n, c.line, c.promotion_id, LEAST(c.total, c.upto) - LEAST(c.total, c.upto - c.share)
      FROM (SELECT s.n, s.line, s.promotion_id, s.total, s.share,
                   SUM(s.share) OVER (PARTITION BY s.n, s.line ORDER BY s.nth ROWS UNBOUNDED PRECEDING) AS upto
              FROM (SELECT q.n, q.line, q.promotion_id, q.nth, q.total,
                           q.part + (ROW_NUMBER() OVER (PARTITION BY q.n, q.promotion_id ORDER BY q.rest DESC, q.line)
                                     <= q.wanted - SUM(q.part) OVER (PARTITION BY q.n, q.promotion_id)) AS share
                      FROM (SELECT b.n, b.promotion_id, b.nth, b.wanted, l.line, l.total,
                                   b.wanted * l.total DIV b.base AS part,
                                   CAST(b.wanted AS DECIMAL(38, 0)) * l.total % b.base AS rest
                              FROM b_rule b
                                   STRAIGHT_JOIN b_hit h ON h.n = b.n AND h.promotion_id = b.promotion_id
                                   STRAIGHT_JOIN b_line l ON l.n = h.n AND l.line = h.line
                             WHERE b.reason IS NULL AND b.wanted > 0) q) s) c;

    UPDATE b_line l
      JOIN (SELECT n, line, SUM(amount) AS amount FROM b_allot GROUP BY n, line) a ON a.n = l.n AND a.line = l.line
       SET l.discount = a.amount;
    UPDATE b_rule b
      JOIN (SELECT n, promotion_id, SUM(amount) AS amount FROM b_allot GROUP BY n, promotion_id) a
        ON a.n = b.n AND a.promotion_id = b.promotion_id
       SET b.amount = a.amount;
    UPDATE b_request r
      JOIN (SELECT n, SUM(amount) AS amount FROM b_allot GROUP BY n) a ON a.n = r.n
       SET r.discount_total = a.amount;
END
