-- The cost of pricing depends on the lines of an order, not on how many promotions there are: rows read are counted.
CALL make_shop();
CALL stock_receive(1001, -1, 41, 'main', 1000, NULL);
CALL stock_receive(1002, -1, 42, 'main', 1000, NULL);
INSERT INTO sku_category (sku_id, category_id) VALUES (41, 90), (42, 90), (42, 91);

DELIMITER ;;
-- Promotions in_first … of kind fixed; of each thing in_kind, in_target + n.
CREATE PROCEDURE make_rules(in_first BIGINT, in_n INT, in_kind INT, in_target BIGINT, in_step INT, in_code INT)
BEGIN
    INSERT INTO promotion (promotion_id, name, code, kind, value, currency, min_spend, min_qty, exclusive, priority, starts_at,
                           ends_at, state, version)
    WITH RECURSIVE d (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM d WHERE i < 99)
    SELECT in_first + a.i * 100 + b.i, 'Rule', IF(in_code, CONCAT('CODE', in_first + a.i * 100 + b.i), NULL), 'fixed', 1, 'EUR', 0, 0, 0,
           0, '2025-01-01', '9999-12-31', 'active', 1
      FROM d a JOIN d b
     WHERE a.i * 100 + b.i < in_n;
    INSERT INTO promotion_target (promotion_id, kind, target_id, automatic, ends_at)
    SELECT promotion_id, in_kind, in_target + (promotion_id - in_first) * in_step, 1 - in_code, ends_at
      FROM promotion
     WHERE promotion_id BETWEEN in_first AND in_first + in_n - 1;
END;;
DELIMITER ;
SET @items = '[{"sku_id": "41", "qty": 1}, {"sku_id": "42", "qty": 1}]';

-- Rows read by one call, after another one has prepared it: a rule for each kind of thing that the two lines are
CALL make_rules(700, 1, 0, 0, 0, 0);
CALL make_rules(701, 1, 1, 90, 0, 0);
CALL make_rules(702, 1, 2, 4, 0, 0);
CALL make_rules(703, 1, 3, 42, 0, 0);
CALL make_rules(704, 1, 0, 0, 0, 1);
CALL order_price(5, @items, 0, NULL, NULL, '["CODE704"]', NULL);
CALL count_reads();
SET @before = @reads;
CALL assert_next('five rules apply', '"discount_total": 5,');
CALL order_price(5, @items, 0, NULL, NULL, '["CODE704"]', NULL);
CALL count_reads();
SET @few = @reads - @before;

-- 10,000 more: for other SKUs, products, categories, and coupons for everything that nobody names
CALL make_rules(10000, 2500, 3, 100000, 1, 0);
CALL make_rules(20000, 2500, 2, 100000, 1, 0);
CALL make_rules(30000, 2500, 1, 100000, 1, 0);
CALL make_rules(40000, 2500, 0, 0, 0, 1);
ANALYZE TABLE promotion, promotion_target;
CALL assert_is('10,005 are active', (SELECT COUNT(*) FROM promotion_target), 10005);
CALL order_price(5, @items, 0, NULL, NULL, '["CODE704"]', NULL);
CALL count_reads();
SET @before = @reads;
CALL assert_next('the same five apply', '"discount_total": 5,');
CALL order_price(5, @items, 0, NULL, NULL, '["CODE704"]', NULL);
CALL count_reads();
SET @many = @reads - @before;
CALL assert_is(CONCAT('a quote reads as many rows as before: ', @few, ' and ', @many), @many <= @few + 10, 1);
CALL count_reads();
SET @before = @reads;
CALL place(9001, 5, 2, 'k1', 'h', @items, '{"name": "A"}', NULL, NULL, NULL, 60);
CALL count_reads();
SET @one = @reads - @before;
CALL assert_is(CONCAT('an order reads few rows: ', @one), @one < 1500, 1);

-- As many rules on one thing as there may be (20): the bound of what a line can meet
CALL make_rules(50000, 19, 3, 42, 0, 0);
CALL count_reads();
SET @before = @reads;
CALL order_price(5, @items, 0, NULL, NULL, NULL, NULL);
CALL count_reads();
CALL assert_is(CONCAT('20 rules on a SKU: ', @reads - @before), @reads - @before < 3000, 1);
