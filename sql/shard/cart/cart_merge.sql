-- cart_merge: second step of a merge: a guest's lines come into the account's cart, once.
--
-- Parameters
--   in_merge_id     BIGINT     what cart_freeze gave
--   in_account_id   BIGINT     whose cart gets them
--   in_items        LONGTEXT   JSON [{"sku_id", "qty", "ticked", "added_price", "added_currency", "added_at"}]
--   in_cached       TINYINT    as cart_save
-- Returns  one row: status INT, body JSON
--   200 {"version", "lines_n", "left_out_n"}: left out are the newest of those that no room was left for
-- Errors   30523 cart.frozen · 30015 slot.moved
-- Locks    slot_owner (shared), cart, cart_merge, cart_item, cart_stale
-- Example  CALL cart_merge(171798691968, 640, '[{"sku_id": "42", "qty": 1, "ticked": 1, "added_price": 1999,
--                          "added_currency": "EUR", "added_at": "2026-11-21 09:00:00.000"}]', 1);
--
-- Units of a SKU that is in both are added up, to 999 at most; it is ticked when it was in either; it keeps the older
-- price. A merge that is repeated finds itself in cart_merge and changes nothing.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE cart_merge(
    in_merge_id BIGINT, in_account_id BIGINT, in_items LONGTEXT, in_cached TINYINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'a guest''s lines come into a cart'
BEGIN
    DECLARE v_version BIGINT;
    DECLARE v_room, v_lines, v_left_out INT DEFAULT 0;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL cart_lock(in_account_id, v_version);
    INSERT IGNORE INTO cart_merge (merge_id, account_id, merged_at)
    VALUES (in_merge_id, in_account_id, UTC_TIMESTAMP(3));
    IF ROW_COUNT() = 1 THEN
        SELECT 200 - COUNT(*) INTO v_room FROM cart_item WHERE account_id = in_account_id;
        INSERT INTO cart_item (account_id, sku_id, qty, ticked, added_price, added_currency, added_at)
        SELECT in_account_id, n.sku_id, n.qty, n.ticked, n.added_price, n.added_currency, n.added_at
          FROM (SELECT j.sku_id, j.qty, j.ticked, j.added_price, j.added_currency, j.added_at, i.sku_id AS mine,
                       SUM(i.sku_id IS NULL) OVER (ORDER BY j.line ROWS UNBOUNDED PRECEDING) AS nth
                  FROM JSON_TABLE(in_items, '$[*]' COLUMNS (
                           line FOR ORDINALITY, sku_id BIGINT PATH '$.sku_id', qty INT PATH '$.qty',
                           ticked TINYINT PATH '$.ticked', added_price BIGINT PATH '$.added_price',
                           added_currency CHAR(3) PATH '$.added_currency', added_at DATETIME(3) PATH '$.added_at')) j
                  LEFT JOIN cart_item i ON i.account_id = in_account_id AND i.sku_id = j.sku_id) n
         WHERE n.mine IS NOT NULL OR n.nth <= v_room
        ON DUPLICATE KEY UPDATE qty = LEAST(999, cart_item.qty + n.qty), ticked = GREATEST(cart_item.ticked, n.ticked);
        CALL cart_save(in_account_id, v_version, in_cached);
        SELECT COUNT(*) INTO v_left_out
          FROM JSON_TABLE(in_items, '$[*]' COLUMNS (sku_id BIGINT PATH '$.sku_id')) j
          LEFT JOIN cart_item i ON i.account_id = in_account_id AND i.sku_id = j.sku_id
         WHERE i.sku_id IS NULL;
    END IF;
    SELECT COUNT(*) INTO v_lines FROM cart_item WHERE account_id = in_account_id;
    SELECT version INTO v_version FROM cart WHERE account_id = in_account_id;
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('version', v_version + 0, 'lines_n', v_lines + 0, 'left_out_n', v_left_out + 0) AS body;
END
