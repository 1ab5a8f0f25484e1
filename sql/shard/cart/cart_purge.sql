-- cart_purge: forgets carts of guests whose tokens have ended, and merges older than 7 days, one small batch a call.
--
-- Parameters
--   in_limit   BIGINT   carts, and merges, at most; 1 … 1000
-- Returns  one row: status INT, body JSON
--   200 {"purged": n}: the larger of the two numbers
-- Errors   none of its own
-- Locks    cart (oldest first), cart_item; cart_merge
-- Example  CALL cart_purge(500);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE cart_purge(in_limit BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'forgets old guests'' carts'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_accounts LONGTEXT;
    DECLARE v_carts, v_merges INT DEFAULT 0;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    SELECT CONCAT('[', COALESCE(GROUP_CONCAT(e.account_id), ''), ']'), COUNT(*) INTO v_accounts, v_carts
      FROM (SELECT account_id FROM cart
             WHERE expires_at < v_now AND merge_id IS NULL
             ORDER BY expires_at LIMIT in_limit FOR UPDATE) e;
    DELETE i
      FROM cart_item i
      JOIN JSON_TABLE(v_accounts, '$[*]' COLUMNS (account_id BIGINT PATH '$')) j ON j.account_id = i.account_id;
    DELETE c
      FROM cart c
      JOIN JSON_TABLE(v_accounts, '$[*]' COLUMNS (account_id BIGINT PATH '$')) j ON j.account_id = c.account_id;
    DELETE FROM cart_merge WHERE merged_at < v_now - INTERVAL 7 DAY ORDER BY merged_at LIMIT in_limit;
    SET v_merges = ROW_COUNT();
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('purged', GREATEST(v_carts, v_merges)) AS body;
END
