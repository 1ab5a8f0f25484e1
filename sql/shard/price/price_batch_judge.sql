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
-- Reasons, in this order: not_yet, expired, currency, no_lines, min_spend, min_qty, account_limit, exhausted (of a quote:
-- @price_gone says which coupons are used up); then among those that could apply, in the order of their priority: the first
-- always applies; exclusive: the first wants to be alone; not_combinable: this one wants to be alone; stack_group: one of its
-- group comes first, or shipping is free already.
-- Where earlier requests of the batch may use up account_limit, what applies is not known before they are decided: the reason is
-- "later", and price_batch_rules puts the request off.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE price_batch_judge(in_now DATETIME(3), in_places TINYINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'which promotions apply'
BEGIN
    IF in_places THEN
        CALL price_batch_lock_uses();
    END IF;

    -- From the inside: h what a promotion is for in a request, i whether it is fit, j within its account's limit, f the places of
    -- those that could apply, g which give way, k of free shipping the first, m which applies if those before it used none.
    INSERT INTO b_rule (n, promotion_id, nth, ships, reason, threshold, base, wanted, total_limit, account_limit)
    SELECT m.n, m.promotion_id, m.nth, m.kind = 'free_shipping',
           IF(m.fails IS NULL AND m.used + ROW_NUMBER() OVER (
                  PARTITION BY m.account_id, m.promotion_id, m.fails IS NULL ORDER BY m.n) > m.account_limit, 'later', m.fails),
           CASE m.fails WHEN 'min_spend' THEN m.min_spend - m.base WHEN 'min_qty' THEN m.min_qty - m.units END,
           m.base,
           LEAST(m.base, COALESCE(m.max_discount, m.base),
                 CASE m.kind WHEN 'fixed' THEN m.value WHEN 'percent' THEN (m.base * m.value + 5000) DIV 10000 ELSE 0 END),
           m.total_limit, m.account_limit
      FROM (SELECT k.n, k.account_id, k.promotion_id, k.nth, k.kind, k.value, k.base, k.units, k.min_spend, k.min_qty,
                   k.max_discount, k.total_limit, k.account_limit, k.used,
                   IF(k.fits IS NULL AND k.kind = 'free_shipping' AND k.of_kind > 1, 'stack_group', k.fits) AS fails
              FROM (SELECT g.*, ROW_NUMBER() OVER (PARTITION BY g.n, g.fits IS NULL, g.kind
                                                   ORDER BY g.priority DESC, g.promotion_id) AS of_kind
                      FROM (SELECT f.*, CASE WHEN f.reason IS NOT NULL THEN f.reason
                                             WHEN f.turn = 1 THEN NULL
                                             WHEN f.leads THEN 'exclusive'
                                             WHEN f.exclusive THEN 'not_combinable'
                                             WHEN f.of_group > 1 THEN 'stack_group' END AS fits
                              FROM (SELECT j.*,
                                           ROW_NUMBER() OVER (PARTITION BY j.n ORDER BY j.priority DESC, j.promotion_id) AS nth,
                                           ROW_NUMBER() OVER (PARTITION BY j.n, j.reason IS NULL
                                                              ORDER BY j.priority DESC, j.promotion_id) AS turn,
                                           FIRST_VALUE(j.exclusive) OVER (PARTITION BY j.n, j.reason IS NULL
                                               ORDER BY j.priority DESC, j.promotion_id ROWS UNBOUNDED PRECEDING) AS leads,
                                           ROW_NUMBER() OVER (PARTITION BY j.n, j.reason IS NULL, j.exclusive,
                                                                  COALESCE(j.stack_group, CONCAT('#', j.promotion_id))
                                                              ORDER BY j.priority DESC, j.promotion_id) AS of_group
                                      FROM (SELECT i.*, CASE WHEN i.unfit IS NOT NULL THEN i.unfit
                                                             WHEN i.used >= i.account_limit THEN 'account_limit'
                                                             WHEN NOT in_places AND FIND_IN_SET(i.promotion_id, @price_gone)
                                                             THEN 'exhausted' END AS reason
                                              FROM (SELECT h.n, h.account_id, h.base, h.units, p.promotion_id, p.kind, p.value,
                                                           p.min_spend, p.min_qty, p.max_discount, p.exclusive, p.priority,
                                                           p.stack_group, p.total_limit, p.account_limit,
                                                           COALESCE(u.used, 0) AS used,
                                                           CASE WHEN p.starts_at > in_now THEN 'not_yet'
                                                                WHEN p.ends_at <= in_now THEN 'expired'
                                                                WHEN p.currency <> h.currency THEN 'currency'
                                                                WHEN h.base < p.min_spend THEN 'min_spend'
                                                                WHEN h.units < p.min_qty THEN 'min_qty' END AS unfit
                                                      FROM (SELECT l.n, t.promotion_id, r.account_id, l.currency,
                                                                   SUM(l.total) AS base, SUM(l.qty) AS units
                                                              FROM b_hit t
                                                                   STRAIGHT_JOIN b_line l ON l.n = t.n AND l.line = t.line
                                                                   STRAIGHT_JOIN b_request r ON r.n = t.n
                                                             GROUP BY l.n, t.promotion_id, r.account_id, l.currency) h
                                                      JOIN promotion p ON p.promotion_id = h.promotion_id
                                                      LEFT JOIN promotion_use u ON u.account_id = h.account_id
                                                                               AND u.promotion_id = h.promotion_id) i) j) f) g) k) m;
END
