-- promotion_issue: brings the coupons of promotions with a limit into stock at their home shard, each transfer once.
--
-- Parameters
--   in_rows         LONGTEXT   JSON [{"promotion_id", "quotas": [{"transfer_id", "qty"}]}]
-- Returns  nothing: called by promotion_apply inside its transaction
-- Errors   none
-- Locks    stock_transfer (by id), stock, stock_movement
-- Example  CALL promotion_issue('[{"promotion_id": 7, "quotas": [{"transfer_id": 8, "qty": 50}]}]');
--
-- Only the shard of the promotion's slot takes them; the others borrow, as they do for goods.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE promotion_issue(in_rows LONGTEXT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'coupons come into stock'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_new LONGTEXT;

    SELECT CONCAT('[', GROUP_CONCAT(JSON_OBJECT('promotion_id', j.promotion_id, 'transfer_id', j.transfer_id, 'qty', j.qty)),
                  ']')
      INTO v_new
      FROM JSON_TABLE(in_rows, '$[*]' COLUMNS (
               promotion_id BIGINT PATH '$.promotion_id',
               NESTED PATH '$.quotas[*]' COLUMNS (transfer_id BIGINT PATH '$.transfer_id', qty BIGINT PATH '$.qty'))) j
      JOIN slot_owner o ON o.slot = (j.promotion_id & 255)
      LEFT JOIN stock_transfer t ON t.transfer_id = j.transfer_id
     WHERE j.transfer_id IS NOT NULL AND t.transfer_id IS NULL;
    IF v_new IS NOT NULL THEN
        INSERT INTO stock_transfer (transfer_id, direction, peer, sku_id, pool, qty, state, created_at, ended_at)
        SELECT j.transfer_id, 'in', -1, j.promotion_id, 'coupon', j.qty, 'received', v_now, v_now
          FROM JSON_TABLE(v_new, '$[*]' COLUMNS (promotion_id BIGINT PATH '$.promotion_id',
                                                 transfer_id BIGINT PATH '$.transfer_id', qty BIGINT PATH '$.qty')) j;
        INSERT INTO stock (sku_id, pool, on_hand)
        SELECT s.sku_id, 'coupon', s.units
          FROM (SELECT j.promotion_id AS sku_id, SUM(j.qty) AS units
                  FROM JSON_TABLE(v_new, '$[*]' COLUMNS (promotion_id BIGINT PATH '$.promotion_id',
                                                         qty BIGINT PATH '$.qty')) j
                 GROUP BY j.promotion_id) s
            ON DUPLICATE KEY UPDATE on_hand = stock.on_hand + s.units;
        INSERT INTO stock_movement (sku_id, pool, reference, reason, on_hand_change, reserved_change, created_at)
        SELECT j.promotion_id, 'coupon', j.transfer_id, 'receive', j.qty, 0, v_now
          FROM JSON_TABLE(v_new, '$[*]' COLUMNS (promotion_id BIGINT PATH '$.promotion_id',
                                                 transfer_id BIGINT PATH '$.transfer_id', qty BIGINT PATH '$.qty')) j;
        INSERT INTO outbox (event_id, topic, aggregate_id, payload, status, created_at)
        SELECT CONCAT('coupon-issued-', j.transfer_id), 'stock.changed', j.promotion_id,
               JSON_OBJECT('sku_id', CAST(j.promotion_id AS CHAR), 'pool', 'coupon'), 'new', v_now
          FROM JSON_TABLE(v_new, '$[*]' COLUMNS (promotion_id BIGINT PATH '$.promotion_id',
                                                 transfer_id BIGINT PATH '$.transfer_id')) j;
    END IF;
END
