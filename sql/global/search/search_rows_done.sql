-- search_rows_done: the search server has followed these products.
--
-- Parameters
--   in_items  LONGTEXT  JSON array of {product_id, marks} as search_rows gave them
-- Returns  one row: status INT, body JSON
--   200 {"done": n}: so many are no longer due; the others changed meanwhile
-- Errors   none of its own
-- Locks    search_due (by product)
-- Example  CALL search_rows_done('[{"product_id": "7", "marks": 1}]');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE search_rows_done(in_items LONGTEXT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'the search server has followed'
BEGIN
    DECLARE v_done BIGINT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    DELETE d FROM search_due d
      JOIN JSON_TABLE(in_items, '$[*]' COLUMNS (product_id BIGINT PATH '$.product_id', marks BIGINT PATH '$.marks')) j
        ON d.target = 'server' AND d.product_id = j.product_id AND d.marks = j.marks;
    SET v_done = ROW_COUNT();
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('done', v_done + 0) AS body;
END
