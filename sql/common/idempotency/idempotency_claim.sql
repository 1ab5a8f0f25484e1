-- idempotency_claim: the first write of a mutation: claims its key, or hands back the answer that stands under it.
--
-- Parameters
--   in_account_id        BIGINT         whose request
--   in_route             VARCHAR(64)    name of the calling routine
--   in_idempotency_key   VARCHAR(255)   NULL: nothing is claimed
--   in_body_hash         VARBINARY(32)  SHA-256 of the raw body
--   out_status           INT            the stored answer; NULL: the caller is the first and goes on
--   out_body             LONGTEXT
--   out_etag             VARCHAR(64)
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   30021 idempotency.mismatch · 30022 idempotency.in_progress, when the first request outlasts the lock wait
-- Locks    idempotency (the key), until the transaction ends: a duplicate of a request still running waits here for it
-- Example  CALL idempotency_claim(in_account_id, 'order_place', in_idempotency_key, in_body_hash, v_status, v_body, v_etag);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE idempotency_claim(
    in_account_id BIGINT, in_route VARCHAR(64), in_idempotency_key VARCHAR(255), in_body_hash VARBINARY(32),
    OUT out_status INT, OUT out_body LONGTEXT, OUT out_etag VARCHAR(64)
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'claims a key or hands back its answer'
BEGIN
    DECLARE v_hash VARBINARY(32);
    DECLARE EXIT HANDLER FOR 1205
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30022, MESSAGE_TEXT = 'idempotency.in_progress';

    IF in_idempotency_key IS NOT NULL THEN
        INSERT INTO idempotency (account_id, route, idempotency_key, body_hash, created_at)
        VALUES (in_account_id, in_route, in_idempotency_key, in_body_hash, UTC_TIMESTAMP(3))
        ON DUPLICATE KEY UPDATE route = idempotency.route;

        SELECT body_hash, status, body, etag INTO v_hash, out_status, out_body, out_etag
          FROM idempotency
         WHERE account_id = in_account_id AND route = in_route AND idempotency_key = in_idempotency_key;

        IF v_hash <> in_body_hash THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30021, MESSAGE_TEXT = 'idempotency.mismatch';
        END IF;
    END IF;
END
