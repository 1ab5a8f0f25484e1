-- cart_merging_page: merges that were begun and not finished, oldest first, for the worker.
--
-- Parameters
--   in_limit   BIGINT   at most so many, 1 … 100
--   in_skip    BIGINT   so many of the oldest are left out: this pass could not do them
-- Returns  one row: status INT, body JSON
--   200 {"items": [{"guest_id", "account_id", "merge_id", "lines": […]}]}: lines as cart_merge takes them
-- Errors   none
-- Locks    none
-- Example  CALL cart_merging_page(50, 0);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE cart_merging_page(in_limit BIGINT, in_skip BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'merges under way'
BEGIN
    DECLARE v_items LONGTEXT;

    SELECT CONCAT('[', COALESCE(GROUP_CONCAT(
               JSON_OBJECT('guest_id', CAST(c.account_id AS CHAR), 'account_id', CAST(c.merge_into AS CHAR),
                           'merge_id', CAST(c.merge_id AS CHAR),
                           'lines', JSON_EXTRACT(cart_items_json(c.account_id), '$'))
               ORDER BY c.merge_id), ''), ']')
      INTO v_items
      FROM (SELECT account_id, merge_id, merge_into
              FROM cart
             WHERE merge_id IS NOT NULL
             ORDER BY merge_id
             LIMIT in_limit OFFSET in_skip) c;

    SELECT 200 AS status, JSON_OBJECT('items', JSON_EXTRACT(v_items, '$')) AS body;
END
