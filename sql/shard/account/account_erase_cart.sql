-- account_erase_cart: empties the cart of an account that is being deleted; the worker drops its copy in Redis.
--
-- Parameters
--   in_account_id   BIGINT   the account (id)
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   none
-- Locks    cart (the row), cart_item (of the account), cart_stale (the row)
-- Example  CALL account_erase_cart(171798691840);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE account_erase_cart(in_account_id BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'empties the cart of a deleted account'
BEGIN
    UPDATE cart SET version = cart_version_after(version), changed_at = UTC_TIMESTAMP(3) WHERE account_id = in_account_id;
    DELETE FROM cart_item WHERE account_id = in_account_id;
    INSERT INTO cart_stale (account_id, version)
    SELECT account_id, version FROM cart WHERE account_id = in_account_id
    ON DUPLICATE KEY UPDATE version = GREATEST(cart_stale.version, VALUES(version));
END
