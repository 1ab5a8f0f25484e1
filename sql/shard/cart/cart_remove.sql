-- cart_remove: takes a line out of a cart, or all of them; a batch of requests, of which each succeeds or fails alone. All
-- that succeed are one transaction. A line that is not there is out already.
--
-- Parameters
--   in_requests     LONGTEXT   JSON array in order of arrival, of
--     {"n": place in the batch from 0, "account_id": whose cart, "roles": mask of the caller's (1: guest), "sku_id": the
--      line's SKU, absent: every line, "if_match" and "cached" as cart_put takes them}; ids as text
-- Returns  one row for each request: n, status INT, body JSON, etag, error INT, detail
--   200 {"lines_n", "version"}
--   error not NULL: this request was refused and its cart is as it was, for
--     30523 cart.frozen · 30013 precondition.failed · 30015 slot.moved
-- Errors   1213, 1205: nothing is written, and the batch may be divided
-- Locks    slot_owner (shared), cart (by account_id), cart_item, cart_stale
-- Example  CALL cart_remove('[{"n": 0, "account_id": "640", "roles": 2, "sku_id": "42", "cached": 1}]');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE cart_remove(in_requests LONGTEXT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'takes lines out of carts'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_turn, v_turns INT DEFAULT 1;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    CALL cart_batch_open();
    START TRANSACTION;
    CALL cart_batch_read(in_requests, v_now, v_turns);
    WHILE v_turn <= v_turns DO
        CALL cart_batch_admit(v_turn);
        UPDATE c_request r
           SET r.lines_n = (SELECT COUNT(*) FROM cart_item i WHERE i.account_id = r.account_id AND i.sku_id <> r.sku_id),
               r.changed = EXISTS (SELECT 1 FROM cart_item i
                                    WHERE i.account_id = r.account_id AND (r.sku_id IS NULL OR i.sku_id = r.sku_id))
         WHERE r.turn = v_turn AND r.error IS NULL;
        DELETE i
          FROM c_request r
               STRAIGHT_JOIN cart_item i ON i.account_id = r.account_id
         WHERE r.turn = v_turn AND r.error IS NULL AND r.changed = 1 AND (r.sku_id IS NULL OR i.sku_id = r.sku_id);
        CALL cart_batch_save(v_turn, v_now);
        SET v_turn = v_turn + 1;
    END WHILE;
    COMMIT;

    SELECT n, IF(error IS NULL, 200, NULL) AS status, CONCAT('v', version) AS etag, error, detail,
           JSON_OBJECT('lines_n', lines_n + 0, 'version', version + 0) AS body
      FROM c_request
     ORDER BY n;
END
