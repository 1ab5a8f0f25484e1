-- promotion_apply: takes the broadcast rows of promotions; a row whose version is not above the one here changes nothing.
--
-- Parameters
--   in_rows         LONGTEXT   JSON array as promotion_tell makes it
-- Returns  one row: status INT, body JSON
--   200 {"promotions": how many rows came in}
-- Errors   1062: two versions of a new promotion came at once; again
-- Locks    price_lock, promotion, promotion_target, stock_transfer, stock, stock_movement
-- Example  CALL promotion_apply('[{"promotion_id": 7, "version": 1, …}]');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE promotion_apply(in_rows LONGTEXT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'broadcast promotions'
BEGIN
    DECLARE v_lock TINYINT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    -- orders under way are waited for: see price_batch
    SELECT one INTO v_lock FROM price_lock WHERE one = 1 FOR UPDATE;
    DELETE p FROM promotion p
      JOIN JSON_TABLE(in_rows, '$[*]' COLUMNS (promotion_id BIGINT PATH '$.promotion_id', version BIGINT PATH '$.version')) j
        ON j.promotion_id = p.promotion_id
     WHERE p.version < j.version;
    INSERT INTO promotion (promotion_id, name, code, kind, value, currency, min_spend, min_qty, max_discount, exclusive,
                           priority, stack_group, total_limit, account_limit, starts_at, ends_at, state, version)
    SELECT j.promotion_id, j.name, j.code, j.kind, j.value, j.currency, j.min_spend, j.min_qty, j.max_discount, j.exclusive,
           j.priority, j.stack_group, j.total_limit, j.account_limit, j.starts_at,
           COALESCE(j.ends_at, '9999-12-31 00:00:00'), j.state, j.version
      FROM JSON_TABLE(in_rows, '$[*]' COLUMNS (
               promotion_id BIGINT PATH '$.promotion_id', name VARCHAR(190) PATH '$.name', code VARCHAR(64) PATH '$.code',
               kind VARCHAR(16) PATH '$.kind', value BIGINT PATH '$.value', currency CHAR(3) PATH '$.currency',
               min_spend BIGINT PATH '$.min_spend', min_qty BIGINT PATH '$.min_qty',
               max_discount BIGINT PATH '$.max_discount', exclusive INT PATH '$.exclusive',
               priority BIGINT PATH '$.priority', stack_group VARCHAR(64) PATH '$.stack_group',
               total_limit BIGINT PATH '$.total_limit', account_limit BIGINT PATH '$.account_limit',
               starts_at DATETIME(3) PATH '$.starts_at', ends_at DATETIME(3) PATH '$.ends_at',
               state VARCHAR(16) PATH '$.state', version BIGINT PATH '$.version')) j
      LEFT JOIN promotion p ON p.promotion_id = j.promotion_id
     WHERE p.promotion_id IS NULL;

    DELETE t FROM promotion_target t
      JOIN JSON_TABLE(in_rows, '$[*]' COLUMNS (promotion_id BIGINT PATH '$.promotion_id', version BIGINT PATH '$.version')) j
        ON j.promotion_id = t.promotion_id
      JOIN promotion p ON p.promotion_id = j.promotion_id AND p.version = j.version;
    INSERT INTO promotion_target (promotion_id, kind, target_id, automatic, ends_at)
    SELECT DISTINCT p.promotion_id, FIELD(j.kind, 'all', 'category', 'product', 'sku') - 1, COALESCE(j.target_id, 0),
           p.code IS NULL, p.ends_at
      FROM JSON_TABLE(in_rows, '$[*]' COLUMNS (
               promotion_id BIGINT PATH '$.promotion_id', version BIGINT PATH '$.version',
               NESTED PATH '$.targets[*]' COLUMNS (kind VARCHAR(16) PATH '$.kind', target_id BIGINT PATH '$.id'))) j
      JOIN promotion p ON p.promotion_id = j.promotion_id AND p.version = j.version AND p.state = 'active'
     WHERE j.kind IS NOT NULL;
    CALL promotion_issue(in_rows);
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('promotions', JSON_LENGTH(in_rows)) AS body;
END
