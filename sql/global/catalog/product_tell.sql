-- What: notes for every shard the SKUs of a product that have this version. Internal: in the transaction of their change.
-- Parameters:
--   in_product_id    whose SKUs
--   in_version       only SKUs of this version
--   in_aggregate_id  what they wait under: the product when all of them changed, else the one SKU
-- Errors: none
-- Locks: the row of broadcast
-- Example: CALL product_tell(7, 2, 7)
CREATE DEFINER='souk_definer'@'localhost' PROCEDURE product_tell(
    IN in_product_id BIGINT, IN in_version BIGINT, IN in_aggregate_id BIGINT)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
    DECLARE v_rows LONGTEXT;

    SELECT GROUP_CONCAT(JSON_OBJECT(
               'sku_id', s.sku_id, 'product_id', s.product_id, 'title', p.title,
               'options_text', IF(JSON_LENGTH(s.option_values) = 0, '', s.title),
               'image_url', COALESCE(s.image_url, p.image_url), 'price', s.price, 'currency', s.currency,
               'list_price', s.list_price,
               'state', IF(p.state_wanted = 'published' OR s.state = 'retired', s.state, 'draft'),
               'weight_grams', s.weight_grams, 'tax_class', s.tax_class, 'version', s.version,
               'category_ids', JSON_EXTRACT(product_categories(s.product_id), '$')) ORDER BY s.sku_id)
    INTO v_rows
    FROM sku s JOIN product p ON p.product_id = s.product_id
    WHERE s.product_id = in_product_id AND s.version = in_version;
    CALL broadcast_add('sku_apply', in_aggregate_id, in_version, CONCAT('[', COALESCE(v_rows, ''), ']'));
END
