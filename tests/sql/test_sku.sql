-- What every shard knows of a SKU is replaced by newer versions only.
SET @old = '[{"sku_id": 11, "product_id": 7, "title": "Lamp", "options_text": "S", "image_url": null, "price": 100,
    "currency": "USD", "list_price": null, "state": "active", "weight_grams": 5, "version": 2, "option_key": "k1"},
    {"sku_id": 12, "product_id": 7, "title": "Lamp", "options_text": "M", "image_url": "/b.svg", "price": 200,
    "currency": "USD", "list_price": 300, "state": "active", "weight_grams": 5, "version": 2}]';

CALL assert_next('SKUs come in', '^200.*"skus": *2');
CALL sku_apply(@old);
CALL assert_is('null stays NULL', (SELECT COUNT(*) FROM sku WHERE list_price IS NULL AND image_url IS NULL), 1);
CALL assert_next('a newer version', '^200');
CALL sku_apply(JSON_SET(@old, '$[0].version', 3, '$[0].price', 150, '$[0].state', 'draft'));
CALL assert_is('replaces', (SELECT CONCAT_WS(' ', price, state, version) FROM sku WHERE sku_id = 11), '150 draft 3');
CALL assert_next('an older one', '^200');
CALL sku_apply(@old);
CALL assert_is('does not', (SELECT CONCAT_WS(' ', price, state, version) FROM sku WHERE sku_id = 11), '150 draft 3');
CALL assert_next('nor does the same', '^200');
CALL sku_apply(JSON_SET(@old, '$[0].version', 3, '$[0].price', 1));
CALL assert_is('version again', (SELECT CONCAT_WS(' ', price, state, version) FROM sku WHERE sku_id = 11), '150 draft 3');
CALL assert_refused('a row without a price changes nothing', 1048, '%price%',
    'CALL sku_apply(JSON_REMOVE(JSON_SET(@old, ''$[0].version'', 9, ''$[1].version'', 9), ''$[1].price''))');
CALL assert_is('not even the others', (SELECT version FROM sku WHERE sku_id = 11), 3);
