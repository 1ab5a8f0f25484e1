-- database: global
-- A product is imported whole, shown when it is finished, and read by keyset.
SET @lamp = '{"title": "Lamp", "description_html": "<p>x</p>", "vendor": "V", "product_type": "Lamps", "tags": "[\\"a\\"]",
    "category": "Lamps", "category_path": "Home > Lamps", "state": "published", "currency": "USD",
    "images": [{"url": "/a.svg", "alt": "x"}], "options": [{"name": "Size", "option_values": "[\\"S\\",\\"M\\"]"}],
    "words": ["lamp", "oak", "lampshade"], "skus": [
    {"sku_id": 11, "option_key": "k1", "title": "S", "option_values": "[\\"S\\"]", "code": "", "price": 100,
     "weight_grams": 5, "units": 7, "state": "active"},
    {"sku_id": 12, "option_key": "k2", "title": "M", "option_values": "[\\"M\\"]", "code": "c", "price": 200,
     "list_price": 300, "image_url": "/b.svg", "weight_grams": 5, "units": 0, "state": "active"}]}';

CALL assert_refused('a product without SKUs', 30003, 'request.invalid%', 'CALL product_import(1, 2, ''x'', REPEAT(''a'', 64), ''{"skus": []}'')');
CALL assert_refused('what is no JSON', 30003, 'request.invalid%', 'CALL product_import(1, 2, ''x'', REPEAT(''a'', 64), ''{'')');
CALL assert_refused('a SKU without a price', 1048, '%price%',
    'CALL product_import(1, 2, ''x'', REPEAT(''a'', 64), JSON_REMOVE(@lamp, ''$.skus[1].price''))');
CALL assert_is('a refused product leaves nothing', (SELECT COUNT(*) FROM product) + (SELECT COUNT(*) FROM sku), 0);

CALL assert_next('a new product', '^200.*"reference": "import:lamp:k1".*');
CALL product_import(7, 8, 'lamp', REPEAT('a', 64), @lamp);
CALL assert_is('is pending', (SELECT CONCAT(version, ' ', pending) FROM product), '1 1');
CALL assert_is('is a draft until all have followed', (SELECT state FROM product), 'draft');
CALL assert_refused('and cannot be read', 30004, 'not_found%', 'CALL product_get(7)');
CALL assert_refused('nor can its SKUs', 30004, 'not_found%', 'CALL sku_get(11)');
CALL assert_next('another version finishes nothing', '"finished": false');
CALL product_import_finish(7, 2);
CALL assert_next('its own does', '"finished": true');
CALL product_import_finish(7, 1);
CALL assert_next('once', '"finished": false');
CALL product_import_finish(7, 1);
CALL assert_next('then it is listed, prices as numbers', '^200.*"price_min": 100[,}].*"next_cursor":null');
CALL product_list(NULL, NULL, NULL, NULL, NULL, NULL, NULL, 20);
CALL assert_next('also in its category', '"handle": "lamp"');
CALL product_list(8, NULL, NULL, NULL, NULL, NULL, NULL, 20);
CALL assert_next('not in another', '"items":\\[\\]');
CALL product_list(9, NULL, NULL, NULL, NULL, NULL, NULL, 20);
CALL assert_next('it can be read', '^200.*\\["S", ?"M"\\].*v1');
CALL product_get(7);
CALL assert_next('so can its SKUs', '^200.*"image_url": "/a.svg".*v1');
CALL sku_get(11);
CALL assert_next('its category counts it', '"products": 1[,}]');
CALL category_list();

CALL assert_next('the same again is unchanged', '^200.*"outcome": "unchanged"');
CALL product_import(70, 80, 'lamp', REPEAT('a', 64), @lamp);

CALL assert_is('in every way', (SELECT CONCAT(product_id, ' ', version, ' ', pending) FROM product), '7 1 0');

SET @changed = JSON_REMOVE(JSON_SET(@lamp, '$.skus[1].price', 250, '$.skus[1].sku_id', 99, '$.skus[1].units', 50), '$.skus[0]');
CALL assert_next('a change', '"outcome": "updated"');
CALL product_import(70, 80, 'lamp', REPEAT('b', 64), @changed);
CALL assert_is('keeps ids and initial units, retires what is missing',
    (SELECT GROUP_CONCAT(CONCAT_WS(' ', sku_id, price, initial_units, state, version) ORDER BY sku_id) FROM sku),
    '11 100 7 retired 2,12 250 0 active 2');
CALL assert_is('a published product stays published meanwhile', (SELECT CONCAT(state, pending) FROM product), 'published1');
CALL assert_next('finished', 'true');
CALL product_import_finish(7, 2);
CALL assert_next('a retired SKU can still be read', '"state": "retired"');
CALL sku_get(11);
CALL assert_is('prices are those of active SKUs', (SELECT CONCAT(price_min, '-', price_max) FROM product), '250-250');

CALL assert_next('withdrawn: its SKUs are drafts for every shard', '^200.*"state": "draft"');
CALL product_import(70, 80, 'lamp', REPEAT('c', 64), JSON_SET(@changed, '$.state', 'draft'));
CALL assert_next('at once in no list', '"items":\\[\\]');
CALL product_list(NULL, NULL, NULL, NULL, NULL, NULL, NULL, 20);
CALL assert_refused('nor readable', 30004, 'not_found%', 'CALL product_get(7)');

CALL assert_next('published again', '"outcome": "updated"');
CALL product_import(70, 80, 'lamp', REPEAT('d', 64), @lamp);
CALL assert_next('and finished', 'true');
CALL product_import_finish(7, 4);
CALL assert_next('a second product', '"created"');
CALL product_import(17, 18, 'lamp2', REPEAT('e', 64),
    JSON_SET(@lamp, '$.skus[0].sku_id', 21, '$.skus[1].sku_id', 22));
CALL assert_is('in the same category', (SELECT COUNT(*) FROM category), 1);
CALL assert_next('finished', 'true');
CALL product_import_finish(17, 1);
CALL assert_next('newest first, with a cursor', CONCAT('"lamp2".*"next_cursor":"', LOWER(HEX('newest 17 ')), '"'));
CALL product_list(NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1);
CALL assert_next('to the next page', '"product_id": "7".*"next_cursor":null');
CALL product_list(NULL, NULL, NULL, NULL, NULL, NULL, 'newest 17 ', 1);
CALL assert_refused('a cursor of something else', 30003, 'request.invalid: cursor%', 'CALL product_list(NULL, NULL, NULL, NULL, NULL, NULL, ''title 17 x'', 1)');
