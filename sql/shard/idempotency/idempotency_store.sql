-- What: the last write of a mutation's transaction: keeps the answer under the key that idempotency_claim took.
--       Internal: the caller's transaction is open and commits next. Only 2xx get here: a refusal rolls back.
-- Parameters: in_account_id, in_route, in_idempotency_key as claimed (key NULL: nothing to do)
--   in_status, in_body, in_etag  the answer
-- Errors: 30001 when the key was not claimed before
-- Locks: the key's row, which the transaction holds already
-- Example: CALL idempotency_store(in_account_id, 'order_place', in_idempotency_key, v_status, v_body, v_etag)
CREATE DEFINER='souk_definer'@'localhost' PROCEDURE idempotency_store(
    IN in_account_id BIGINT, IN in_route VARCHAR(64), IN in_idempotency_key VARCHAR(255),
    IN in_status INT, IN in_body LONGTEXT, IN in_etag VARCHAR(64))
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
    IF in_idempotency_key IS NOT NULL THEN
        UPDATE idempotency
           SET status = in_status, body = in_body, etag = in_etag
         WHERE account_id = in_account_id AND route = in_route AND idempotency_key = in_idempotency_key
           AND status IS NULL;

        IF ROW_COUNT() <> 1 THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = 'internal: idempotency key not claimed';
        END IF;
    END IF;
END
