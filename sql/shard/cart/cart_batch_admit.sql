-- cart_batch_admit: begins a turn of a batch: which of its requests may change their carts, as these are now.
--
-- Parameters
--   in_turn   INT   the turn
-- Returns  nothing: called by cart_put, cart_remove and cart_select. Refused in c_request: 30523 cart.frozen, 30013
--          precondition.failed
-- Errors   none
-- Locks    none: the carts are held already
-- Example  CALL cart_batch_admit(1);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE cart_batch_admit(in_turn INT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'who may change a cart'
BEGIN
    UPDATE c_request r
           STRAIGHT_JOIN cart c ON c.account_id = r.account_id
       SET r.version = c.version,
           r.error = CASE WHEN c.merge_id IS NOT NULL THEN 30523 WHEN c.version <> r.if_match THEN 30013 END
     WHERE r.turn = in_turn AND r.error IS NULL;
END
