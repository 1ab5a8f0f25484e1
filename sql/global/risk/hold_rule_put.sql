-- hold_rule_put: says above which total an order is held when it is paid, or that none is. It has effect once every shard has
-- taken it: what waits for that stands in broadcast.
--
-- Parameters
--   in_currency          CHAR(3)        of the orders, ISO 4217
--   in_account_id        BIGINT         who of the staff
--   in_idempotency_key   VARCHAR(255)   NULL: none
--   in_body_hash         VARBINARY(32)  SHA-256 of path and body
--   in_if_match          BIGINT         the version the caller saw, 0 where there was none; NULL: any
--   in_above             BIGINT         minor units, from 0; NULL: none is held
-- Returns  one row: status INT, body JSON, etag
--   200 as hold_rule_json gives it
-- Errors   30003 request.invalid: currency · 30013 precondition.failed · 30021 idempotency.mismatch ·
--          30022 idempotency.in_progress
-- Locks    idempotency, hold_rule, broadcast
-- Example  CALL hold_rule_put('EUR', 640, NULL, NULL, NULL, 100000);
--
-- In broadcast a rule's number is its currency's three letters, read as bytes (domain/hold_rule.c).
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE hold_rule_put(
    in_currency CHAR(3), in_account_id BIGINT, in_idempotency_key VARCHAR(255), in_body_hash VARBINARY(32),
    in_if_match BIGINT, in_above BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'above which total an order is held'
BEGIN
    DECLARE v_status INT;
    DECLARE v_version BIGINT;
    DECLARE v_body, v_row LONGTEXT;
    DECLARE v_etag VARCHAR(64);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    IF NOT BINARY in_currency <=> BINARY UPPER(in_currency) OR in_currency NOT REGEXP '^[A-Z]{3}$' THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30003, MESSAGE_TEXT = 'request.invalid: currency';
    END IF;
    START TRANSACTION;
    CALL idempotency_claim(in_account_id, 'hold_rule_put', in_idempotency_key, in_body_hash, v_status, v_body, v_etag);
    IF v_status IS NULL THEN
        INSERT INTO hold_rule (currency, above, version, changed_by, changed_at)
        VALUES (in_currency, in_above, 1, in_account_id, UTC_TIMESTAMP(3))
            ON DUPLICATE KEY UPDATE above = in_above, version = hold_rule.version + 1, changed_by = in_account_id,
                                    changed_at = UTC_TIMESTAMP(3);
        SELECT version, JSON_ARRAY(JSON_OBJECT('currency', currency, 'above', above, 'version', version))
          INTO v_version, v_row
          FROM hold_rule
         WHERE currency = in_currency;
        IF v_version - 1 <> in_if_match THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30013, MESSAGE_TEXT = 'precondition.failed';
        END IF;
        CALL broadcast_add('hold_rule_apply', CONV(HEX(in_currency), 16, 10), v_version, v_row);
        SET v_status = 200, v_etag = CONCAT('v', v_version), v_body = hold_rule_json(in_currency);
        CALL idempotency_store(in_account_id, 'hold_rule_put', in_idempotency_key, v_status, v_body, v_etag);
    END IF;
    COMMIT;

    SELECT v_status AS status, v_body AS body, v_etag AS etag;
END
