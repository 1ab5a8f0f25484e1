-- A shop of @products products (100,000 unless set) in the schema it is run in, a global one: 10 categories with 10 below each,
-- 200 vendors, sizes and colours, prices from 1.00 to about 1,000.00, texts in English and in Chinese. Set-based, in the ids' order: some ten seconds.
SET @products = COALESCE(@products, 100000), @base = 300000000000000000;
SET SESSION group_concat_max_len = 4194304, unique_checks = 0, sql_log_bin = 0;

DROP TABLE IF EXISTS seed;
CREATE TABLE seed (n INT NOT NULL PRIMARY KEY);
INSERT INTO seed
WITH RECURSIVE digit (d) AS (SELECT 0 UNION ALL SELECT d + 1 FROM digit WHERE d < 9)
SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d + 100000 * g.d AS n
FROM digit a, digit b, digit c, digit e, digit f, digit g
HAVING n < @products
ORDER BY n;

INSERT INTO category (category_id, parent_id, name, path)
SELECT @base + n + 1, NULL, CONCAT('Aisle ', n), CONCAT('Aisle ', n) FROM seed WHERE n < 10;
INSERT INTO category (category_id, parent_id, name, path)
SELECT @base + 100 + n, @base + n DIV 10 + 1, CONCAT('Shelf ', n), CONCAT('Aisle ', n DIV 10, ' > Shelf ', n)
FROM seed WHERE n < 100;

INSERT INTO product (product_id, handle, title, description_html, vendor, product_type, tags, image_url, image_alt, price_min,
                     price_max, currency, state, state_wanted, pending, version, created_at, updated_at)
SELECT @base + 1000 + n * 512, CONCAT('seed-', n),
       CONCAT(ELT(1 + n * 7 % 12, 'Amber', 'Birch', 'Cedar', 'Dune', 'Ember', 'Fjord', 'Grove', 'Harbour', 'Indigo', 'Juniper',
                  'Kelp', 'Linden'), ' ', ELT(1 + n * 5 % 9, 'bowl', 'chair', 'coat', 'desk', 'lamp', 'mug', 'rug', 'shelf', 'tray'),
              ' ', n, IF(n % 3 = 2, CONCAT(' ', ELT(1 + n * 7 % 8, '手工', '北欧', '复古', '简约', '经典', '轻便', '加厚', '环保'),
                                           ELT(1 + n * 5 % 9, '陶瓷碗', '餐椅', '羊毛大衣', '实木书桌', '台灯', '马克杯', '地毯', '置物架', '托盘')), '')),
       CONCAT('<p>Made for <b>figures</b>: as long as such texts are, a line or two about what it is and how to care for it.</p><p>',
              ELT(1 + n * 11 % 7, '适合客厅和卧室', '适合厨房和餐厅', '适合阳台和花园', '送礼佳品', '适合办公室', '适合儿童房', '适合户外露营'), '，',
              ELT(1 + n * 3 % 10, '红色', '绿色', '蓝色', '黑色', '白色', '灰色', '米色', '棕色', '粉色', '金色'), '，',
              ELT(1 + n * 13 % 6, '易于清洗', '坚固耐用', '手感柔软', '防水防尘', '可以折叠', '无需安装'), '。</p>'),
       CONCAT('Vendor ', n * 31 % 200), 'Seeded', '["seed"]', '/img/demo/stoneware-mug.svg', 'A mug',
       100 + n * 7919 % 100000, 100 + n * 7919 % 100000 + 200, 'USD', 'published', 'published', 0, 1, UTC_TIMESTAMP(3),
       UTC_TIMESTAMP(3)
FROM seed;
INSERT INTO product_option (product_id, position, name, option_values)
SELECT @base + 1000 + n * 512, 1, 'Size', '["S","M","L"]' FROM seed WHERE COALESCE(@skus, 1) = 1;
INSERT INTO product_option (product_id, position, name, option_values)
SELECT @base + 1000 + n * 512, 2, 'Colour', JSON_ARRAY(CONCAT('Colour ', n % 40)) FROM seed WHERE COALESCE(@skus, 1) = 1;
INSERT INTO product_image (product_id, position, url, alt)
SELECT @base + 1000 + n * 512, 1, '/img/demo/stoneware-mug.svg', 'A mug' FROM seed WHERE COALESCE(@skus, 1) = 1;
INSERT INTO product_category (product_id, category_id, listed)
SELECT @base + 1000 + n * 512, @base + 100 + n * 13 % 100, 1 FROM seed;

-- three sizes of most, one of every fourth; none with @skus = 0
INSERT INTO sku (sku_id, product_id, option_key, position, title, option_values, code, price, list_price, currency, image_url,
                 weight_grams, initial_units, state, version)
SELECT @base + 1000 + s.n * 512 + z.k, @base + 1000 + s.n * 512, CONCAT('seed-', z.k), z.k,
       CONCAT(z.size, ' / Colour ', s.n % 40), JSON_ARRAY(z.size, CONCAT('Colour ', s.n % 40)), '',
       100 + s.n * 7919 % 100000 + (z.k - 1) * 100, NULL, 'USD', NULL, 100, 0, 'active', 1
FROM seed s JOIN (SELECT 1 AS k, 'S' AS size UNION ALL SELECT 2, 'M' UNION ALL SELECT 3, 'L') z ON s.n % 4 <> 0 OR z.k = 1
WHERE COALESCE(@skus, 1) = 1;

INSERT INTO listing_term (kind, name, value) SELECT DISTINCT 'vendor', '', vendor FROM product WHERE product_type = 'Seeded';
INSERT INTO listing_term (kind, name, value)
SELECT 'option', 'Size', z.size FROM (SELECT 'S' AS size UNION ALL SELECT 'M' UNION ALL SELECT 'L') z
UNION ALL SELECT 'option', 'Colour', CONCAT('Colour ', n) FROM seed WHERE n < 40
ON DUPLICATE KEY UPDATE value = listing_term.value;

-- an index made at once is made much faster than row by row
ALTER TABLE product_listing DROP KEY product_listing_price, DROP KEY product_listing_title, DROP KEY product_listing_product;
INSERT INTO product_listing (list_id, product_id, price, title_key)
SELECT l.list_id, p.product_id, p.price_min, LEFT(p.title, 48)
FROM (SELECT 0 AS list_id, n FROM seed
      UNION ALL
      SELECT @base + 100 + n * 13 % 100, n FROM seed
      UNION ALL
      SELECT @base + n * 13 % 100 DIV 10 + 1, n FROM seed
      UNION ALL
      SELECT -t.term_id, s.n FROM seed s
      JOIN listing_term t ON t.kind = 'vendor' AND t.name = '' AND t.value = CONCAT('Vendor ', s.n * 31 % 200)
      UNION ALL
      SELECT -t.term_id, s.n FROM seed s
      JOIN listing_term t ON t.kind = 'option' AND t.name = 'Size' AND (t.value = 'S' OR (t.value IN ('M', 'L') AND s.n % 4 <> 0))
      UNION ALL
      SELECT -t.term_id, s.n FROM seed s
      JOIN listing_term t ON t.kind = 'option' AND t.name = 'Colour' AND t.value = CONCAT('Colour ', s.n % 40)) l
JOIN product p ON p.product_id = @base + 1000 + l.n * 512
ORDER BY l.list_id, l.n;
ALTER TABLE product_listing ADD KEY product_listing_price (list_id, price, product_id),
    ADD KEY product_listing_title (list_id, title_key, product_id), ADD KEY product_listing_product (product_id, list_id);

INSERT INTO listing_count (list_id, term_id, products)
SELECT a.list_id, -b.list_id, COUNT(*)
FROM product_listing a JOIN product_listing b ON b.product_id = a.product_id AND b.list_id <= 0
WHERE a.list_id >= 0
GROUP BY a.list_id, b.list_id
ON DUPLICATE KEY UPDATE products = listing_count.products; -- what was there before keeps its numbers until it changes
DROP TABLE seed;
ANALYZE TABLE product_listing, listing_term, listing_count, product, sku;
