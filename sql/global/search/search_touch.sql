-- search_touch: notes that products have changed, for every search index to follow.
--
-- Parameters
--   in_product_ids   LONGTEXT  JSON array of product ids; repeated ones count once
--   in_category_ids  LONGTEXT  JSON array of categories that changed: all products in them and below
-- Returns  one row: status INT, body JSON
--   200 {"touched": n}
-- Errors   none of its own
-- Locks    search_due (by product)
-- Example  CALL search_touch('["7", "8"]', '[]');
--
-- Noting a product twice is harmless: it is looked at as it is then.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE search_touch(in_product_ids LONGTEXT, in_category_ids LONGTEXT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'notes changed products for the search indexes'
BEGIN
    DECLARE v_touched BIGINT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    INSERT INTO search_due (target, product_id, marks)
    SELECT 'words', i.product_id, 1
      FROM (SELECT product_id FROM JSON_TABLE(in_product_ids, '$[*]' COLUMNS (product_id BIGINT PATH '$')) p
             WHERE p.product_id IS NOT NULL
            UNION
            SELECT l.product_id
              FROM JSON_TABLE(in_category_ids, '$[*]' COLUMNS (category_id BIGINT PATH '$')) c
              JOIN product_listing l ON l.list_id = c.category_id) i
     ORDER BY i.product_id
    ON DUPLICATE KEY UPDATE marks = search_due.marks + 1;
    SET v_touched = ROW_COUNT();
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('touched', v_touched + 0) AS body;
END
