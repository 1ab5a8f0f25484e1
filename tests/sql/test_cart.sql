-- Carts: lines, ticks, totals, merges.
CALL make_shop();
CALL stock_receive(1001, -1, 41, 'main', 100, NULL);
CALL stock_receive(1002, -1, 42, 'main', 3, NULL);

-- Lines
CALL assert_next('no cart yet: an empty one', '^200.*"lines_n": *0.*v0\\.');
CALL cart_get(5, NULL, NULL, NULL);
CALL assert_next('a line', '200.*v[0-9]+ && {"sku_id": *"41" & "qty": *2 & "lines_n": *1}');
CALL cart_change('put', 5, 2, 41, 2, NULL, NULL, NULL, 1);
SET @v1 = (SELECT version FROM cart WHERE account_id = 5);
CALL assert_is('versions are microseconds', @v1 BETWEEN 1700000000000000 AND 9007199254740991, 1);
CALL assert_next('the same again', '"lines_n": *1');
CALL cart_change('put', 5, 2, 41, 2, NULL, NULL, NULL, 1);
CALL assert_is('changes nothing', (SELECT version FROM cart WHERE account_id = 5), @v1);
CALL assert_next('another quantity', '"qty": *7');
CALL cart_change('put', 5, 2, 41, 7, NULL, NULL, NULL, 1);
CALL assert_is('and a version more', (SELECT version > @v1 FROM cart WHERE account_id = 5), 1);
CALL assert_next('another line', '"lines_n": *2');
CALL cart_change('put', 5, 2, 42, 3, NULL, NULL, NULL, 1);
CALL assert_refused('none of a SKU', 30003, 'request.invalid: qty%', 'CALL cart_change(''put'', 5, 2, 42, 0, NULL, NULL, NULL, 1)');
CALL assert_refused('too many of a SKU', 30003, 'request.invalid: qty%', 'CALL cart_change(''put'', 5, 2, 42, 1000, NULL, NULL, NULL, 1)');
CALL assert_refused('a draft', 30521, 'cart.sku_unavailable%', 'CALL cart_change(''put'', 5, 2, 44, 1, NULL, NULL, NULL, 1)');
CALL assert_refused('a SKU that is not there', 30521, 'cart.sku_unavailable%', 'CALL cart_change(''put'', 5, 2, 77, 1, NULL, NULL, NULL, 1)');
CALL assert_refused('another version than was seen', 30013, 'precondition.failed%', 'CALL cart_change(''put'', 5, 2, 42, 1, NULL, NULL, 7, 1)');
DELETE FROM slot_owner WHERE slot = 6;
CALL assert_refused('an account of nobody''s slot', 30015, 'slot.moved%', 'CALL cart_change(''put'', 6, 2, 42, 1, NULL, NULL, NULL, 1)');
INSERT IGNORE INTO slot_owner (slot) VALUES (6);
CALL assert_is('a refusal leaves nothing', (SELECT GROUP_CONCAT(sku_id, ':', qty ORDER BY sku_id) FROM cart_item), '41:7,42:3');
CALL assert_is('one''s own cart stays', (SELECT expires_at IS NULL FROM cart WHERE account_id = 5), 1);

-- What is shown
CALL assert_next('prices, totals, how many are left',
    '"available".*"few_left" && "total": *9497 && "ticked_total": *9497');
CALL cart_get(5, NULL, NULL, NULL);
UPDATE sku SET price = 450, version = 2 WHERE sku_id = 41;
CALL assert_next('a price that fell', '{"price": *450 & "added_price": *500 & "price_change": *-50}');
CALL cart_get(5, NULL, NULL, NULL);
UPDATE sku SET state = 'retired', version = 3 WHERE sku_id = 41;
CALL assert_next('what is not for sale is left out of the total', '"not_for_sale" && "total": *5997');
CALL cart_get(5, NULL, NULL, NULL);
UPDATE sku SET state = 'active', price = 500, version = 4 WHERE sku_id = 41;

-- Ticks
CALL assert_next('a tick goes', '"lines_n": *2 && "ticked_n": *1');
CALL cart_change('select', 5, 2, NULL, NULL, '["41"]', 0, NULL, 1);
CALL assert_next('and is seen', '"ticked_total": *5997');
CALL cart_get(5, NULL, NULL, NULL);
SET @v2 = (SELECT version FROM cart WHERE account_id = 5);
CALL assert_next('a tick that is not there goes', '"ticked_n": *1');
CALL cart_change('select', 5, 2, NULL, NULL, '["41"]', 0, NULL, 1);
CALL assert_is('without a change', (SELECT version FROM cart WHERE account_id = 5), @v2);
CALL assert_refused('a line that is not there', 30524, 'cart.line_unknown: 43', 'CALL cart_change(''select'', 5, 2, NULL, NULL, ''["42", "43"]'', 0, NULL, 1)');
CALL assert_is('nothing was ticked', (SELECT GROUP_CONCAT(ticked ORDER BY sku_id) FROM cart_item), '0,1');
CALL assert_next('all', '"ticked_n": *2');
CALL cart_change('select', 5, 2, NULL, NULL, NULL, 1, NULL, 1);
CALL assert_is('Redis was told', (SELECT COUNT(*) FROM cart_stale), 0);
CALL assert_next('none, and Redis is away', '"ticked_n": *0');
CALL cart_change('select', 5, 2, NULL, NULL, NULL, 0, NULL, 0);
SET @v3 = (SELECT version FROM cart WHERE account_id = 5);
CALL assert_is('so the worker shall tell it', (SELECT GROUP_CONCAT(account_id, ':', version) FROM cart_stale), CONCAT('5:', @v3));
CALL assert_next('the list of them', '"account_id": *"5"');
CALL cart_stale_list(10);
CALL assert_next('an older change is not done with', '"done": *0');
CALL cart_stale_done('[{"account_id": "5", "version": 1}]');
CALL assert_next('this one is', '"done": *1');
CALL cart_stale_done(CONCAT('[{"account_id": "5", "version": ', @v3, '}]'));

-- Ticks of Redis
CALL assert_next('ticks that are not here yet are shown', '"ticked_n": *1 && "ticked_total": *5997');
CALL cart_get(5, @v3, @v3 + 1, ',42,');
CALL assert_next('those of another version are not', '"ticked_n": *0');
CALL cart_get(5, @v3 - 1, @v3 + 1, ',42,');
CALL assert_next('they are kept', '"kept": *\\[ *"5" *\\]');
CALL cart_ticks_keep(JSON_ARRAY(JSON_OBJECT('account_id', '5', 'base', @v3, 'version', @v3 + 1, 'ticked', ',42,')));
CALL assert_is('as they are', (SELECT GROUP_CONCAT(ticked ORDER BY sku_id) FROM cart_item), '0,1');
CALL assert_next('twice is once', '"kept": *\\[ *"5" *\\]');
CALL cart_ticks_keep(JSON_ARRAY(JSON_OBJECT('account_id', '5', 'base', @v3, 'version', @v3 + 1, 'ticked', ',42,')));
CALL assert_next('further ones of the same copy, which does not know that, are shown', '"ticked_n": *2');
CALL cart_get(5, @v3, @v3 + 9, ',41,42,');
CALL assert_next('and kept', '"kept": *\\[ *"5" *\\]');
CALL cart_ticks_keep(JSON_ARRAY(JSON_OBJECT('account_id', '5', 'base', @v3, 'version', @v3 + 9, 'ticked', ',41,')));
CALL assert_is('as they are', (SELECT GROUP_CONCAT(ticked ORDER BY sku_id) FROM cart_item), '1,0');
CALL assert_next('earlier ones of it come too late', '"kept": *\\[ *\\]');
CALL cart_ticks_keep(JSON_ARRAY(JSON_OBJECT('account_id', '5', 'base', @v3, 'version', @v3 + 4, 'ticked', ',42,')));
CALL assert_next('and are not shown', '"ticked_n": *1');
CALL cart_get(5, @v3, @v3 + 4, ',41,42,');
CALL assert_next('of which it knows some by now', '"ticked_n": *2');
CALL cart_get(5, @v3 + 1, @v3 + 12, ',41,42,');
CALL assert_next('it may be so', '"kept": *\\[ *"5" *\\]');
CALL cart_ticks_keep(JSON_ARRAY(JSON_OBJECT('account_id', '5', 'base', @v3 + 1, 'version', @v3 + 12, 'ticked', ',41,')));
CALL assert_next('those made from another version are not kept', '"kept": *\\[ *\\]');
CALL cart_ticks_keep(JSON_ARRAY(JSON_OBJECT('account_id', '5', 'base', @v3 - 1, 'version', @v3 + 20, 'ticked', ',42,')));
CALL assert_next('nor from one that is not known here', '"kept": *\\[ *\\]');
CALL cart_ticks_keep(JSON_ARRAY(JSON_OBJECT('account_id', '5', 'base', @v3 + 19, 'version', @v3 + 20, 'ticked', ',42,')));
CALL assert_is('the version is what was kept', (SELECT version FROM cart WHERE account_id = 5), @v3 + 12);
CALL assert_next('a line changes', '"qty": *4');
CALL cart_change('put', 5, 2, 42, 4, NULL, NULL, NULL, 1);
CALL assert_next('then no more of that copy are kept', '"kept": *\\[ *\\]');
CALL cart_ticks_keep(JSON_ARRAY(JSON_OBJECT('account_id', '5', 'base', @v3, 'version', @v3 + 9000000000, 'ticked', ',42,')));
CALL assert_next('nor shown', '"ticked_n": *1');
CALL cart_get(5, @v3, @v3 + 9000000000, ',41,42,');

-- Limits
INSERT INTO sku (sku_id, product_id, title, options_text, price, currency, state, weight_grams, version)
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 250)
SELECT 1000 + i, 9, 'Thing', '', 100, 'EUR', 'active', 1, 1 FROM n;
INSERT INTO cart_item (account_id, sku_id, qty, ticked, added_price, added_currency, added_at)
SELECT 5, sku_id, 1, 1, price, currency, UTC_TIMESTAMP(3) FROM sku WHERE sku_id BETWEEN 1001 AND 1198;
CALL assert_refused('line 201', 30522, 'cart.limit%', 'CALL cart_change(''put'', 5, 2, 1199, 1, NULL, NULL, NULL, 1)');
CALL assert_next('another quantity in a full cart', '"lines_n": *200');
CALL cart_change('put', 5, 2, 41, 8, NULL, NULL, NULL, 1);
CALL assert_next('200 lines are shown', '"lines_n": *200');
CALL cart_get(5, NULL, NULL, NULL);

-- Taking out
CALL assert_next('one', '"lines_n": *199');
CALL cart_change('remove', 5, 2, 41, NULL, NULL, NULL, NULL, 1);
CALL assert_next('again', '"lines_n": *199');
CALL cart_change('remove', 5, 2, 41, NULL, NULL, NULL, NULL, 1);
CALL assert_refused('another version than was seen', 30013, 'precondition.failed%', 'CALL cart_change(''remove'', 5, 2, NULL, NULL, NULL, NULL, 7, 1)');
CALL assert_next('all', '"lines_n": *0');
CALL cart_change('remove', 5, 2, NULL, NULL, NULL, NULL, NULL, 1);

-- Merging
CALL assert_next('the account''s', '"lines_n": *1');
CALL cart_change('put', 5, 2, 41, 990, NULL, NULL, NULL, 1);
CALL assert_next('which it has not ticked', '"ticked_n": *0');
CALL cart_change('select', 5, 2, NULL, NULL, NULL, 0, NULL, 1);
CALL assert_next('the guest''s', '"lines_n": *1');
CALL cart_change('put', 9, 1, 41, 10, NULL, NULL, NULL, 1);
CALL assert_next('two lines', '"lines_n": *2');
CALL cart_change('put', 9, 1, 42, 2, NULL, NULL, NULL, 1);
CALL assert_is('a guest''s cart ends', (SELECT DATEDIFF(expires_at, changed_at) FROM cart WHERE account_id = 9), 30);
CALL assert_next('nothing to merge', '"merge_id": *null && "items": *\\[ *\\]');
CALL cart_freeze(10, 5, 7700, 1);
CALL assert_next('frozen', '"merge_id": *"7701" && "41".*"42"');
CALL cart_freeze(9, 5, 7701, 1);
CALL assert_next('again: the same merge', '"merge_id": *"7701"');
CALL cart_freeze(9, 5, 7702, 1);
CALL assert_refused('not for another account', 30523, 'cart.frozen%', 'CALL cart_freeze(9, 6, 7703, 1)');
CALL assert_refused('the guest changes nothing more', 30523, 'cart.frozen%', 'CALL cart_change(''put'', 9, 1, 41, 1, NULL, NULL, NULL, 1)');
CALL assert_refused('nor ticks', 30523, 'cart.frozen%', 'CALL cart_change(''select'', 9, 1, NULL, NULL, NULL, 0, NULL, 1)');
CALL assert_next('the worker knows', '"guest_id": *"9" && "account_id": *"5" && "merge_id": *"7701"');
CALL cart_merging_page(10, 0);
SET @items = cart_items_json(9);
CALL assert_next('merged', '"lines_n": *2 && "left_out_n": *0');
CALL cart_merge(7701, 5, @items, 1);
CALL assert_is('added up to the limit, ticked when either was', (SELECT GROUP_CONCAT(sku_id, ':', qty, ':', ticked ORDER BY sku_id)
                                                         FROM cart_item WHERE account_id = 5), '41:999:1,42:2:1');
SET @v4 = (SELECT version FROM cart WHERE account_id = 5);
CALL assert_next('a second time', '"lines_n": *2');
CALL cart_merge(7701, 5, @items, 1);
CALL assert_is('changes nothing', (SELECT GROUP_CONCAT(qty ORDER BY sku_id) FROM cart_item WHERE account_id = 5), '999,2');
CALL assert_is('nor the version', (SELECT version FROM cart WHERE account_id = 5), @v4);
CALL assert_next('finished', '"removed": *2');
CALL cart_merge_finish(9, 7701, 1);
CALL assert_next('finished before', '"removed": *0');
CALL cart_merge_finish(9, 7701, 1);
CALL assert_next('the guest may begin anew', '"lines_n": *1');
CALL cart_change('put', 9, 1, 42, 1, NULL, NULL, NULL, 1);
INSERT INTO cart_item (account_id, sku_id, qty, ticked, added_price, added_currency, added_at)
SELECT 5, sku_id, 1, 1, price, currency, UTC_TIMESTAMP(3) FROM sku WHERE sku_id BETWEEN 1001 AND 1197;
CALL assert_next('room for one of two more; the one that is there is no matter', '"lines_n": *200 && "left_out_n": *1');
CALL cart_merge(7704, 5, '[{"sku_id": "42", "qty": 1, "ticked": 0, "added_price": 1, "added_currency": "EUR", "added_at": "2026-01-01 00:00:00"},
    {"sku_id": "1201", "qty": 1, "ticked": 0, "added_price": 1, "added_currency": "EUR", "added_at": "2026-01-01 00:00:00"},
    {"sku_id": "1202", "qty": 1, "ticked": 0, "added_price": 1, "added_currency": "EUR", "added_at": "2026-01-01 00:00:00"}]', 1);

-- Ordering
CREATE FUNCTION from_cart(in_n INT, in_order_id BIGINT, in_account_id BIGINT, in_key VARCHAR(255), in_version BIGINT)
RETURNS LONGTEXT CHARACTER SET utf8mb4 NO SQL
RETURN JSON_REMOVE(JSON_SET(place_json(in_n, in_order_id, in_account_id, 2, in_key, 'h', '[]', '{"name": "A"}', NULL, NULL, NULL, 60),
                            '$.cart_version', in_version + 0), '$.items');
CALL stock_receive(1003, -1, 41, 'main', 1000, NULL);
CALL assert_next('a cart of three', '"lines_n": *1');
CALL cart_change('put', 7, 2, 41, 2, NULL, NULL, NULL, 1);
CALL assert_next('lines', '"lines_n": *2');
CALL cart_change('put', 7, 2, 42, 1, NULL, NULL, NULL, 1);
CALL assert_next('of which', '"lines_n": *3');
CALL cart_change('put', 7, 2, 1201, 5, NULL, NULL, NULL, 1);
CALL assert_next('one is not ticked', '"ticked_n": *2');
CALL cart_change('select', 7, 2, NULL, NULL, '["1201"]', 0, NULL, 1);
SET @v5 = (SELECT version FROM cart WHERE account_id = 7);
CALL assert_next('another version than was shown', '30520');
SET @requests = CONCAT('[', from_cart(0, 9101 * 256 + 7, 7, 'c1', @v5 - 1), ']');
CALL order_place(@requests);
CALL assert_next('nobody else''s cart', '30520');
SET @requests = CONCAT('[', from_cart(0, 9101 * 256 + 8, 8, 'c1', @v5), ']');
CALL order_place(@requests);
CALL assert_next('an order of the ticked lines', '201.*"total": *2999');
SET @requests = CONCAT('[', from_cart(0, 9102 * 256 + 7, 7, 'c2', @v5), ']');
CALL order_place(@requests);
CALL assert_is('its lines are the cart''s, in its order', (SELECT GROUP_CONCAT(line, ':', sku_id, ':', qty ORDER BY line)
                                                  FROM order_item WHERE order_id = 9102 * 256 + 7), '1:41:2,2:42:1');
CALL assert_is('they left the cart', (SELECT GROUP_CONCAT(sku_id, ':', qty) FROM cart_item WHERE account_id = 7), '1201:5');
CALL assert_is('its copy is dropped by who ordered', (SELECT COUNT(*) FROM cart_stale WHERE account_id = 7), 0);
CALL assert_next('the same key again: the same order', '201.*"total": *2999');
SET @requests = CONCAT('[', from_cart(0, 9103 * 256 + 7, 7, 'c2', @v5), ']');
CALL order_place(@requests);
CALL assert_next('another key, the same submission: refused', '30520');
SET @requests = CONCAT('[', from_cart(0, 9104 * 256 + 7, 7, 'c3', @v5), ']');
CALL order_place(@requests);
SET @v6 = (SELECT version FROM cart WHERE account_id = 7);
CALL assert_next('nothing is ticked', '30501');
SET @requests = CONCAT('[', from_cart(0, 9105 * 256 + 7, 7, 'c4', @v6), ']');
CALL order_place(@requests);
CALL assert_next('ticked', '"ticked_n": *1');
CALL cart_change('select', 7, 2, NULL, NULL, NULL, 1, NULL, 1);
SET @v7 = (SELECT version FROM cart WHERE account_id = 7);
CALL assert_next('too few units', '30401.*1201 main 5');
SET @requests = CONCAT('[', from_cart(0, 9106 * 256 + 7, 7, 'c5', @v7), ']');
CALL order_place(@requests);
CALL assert_is('nothing left the cart, nothing changed', (SELECT CONCAT(version - @v7, ':', (SELECT qty FROM cart_item WHERE account_id = 7))
                                                   FROM cart WHERE account_id = 7), '0:5');
CALL stock_receive(1004, -1, 1201, 'main', 50, NULL);
SET @requests = CONCAT('[', from_cart(0, 9107 * 256 + 7, 7, 'c6', @v7), ',', from_cart(1, 9108 * 256 + 7, 7, 'c7', @v7), ',',
                        from_cart(2, 9109 * 256 + 7, 7, 'c6', @v7), ']');
CALL order_place(@requests);
CALL assert_is('two keys and a repetition in one batch: one order', (SELECT COUNT(*) FROM orders WHERE account_id = 7), 2);
CALL assert_is('which the repetition is answered, and the other put off', (SELECT GROUP_CONCAT(COALESCE(error, status, 201) ORDER BY n) FROM b_request),
               '201,30014,201');
CALL assert_next('to be refused', '30520');
SET @requests = CONCAT('[', from_cart(0, 9108 * 256 + 7, 7, 'c7', @v7), ']');
CALL order_place(@requests);
CALL assert_is('of the units that were there', (SELECT reserved FROM stock WHERE sku_id = 1201), 5);
CALL assert_is('the cart is empty', (SELECT COUNT(*) FROM cart_item WHERE account_id = 7), 0);
UPDATE cart SET merge_id = 7799, merge_into = 5 WHERE account_id = 7;
CALL assert_next('a frozen cart', '30523');
SET @requests = CONCAT('[', from_cart(0, 9110 * 256 + 7, 7, 'c8', (SELECT version FROM cart WHERE account_id = 7)), ']');
CALL order_place(@requests);
CALL assert_law('ordered from carts');

-- Batches
SET @requests = CONCAT('[', cart_change_json(0, 20, 2, 41, 1, NULL, NULL, NULL, 1), ',', cart_change_json(1, 21, 1, 42, 2, NULL, NULL, NULL, 0), ',',
                     cart_change_json(2, 22, 2, 44, 1, NULL, NULL, NULL, 1), ',', cart_change_json(3, 23, 2, 42, 0, NULL, NULL, NULL, 1), ',',
                     cart_change_json(4, 24, 2, 42, 1, NULL, NULL, 7, 1), ',', cart_change_json(5, 7, 2, 42, 1, NULL, NULL, NULL, 1), ',',
                     cart_change_json(6, 25, 2, 43, 999, NULL, NULL, NULL, 1), ']');
CALL cart_put(@requests);
CALL assert_changed('carts of many at once: each fails alone', '+1 +1 30521 30003(qty: 1 to 999) 30013 30523 +1');
CALL assert_is('what is in them', (SELECT GROUP_CONCAT(account_id, ':', sku_id, ':', qty ORDER BY account_id) FROM cart_item
                                    WHERE account_id BETWEEN 20 AND 25), '20:41:1,21:42:2,25:43:999');
CALL assert_is('who was refused has an empty cart', (SELECT GROUP_CONCAT(version ORDER BY account_id) FROM cart WHERE account_id IN (22, 23, 24)), '0,0,0');
CALL assert_is('a guest''s ends', (SELECT GROUP_CONCAT(account_id ORDER BY account_id) FROM cart WHERE account_id BETWEEN 20 AND 25
                                    AND expires_at > changed_at), '21');
CALL assert_is('the worker is told of that which Redis does not know', (SELECT COUNT(*) FROM cart_stale WHERE account_id BETWEEN 20 AND 25), 1);
SET @v20 = (SELECT version FROM cart WHERE account_id = 20);
SET @requests = CONCAT('[', cart_change_json(0, 20, 2, 41, 3, NULL, NULL, @v20, 1), ',', cart_change_json(1, 20, 2, 42, 1, NULL, NULL, @v20, 1), ',',
                     cart_change_json(2, 20, 2, 42, 2, NULL, NULL, NULL, 1), ',', cart_change_json(3, 20, 2, 42, 2, NULL, NULL, NULL, 1), ',',
                     cart_change_json(4, 20, 2, 41, 5, NULL, NULL, NULL, 1), ',', cart_change_json(5, 21, 1, 42, 2, NULL, NULL, NULL, 1), ']');
CALL cart_put(@requests);
CALL assert_changed('one cart many times: each sees what the one before left', '+1 30013 +2 +2 +2 +1');
CALL assert_is('the last of a SKU stands', (SELECT GROUP_CONCAT(sku_id, ':', qty ORDER BY sku_id) FROM cart_item WHERE account_id = 20), '41:5,42:2');
CALL assert_is('a version for each content', (SELECT COUNT(DISTINCT version) FROM c_request WHERE account_id = 20 AND error IS NULL), 3);
CALL assert_is('the last is the cart''s', (SELECT version FROM cart WHERE account_id = 20), (SELECT MAX(version) FROM c_request WHERE account_id = 20));
CALL assert_is('of which none was used before', (SELECT MIN(version) > @v20 FROM c_request WHERE account_id = 20 AND error IS NULL), 1);
INSERT INTO cart_item (account_id, sku_id, qty, ticked, added_price, added_currency, added_at)
SELECT 21, sku_id, 1, 1, price, currency, UTC_TIMESTAMP(3) FROM sku WHERE sku_id BETWEEN 1001 AND 1198;
SET @requests = CONCAT('[', cart_change_json(0, 21, 1, 1199, 1, NULL, NULL, NULL, 1), ',', cart_change_json(1, 21, 1, 1200, 1, NULL, NULL, NULL, 1), ',',
                     cart_change_json(2, 21, 1, 1199, 2, NULL, NULL, NULL, 1), ']');
CALL cart_put(@requests);
CALL assert_changed('the last line there is room for', '+200 30522(200 lines) +200');
SET @requests = CONCAT('[', cart_change_json(0, 20, 2, NULL, NULL, '["41"]', 0, NULL, 1), ',', cart_change_json(1, 20, 2, NULL, NULL, '["41", "77"]', 1, NULL, 1), ',',
                        cart_change_json(2, 20, 2, NULL, NULL, '["42"]', 0, NULL, 1), ',', cart_change_json(3, 25, 2, NULL, NULL, NULL, 0, NULL, 1), ',',
                        cart_change_json(4, 20, 2, NULL, NULL, '["42"]', 1, NULL, 1), ']');
CALL cart_select(@requests);
CALL assert_changed('ticks of many', '+2 30524(77) +2 +1 +2');
CALL assert_is('in order', (SELECT GROUP_CONCAT(ticked_n ORDER BY n) FROM c_request WHERE error IS NULL), '1,0,0,1');
CALL assert_is('are there', (SELECT GROUP_CONCAT(account_id, ':', sku_id, ':', ticked ORDER BY account_id, sku_id) FROM cart_item
                              WHERE account_id IN (20, 25)), '20:41:0,20:42:1,25:43:0');
SET @v25 = (SELECT version FROM cart WHERE account_id = 25);
SET @requests = CONCAT('[', cart_change_json(0, 20, 2, 41, NULL, NULL, NULL, NULL, 1), ',', cart_change_json(1, 25, 2, NULL, NULL, NULL, NULL, 7, 1), ',',
                        cart_change_json(2, 20, 2, 41, NULL, NULL, NULL, NULL, 1), ',', cart_change_json(3, 21, 1, NULL, NULL, NULL, NULL, NULL, 1), ',',
                        cart_change_json(4, 20, 2, NULL, NULL, NULL, NULL, NULL, 1), ',', cart_change_json(5, 25, 2, 77, NULL, NULL, NULL, @v25, 1), ']');
CALL cart_remove(@requests);
CALL assert_changed('lines of many go', '+1 30013 +1 +0 +0 +1');
CALL assert_is('and are gone', (SELECT GROUP_CONCAT(account_id, ':', sku_id) FROM cart_item WHERE account_id IN (20, 21, 25)), '25:43');
CALL assert_is('what was not there changes nothing', (SELECT version FROM cart WHERE account_id = 25), @v25);

-- Forgetting
CALL assert_next('nothing is old', '"purged": *0');
CALL cart_purge(10);
UPDATE cart SET expires_at = '2026-01-01' WHERE account_id = 9;
UPDATE cart_merge SET merged_at = '2020-01-01' WHERE merge_id = 7701;
CALL assert_next('a guest''s cart and an old merge', '"purged": *1');
CALL cart_purge(10);
CALL assert_is('are gone', (SELECT CONCAT((SELECT COUNT(*) FROM cart WHERE account_id = 9), (SELECT COUNT(*) FROM cart_item WHERE account_id = 9),
                                          (SELECT COUNT(*) FROM cart_merge))), '001');
