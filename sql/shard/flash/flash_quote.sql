-- flash_quote: what an order in a flash sale would cost. It holds nothing, and says nothing of whether it may be bought.
--
-- Parameters
--   in_account_id       BIGINT     the buyer
--   in_sale_id          BIGINT     the sale
--   in_qty              BIGINT     units
--   in_address          LONGTEXT   JSON object; NULL: not known yet, so no taxes
--   in_shipping_method  BIGINT     NULL: the usual one
-- Returns  one row: status INT, body JSON
--   200 as order_price gives it; its explanation is empty, for no promotion applies
-- Errors   30004 not_found · 30901 flash.not_open: its queue is not open yet · 30902 flash.over · 30502 order.sku_unavailable ·
--          30720 shipping.unavailable · 30003 request.invalid · 30015 slot.moved
-- Locks    slot_owner, sku (shared), flash_sale (shared) until it ends
-- Example  CALL flash_quote(640, 171798691840, 1, '{"country": "DE"}', NULL);
--
-- The request is made as the worker makes those of orders (sale_id right behind n), but names no epoch: so it wants no units.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE flash_quote(
    in_account_id BIGINT, in_sale_id BIGINT, in_qty BIGINT, in_address LONGTEXT, in_shipping_method BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'what an order in a sale would cost'
BEGIN
    DECLARE v_sku_id BIGINT;
    DECLARE v_state VARCHAR(16);

    SELECT sku_id, state INTO v_sku_id, v_state FROM flash_sale WHERE sale_id = in_sale_id;
    IF v_sku_id IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found';
    ELSEIF v_state = 'scheduled' THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30901, MESSAGE_TEXT = 'flash.not_open';
    END IF;
    SET @order_requests = CONCAT(
        '[{"n":0,"sale_id":"', in_sale_id, '","order_id":"0","account_id":"', in_account_id,
        '","roles":0,"idempotency_key":"","body_hash":"","payment_window_s":0,"items":[{"sku_id":"', v_sku_id, '","qty":', in_qty,
        '}],"shipping_method":', COALESCE(CONCAT('"', in_shipping_method, '"'), 'null'), ',"address":', COALESCE(in_address, '{}'),
        '}]');
    CALL order_price_answer();
END
