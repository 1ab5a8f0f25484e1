-- What: the last step of every change of a product or its SKUs: prices of its active SKUs, version, lists, and the events that
--   tell caches and the search of it. Internal: the caller's transaction holds the product's row, and all else is written.
-- Parameters:
--   in_product_id  which product
--   in_version     its new version, which the SKUs that changed have too
-- Errors: none
-- Locks: the product's listings, the counts of its terms
-- Example: CALL product_changed(7, 2)
CREATE DEFINER='souk_definer'@'localhost' PROCEDURE product_changed(IN in_product_id BIGINT, IN in_version BIGINT)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
    DECLARE v_skus TEXT;

    UPDATE product p
    JOIN (SELECT COALESCE(MIN(price), 0) AS price_min, COALESCE(MAX(price), 0) AS price_max
          FROM sku WHERE product_id = in_product_id AND state = 'active') s
    SET p.price_min = s.price_min, p.price_max = s.price_max, p.version = in_version, p.updated_at = UTC_TIMESTAMP(3)
    WHERE p.product_id = in_product_id;
    UPDATE product_category l JOIN product p ON p.product_id = l.product_id
    SET l.listed = (p.state = 'published')
    WHERE l.product_id = in_product_id;
    CALL listing_refresh(in_product_id);

    -- a SKU is shown with the product's title and picture, and only while the product is published
    SELECT IF(COUNT(*) <= 100, CONCAT('"sku_ids":[', COALESCE(GROUP_CONCAT('"', sku_id, '"'), ''), ']'), '"all":true')
    INTO v_skus FROM sku WHERE product_id = in_product_id;
    CALL event_publish('product.changed', in_product_id,
                       CONCAT('{"product_id":"', in_product_id, '","version":', in_version, ',', v_skus, '}'));
    INSERT INTO outbox (event_id, topic, aggregate_id, payload, status, created_at)
    SELECT CONCAT('sku-changed-', sku_id, '-', UUID_SHORT()), 'sku.changed', sku_id,
           JSON_OBJECT('sku_id', CAST(sku_id AS CHAR), 'product_id', CAST(product_id AS CHAR), 'version', version),
           'new', UTC_TIMESTAMP(3)
    FROM sku WHERE product_id = in_product_id AND version = in_version;
END
