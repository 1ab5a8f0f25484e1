-- price_batch_rules: finds the promotions that the open requests of a batch meet, and says which apply.
--
-- Parameters
--   in_places       TINYINT    1: orders are to be placed: uses of limited promotions are counted under lock
-- Returns  nothing: called by price_batch. Fills b_key, b_hit and b_rule; @price_rules_n of them apply. Put off in b_request:
--          30014 conflict
-- Errors   none
-- Locks    promotion_use, when in_places
-- Example  CALL price_batch_rules(1);
--
-- Candidates come from an index by what a line is (its SKU, product, categories, all): each line looks up its own few keys,
-- however many promotions there are, and global lets no more than 20 rules stand on one key.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE price_batch_rules(in_places TINYINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'promotions of a batch'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_all, v_category, v_product, v_sku, v_later TINYINT;

    DELETE FROM b_key;
    DELETE FROM b_hit;
    -- a line is looked up only by what some promotion is for
    SELECT @price_coupons OR EXISTS (SELECT 1 FROM promotion_target WHERE automatic = 1 AND kind = 0),
           @price_coupons OR EXISTS (SELECT 1 FROM promotion_target WHERE automatic = 1 AND kind = 1),
           @price_coupons OR EXISTS (SELECT 1 FROM promotion_target WHERE automatic = 1 AND kind = 2),
           @price_coupons OR EXISTS (SELECT 1 FROM promotion_target WHERE automatic = 1 AND kind = 3)
      INTO v_all, v_category, v_product, v_sku;
    IF v_all OR v_product OR v_sku THEN
        INSERT INTO b_key (n, line, kind, target_id)
        SELECT l.n, l.line, k.kind, CASE k.kind WHEN 0 THEN 0 WHEN 2 THEN l.product_id ELSE l.sku_id END
          FROM b_request r
          JOIN b_line l ON l.n = r.n
          JOIN (SELECT 0 AS kind, v_all AS wanted UNION ALL SELECT 2, v_product UNION ALL SELECT 3, v_sku) k ON k.wanted
         WHERE r.error IS NULL AND r.status IS NULL;
    END IF;
    IF v_category THEN
        INSERT INTO b_key (n, line, kind, target_id)
        SELECT l.n, l.line, 1, c.category_id
          FROM b_request r
          JOIN b_line l ON l.n = r.n
          JOIN sku_category c ON c.sku_id = l.sku_id
         WHERE r.error IS NULL AND r.status IS NULL;
    END IF;

    INSERT INTO b_hit (n, line, promotion_id)
    SELECT DISTINCT k.n, k.line, t.promotion_id
      FROM b_key k
           STRAIGHT_JOIN promotion_target t FORCE INDEX (promotion_target_target)
              ON t.automatic = 1 AND t.kind = k.kind AND t.target_id = k.target_id AND t.ends_at > v_now;
    IF @price_coupons THEN
        INSERT INTO b_hit (n, line, promotion_id)
        SELECT DISTINCT k.n, k.line, t.promotion_id
          FROM b_coupon c
               STRAIGHT_JOIN b_key k ON k.n = c.n
               STRAIGHT_JOIN promotion_target t FORCE INDEX (PRIMARY)
                  ON t.promotion_id = c.promotion_id AND t.kind = k.kind AND t.target_id = k.target_id AND t.automatic = 0;
    END IF;
    IF EXISTS (SELECT 1 FROM b_hit) THEN
        CALL price_batch_judge(v_now, in_places);
        SELECT COALESCE(SUM(reason IS NULL), 0), COALESCE(SUM(reason = 'later'), 0) > 0 INTO @price_rules_n, v_later FROM b_rule;
        IF v_later THEN
            UPDATE b_request r JOIN b_rule b ON b.n = r.n AND b.reason = 'later' SET r.error = 30014;
        END IF;
    END IF;
END
