-- price_batch_judge: says for every promotion that a request of a batch meets whether it applies, or why not.
--
-- Parameters
--   in_now          DATETIME(3)  now
--   in_places       TINYINT      1: orders are to be placed: uses of limited promotions are counted under lock
-- Returns  nothing: called by price_batch_rules. Fills b_rule
-- Errors   none
-- Locks    promotion_use (by account and promotion), when in_places
-- Example  CALL price_batch_judge(UTC_TIMESTAMP(3), 0);
--
-- Reasons, in this order: not_yet, expired, currency, no_lines, min_spend, min_qty, account_limit; then among those that
-- could apply, in the order of their priority: the first always applies; exclusive: the first wants to be alone;
-- not_combinable: this one wants to be alone; stack_group: one of its group applies already, or shipping is free already.
-- A use counts against account_limit for every earlier request of the account in the batch, whatever becomes of that one.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE price_batch_judge(in_now DATETIME(3), in_places TINYINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'which promotions apply'
BEGIN
    IF in_places THEN
        CALL price_batch_lock_uses();
    END IF;

    INSERT INTO b_rule (n, promotion_id, nth, ships, reason, threshold, base, wanted, total_limit, account_limit)
    SELECT f.n, f.promotion_id, f.nth, f.kind = 'free_shipping',
           CASE WHEN f.reason IS NOT NULL THEN f.reason
                WHEN f.turn = 1 THEN NULL
                WHEN f.leads THEN 'exclusive'
                WHEN f.exclusive THEN 'not_combinable'
                WHEN f.of_group > 1 OR f.kind = 'free_shipping' AND f.of_kind > 1 THEN 'stack_group' END,
           CASE f.reason WHEN 'min_spend' THEN f.min_spend - f.base WHEN 'min_qty' THEN f.min_qty - f.units END,
           f.base,
           LEAST(f.base, COALESCE(f.max_discount, f.base),
                 CASE f.kind WHEN 'fixed' THEN f.value WHEN 'percent' THEN (f.base * f.value + 5000) DIV 10000 ELSE 0 END),
           f.total_limit, f.account_limit
      FROM (SELECT j.*,
                   ROW_NUMBER() OVER (PARTITION BY j.n ORDER BY j.priority DESC, j.promotion_id) AS nth,
                   ROW_NUMBER() OVER (PARTITION BY j.n, j.reason IS NULL ORDER BY j.priority DESC, j.promotion_id) AS turn,
                   FIRST_VALUE(j.exclusive) OVER (PARTITION BY j.n, j.reason IS NULL
                                                  ORDER BY j.priority DESC, j.promotion_id ROWS UNBOUNDED PRECEDING) AS leads,
                   ROW_NUMBER() OVER (PARTITION BY j.n, j.reason IS NULL, j.exclusive,
                                                   COALESCE(j.stack_group, CONCAT('#', j.promotion_id))
                                      ORDER BY j.priority DESC, j.promotion_id) AS of_group,
                   ROW_NUMBER() OVER (PARTITION BY j.n, j.reason IS NULL, j.exclusive, j.kind
                                      ORDER BY j.priority DESC, j.promotion_id) AS of_kind
              FROM (SELECT h.n, p.promotion_id, p.kind, p.value, p.min_spend, p.min_qty, p.max_discount,
                           p.exclusive, p.priority, p.stack_group, p.total_limit, p.account_limit,
                           h.base, h.units,
                           CASE WHEN p.starts_at > in_now THEN 'not_yet'
                                WHEN p.ends_at <= in_now THEN 'expired'
                                WHEN p.currency <> h.currency THEN 'currency'
                                WHEN h.base < p.min_spend THEN 'min_spend'
                                WHEN h.units < p.min_qty THEN 'min_qty'
                                WHEN COALESCE(u.used, 0) + h.earlier >= p.account_limit THEN 'account_limit' END AS reason
                      FROM (SELECT l.n, t.promotion_id, r.account_id, l.currency, SUM(l.total) AS base, SUM(l.qty) AS units,
                                   ROW_NUMBER() OVER (PARTITION BY r.account_id, t.promotion_id ORDER BY l.n) - 1 AS earlier
                              FROM b_hit t
                                   STRAIGHT_JOIN b_line l ON l.n = t.n AND l.line = t.line
                                   STRAIGHT_JOIN b_request r ON r.n = t.n
                             GROUP BY l.n, t.promotion_id, r.account_id, l.currency) h
                      JOIN promotion p ON p.promotion_id = h.promotion_id
                      LEFT JOIN promotion_use u ON u.account_id = h.account_id AND u.promotion_id = h.promotion_id) j) f;
END
