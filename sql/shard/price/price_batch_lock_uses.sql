-- price_batch_lock_uses: holds the counts of uses that a batch may raise, so that no other order raises them meanwhile.
--
-- Parameters  none: reads b_hit and b_request
-- Returns  nothing: called by price_batch_judge
-- Errors   none
-- Locks    promotion_use (by account and promotion)
-- Example  CALL price_batch_lock_uses();
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE price_batch_lock_uses()
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'holds counts of uses'
INSERT INTO promotion_use (account_id, promotion_id, used)
SELECT DISTINCT r.account_id, h.promotion_id, 0
  FROM b_hit h
       STRAIGHT_JOIN b_request r ON r.n = h.n
       STRAIGHT_JOIN promotion p ON p.promotion_id = h.promotion_id AND p.account_limit IS NOT NULL
 ORDER BY r.account_id, h.promotion_id
    ON DUPLICATE KEY UPDATE used = promotion_use.used
