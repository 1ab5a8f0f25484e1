-- cart_select: ticks lines of carts, or takes their ticks away, when Redis cannot do it; a batch of requests, of which each
-- succeeds or fails alone. All that succeed are one transaction.
--
-- Parameters
--   in_requests     LONGTEXT   JSON array in order of arrival, of
--     {"n": place in the batch from 0, "account_id": whose cart, "roles": mask of the caller's (1: guest), "sku_ids":
--      ["…", …], these lines, absent: every line, "ticked": 1: an order from the cart takes them, 0: it leaves them,
--      "if_match" and "cached" as cart_put takes them}; ids as text
-- Returns  one row for each request: n, status INT, body JSON, etag, error INT, detail
--   200 {"version", "lines_n", "ticked_n"}
--   error not NULL: this request was refused and its cart is as it was, for
--     30524 cart.line_unknown: <sku_id> · 30523 cart.frozen · 30013 precondition.failed · 30015 slot.moved
-- Errors   1213, 1205: nothing is written, and the batch may be divided
-- Locks    slot_owner (shared), cart (by account_id), cart_item, cart_stale
-- Example  CALL cart_select('[{"n": 0, "account_id": "640", "roles": 2, "sku_ids": ["42"], "ticked": 1, "cached": 0}]');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE cart_select(in_requests LONGTEXT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'ticks lines of carts'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_turn, v_turns INT DEFAULT 1;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    CALL cart_batch_open();
    START TRANSACTION;
    CALL cart_batch_read(in_requests, v_now, v_turns);
    WHILE v_turn <= v_turns DO
        CALL cart_batch_admit(v_turn);
        CALL cart_select_lines(in_requests, v_turn);
        CALL cart_batch_save(v_turn, v_now);
        UPDATE c_request r
           SET r.lines_n = (SELECT COUNT(*) FROM cart_item i WHERE i.account_id = r.account_id),
               r.ticked_n = (SELECT COUNT(*) FROM cart_item i WHERE i.account_id = r.account_id AND i.ticked = 1)
         WHERE r.turn = v_turn AND r.error IS NULL;
        SET v_turn = v_turn + 1;
    END WHILE;
    COMMIT;

    SELECT n, IF(error IS NULL, 200, NULL) AS status, CONCAT('v', version) AS etag, error, detail,
           JSON_OBJECT('version', version + 0, 'lines_n', lines_n + 0, 'ticked_n', ticked_n + 0) AS body
      FROM c_request
     ORDER BY n;
END
