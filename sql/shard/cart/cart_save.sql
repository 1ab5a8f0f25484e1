-- cart_save: the last write of a change: the cart has its new version, and the worker knows of it when Redis does not.
--
-- Parameters
--   in_account_id   BIGINT    whose cart, taken by cart_lock
--   in_version      BIGINT    what cart_lock said
--   in_cached       TINYINT   1: the caller dropped the copy in Redis; 0: it could not, the worker shall
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   none
-- Locks    cart, held already; cart_stale
-- Example  CALL cart_save(640, v_version, 1);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE cart_save(
    in_account_id BIGINT, in_version BIGINT, in_cached TINYINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'ends a change of a cart'
BEGIN
    UPDATE cart SET version = in_version WHERE account_id = in_account_id;
    IF NOT in_cached THEN
        INSERT INTO cart_stale (account_id, version) VALUES (in_account_id, in_version)
        ON DUPLICATE KEY UPDATE version = in_version;
    END IF;
END
