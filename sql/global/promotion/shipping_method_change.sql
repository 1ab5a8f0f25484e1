-- shipping_method_change: a shipping method, changed. It has effect once every shard has taken it: what waits for that stands in broadcast.
--
-- Parameters
--   in_shipping_method_id, in_account_id, in_idempotency_key, in_body_hash  which; whose request it is, and under which key
--   in_if_match      BIGINT      the version the caller has seen; NULL: any
--   in_body          LONGTEXT    JSON of what changes; null takes away what may be absent
-- Returns  one row: status INT, body JSON, etag
--   200 as shipping_method_json gives it
-- Errors   30004 not_found · 30013 precondition.failed · 30003 request.invalid ·
--          30021 idempotency.mismatch · 30022 idempotency.in_progress
-- Locks    idempotency, then shipping_method, then as shipping_method_put
-- Example  CALL shipping_method_change(7, 640, NULL, NULL, 1, '{"name": "…"}');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE shipping_method_change(
    in_shipping_method_id BIGINT, in_account_id BIGINT, in_idempotency_key VARCHAR(255), in_body_hash VARBINARY(32),
    in_if_match BIGINT, in_body LONGTEXT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'a shipping method, changed'
BEGIN
    DECLARE v_status INT;
    DECLARE v_version BIGINT;
    DECLARE v_body LONGTEXT;
    DECLARE v_etag VARCHAR(64);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL idempotency_claim(in_account_id, 'shipping_method_change', in_idempotency_key, in_body_hash, v_status, v_body, v_etag);
    IF v_status IS NULL THEN
        SELECT version + 1 INTO v_version FROM shipping_method WHERE shipping_method_id = in_shipping_method_id FOR UPDATE;
        IF v_version IS NULL THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found';
        ELSEIF v_version - 1 <> in_if_match THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30013, MESSAGE_TEXT = 'precondition.failed';
        END IF;
        CALL shipping_method_put(in_shipping_method_id, JSON_MERGE_PATCH(shipping_method_json(in_shipping_method_id), in_body), v_version);
        SET v_status = 200, v_etag = CONCAT('v', v_version), v_body = shipping_method_json(in_shipping_method_id);
        CALL idempotency_store(in_account_id, 'shipping_method_change', in_idempotency_key, v_status, v_body, v_etag);
    END IF;
    COMMIT;

    SELECT v_status AS status, v_body AS body, v_etag AS etag;
END
