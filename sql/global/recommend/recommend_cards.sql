-- recommend_cards: products as lists show them, in the order given. Internal.
--
-- Parameters
--   in_ids  LONGTEXT  JSON array of product ids
-- Returns  JSON array of product_card
-- Locks    none
-- Example  SELECT recommend_cards('["7", "8"]');
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION recommend_cards(in_ids LONGTEXT) RETURNS LONGTEXT
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'products as lists show them'
BEGIN
    RETURN (
        SELECT CONCAT('[', COALESCE(GROUP_CONCAT(
                   product_card(p.product_id, p.handle, p.title, p.vendor, p.product_type, p.image_url, p.image_alt,
                                p.price_min, p.price_max, p.currency) ORDER BY j.n), ''), ']')
          FROM JSON_TABLE(in_ids, '$[*]' COLUMNS (n FOR ORDINALITY, product_id BIGINT PATH '$')) j
          JOIN product p ON p.product_id = j.product_id AND p.state = 'published');
END
