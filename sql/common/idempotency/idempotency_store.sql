-- idempotency_store: the last write of a mutation: keeps its answer under the key that idempotency_claim took.
--
-- Parameters
--   in_account_id        BIGINT         as claimed
--   in_route             VARCHAR(64)    as claimed
--   in_idempotency_key   VARCHAR(255)   as claimed; NULL: nothing is kept
--   in_status            INT            the answer; only 2xx get here, a refusal rolls back
--   in_body              LONGTEXT
--   in_etag              VARCHAR(64)    NULL: none
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   30001 internal, when the key was not claimed in this transaction
-- Locks    idempotency (the key), held already
-- Example  CALL idempotency_store(in_account_id, 'order_place', in_idempotency_key, v_status, v_body, v_etag);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE idempotency_store(
    in_account_id BIGINT, in_route VARCHAR(64), in_idempotency_key VARCHAR(255),
    in_status INT, in_body LONGTEXT, in_etag VARCHAR(64)
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'keeps an answer under its key'
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
