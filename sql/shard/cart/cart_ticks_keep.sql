-- cart_ticks_keep: makes ticks that were set in Redis durable, for many carts at once.
--
-- Parameters
--   in_carts   LONGTEXT   JSON [{"account_id": "…", "base": n, "version": n, "ticked": ",42,43,"}]: the version they were
--                         made from, the version with them, and which SKUs are ticked; at most 1000
-- Returns  one row: status INT, body JSON
--   200 {"kept": ["<account_id>", …]}: those whose version is here now; the others changed meanwhile, their ticks are not kept
-- Errors   none of its own
-- Locks    cart (by account_id), cart_item
-- Example  CALL cart_ticks_keep('[{"account_id": "640", "base": 5, "version": 6, "ticked": ",42,"}]');
--
-- Repeating it changes nothing. A copy may have got further ticks since some of its ticks were kept, and not know yet of all that
-- were: as long as nothing but its ticks has changed the cart, any version since the first of them may be its base.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE cart_ticks_keep(in_carts LONGTEXT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'ticks from Redis become durable'
BEGIN
    DECLARE v_kept LONGTEXT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    -- The limit keeps the order of the derived table, in which the rows are locked.
    UPDATE (SELECT t.account_id, t.base, t.version
              FROM JSON_TABLE(in_carts, '$[*]' COLUMNS (account_id BIGINT PATH '$.account_id', base BIGINT PATH '$.base',
                                                        version BIGINT PATH '$.version')) t
             ORDER BY t.account_id LIMIT 1000000) j
           STRAIGHT_JOIN cart c ON c.account_id = j.account_id
       SET c.version = j.version, c.ticks_base = j.base, c.ticks_version = j.version, c.changed_at = UTC_TIMESTAMP(3)
     WHERE (c.version = j.base OR (c.version = c.ticks_version AND j.base BETWEEN c.ticks_base AND c.version))
       AND j.version > c.version AND c.merge_id IS NULL;
    UPDATE JSON_TABLE(in_carts, '$[*]' COLUMNS (account_id BIGINT PATH '$.account_id', version BIGINT PATH '$.version',
                                                ticked LONGTEXT PATH '$.ticked')) j
           STRAIGHT_JOIN cart c ON c.account_id = j.account_id AND c.version = j.version
           STRAIGHT_JOIN cart_item i ON i.account_id = j.account_id
       SET i.ticked = INSTR(j.ticked, CONCAT(',', i.sku_id, ',')) > 0;
    SELECT CONCAT('[', COALESCE(GROUP_CONCAT(JSON_QUOTE(CAST(c.account_id AS CHAR))), ''), ']') INTO v_kept
      FROM JSON_TABLE(in_carts, '$[*]' COLUMNS (account_id BIGINT PATH '$.account_id', version BIGINT PATH '$.version')) j
      JOIN cart c ON c.account_id = j.account_id AND c.version = j.version;
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('kept', JSON_EXTRACT(v_kept, '$')) AS body;
END
