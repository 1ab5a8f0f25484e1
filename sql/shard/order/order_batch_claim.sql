-- order_batch_claim: claims the keys of a batch together with the answers they will replay, or finds the answers that stand.
--
-- Parameters  none: reads and writes b_request
-- Returns  nothing: called by order_place inside its transaction. @order_free_n of them cost nothing. Refused in b_request:
--          30504 order.price_changed, 30021 idempotency.mismatch. A request whose key has an answer gets it, also one refused before for what changed since.
-- Errors   30022 idempotency.in_progress, when the batch is one request and another one holds its key beyond the lock
--          wait; a larger batch gets 1205, and its caller divides it
-- Locks    idempotency (by account and key): duplicates of requests still running wait here for them
-- Example  CALL order_batch_claim();
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_batch_claim()
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'keys of a batch of orders'
BEGIN
    DECLARE v_all INT;
    DECLARE EXIT HANDLER FOR 1205
    BEGIN
        IF (SELECT COUNT(*) FROM b_request) = 1 THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30022, MESSAGE_TEXT = 'idempotency.in_progress';
        END IF;
        RESIGNAL;
    END;

    UPDATE b_request
       SET error = IF(total <> expected_total, 30504, NULL),
           detail = IF(total <> expected_total, CONCAT('the total is ', total, ' ', currency), ''),
           etag = IF(total = 0, 'v2', 'v1'),
           body = CONCAT('{"order_id": "', order_id, '", "state": "', IF(total = 0, 'PAID', 'PENDING_PAYMENT'), '", "total": ',
                         total, ', "currency": "', currency, '", "expires_at": ',
                         IF(total = 0, 'null', CONCAT('"', REPLACE(expires_at, ' ', 'T'), 'Z"')), '}')
     WHERE error IS NULL AND status IS NULL;

    SELECT COUNT(*), COALESCE(SUM(total = 0 AND error IS NULL AND status IS NULL), 0) INTO v_all, @order_free_n FROM b_request;
    INSERT INTO idempotency (account_id, route, idempotency_key, body_hash, status, body, etag, created_at)
    SELECT r.account_id, 'order_place', r.idempotency_key, r.body_hash, 201, r.body, r.etag, UTC_TIMESTAMP(3)
      FROM b_request r
     WHERE r.error IS NULL AND r.status IS NULL
     ORDER BY r.account_id, r.idempotency_key, r.n
        ON DUPLICATE KEY UPDATE route = idempotency.route;

    IF ROW_COUNT() <> v_all THEN
        CALL order_batch_replay();
    END IF;
END
