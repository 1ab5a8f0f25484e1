-- price_batch_redeem: writes what lowered the prices of the open requests of a batch, and counts it for their accounts.
--
-- Parameters  none: reads b_rule and b_request
-- Returns  nothing: called by order_place once the orders are sure to be written
-- Errors   none
-- Locks    promotion_use (held since price_batch), new rows of order_promotion
-- Example  CALL price_batch_redeem();
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE price_batch_redeem()
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'promotions of a batch are used'
IF @price_rules_n > 0 THEN
    INSERT INTO order_promotion (order_id, promotion_id, name, code, amount, quota, counted)
    SELECT r.order_id, b.promotion_id, p.name, p.code, b.amount, b.total_limit IS NOT NULL, b.account_limit IS NOT NULL
      FROM b_rule b
      JOIN b_request r ON r.n = b.n
      JOIN promotion p ON p.promotion_id = b.promotion_id
     WHERE b.reason IS NULL AND r.error IS NULL AND r.status IS NULL;
    UPDATE (SELECT r.account_id, b.promotion_id, COUNT(*) AS uses
              FROM b_rule b
              JOIN b_request r ON r.n = b.n
             WHERE b.reason IS NULL AND b.account_limit IS NOT NULL AND r.error IS NULL AND r.status IS NULL
             GROUP BY r.account_id, b.promotion_id) w
           STRAIGHT_JOIN promotion_use u ON u.account_id = w.account_id AND u.promotion_id = w.promotion_id
       SET u.used = u.used + w.uses;
END IF
