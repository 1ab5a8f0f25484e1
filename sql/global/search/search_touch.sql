-- search_touch: notes that products have changed, for every search index to follow.
--
-- Parameters
--   in_product_ids  LONGTEXT  JSON array of product ids; repeated ones count once
-- Returns  one row: status INT, body JSON
--   200 {"touched": n}
-- Errors   none of its own
-- Locks    search_due (by product)
-- Example  CALL search_touch('["7", "8"]');
--
-- Noting a product twice is harmless: it is looked at as it is then.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE search_touch(in_product_ids LONGTEXT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'notes changed products for the search indexes'
BEGIN
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    INSERT INTO search_due (target, product_id, marks)
    SELECT 'words', j.product_id, 1
      FROM (SELECT DISTINCT product_id FROM JSON_TABLE(in_product_ids, '$[*]' COLUMNS (product_id BIGINT PATH '$')) i
             WHERE product_id IS NOT NULL) j
     ORDER BY j.product_id
    ON DUPLICATE KEY UPDATE marks = search_due.marks + 1;
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('touched', JSON_LENGTH(in_product_ids)) AS body;
END
