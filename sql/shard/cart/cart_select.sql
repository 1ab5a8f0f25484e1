-- cart_select: ticks lines of a cart, or takes their ticks away, when Redis cannot do it.
--
-- Parameters
--   in_account_id   BIGINT     whose cart
--   in_roles        BIGINT     mask of the caller's roles; 1: guest
--   in_sku_ids      LONGTEXT   JSON ["…", …]: these lines; NULL: every line
--   in_ticked       TINYINT    1: an order from the cart takes them, 0: it leaves them
--   in_if_match     BIGINT     version the change is meant for; NULL: any
--   in_cached       TINYINT    as cart_save
-- Returns  one row: status INT, body JSON, etag
--   200 {"version", "lines_n", "ticked_n"}
-- Errors   30524 cart.line_unknown: <sku_id> · 30523 cart.frozen · 30013 precondition.failed · 30015 slot.moved
-- Locks    slot_owner (shared), cart, cart_item, cart_stale
-- Example  CALL cart_select(640, 2, '["42"]', 1, NULL, 0);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE cart_select(
    in_account_id BIGINT, in_roles BIGINT, in_sku_ids LONGTEXT, in_ticked TINYINT, in_if_match BIGINT, in_cached TINYINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'ticks lines of a cart'
BEGIN
    DECLARE v_version, v_unknown BIGINT;
    DECLARE v_lines, v_ticked INT;
    DECLARE v_message VARCHAR(128);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL cart_lock(in_account_id, in_roles, in_if_match, v_version);
    SELECT MIN(j.sku_id) INTO v_unknown
      FROM JSON_TABLE(COALESCE(in_sku_ids, '[]'), '$[*]' COLUMNS (sku_id BIGINT PATH '$')) j
      LEFT JOIN cart_item i ON i.account_id = in_account_id AND i.sku_id = j.sku_id
     WHERE i.sku_id IS NULL;
    IF v_unknown IS NOT NULL THEN
        SET v_message = CONCAT('cart.line_unknown: ', v_unknown);
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30524, MESSAGE_TEXT = v_message;
    END IF;

    UPDATE cart_item
       SET ticked = in_ticked
     WHERE account_id = in_account_id AND ticked <> in_ticked
       AND (in_sku_ids IS NULL OR
            sku_id IN (SELECT j.sku_id FROM JSON_TABLE(in_sku_ids, '$[*]' COLUMNS (sku_id BIGINT PATH '$')) j));
    IF ROW_COUNT() > 0 THEN
        CALL cart_save(in_account_id, v_version, in_cached);
    END IF;
    SELECT COUNT(*), COALESCE(SUM(ticked), 0) INTO v_lines, v_ticked FROM cart_item WHERE account_id = in_account_id;
    SELECT version INTO v_version FROM cart WHERE account_id = in_account_id;
    COMMIT;

    SELECT 200 AS status, CONCAT('v', v_version) AS etag,
           JSON_OBJECT('version', v_version + 0, 'lines_n', v_lines + 0, 'ticked_n', v_ticked + 0) AS body;
END
