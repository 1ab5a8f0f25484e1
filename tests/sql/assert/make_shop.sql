-- A shard that serves every slot, and SKUs to sell: 41 (500 EUR), 42 (1999 EUR), 43 (7 JPY), 44 (draft). No stock.
CREATE PROCEDURE make_shop()
BEGIN
    INSERT INTO slot_owner (slot)
    WITH RECURSIVE n (slot) AS (SELECT 0 UNION ALL SELECT slot + 1 FROM n WHERE slot < 255)
    SELECT slot FROM n;
    INSERT INTO sku (sku_id, product_id, title, options_text, image_url, price, currency, list_price, state, weight_grams, version)
    VALUES (41, 4, 'Mug', '', '/img/mug.svg', 500, 'EUR', NULL, 'active', 300, 1),
           (42, 5, 'Tee “Ünïcode” 茶', 'M / Blue', NULL, 1999, 'EUR', 2499, 'active', 200, 1),
           (43, 6, 'Sticker', '', NULL, 7, 'JPY', NULL, 'active', 5, 1),
           (44, 7, 'Poster', '', NULL, 900, 'EUR', NULL, 'draft', 100, 1);
END
