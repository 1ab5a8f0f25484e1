-- What an order costs: discounts and who gets which part of them, stacking, limits, shipping, taxes, and the reasons.
CALL make_shop();
CALL stock_receive(1001, -1, 41, 'main', 1000, NULL);
CALL stock_receive(1002, -1, 42, 'main', 1000, NULL);
INSERT INTO sku (sku_id, product_id, title, options_text, image_url, price, currency, list_price, state, weight_grams, version, tax_class)
VALUES (51, 9, 'Penny', '', NULL, 1, 'EUR', NULL, 'active', 1, 1, 'standard'),
       (52, 9, 'Three', '', NULL, 3, 'EUR', NULL, 'active', 1, 1, 'standard'),
       (53, 9, 'Seven', '', NULL, 7, 'EUR', NULL, 'active', 1, 1, 'standard'),
       (54, 10, 'Book', '', NULL, 1000, 'EUR', NULL, 'active', 700, 1, 'books');
INSERT INTO sku_category (sku_id, category_id) VALUES (51, 90), (52, 90), (41, 91);
CALL stock_receive(1003, -1, 51, 'main', 1000, NULL);
CALL stock_receive(1004, -1, 54, 'main', 1000, NULL);

-- A promotion of defaults, changed by what in_more says.
DELIMITER ;;
CREATE PROCEDURE make_promotion(in_more LONGTEXT)
BEGIN
    SET @promotion = JSON_MERGE_PATCH(JSON_OBJECT(
        'name', 'Rule', 'kind', 'percent', 'value', 1000, 'currency', 'EUR', 'min_spend', 0, 'min_qty', 0, 'exclusive', 0,
        'priority', 0, 'starts_at', '2025-01-01 00:00:00.000', 'state', 'active', 'version', 1,
        'targets', JSON_ARRAY(JSON_OBJECT('kind', 'all')), 'quotas', JSON_ARRAY()), in_more);
    SET @rows = CONCAT('[', @promotion, ']');
    CALL promotion_apply(@rows);
END;;
CREATE PROCEDURE forget_promotions()
BEGIN
    DELETE FROM promotion;
    DELETE FROM promotion_target;
END;;
DELIMITER ;

-- Nothing set up
CALL assert_next('without promotions, methods and rates: the plain sum',
    '"items_total": 4498 && "discount_total": 0 && "shipping_total": 0 && "tax_total": 0 && "tax_included": 0 && "total": 4498 && "currency": "EUR" && "explanation": \\[\\] && "shipping_method": null && "shipping_methods": \\[\\]');
CALL order_price(5, '[{"sku_id": "42", "qty": 2}, {"sku_id": "41", "qty": 1}]', 0, NULL, NULL, NULL, NULL);
CALL assert_refused('a quote of nothing', 30501, '%', 'CALL order_price(5, ''[]'', 0, NULL, NULL, NULL, NULL)');
CALL assert_refused('of what is not for sale', 30502, '%44%', 'CALL order_price(5, ''[{"sku_id": "44", "qty": 1}]'', 0, NULL, NULL, NULL, NULL)');

-- To the last minor unit: 1 off 1 + 3 + 7; thirds of 2 go to the largest remainders, the earlier line first
CALL make_promotion('{"promotion_id": 701, "kind": "fixed", "value": 5, "name": "Five"}');
CALL assert_next('a fixed discount', '"discount": 1,.*"discount": 1,.*"discount": 3, && "discount_total": 5, && "total": 6, && {"applied": true & "amount": 5 & "reason": null}');
CALL order_price(5, '[{"sku_id": "51", "qty": 1}, {"sku_id": "52", "qty": 1}, {"sku_id": "53", "qty": 1}]', 0, NULL, NULL, NULL, NULL);
SELECT SUM(discount) INTO @sum FROM b_line;
CALL assert_is('the parts add up', @sum, 5);
CALL assert_next('never more than the lines cost', '"discount_total": 4, && "total": 0,');
CALL order_price(5, '[{"sku_id": "51", "qty": 4}]', 0, NULL, NULL, NULL, NULL);
CALL forget_promotions();
CALL make_promotion('{"promotion_id": 702, "value": 5000}');
CALL assert_next('half of eleven is rounded up, once', '"discount_total": 6, && "total": 5,');
CALL order_price(5, '[{"sku_id": "51", "qty": 1}, {"sku_id": "52", "qty": 1}, {"sku_id": "53", "qty": 1}]', 0, NULL, NULL, NULL, NULL);
CALL make_promotion('{"promotion_id": 702, "value": 3333, "version": 2}');
DELIMITER ;;
CREATE PROCEDURE assert_parts()
BEGIN
    DECLARE v_k, v_wrong, v_discount, v_sum INT DEFAULT 0;
    WHILE v_k < 60 DO
        SET v_k = v_k + 1;
        SET @items = CONCAT('[{"sku_id": "51", "qty": ', v_k, '}, {"sku_id": "52", "qty": ', v_k * 7 % 13 + 1, '}, {"sku_id": "53", "qty": ',
                            v_k * 5 % 11 + 1, '}]');
        SET @order_requests = CONCAT('[{"n": 0, "order_id": "0", "account_id": "5", "roles": 2, "idempotency_key": "", "body_hash": "", ',
                               '"payment_window_s": 0, "items": ', @items, '}]');
        CALL order_batch_open();
        START TRANSACTION;
        CALL order_batch_read(UTC_TIMESTAMP(3));
        CALL order_batch_lines();
        CALL price_batch(0);
        COMMIT;
        SELECT SUM(discount), SUM(discount < 0 OR discount > total) INTO v_discount, v_sum FROM b_line;
        SELECT v_wrong + (discount_total <> v_discount) + (discount_total <> (items_total * 3333 + 5000) DIV 10000) + v_sum
          INTO v_wrong FROM b_request;
    END WHILE;
    CALL assert_is('60 orders: parts add up to the discount, no line below nothing', v_wrong, 0);
END;;
DELIMITER ;
CALL assert_parts();
CALL make_promotion('{"promotion_id": 702, "value": 1, "version": 1}');
CALL assert_is('an older version changes nothing', (SELECT CONCAT(version, ':', value) FROM promotion WHERE promotion_id = 702), '2:3333');

-- What it is for
CALL forget_promotions();
CALL make_promotion('{"promotion_id": 703, "value": 5000, "targets": [{"kind": "category", "id": 90}]}');
CALL assert_next('a rule for a category', '{"sku_id": "51" & "discount": 5} && {"sku_id": "42" & "discount": 0} && "discount_total": 5');
CALL order_price(5, '[{"sku_id": "51", "qty": 10}, {"sku_id": "42", "qty": 1}]', 0, NULL, NULL, NULL, NULL);
CALL make_promotion('{"promotion_id": 703, "value": 5000, "version": 2, "targets": [{"kind": "sku", "id": 51}, {"kind": "product", "id": 9}]}');
CALL assert_next('a line is hit once, by SKU and product', '"discount": 5,.*"discount": 3, && "discount_total": 8');
CALL order_price(5, '[{"sku_id": "51", "qty": 10}, {"sku_id": "52", "qty": 2}]', 0, NULL, NULL, NULL, NULL);
CALL assert_next('a line that no rule is for knows of none', '"explanation": \\[\\]');
CALL order_price(5, '[{"sku_id": "42", "qty": 1}]', 0, NULL, NULL, NULL, NULL);
CALL make_promotion('{"promotion_id": 703, "state": "inactive", "version": 3, "targets": [{"kind": "all"}]}');
CALL assert_is('switched off, it is for nothing', (SELECT COUNT(*) FROM promotion_target), 0);

-- Thresholds and windows, with reasons
CALL forget_promotions();
CALL make_promotion('{"promotion_id": 711, "name": "Over 20", "kind": "fixed", "value": 300, "min_spend": 2000, "max_discount": 250}');
CALL assert_next('one minor unit too few', '{"name": "Over 20" & "code": null & "applied": false & "amount": 0 & "reason": "min_spend" & "missing": 1}');
CALL order_price(5, '[{"sku_id": "42", "qty": 1}]', 0, NULL, NULL, NULL, NULL);
CALL assert_next('just enough, and no more than its bound', '"discount_total": 250,');
CALL order_price(5, '[{"sku_id": "41", "qty": 4}]', 0, NULL, NULL, NULL, NULL);
CALL make_promotion('{"promotion_id": 712, "min_qty": 3, "targets": [{"kind": "sku", "id": 41}]}');
CALL assert_next('too few units', '{"reason": "min_qty" & "missing": 1}');
CALL order_price(5, '[{"sku_id": "41", "qty": 2}]', 0, NULL, NULL, NULL, NULL);
CALL make_promotion('{"promotion_id": 713, "code": "SOON", "starts_at": "2999-01-01 00:00:00.000"}');
CALL make_promotion('{"promotion_id": 714, "code": "LATE", "ends_at": "2025-02-01 00:00:00.000"}');
CALL make_promotion('{"promotion_id": 715, "code": "YEN", "currency": "JPY"}');
CALL make_promotion('{"promotion_id": 716, "code": "MUG", "targets": [{"kind": "sku", "id": 41}]}');
CALL make_promotion('{"promotion_id": 717, "code": "OFF", "state": "inactive"}');
CALL assert_next('coupons that do not apply say why',
    '"SOON".*"LATE".*"YEN".*"MUG".*"OFF".*"NONE" && {"code": "SOON" & "applied": false & "amount": 0 & "reason": "not_yet"} && {"code": "LATE" & "reason": "expired"} && {"code": "YEN" & "reason": "currency"} && {"code": "MUG" & "reason": "no_lines"} && {"code": "OFF" & "reason": "unknown"} && {"code": "NONE" & "reason": "unknown"}');
CALL order_price(5, '[{"sku_id": "51", "qty": 1}]', 0, NULL, NULL, '["soon", "LATE", " yen ", "MUG", "OFF", "NONE"]', NULL);
CALL assert_is('a rule that is over is not even looked at', (SELECT COUNT(*) FROM promotion_target WHERE automatic = 1 AND ends_at < UTC_TIMESTAMP()), 0);

-- Coupons of a limited number
CALL make_promotion('{"promotion_id": 718, "name": "Few", "code": "FEW", "value": 3000, "priority": 9, "stack_group": "f", "total_limit": 1, "quotas": []}');
CALL make_promotion('{"promotion_id": 719, "name": "Many", "code": "MANY", "value": 1000, "stack_group": "f"}');
CALL assert_refused('none here: is one elsewhere?', 30401, 'stock.short: 718 coupon 1',
                    'CALL order_price(5, ''[{"sku_id": "41", "qty": 1}]'', 0, NULL, NULL, ''["FEW", "MANY"]'', NULL)');
CALL assert_next('one is', '"discount_total": 150, && {"code": "FEW" & "applied": true} && {"code": "MANY" & "reason": "stack_group"}');
CALL order_price(5, '[{"sku_id": "41", "qty": 1}]', 0, NULL, NULL, '["FEW", "MANY"]', '[{"promotion_id": 718, "left": 1}]');
CALL assert_next('none is: another one of its group has its place', '"discount_total": 50, && {"code": "FEW" & "applied": false & "amount": 0 & "reason": "exhausted"} && {"code": "MANY" & "applied": true}');
CALL order_price(5, '[{"sku_id": "41", "qty": 1}]', 0, NULL, NULL, '["FEW", "MANY"]', '[{"promotion_id": 718, "left": 0}]');
CALL stock_receive(71801, -1, 718, 'coupon', 1, NULL);
CALL assert_next('one is here', '"discount_total": 150,');
CALL order_price(5, '[{"sku_id": "41", "qty": 1}]', 0, NULL, NULL, '["FEW"]', NULL);

-- Stacking
CALL forget_promotions();
CALL make_promotion('{"promotion_id": 721, "name": "A", "value": 1000, "priority": 5, "stack_group": "g"}');
CALL make_promotion('{"promotion_id": 722, "name": "B", "value": 2000, "priority": 4, "stack_group": "g"}');
CALL make_promotion('{"promotion_id": 723, "name": "C", "value": 500, "priority": 3}');
CALL make_promotion('{"promotion_id": 724, "name": "D", "value": 9000, "priority": 2, "exclusive": 1}');
CALL assert_next('the first of a group, and what stands alone not beside others',
    '"discount_total": 750, && "name": "A".*"name": "C".*"name": "B".*"name": "D" && {"name": "A" & "code": null & "applied": true & "amount": 500} && {"name": "C" & "code": null & "applied": true & "amount": 250} && {"name": "B" & "reason": "stack_group"} && {"name": "D" & "reason": "not_combinable"}');
CALL order_price(5, '[{"sku_id": "41", "qty": 10}]', 0, NULL, NULL, NULL, NULL);
CALL make_promotion('{"promotion_id": 724, "name": "D", "value": 9000, "priority": 9, "exclusive": 1, "version": 2}');
CALL assert_next('what stands alone, when it comes first', '"discount_total": 4500, && "name": "D".*"name": "A" && {"name": "D" & "applied": true} && {"name": "A" & "reason": "exclusive"}');
CALL order_price(5, '[{"sku_id": "41", "qty": 10}]', 0, NULL, NULL, NULL, NULL);
CALL make_promotion('{"promotion_id": 724, "version": 3, "value": 9500, "priority": 1}');
CALL assert_next('a line never costs less than nothing: the last rule gets what is left', '"total": 0, && {"name": "A" & "amount": 500} && {"name": "C" & "amount": 250} && {"rule": "724" & "amount": 4250}');
CALL order_price(5, '[{"sku_id": "41", "qty": 10}]', 0, NULL, NULL, NULL, NULL);

-- Shipping
CALL forget_promotions();
CALL shipping_method_apply('[{"shipping_method_id": 801, "name": "Post", "currency": "EUR", "price": 490, "price_per_kg": 0, "free_above": 7500, "countries": "", "position": 1, "tax_class": "standard", "state": "active", "version": 1}, {"shipping_method_id": 802, "name": "Freight", "currency": "EUR", "price": 100, "price_per_kg": 50, "free_above": null, "countries": "DE,AT", "position": 2, "tax_class": "standard", "state": "active", "version": 1}]');
CALL assert_next('the usual method', '"shipping_total": 490, && "total": 990, && "shipping_method": "801" && "shipping_methods": \\[\\{[^}]*"id": "801".*"id": "802" && {"id": "801" & "name": "Post" & "price": 490} && {"id": "802" & "name": "Freight" & "price": 150}');
CALL order_price(5, '[{"sku_id": "41", "qty": 1}]', 0, '{"country": "DE"}', NULL, NULL, NULL);
CALL assert_next('by weight: each kilogram begun', '"shipping_total": 250,');
CALL order_price(5, '[{"sku_id": "54", "qty": 3}]', 0, '{"country": "AT"}', 802, NULL, NULL);
CALL assert_next('free from a sum on', '"shipping_total": 0,');
CALL order_price(5, '[{"sku_id": "41", "qty": 15}]', 0, '{"country": "DE"}', NULL, NULL, NULL);
CALL make_promotion('{"promotion_id": 731, "name": "Ten off", "code": "TEN"}');
CALL assert_next('the sum after discounts', '"discount_total": 750, && "shipping_total": 490,');
CALL order_price(5, '[{"sku_id": "41", "qty": 15}]', 0, '{"country": "DE"}', NULL, '["ten"]', NULL);
UPDATE sku SET weight_grams = 1000000000 WHERE sku_id = 41;
UPDATE shipping_method SET price_per_kg = 1000000000 WHERE shipping_method_id = 802;
CALL assert_refused('beyond all bounds', 30003, '%the total is too large%', 'CALL order_price(5, ''[{"sku_id": "41", "qty": 9999}]'', 0, ''{"country": "DE"}'', 802, NULL, NULL)');
CALL assert_next('a way that was not chosen is in nobody''s way', '"shipping_total": 0, && "total": 4999500, && "shipping_method": "801"');
CALL order_price(5, '[{"sku_id": "41", "qty": 9999}]', 0, '{"country": "DE"}', NULL, NULL, NULL);
UPDATE sku SET weight_grams = 300 WHERE sku_id = 41;
UPDATE shipping_method SET price_per_kg = 50 WHERE shipping_method_id = 802;
CALL assert_refused('a method that does not go there', 30720, '%802', 'CALL order_price(5, ''[{"sku_id": "41", "qty": 1}]'', 0, ''{"country": "FR"}'', 802, NULL, NULL)');
CALL assert_next('no method for a currency: no price', '"shipping_total": 0, && "shipping_method": null');
CALL order_price(5, '[{"sku_id": "43", "qty": 1}]', 0, '{"country": "DE"}', NULL, NULL, NULL);
CALL make_promotion('{"promotion_id": 732, "name": "We ship", "kind": "free_shipping", "value": 0, "code": "SHIP"}');
CALL make_promotion('{"promotion_id": 733, "name": "We ship too", "kind": "free_shipping", "value": 0}');
CALL assert_next('free shipping, once', '"shipping_total": 0, && "total": 500, && {"name": "We ship" & "code": "SHIP" & "applied": true & "amount": 490} && {"name": "We ship too" & "reason": "stack_group"}');
CALL order_price(5, '[{"sku_id": "41", "qty": 1}]', 0, '{"country": "DE"}', NULL, '["SHIP"]', NULL);
CALL make_promotion('{"promotion_id": 734, "name": "G", "value": 1000, "priority": 9, "stack_group": "g"}');
CALL make_promotion('{"promotion_id": 735, "name": "Group ships", "kind": "free_shipping", "value": 0, "priority": 8, "stack_group": "g"}');
CALL assert_next('what falls to its group stands in nobody''s way', '"shipping_total": 0, && {"name": "Group ships" & "reason": "stack_group"} && {"name": "We ship" & "applied": true & "amount": 490}');
CALL order_price(5, '[{"sku_id": "41", "qty": 1}]', 0, '{"country": "DE"}', NULL, '["SHIP"]', NULL);

-- Taxes
CALL forget_promotions();
CALL tax_rate_apply('[{"tax_rate_id": 901, "name": "VAT", "country": "DE", "region": "", "tax_class": "standard", "rate": 1900, "included": 1, "state": "active", "version": 1}, {"tax_rate_id": 902, "name": "VAT, books", "country": "DE", "region": "", "tax_class": "books", "rate": 700, "included": 1, "state": "active", "version": 1}, {"tax_rate_id": 903, "name": "Sales tax", "country": "US", "region": "NY", "tax_class": "standard", "rate": 888, "included": 0, "state": "active", "version": 1}, {"tax_rate_id": 904, "name": "None", "country": "US", "region": "", "tax_class": "standard", "rate": 0, "included": 0, "state": "active", "version": 1}]');
-- 500 contains 79.83 → 80; 1000 contains 65.42 → 65; 490 contains 78.24 → 78
CALL assert_next('contained, by class, of shipping too', '{"sku_id": "41" & "tax": 0 & "tax_included": 80} && {"sku_id": "54" & "tax_included": 65} && "shipping_total": 490, && "tax_total": 0, && "tax_included": 223, && "total": 1990');
CALL order_price(5, '[{"sku_id": "41", "qty": 1}, {"sku_id": "54", "qty": 1}]', 0, '{"country": "DE"}', NULL, NULL, NULL);
-- 500 × 8.88 % = 44.4 → 44; 490 × 8.88 % = 43.51 → 44
CALL assert_next('added, by region', '{"tax": 44 & "tax_included": 0 & "payable": 544} && "tax_total": 88, && "total": 1078');
CALL order_price(5, '[{"sku_id": "41", "qty": 1}]', 0, '{"country": "US", "region": "NY"}', NULL, NULL, NULL);
CALL assert_next('another region: the rate of its country', '"tax_total": 0, && "tax_included": 0, && "total": 990');
CALL order_price(5, '[{"sku_id": "41", "qty": 1}]', 0, '{"country": "US", "region": "TX"}', NULL, NULL, NULL);
CALL assert_next('elsewhere none', '"tax_total": 0, && "tax_included": 0, && "total": 990');
CALL order_price(5, '[{"sku_id": "41", "qty": 1}]', 0, '{"country": "CH"}', NULL, NULL, NULL);
CALL assert_is('19 % in 1.19', tax_of(119, 1900, 1, 1), 19);
CALL assert_is('half a minor unit is rounded up', tax_of(50, 100, 0, 0), 1);
CALL assert_is('less is not', tax_of(49, 100, 0, 0), 0);
CALL assert_is('the largest amount there is', tax_of(9007199254740991, 10000, 1, 1), 4503599627370496);
CALL make_promotion('{"promotion_id": 741, "value": 5000}');
CALL assert_next('a tax is of what is left', '{"discount": 250 & "tax": 22}');
CALL order_price(5, '[{"sku_id": "41", "qty": 1}]', 0, '{"country": "US", "region": "ny"}', NULL, NULL, NULL);

-- Orders with coupons
CALL forget_promotions();
DELETE FROM tax_rate;
CALL make_promotion('{"promotion_id": 751, "name": "Two of them", "code": "TWO", "kind": "fixed", "value": 100, "total_limit": 2, "account_limit": 1, "quotas": [{"transfer_id": 75101, "qty": 2}]}');
CALL assert_is('its coupons are in stock', (SELECT CONCAT(on_hand, ':', reserved) FROM stock WHERE sku_id = 751 AND pool = 'coupon'), '2:0');
CALL make_promotion('{"promotion_id": 751, "name": "Two of them", "code": "TWO", "kind": "fixed", "value": 100, "version": 2, "total_limit": 3, "account_limit": 1, "quotas": [{"transfer_id": 75101, "qty": 2}, {"transfer_id": 75102, "qty": 1}]}');
CALL assert_is('one more was issued, the others not again', (SELECT on_hand FROM stock WHERE sku_id = 751 AND pool = 'coupon'), 3);
DELIMITER ;;
CREATE FUNCTION one_order(in_n INT, in_account BIGINT, in_more LONGTEXT) RETURNS LONGTEXT NO SQL
RETURN JSON_MERGE_PATCH(JSON_OBJECT(
    'n', in_n, 'order_id', CONCAT(in_account + 256 * (100 + in_n)), 'account_id', CONCAT(in_account), 'roles', 2,
    'idempotency_key', CONCAT('k', in_n, in_account, in_more), 'body_hash', REPEAT('ab', 32), 'payment_window_s', 60,
    'items', JSON_ARRAY(JSON_OBJECT('sku_id', '41', 'qty', 1)), 'address', JSON_OBJECT('name', 'A', 'country', 'DE')), in_more);;
DELIMITER ;
SET @batch = CONCAT('[', one_order(0, 5, '{"coupons": ["two"]}'), ',', one_order(1, 6, '{"coupons": ["TWO"], "expected_total": 890}'), ',',
                    one_order(2, 6, '{"coupons": ["TWO"]}'), ',', one_order(3, 7, '{"coupons": ["双十一"], "idempotency_key": "k3"}'), ',',
                    one_order(4, 7, '{"expected_total": 500}'), ']');
CALL assert_next('one in a batch: its price', '^0\t201\t.*"total": 890,');
CALL order_place(@batch);
CALL assert_is('who got it', (SELECT GROUP_CONCAT(account_id, ':', discount_total, ':', shipping_total, ':', total ORDER BY order_id) FROM orders), '5:100:490:890,6:100:490:890');
CALL assert_is('why the others did not', (SELECT GROUP_CONCAT(n, ':', error, ':', detail ORDER BY n) FROM b_request WHERE error IS NOT NULL),
               '2:30014:,3:30701:双十一,4:30504:the total is 990 EUR');
SET @batch = CONCAT('[', one_order(2, 6, '{"coupons": ["TWO"]}'), ']');
CALL assert_next('who was put off', '30705.*TWO');
CALL order_place(@batch);
CALL assert_is('lines have their part', (SELECT GROUP_CONCAT(discount) FROM order_item), '100,100');
CALL assert_is('two coupons are held', (SELECT CONCAT(on_hand, ':', reserved) FROM stock WHERE sku_id = 751 AND pool = 'coupon'), '3:2');
CALL assert_is('and counted', (SELECT GROUP_CONCAT(account_id, ':', used) FROM promotion_use WHERE promotion_id = 751 AND used > 0), '5:1,6:1');
CALL assert_law('with coupons');
CALL assert_folds('with coupons: events fold to the orders');
CALL assert_next('the audit finds nothing of what was agreed', '"violations": *\\[\\]');
CALL audit_order_terms(0, 1000);
CALL assert_next('nor that of lines', '"violations": *\\[\\]');
CALL audit_order_lines(0, 1000);
CALL assert_next('nor of what coupons took off', '"violations": *\\[\\]');
CALL audit_order_discounts(0, 1000);
CALL assert_is('its buyer takes the order back', (SELECT COUNT(*) FROM orders WHERE order_id = 25605), 1);
CALL order_cancel(5, 25605, 25605 + 512000000, NULL, NULL, NULL);
CALL assert_is('the coupon is back', (SELECT CONCAT(on_hand, ':', reserved) FROM stock WHERE sku_id = 751 AND pool = 'coupon'), '3:1');
CALL assert_is('and does not count', (SELECT used FROM promotion_use WHERE promotion_id = 751 AND account_id = 5), 0);
CALL assert_law('with a coupon returned');
CALL assert_next('nobody''s use is missing', '"violations": *\\[\\]');
CALL audit_order_promotions(0, 1000);

-- A use that an earlier request of the batch has no claim to is another's
CALL forget_promotions();
CALL make_promotion('{"promotion_id": 752, "name": "Once, from ten", "min_spend": 1000, "account_limit": 1}');
SET @batch = CONCAT('[', one_order(10, 8, '{}'), ',', one_order(11, 8, '{"items": [{"sku_id": "41", "qty": 2}]}'), ',',
                    one_order(12, 8, '{"items": [{"sku_id": "41", "qty": 3}]}'), ']');
CALL assert_next('three of one account', '^10\t201\t');
CALL order_place(@batch);
SET @batch = CONCAT('[', one_order(12, 8, '{"items": [{"sku_id": "41", "qty": 3}]}'), ']');
CALL assert_next('one put off', '^12\t201\t');
CALL order_place(@batch);
CALL assert_is('the first that it is fit for has it', (SELECT GROUP_CONCAT(discount_total ORDER BY order_id) FROM orders WHERE account_id = 8), '0,100,0');
CALL assert_is('which counts once', (SELECT used FROM promotion_use WHERE promotion_id = 752 AND account_id = 8), 1);
SET @batch = CONCAT('[', one_order(20, 9, '{"items": [{"sku_id": "41", "qty": 9999}]}'), ',',
                    one_order(21, 9, '{"items": [{"sku_id": "41", "qty": 2}]}'), ']');
CALL assert_next('one that gets no units', '30401');
CALL order_place(@batch);
CALL assert_is('decides before the one behind it', (SELECT GROUP_CONCAT(n, ':', error ORDER BY n) FROM b_request), '20:30401,21:30014');
SET @batch = CONCAT('[', one_order(21, 9, '{"items": [{"sku_id": "41", "qty": 2}]}'), ']');
CALL assert_next('which has what the first could not use', '^21\t201\t');
CALL order_place(@batch);
CALL assert_is('its discount', (SELECT discount_total FROM orders WHERE account_id = 9), 100);

-- Nobody waits for a rule that gives way in any case
CALL make_promotion('{"promotion_id": 753, "name": "Alone", "kind": "fixed", "value": 50, "exclusive": 1, "priority": 10}');
SET @batch = CONCAT('[', one_order(50, 14, '{"items": [{"sku_id": "41", "qty": 2}]}'), ',',
                    one_order(51, 14, '{"items": [{"sku_id": "41", "qty": 2}]}'), ',', one_order(52, 14, '{"items": [{"sku_id": "41", "qty": 2}]}'), ']');
CALL assert_next('all of one account', '^50	201	');
CALL order_place(@batch);
CALL assert_is('have the rule that wants to be alone', (SELECT GROUP_CONCAT(discount_total) FROM orders WHERE account_id = 14), '50,50,50');
CALL assert_is('and none is put off', (SELECT COUNT(error) FROM b_request), 0);

-- What promotions took off, as the audit sees it: 50 of the goods, and shipping, which would have cost 490
CALL forget_promotions();
CALL make_promotion('{"promotion_id": 761, "name": "Ten"}');
CALL make_promotion('{"promotion_id": 762, "name": "We ship", "kind": "free_shipping", "value": 0}');
SET @batch = CONCAT('[', one_order(30, 10, '{}'), ',', one_order(31, 10, '{"items": [{"sku_id": "54", "qty": 8}]}'), ',',
                    one_order(32, 10, '{"shipping_method": 802, "items": [{"sku_id": "54", "qty": 3}]}'), ']');
CALL assert_next('three that ship for nothing', '^30\t201\t');
CALL order_place(@batch);
CALL assert_is('what was taken off', (SELECT GROUP_CONCAT(p.amount ORDER BY p.order_id, p.promotion_id) FROM order_promotion p WHERE p.promotion_id IN (761, 762)),
               '50,490,800,490,300,250');
SELECT MIN(order_id) INTO @spared FROM orders WHERE account_id = 10;
DELIMITER ;;
CREATE PROCEDURE assert_amounts(in_what VARCHAR(200), in_first BIGINT, in_second BIGINT, in_found INT)
BEGIN
    DECLARE v_first, v_second BIGINT;
    SELECT amount INTO v_first FROM order_promotion WHERE order_id = @spared AND promotion_id = 761;
    SELECT amount INTO v_second FROM order_promotion WHERE order_id = @spared AND promotion_id = 762;
    UPDATE order_promotion SET amount = IF(promotion_id = 761, in_first, in_second) WHERE order_id = @spared;
    CALL assert_next(in_what, IF(in_found, CONCAT('"rule": *"amount" && "order_id": *"', @spared, '"'), '"violations": *\\[\\]'));
    CALL audit_order_discounts(0, 1000);
    UPDATE order_promotion SET amount = IF(promotion_id = 761, v_first, v_second) WHERE order_id = @spared;
END;;
DELIMITER ;
CALL assert_amounts('as it was', 50, 490, 0);
CALL assert_amounts('a discount of one more', 51, 490, 1);
CALL assert_amounts('a discount of one less', 49, 490, 1);
CALL assert_amounts('shipping that costs another amount', 50, 491, 1);
CALL assert_amounts('shipping that is not free', 50, 0, 1);
CALL assert_amounts('a discount that makes shipping free', 490, 50, 1);
CALL assert_amounts('less than nothing', 550, -10, 1);
UPDATE shipping_method SET price = 1, free_above = NULL, price_per_kg = 0, version = 2;
CALL assert_amounts('a way to ship that has changed: nothing is said', 50, 490, 0);
CALL assert_amounts('but of discounts', 51, 490, 1);
CALL assert_amounts('and of which of the two they are', 490, 50, 1);
UPDATE promotion SET kind = 'fixed', version = 2;
CALL assert_amounts('promotions that have changed: nothing is said', 50, 490, 0);
CALL assert_amounts('but of what is the part of none of them', 60, 480, 1);
UPDATE orders SET shipping_total = 490 WHERE order_id = @spared;
CALL assert_amounts('shipping that was paid and taken off', 50, 490, 1);
