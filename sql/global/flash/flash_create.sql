-- flash_create: a flash sale, scheduled. It has effect once every shard has taken it: what waits for that stands in broadcast.
--
-- Parameters
--   in_sale_id, in_account_id, in_idempotency_key, in_body_hash  a new id; whose request it is, and under which key
--   in_body         LONGTEXT   JSON of what flash_json gives, as far as it is not as usual
-- Returns  one row: status INT, body JSON, etag
--   201 as flash_json gives it
-- Errors   30003 request.invalid · 30021 idempotency.mismatch · 30022 idempotency.in_progress
-- Locks    idempotency, then as flash_put
-- Example  CALL flash_create(7, 640, NULL, NULL, '{"sku_id": "42", …}');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE flash_create(
    in_sale_id BIGINT, in_account_id BIGINT, in_idempotency_key VARCHAR(255), in_body_hash VARBINARY(32), in_body LONGTEXT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'a flash sale, scheduled'
BEGIN
    DECLARE v_status INT;
    DECLARE v_body, v_opens LONGTEXT;
    DECLARE v_etag VARCHAR(64);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL idempotency_claim(in_account_id, 'flash_create', in_idempotency_key, in_body_hash, v_status, v_body, v_etag);
    IF v_status IS NULL THEN
        -- ten minutes before it starts; of a time that is none flash_check says so
        SET v_opens = JSON_UNQUOTE(JSON_EXTRACT(in_body, '$.starts_at'));
        IF is_time(v_opens) THEN
            SET v_opens = rfc3339(CAST(REPLACE(LEFT(v_opens, 19), 'T', ' ') AS DATETIME) - INTERVAL 10 MINUTE);
        END IF;
        CALL flash_put(in_sale_id, JSON_MERGE_PATCH(
            JSON_OBJECT('per_account', 1, 'waiting_room', JSON_EXTRACT('true', '$'), 'challenge_bits', 0, 'admit_per_s', 200,
                        'attempts_per_min', 120, 'requests_per_s', 100000, 'orders_per_s', 2000, 'queue_opens_at', v_opens),
            in_body), 1);
        IF (SELECT ends_at <= UTC_TIMESTAMP(3) FROM flash_sale WHERE sale_id = in_sale_id) THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30003, MESSAGE_TEXT = 'request.invalid: ends_at: not in the past';
        END IF;
        SET v_status = 201, v_etag = 'v1', v_body = flash_json(in_sale_id);
        CALL idempotency_store(in_account_id, 'flash_create', in_idempotency_key, v_status, v_body, v_etag);
    END IF;
    COMMIT;

    SELECT v_status AS status, v_body AS body, v_etag AS etag;
END
