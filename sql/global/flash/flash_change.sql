-- flash_change: a flash sale, changed. It has effect once every shard has taken it: what waits for that stands in broadcast.
--
-- Parameters
--   in_sale_id, in_account_id, in_idempotency_key, in_body_hash  which; whose request it is, and under which key
--   in_if_match     BIGINT     the version the caller has seen; NULL: any
--   in_body         LONGTEXT   JSON of what changes
-- Returns  one row: status INT, body JSON, etag
--   200 as flash_json gives it
-- Errors   30004 not_found · 30013 precondition.failed · 30910 flash.state: <state>, and of one that is open: <field>, which may
--          not change any more, or may only rise · 30003 request.invalid · 30021 idempotency.mismatch ·
--          30022 idempotency.in_progress
-- Locks    idempotency, then flash_sale, then as flash_put
-- Example  CALL flash_change(7, 640, NULL, NULL, 1, '{"units": 200}');
--
-- Once units are in its pool, its end, its limits and its title may change, and units and per_account may rise.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE flash_change(
    in_sale_id BIGINT, in_account_id BIGINT, in_idempotency_key VARCHAR(255), in_body_hash VARBINARY(32), in_if_match BIGINT,
    in_body LONGTEXT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'a flash sale, changed'
BEGIN
    DECLARE v_status INT;
    DECLARE v_version BIGINT;
    DECLARE v_body LONGTEXT;
    DECLARE v_etag VARCHAR(64);
    DECLARE v_wrong VARCHAR(64);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL idempotency_claim(in_account_id, 'flash_change', in_idempotency_key, in_body_hash, v_status, v_body, v_etag);
    IF v_status IS NULL THEN
        SELECT s.version + 1,
               CASE WHEN s.state NOT IN ('scheduled', 'open') THEN s.state
                    WHEN s.state = 'scheduled' THEN NULL
                    WHEN j.units < s.units THEN 'units' WHEN j.per_account < s.per_account THEN 'per_account'
                    WHEN j.price <> s.price THEN 'price' WHEN j.starts_at IS NOT NULL THEN 'starts_at'
                    WHEN j.queue_opens_at IS NOT NULL THEN 'queue_opens_at' WHEN j.waiting_room IS NOT NULL THEN 'waiting_room' END
          INTO v_version, v_wrong
          FROM (SELECT * FROM JSON_TABLE(in_body, '$' COLUMNS (
                   units BIGINT PATH '$.units', per_account BIGINT PATH '$.per_account', price BIGINT PATH '$.price',
                   starts_at VARCHAR(40) PATH '$.starts_at', queue_opens_at VARCHAR(40) PATH '$.queue_opens_at',
                   waiting_room VARCHAR(5) PATH '$.waiting_room')) t) j
          JOIN flash_sale s ON s.sale_id = in_sale_id
           FOR UPDATE;
        IF v_version IS NULL THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found';
        ELSEIF v_version - 1 <> in_if_match THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30013, MESSAGE_TEXT = 'precondition.failed';
        ELSEIF v_wrong IS NOT NULL THEN
            SET v_wrong = CONCAT('flash.state: ', v_wrong);
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30910, MESSAGE_TEXT = v_wrong;
        END IF;
        CALL flash_put(in_sale_id, JSON_MERGE_PATCH(flash_json(in_sale_id), in_body), v_version);
        SET v_status = 200, v_etag = CONCAT('v', v_version), v_body = flash_json(in_sale_id);
        CALL idempotency_store(in_account_id, 'flash_change', in_idempotency_key, v_status, v_body, v_etag);
    END IF;
    COMMIT;

    SELECT v_status AS status, v_body AS body, v_etag AS etag;
END
