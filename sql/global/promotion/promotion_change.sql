-- promotion_change: a promotion, changed. It has effect once every shard has taken it: what waits for that stands in broadcast.
--
-- Parameters
--   in_promotion_id, in_account_id, in_idempotency_key, in_body_hash  which; whose request it is, and under which key
--   in_if_match      BIGINT      the version the caller has seen; NULL: any
--   in_transfer_id   BIGINT      new id, for coupons that are issued
--   in_body          LONGTEXT    JSON of what changes; null takes away what may be absent
-- Returns  one row: status INT, body JSON, etag
--   200 as promotion_json gives it
-- Errors   30004 not_found · 30013 precondition.failed · 30003 request.invalid · 30708 promotion.code_taken · 30709 promotion.target_full · 30710 promotion.limit ·
--          30021 idempotency.mismatch · 30022 idempotency.in_progress
-- Locks    idempotency, then promotion, then as promotion_put
-- Example  CALL promotion_change(7, 640, NULL, NULL, 1, 8, '{"name": "…"}');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE promotion_change(
    in_promotion_id BIGINT, in_account_id BIGINT, in_idempotency_key VARCHAR(255), in_body_hash VARBINARY(32),
    in_if_match BIGINT, in_transfer_id BIGINT, in_body LONGTEXT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'a promotion, changed'
BEGIN
    DECLARE v_status INT;
    DECLARE v_version BIGINT;
    DECLARE v_body LONGTEXT;
    DECLARE v_etag VARCHAR(64);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL idempotency_claim(in_account_id, 'promotion_change', in_idempotency_key, in_body_hash, v_status, v_body, v_etag);
    IF v_status IS NULL THEN
        SELECT version + 1 INTO v_version FROM promotion WHERE promotion_id = in_promotion_id FOR UPDATE;
        IF v_version IS NULL THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found';
        ELSEIF v_version - 1 <> in_if_match THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30013, MESSAGE_TEXT = 'precondition.failed';
        END IF;
        CALL promotion_put(in_promotion_id, JSON_MERGE_PATCH(promotion_json(in_promotion_id), in_body), v_version, in_transfer_id);
        SET v_status = 200, v_etag = CONCAT('v', v_version), v_body = promotion_json(in_promotion_id);
        CALL idempotency_store(in_account_id, 'promotion_change', in_idempotency_key, v_status, v_body, v_etag);
    END IF;
    COMMIT;

    SELECT v_status AS status, v_body AS body, v_etag AS etag;
END
