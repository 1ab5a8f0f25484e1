-- database: global
-- Flash sales as the staff schedules them, and what of it goes to the shards.
INSERT INTO product (product_id, handle, title, state, state_wanted, pending, version, created_at, updated_at)
VALUES (5, 'tee', 'Tee', 'published', 'published', 0, 1, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3));
INSERT INTO sku (sku_id, product_id, option_key, position, title, option_values, code, price, currency, weight_grams, initial_units, state, version)
VALUES (42, 5, 'x', 1, 'M', '[]', '', 1999, 'EUR', 0, 0, 'active', 1), (43, 5, 'y', 2, 'L', '[]', '', 1999, 'EUR', 0, 0, 'retired', 1);
SET @soon = rfc3339(UTC_TIMESTAMP(3) + INTERVAL 5 MINUTE), @late = rfc3339(UTC_TIMESTAMP(3) + INTERVAL 1 HOUR);
SET @sale = JSON_OBJECT('title', 'Tees', 'sku_id', '42', 'price', 999, 'units', 100, 'starts_at', @soon, 'ends_at', @late);

CALL assert_refused('a SKU that is not for sale', 30003, 'request.invalid: sku_id%', 'CALL flash_create(512, 1, NULL, NULL, JSON_SET(@sale, ''$.sku_id'', ''43''))');
CALL assert_refused('a time that is none', 30003, 'request.invalid: starts_at%', 'CALL flash_create(512, 1, NULL, NULL, JSON_SET(@sale, ''$.starts_at'', ''tomorrow, early in the day''))');
CALL assert_refused('a day there is not', 30003, 'request.invalid: starts_at: like%', 'CALL flash_create(512, 1, NULL, NULL, JSON_SET(@sale, ''$.starts_at'', ''2027-02-29T09:00:00Z''))');
CALL assert_refused('nor is this', 30003, 'request.invalid: ends_at: like%', 'CALL flash_create(512, 1, NULL, NULL, JSON_SET(@sale, ''$.ends_at'', ''2027-04-31T09:00:00Z''))');
CALL assert_refused('an hour there is not', 30003, 'request.invalid: queue_opens_at: like%', 'CALL flash_create(512, 1, NULL, NULL, JSON_SET(@sale, ''$.queue_opens_at'', ''2027-02-28T24:00:00Z''))');
CALL assert_refused('an end before the start', 30003, 'request.invalid: ends_at%', 'CALL flash_create(512, 1, NULL, NULL, JSON_SET(@sale, ''$.ends_at'', @soon))');
CALL assert_refused('more for one than there are', 30003, 'request.invalid: per_account%', 'CALL flash_create(512, 1, NULL, NULL, JSON_SET(@sale, ''$.per_account'', 101))');
CALL assert_next('a sale', '^201.*"state": *"scheduled" && "currency": *"EUR" && "per_account": *1[,}] && "waiting_room": *true && "pool": *"fe8"');
CALL flash_create(512, 1, 'k', 'h', @sale);
CALL assert_next('once', '^201.*"512"');
CALL flash_create(513, 1, 'k', 'h', @sale);
CALL assert_is('there is one', (SELECT COUNT(*) FROM flash_sale), 1);
CALL assert_is('its queue opens ten minutes before it starts', (SELECT TIMESTAMPDIFF(SECOND, queue_opens_at, starts_at) FROM flash_sale), 600);
CALL assert_is('the shards are told', (SELECT CONCAT(routine, ' ', version) FROM broadcast), 'flash_apply 1');
CALL assert_next('also on the last day of a month', '"queue_opens_at": *"2027-01-31T08:50:00.000Z"');
CALL flash_create(516, 1, NULL, NULL, JSON_SET(@sale, '$.starts_at', '2027-01-31T09:00:00Z', '$.ends_at', '2027-01-31T10:00:00Z'));
DELETE FROM flash_sale WHERE sale_id = 516;
DELETE FROM broadcast WHERE aggregate_id = 516;
CALL assert_next('buyers see it', '"price": *999 && "regular_price": *1999 && "state": *"queue" && !epoch');
CALL flash_shown(512);
CALL assert_next('in the list too', '"512"');
CALL flash_shown_list();

CALL assert_next('a change', '^200.*"units": *50[,}].*v2$');
CALL flash_change(512, 1, NULL, NULL, 1, '{"units": 50}');
CALL assert_refused('of one that was changed meanwhile', 30013, 'precondition.failed%', 'CALL flash_change(512, 1, NULL, NULL, 1, ''{"units": 60}'')');
CALL assert_next('the worker finds it', '"512".*"state": *"scheduled"|"state": *"scheduled".*"512"');
CALL flash_due();
CALL assert_next('it opens', '"advanced": *1 && "state": *"open" && "epoch": *1');
CALL flash_advance(512, 'open', NULL);
CALL assert_next('once', '"advanced": *0 && "epoch": *1');
CALL flash_advance(512, 'open', NULL);
CALL assert_next('a new epoch', '"advanced": *1 && "epoch": *2');
CALL flash_advance(512, 'renew', 1);
CALL assert_next('for the one that ended, not for the next', '"advanced": *0 && "epoch": *2');
CALL flash_advance(512, 'renew', 1);
CALL assert_next('it does not close before its time', '"advanced": *0 && "state": *"open"');
CALL flash_advance(512, 'close', NULL);
CALL assert_refused('fewer units than before', 30910, 'flash.state: units', 'CALL flash_change(512, 1, NULL, NULL, NULL, ''{"units": 40}'')');
CALL assert_refused('another price', 30910, 'flash.state: price', 'CALL flash_change(512, 1, NULL, NULL, NULL, ''{"price": 1}'')');
CALL assert_next('more units, and an end that has come', '^200.*"units": *60[,}]');
CALL flash_change(512, 1, NULL, NULL, NULL, JSON_OBJECT('units', 60, 'ends_at', @late));
UPDATE flash_sale SET starts_at = UTC_TIMESTAMP(3) - INTERVAL 2 SECOND, queue_opens_at = starts_at, ends_at = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND;
CALL assert_next('buyers are told', '"state": *"closed"');
CALL flash_shown(512);
CALL assert_next('it closes', '"advanced": *1 && "state": *"closed"');
CALL flash_advance(512, 'close', NULL);
CALL assert_refused('then nothing changes it', 30910, 'flash.state: closed', 'CALL flash_change(512, 1, NULL, NULL, NULL, ''{"units": 70}'')');
CALL assert_refused('nor calls it off', 30910, 'flash.state: closed', 'CALL flash_cancel(512, 1, NULL, NULL, NULL)');
CALL assert_next('another one', '^201');
CALL flash_create(514, 1, NULL, NULL, @sale);
CALL assert_next('is called off', '^200.*"cancelled"');
CALL flash_cancel(514, 1, NULL, NULL, NULL);
CALL assert_next('the list of the staff, page by page', '"514".*"next_cursor": *"');
CALL flash_list(NULL, 1);
CALL assert_refused('a sale that is not there', 30004, 'not_found%', 'CALL flash_get(9)');
CALL assert_refused('a cursor that is none', 30003, 'request.invalid: cursor%', 'CALL flash_list(''6x'', 1)');
CALL assert_refused('nor of promotions', 30003, 'request.invalid: cursor%', 'CALL promotion_list(''6x'', 1)');
CALL assert_refused('nor of ways of shipping', 30003, 'request.invalid: cursor%', 'CALL shipping_method_list(''6x'', 1)');
CALL assert_refused('nor of taxes', 30003, 'request.invalid: cursor%', 'CALL tax_rate_list(''6x'', 1)');
