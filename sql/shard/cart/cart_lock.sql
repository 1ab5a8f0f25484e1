-- cart_lock: takes a cart for the rest of the transaction, makes it when there is none, and says what its next version is.
--
-- Parameters
--   in_account_id   BIGINT   whose cart; somebody else acts for the account, so it may be a guest's or not
--   out_version     BIGINT   version that the cart has when the caller saves it (cart_save)
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   30015 slot.moved · 30523 cart.frozen
-- Locks    slot_owner (shared), cart
-- Example  CALL cart_lock(640, v_version);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE cart_lock(in_account_id BIGINT, OUT out_version BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'takes a cart for a change'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_version, v_merge_id BIGINT;

    CALL slot_check(in_account_id);
    INSERT INTO cart (account_id, version, expires_at, changed_at)
    VALUES (in_account_id, 0, NULL, v_now)
    ON DUPLICATE KEY UPDATE changed_at = v_now;

    SELECT version, merge_id INTO v_version, v_merge_id FROM cart WHERE account_id = in_account_id;
    IF v_merge_id IS NOT NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30523, MESSAGE_TEXT = 'cart.frozen';
    END IF;
    SET out_version = cart_version_after(v_version);
END
