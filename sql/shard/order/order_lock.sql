-- order_lock: takes an order for a change, or says why it cannot be changed so.
--
-- Parameters
--   in_order_id     BIGINT         the order
--   in_account_id   BIGINT         whose it must be; NULL: anybody's, for staff
--   in_if_match     BIGINT         version the caller saw; NULL: any
--   in_states       VARCHAR(200)   states it may be in, by comma; NULL: any
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   30004 not_found · 30013 precondition.failed · 30506 order.state: <state>
-- Locks    orders (by id), until the transaction ends
-- Example  CALL order_lock(171798691840, NULL, NULL, 'PAID,PARTIALLY_SHIPPED');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_lock(
    in_order_id BIGINT, in_account_id BIGINT, in_if_match BIGINT, in_states VARCHAR(200)
)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'takes an order for a change'
BEGIN
    DECLARE v_order_id BIGINT;

    SELECT order_id INTO v_order_id
      FROM orders
     WHERE order_id = in_order_id AND account_id = COALESCE(in_account_id, account_id)
       AND version = COALESCE(in_if_match, version) AND (in_states IS NULL OR FIND_IN_SET(state, in_states) > 0)
       FOR UPDATE;
    IF v_order_id IS NULL THEN
        CALL order_refuse(in_account_id, in_order_id, in_if_match);
    END IF;
END
