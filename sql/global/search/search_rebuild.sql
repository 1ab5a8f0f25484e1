-- search_rebuild: asks for the search server's index to be built anew beside the one in use.
--
-- Parameters
--   in_words  BIGINT  1: make all search words anew as well; 0: only the server's index
-- Returns  one row: status INT, body JSON
--   200 {"epoch": n}: of the index in use until then; a higher one says that the new one is
-- Errors   none of its own
-- Locks    search_index, search_due
-- Example  CALL search_rebuild(0);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE search_rebuild(in_words BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'asks for a new search index'
BEGIN
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    UPDATE search_index SET wanted = 1 WHERE one = 1;
    IF in_words = 1 THEN
        INSERT INTO search_due (target, product_id, marks)
        SELECT 'words', p.product_id, 1 FROM product p
        ON DUPLICATE KEY UPDATE marks = search_due.marks + 1;
    END IF;
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('epoch', epoch) AS body FROM search_index WHERE one = 1;
END
