-- return_end: how whatever staff do with a return ends: an event, and the answer stored under the key.
--
-- Parameters
--   in_return_id         BIGINT         the return, changed
--   in_route             VARCHAR(64)    name of the calling routine
--   in_idempotency_key   VARCHAR(255)   as claimed
--   in_account_id        BIGINT         who of the staff
--   in_type              VARCHAR(32)    type of the event
--   out_status           INT            200
--   out_body             LONGTEXT       the return as return_json
--   out_etag             VARCHAR(64)    its version
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   none of its own
-- Locks    orders (by id), order_event, outbox, idempotency
-- Example  CALL return_end(6001, 'return_approve', NULL, 640, 'return.approved', v_status, v_body, v_etag);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE return_end(
    in_return_id BIGINT, in_route VARCHAR(64), in_idempotency_key VARCHAR(255), in_account_id BIGINT, in_type VARCHAR(32),
    OUT out_status INT, OUT out_body LONGTEXT, OUT out_etag VARCHAR(64)
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'the end of a change of a return'
BEGIN
    DECLARE v_order_id, v_owner BIGINT;

    SELECT t.order_id, o.account_id, 200, return_json(t.return_id), CONCAT('v', t.version)
      INTO v_order_id, v_owner, out_status, out_body, out_etag
      FROM order_return t
      JOIN orders o ON o.order_id = t.order_id
     WHERE t.return_id = in_return_id;
    CALL order_event_append(v_order_id, in_type, JSON_SET(
        return_event_json(in_return_id), '$.internal', JSON_OBJECT('staff', CAST(in_account_id AS CHAR))));
    CALL idempotency_store(v_owner, in_route, in_idempotency_key, out_status, out_body, out_etag);
END
