-- correction_begin: writes down that units were counted again, once for each key, before the shard is told.
--
-- Parameters
--   in_correction_id    BIGINT         new id
--   in_account_id       BIGINT         who corrects
--   in_idempotency_key  VARCHAR(255)   required by the row
--   in_body_hash        VARBINARY(32)  SHA-256 of path and body
--   in_sku_id           BIGINT         the SKU
--   in_shard            BIGINT         its home shard
--   in_qty              BIGINT         units, signed, not 0
--   in_reason           VARCHAR(190)   why
--   in_reference        VARCHAR(190)   the merchant's number of the count; NULL: none
-- Returns  one row: status INT, body JSON
--   201 {"state": "open" | "done", "correction_id": "…", "shard": n, "correction": {…}}: open: to be carried out under
--   that id at that shard; one that was refused is open again, under the new id
-- Errors   30004 not_found · 30021 idempotency.mismatch
-- Locks    goods_correction (by account and key)
-- Example  CALL correction_begin(1024, 640, 'key-1', UNHEX(SHA2('{}', 256)), 42, 0, -3, 'broken', NULL);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE correction_begin(
    in_correction_id BIGINT, in_account_id BIGINT, in_idempotency_key VARCHAR(255), in_body_hash VARBINARY(32),
    in_sku_id BIGINT, in_shard BIGINT, in_qty BIGINT, in_reason VARCHAR(190), in_reference VARCHAR(190)
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'units are counted again'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_hash VARBINARY(32);
    DECLARE v_id, v_shard BIGINT;
    DECLARE v_state VARCHAR(16);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    IF NOT EXISTS (SELECT 1 FROM sku WHERE sku_id = in_sku_id) THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found: there is no such SKU';
    END IF;

    START TRANSACTION;
    INSERT INTO goods_correction (correction_id, account_id, idempotency_key, body_hash, sku_id, pool, shard, qty, reason,
                                  reference, state, created_at)
    VALUES (in_correction_id, in_account_id, in_idempotency_key, in_body_hash, in_sku_id, 'main', in_shard, in_qty,
            in_reason, in_reference, 'open', v_now)
    ON DUPLICATE KEY UPDATE account_id = goods_correction.account_id;
    UPDATE goods_correction
       SET correction_id = in_correction_id, shard = in_shard, state = 'open', created_at = v_now, ended_at = NULL
     WHERE account_id = in_account_id AND idempotency_key = in_idempotency_key AND state = 'refused'
       AND body_hash = in_body_hash;
    SELECT correction_id, body_hash, state, shard INTO v_id, v_hash, v_state, v_shard
      FROM goods_correction
     WHERE account_id = in_account_id AND idempotency_key = in_idempotency_key;
    IF v_hash <> in_body_hash THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30021, MESSAGE_TEXT = 'idempotency.mismatch';
    END IF;
    COMMIT;

    SELECT 201 AS status,
           JSON_OBJECT('state', v_state, 'correction_id', CAST(v_id AS CHAR), 'shard', v_shard + 0,
                       'correction', JSON_EXTRACT(correction_json(v_id), '$')) AS body;
END
