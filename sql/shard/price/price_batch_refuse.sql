-- price_batch_refuse: refuses the requests of a batch that name a coupon which does not apply; the first such is named.
--
-- Parameters  none: reads b_coupon and b_rule
-- Returns  nothing: called by price_batch. Refused in b_request, the detail begins with the code:
--          30701 promotion.unknown · 30702 promotion.expired · 30703 promotion.not_yet · 30705 promotion.account_limit ·
--          30706 promotion.not_applicable: <code> <reason> [<what is missing>] · 30707 promotion.not_combinable
-- Errors   none
-- Locks    none
-- Example  CALL price_batch_refuse();
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE price_batch_refuse()
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'coupons that do not apply'
UPDATE b_request r
  JOIN (SELECT c.n, c.code, COALESCE(b.reason, CASE WHEN COALESCE(p.state, '') <> 'active' THEN 'unknown'
                                                    WHEN p.starts_at > UTC_TIMESTAMP(3) THEN 'not_yet'
                                                    WHEN p.ends_at <= UTC_TIMESTAMP(3) THEN 'expired'
                                                    ELSE 'no_lines' END) AS reason,
               b.threshold, ROW_NUMBER() OVER (PARTITION BY c.n ORDER BY c.nth) AS nth
          FROM b_coupon c
          LEFT JOIN promotion p ON p.promotion_id = c.promotion_id
          LEFT JOIN b_rule b ON b.n = c.n AND b.promotion_id = c.promotion_id
         WHERE b.n IS NULL OR b.reason IS NOT NULL) w ON w.n = r.n AND w.nth = 1
   SET r.error = CASE w.reason WHEN 'unknown' THEN 30701 WHEN 'expired' THEN 30702 WHEN 'not_yet' THEN 30703
                               WHEN 'account_limit' THEN 30705 WHEN 'exclusive' THEN 30707
                               WHEN 'not_combinable' THEN 30707 WHEN 'stack_group' THEN 30707 ELSE 30706 END,
       r.detail = CASE WHEN w.reason IN ('currency', 'no_lines', 'min_spend', 'min_qty')
                       THEN CONCAT_WS(' ', w.code, w.reason, w.threshold) ELSE w.code END
 WHERE r.error IS NULL AND r.status IS NULL
