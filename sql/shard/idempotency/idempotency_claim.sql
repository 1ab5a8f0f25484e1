-- What: the first write of a mutation's transaction: claims (account, route, key), or hands back the stored answer.
--       A duplicate of a request still running waits for it here. Internal: the caller's transaction is open.
-- Parameters:
--   in_account_id       whose request
--   in_route            name of the calling routine
--   in_idempotency_key  NULL: nothing is claimed
--   in_body_hash        SHA-256 of the raw body, 32 bytes
--   out_status, out_body, out_etag  the stored answer; out_status is NULL when the caller is the first
-- Errors: 30021 the key was used with another body · 30022 the first request ran past the lock wait
-- Locks: the key's row, until the transaction ends
-- Example: CALL idempotency_claim(in_account_id, 'order_place', in_idempotency_key, in_body_hash, v_status, v_body, v_etag)
CREATE DEFINER='souk_definer'@'localhost' PROCEDURE idempotency_claim(
    IN in_account_id BIGINT, IN in_route VARCHAR(64), IN in_idempotency_key VARCHAR(255), IN in_body_hash VARBINARY(32),
    OUT out_status INT, OUT out_body LONGTEXT, OUT out_etag VARCHAR(64))
SQL SECURITY DEFINER MODIFIES SQL DATA
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
