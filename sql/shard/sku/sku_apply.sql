-- What: takes the broadcast rows of SKUs; a row whose version is not above the one here changes nothing.
-- Parameters: in_skus  JSON array of {sku_id, product_id, title, options_text, image_url, price, currency, list_price, state,
--   weight_grams, version, category_ids, tax_class}; prices in minor units; without the last two: no category, standard
-- Returns: 200 {"skus": how many rows came in}
-- Errors: 1406 a text is too long
-- Locks: the SKUs' rows, then those of sku_category
-- Example: CALL sku_apply('[{"sku_id":9,"product_id":7,"title":"Lamp", …}]')
CREATE DEFINER='souk_definer'@'localhost' PROCEDURE sku_apply(IN in_skus LONGTEXT)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    INSERT INTO sku (sku_id, product_id, title, options_text, image_url, price, currency, list_price, state, weight_grams,
                     tax_class, version)
    SELECT j.sku_id, j.product_id, j.title, j.options_text, j.image_url, j.price, j.currency, j.list_price, j.state,
           j.weight_grams, COALESCE(j.tax_class, 'standard'), j.version
    FROM JSON_TABLE(in_skus, '$[*]' COLUMNS (
        sku_id BIGINT PATH '$.sku_id', product_id BIGINT PATH '$.product_id', title VARCHAR(255) PATH '$.title',
        options_text VARCHAR(800) PATH '$.options_text', image_url VARCHAR(2048) PATH '$.image_url',
        price BIGINT PATH '$.price', currency CHAR(3) PATH '$.currency', list_price BIGINT PATH '$.list_price',
        state VARCHAR(16) PATH '$.state', weight_grams BIGINT PATH '$.weight_grams', tax_class VARCHAR(32) PATH '$.tax_class', version BIGINT PATH '$.version')) j
    ON DUPLICATE KEY UPDATE -- assigned from left to right: version last
        title = IF(j.version > sku.version, j.title, sku.title),
        options_text = IF(j.version > sku.version, j.options_text, sku.options_text),
        image_url = IF(j.version > sku.version, j.image_url, sku.image_url),
        price = IF(j.version > sku.version, j.price, sku.price),
        currency = IF(j.version > sku.version, j.currency, sku.currency),
        list_price = IF(j.version > sku.version, j.list_price, sku.list_price),
        state = IF(j.version > sku.version, j.state, sku.state),
        weight_grams = IF(j.version > sku.version, j.weight_grams, sku.weight_grams),
        tax_class = IF(j.version > sku.version, COALESCE(j.tax_class, 'standard'), sku.tax_class),
        version = GREATEST(j.version, sku.version);

    DELETE c FROM sku_category c
    JOIN JSON_TABLE(in_skus, '$[*]' COLUMNS (sku_id BIGINT PATH '$.sku_id', version BIGINT PATH '$.version')) j
      ON j.sku_id = c.sku_id
    JOIN sku s ON s.sku_id = j.sku_id AND s.version = j.version;
    INSERT INTO sku_category (sku_id, category_id)
    SELECT DISTINCT j.sku_id, j.category_id
    FROM JSON_TABLE(in_skus, '$[*]' COLUMNS (
        sku_id BIGINT PATH '$.sku_id', version BIGINT PATH '$.version',
        NESTED PATH '$.category_ids[*]' COLUMNS (category_id BIGINT PATH '$'))) j
    JOIN sku s ON s.sku_id = j.sku_id AND s.version = j.version
    WHERE j.category_id IS NOT NULL;
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('skus', JSON_LENGTH(in_skus)) AS body;
END
