-- cart_batch_save: ends a turn of a batch: the carts have their new versions, and the worker knows of those that Redis does not.
--
-- Parameters
--   in_turn   INT           the turn
--   in_now    DATETIME(3)   when the carts changed
-- Returns  nothing: called by cart_put, cart_remove and cart_select
-- Errors   none
-- Locks    cart, held already; cart_stale (by account_id)
-- Example  CALL cart_batch_save(1, UTC_TIMESTAMP(3));
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE cart_batch_save(in_turn INT, in_now DATETIME(3))
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'ends changes of carts'
BEGIN
    UPDATE c_request SET version = cart_version_after(version) WHERE turn = in_turn AND error IS NULL AND changed = 1;
    UPDATE c_request r
           STRAIGHT_JOIN cart c ON c.account_id = r.account_id
       SET c.version = r.version, c.changed_at = in_now,
           c.expires_at = IF(r.roles & 1, in_now + INTERVAL 30 DAY, NULL)
     WHERE r.turn = in_turn AND r.error IS NULL;
    INSERT INTO cart_stale (account_id, version)
    SELECT r.account_id, r.version
      FROM c_request r
     WHERE r.turn = in_turn AND r.error IS NULL AND r.changed = 1 AND r.cached = 0
     ORDER BY r.account_id
        ON DUPLICATE KEY UPDATE version = r.version;
END
