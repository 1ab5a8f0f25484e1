-- tax_rate_create: a tax rate, new. It has effect once every shard has taken it: what waits for that stands in broadcast.
--
-- Parameters
--   in_tax_rate_id, in_account_id, in_idempotency_key, in_body_hash  a new id; whose request it is, and under which key
--   in_currency      VARCHAR(3)  the shop's, for one that names none
--   in_body          LONGTEXT    JSON of what tax_rate_json gives, as far as it is not as usual
-- Returns  one row: status INT, body JSON, etag
--   201 as tax_rate_json gives it
-- Errors   30003 request.invalid · 30721 tax.rate_taken · 30021 idempotency.mismatch · 30022 idempotency.in_progress
-- Locks    idempotency, then as tax_rate_put
-- Example  CALL tax_rate_create(7, 640, NULL, NULL, 'EUR', '{"name": "…"}');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE tax_rate_create(
    in_tax_rate_id BIGINT, in_account_id BIGINT, in_idempotency_key VARCHAR(255), in_body_hash VARBINARY(32),
    in_currency VARCHAR(3), in_body LONGTEXT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'a tax rate, new'
BEGIN
    DECLARE v_status INT;
    DECLARE v_body LONGTEXT;
    DECLARE v_etag VARCHAR(64);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL idempotency_claim(in_account_id, 'tax_rate_create', in_idempotency_key, in_body_hash, v_status, v_body, v_etag);
    IF v_status IS NULL THEN
        CALL tax_rate_put(in_tax_rate_id, JSON_MERGE_PATCH(
            JSON_OBJECT('region', '', 'tax_class', 'standard', 'state', 'active', 'included', JSON_EXTRACT('true', '$')),
            in_body), 1);
        SET v_status = 201, v_etag = 'v1', v_body = tax_rate_json(in_tax_rate_id);
        CALL idempotency_store(in_account_id, 'tax_rate_create', in_idempotency_key, v_status, v_body, v_etag);
    END IF;
    COMMIT;

    SELECT v_status AS status, v_body AS body, v_etag AS etag;
END
