-- return_begin: how whatever staff do with a return begins: its key claimed, its order locked.
--
-- Parameters
--   in_return_id         BIGINT         the return
--   in_route             VARCHAR(64)    name of the calling routine
--   in_idempotency_key   VARCHAR(255)   NULL: none
--   in_body_hash         VARBINARY(32)  SHA-256 of path and body
--   out_order_id         BIGINT         its order
--   out_status           INT            the stored answer; NULL: the caller goes on
--   out_body             LONGTEXT
--   out_etag             VARCHAR(64)
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   30004 not_found · 30015 slot.moved · 30021 idempotency.mismatch · 30022 idempotency.in_progress
-- Locks    slot_owner, idempotency, orders (by id)
-- Example  CALL return_begin(6001, 'return_approve', NULL, NULL, v_order_id, v_status, v_body, v_etag);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE return_begin(
    in_return_id BIGINT, in_route VARCHAR(64), in_idempotency_key VARCHAR(255), in_body_hash VARBINARY(32),
    OUT out_order_id BIGINT, OUT out_status INT, OUT out_body LONGTEXT, OUT out_etag VARCHAR(64)
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'the beginning of a change of a return'
BEGIN
    DECLARE v_owner BIGINT;

    CALL slot_check(in_return_id);
    SELECT t.order_id, o.account_id INTO out_order_id, v_owner
      FROM order_return t
      JOIN orders o ON o.order_id = t.order_id
     WHERE t.return_id = in_return_id;
    IF v_owner IS NULL THEN
        CALL return_refuse(in_return_id, NULL);
    END IF;
    -- kept with the buyer's records: those of the staff live on another shard
    CALL idempotency_claim(v_owner, in_route, in_idempotency_key, in_body_hash, out_status, out_body, out_etag);
    IF out_status IS NULL THEN
        CALL order_lock(out_order_id, NULL, NULL, NULL);
    END IF;
END
