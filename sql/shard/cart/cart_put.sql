-- cart_put: puts a SKU into a cart, ticked, or changes how many units of it are there.
--
-- Parameters
--   in_account_id   BIGINT    whose cart
--   in_roles        BIGINT    mask of the caller's roles; 1: guest
--   in_sku_id       BIGINT    the SKU
--   in_qty          BIGINT    units, 1 … 999: so many are there then, not so many more
--   in_if_match     BIGINT    version the change is meant for; NULL: any
--   in_cached       TINYINT   as cart_save
-- Returns  one row: status INT, body JSON, etag
--   200 {"sku_id", "qty", "lines_n", "version"}
-- Errors   30003 request.invalid: qty · 30521 cart.sku_unavailable · 30522 cart.limit · 30523 cart.frozen ·
--          30013 precondition.failed · 30015 slot.moved
-- Locks    slot_owner (shared), cart, cart_item, cart_stale
-- Example  CALL cart_put(640, 2, 42, 3, NULL, 1);
--
-- Nothing changes when the line is there with these units already. The price of the first time stays: what changed since
-- is shown against it.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE cart_put(
    in_account_id BIGINT, in_roles BIGINT, in_sku_id BIGINT, in_qty BIGINT, in_if_match BIGINT, in_cached TINYINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'puts a SKU into a cart'
BEGIN
    DECLARE v_version BIGINT;
    DECLARE v_lines INT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    IF in_qty IS NULL OR in_qty < 1 OR in_qty > 999 THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30003, MESSAGE_TEXT = 'request.invalid: qty: 1 to 999';
    END IF;

    START TRANSACTION;
    CALL cart_lock(in_account_id, in_roles, in_if_match, v_version);
    IF NOT EXISTS (SELECT 1 FROM cart_item WHERE account_id = in_account_id AND sku_id = in_sku_id AND qty = in_qty) THEN
        INSERT INTO cart_item (account_id, sku_id, qty, ticked, added_price, added_currency, added_at)
        SELECT in_account_id, sku_id, in_qty, 1, price, currency, UTC_TIMESTAMP(3)
          FROM sku
         WHERE sku_id = in_sku_id AND state = 'active'
        ON DUPLICATE KEY UPDATE qty = in_qty;
        IF ROW_COUNT() = 0 THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30521, MESSAGE_TEXT = 'cart.sku_unavailable';
        END IF;
        CALL cart_save(in_account_id, v_version, in_cached);
    END IF;

    SELECT COUNT(*) INTO v_lines FROM cart_item WHERE account_id = in_account_id;
    IF v_lines > 200 THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30522, MESSAGE_TEXT = 'cart.limit: 200 lines';
    END IF;
    SELECT version INTO v_version FROM cart WHERE account_id = in_account_id;
    COMMIT;

    SELECT 200 AS status, CONCAT('v', v_version) AS etag,
           JSON_OBJECT('sku_id', CAST(in_sku_id AS CHAR), 'qty', in_qty + 0, 'lines_n', v_lines + 0,
                       'version', v_version + 0) AS body;
END
