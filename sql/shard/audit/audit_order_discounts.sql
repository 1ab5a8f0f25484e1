-- audit_order_discounts: is what the promotions of an order took off what the order was spared, of its goods and of shipping?
--
-- Parameters
--   in_after        BIGINT   order_id after which to begin; 0: at the start
--   in_limit        BIGINT   orders with promotions to look at, 1 … 5,000
-- Returns  one row: status INT, body JSON
--   200 {"examined": n, "next": order_id or null at the end, "violations": [{"rule", "key", …}]}, at most 100 of them
--   amount: what the promotions took off comes to less than the order's discount, or to more than one of them can have taken
--   off shipping, or what shipping would have cost is no price of the way it goes
-- Errors   none
-- Locks    none; one statement looks at everything, so that what happens meanwhile cannot look wrong
-- Example  CALL audit_order_discounts(0, 1000);
--
-- No order says which of its promotions made shipping free: that one took off what all together took off beyond discount_total,
-- and nothing was left to pay for shipping. What a promotion is for, and what a way to ship costs, may have changed since. Only a
-- row of version 1 is as the order found it: such a promotion of another kind took off nothing of shipping; on such a way the
-- order pays price, and something for each kilogram, or nothing from free_above on.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE audit_order_discounts(in_after BIGINT, in_limit BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'what promotions took off orders'
BEGIN
    DECLARE v_items LONGTEXT;
    DECLARE v_to, v_n BIGINT;

    CALL audit_promoted_range(in_after, in_limit, v_to, v_n);

    SELECT GROUP_CONCAT(JSON_OBJECT('rule', 'amount', 'key', CAST(b.order_id AS CHAR), 'order_id', CAST(b.order_id AS CHAR),
                                    'discount_total', b.discount_total, 'shipping_total', b.shipping_total,
                                    'promotions', CAST(b.amounts AS SIGNED)))
      INTO v_items
      FROM (SELECT s.order_id, s.discount_total, s.shipping_total, s.amounts
              FROM (SELECT o.order_id, o.items_total - o.discount_total AS goods, o.discount_total, o.shipping_total,
                           o.shipping_method, MIN(p.amount) AS lowest, SUM(p.amount) AS amounts,
                           SUM(p.amount) - o.discount_total AS spared
                      FROM order_promotion p
                      JOIN orders o ON o.order_id = p.order_id
                     WHERE p.order_id > in_after AND p.order_id <= v_to
                     GROUP BY o.order_id, o.items_total, o.discount_total, o.shipping_total, o.shipping_method) s
              LEFT JOIN shipping_method m ON m.shipping_method_id = s.shipping_method AND m.version = 1
             WHERE s.lowest < 0 OR s.spared < 0
                OR s.spared > 0 AND (s.shipping_total > 0 OR s.shipping_method IS NULL OR NOT EXISTS (
                   SELECT 1
                     FROM order_promotion p
                     LEFT JOIN promotion r ON r.promotion_id = p.promotion_id AND r.version = 1
                    WHERE p.order_id = s.order_id AND p.amount = s.spared AND COALESCE(r.kind, 'free_shipping') = 'free_shipping'))
                OR IF(s.goods >= m.free_above, s.shipping_total + s.spared <> 0,
                      s.shipping_total + s.spared < m.price
                      OR COALESCE((s.shipping_total + s.spared - m.price) % NULLIF(m.price_per_kg, 0),
                                  s.shipping_total + s.spared - m.price) <> 0)
             LIMIT 100) b;
    SELECT 200 AS status, audit_chunk_json(v_n, in_limit, v_to, v_items) AS body;
END
