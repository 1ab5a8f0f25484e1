-- cart_put: puts SKUs into carts, ticked, or changes how many units of them are there; a batch of requests, of which each
-- succeeds or fails alone. All that succeed are one transaction.
--
-- Parameters
--   in_requests     LONGTEXT   JSON array in order of arrival, of
--     {"n": place in the batch from 0, "account_id": whose cart, "roles": mask of the caller's (1: guest), "sku_id",
--      "qty": units, 1 … 999: so many are there then, not so many more, "if_match": version the change is meant for,
--      absent: any, "cached": 1: the copy in Redis is dropped, 0: the worker shall do so}; ids as text
-- Returns  one row for each request: n, status INT, body JSON, etag, error INT, detail
--   200 {"sku_id", "qty", "lines_n", "version"}
--   error not NULL: this request was refused and its cart is as it was, for
--     30003 request.invalid: qty · 30521 cart.sku_unavailable · 30522 cart.limit · 30523 cart.frozen ·
--     30013 precondition.failed · 30015 slot.moved
-- Errors   1213, 1205: nothing is written, and the batch may be divided
-- Locks    slot_owner (shared), cart (by account_id), cart_item, cart_stale
-- Example  CALL cart_put('[{"n": 0, "account_id": "640", "roles": 2, "sku_id": "42", "qty": 3, "cached": 1}]');
--
-- Nothing changes when the line is there with these units already. The price of the first time stays: what changed since
-- is shown against it. Repeating a request without if_match changes nothing.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE cart_put(in_requests LONGTEXT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'puts SKUs into carts'
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
          LEFT JOIN cart_item i ON i.account_id = r.account_id AND i.sku_id = r.sku_id
          LEFT JOIN sku s ON s.sku_id = r.sku_id AND s.state = 'active'
           SET r.changed = NOT i.qty <=> r.qty, r.price = s.price, r.currency = s.currency,
               r.lines_n = (SELECT COUNT(*) FROM cart_item o WHERE o.account_id = r.account_id) + (i.sku_id IS NULL),
               r.error = CASE WHEN r.qty IS NULL OR r.qty NOT BETWEEN 1 AND 999 THEN 30003
                              WHEN NOT i.qty <=> r.qty AND s.sku_id IS NULL THEN 30521 END,
               r.detail = IF(r.qty BETWEEN 1 AND 999, '', 'qty: 1 to 999')
         WHERE r.turn = v_turn AND r.error IS NULL;
        UPDATE c_request SET error = 30522, detail = '200 lines'
         WHERE turn = v_turn AND error IS NULL AND changed = 1 AND lines_n > 200;

        INSERT INTO cart_item (account_id, sku_id, qty, ticked, added_price, added_currency, added_at)
        SELECT r.account_id, r.sku_id, r.qty, 1, r.price, r.currency, v_now
          FROM c_request r
         WHERE r.turn = v_turn AND r.error IS NULL AND r.changed = 1
         ORDER BY r.account_id
            ON DUPLICATE KEY UPDATE qty = r.qty;
        CALL cart_batch_save(v_turn, v_now);
        SET v_turn = v_turn + 1;
    END WHILE;
    COMMIT;

    SELECT n, IF(error IS NULL, 200, NULL) AS status, CONCAT('v', version) AS etag, error, detail,
           JSON_OBJECT('sku_id', CAST(sku_id AS CHAR), 'qty', qty + 0, 'lines_n', lines_n + 0, 'version', version + 0) AS body
      FROM c_request
     ORDER BY n;
END
