-- flash_ticket: what became of what the gate let through, as far as this shard knows.
--
-- Parameters
--   in_sale_id      BIGINT   the sale
--   in_order_id     BIGINT   the order that it was to become
--   in_account_id   BIGINT   the buyer
-- Returns  one row: status INT, body JSON
--   200 {"ordered": true|false, "epoch": the sale's here, "state": the sale's here}; null: this shard knows no such sale
-- Errors   none
-- Locks    none
-- Example  CALL flash_ticket(171798691840, 171798692352, 640);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE flash_ticket(in_sale_id BIGINT, in_order_id BIGINT, in_account_id BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'whether a ticket became an order'
SELECT 200 AS status,
       JSON_OBJECT('ordered', EXISTS (SELECT 1 FROM flash_order
                                       WHERE order_id = in_order_id AND sale_id = in_sale_id AND account_id = in_account_id) + 0,
                   'epoch', (SELECT epoch FROM flash_sale WHERE sale_id = in_sale_id),
                   'state', (SELECT state FROM flash_sale WHERE sale_id = in_sale_id)) AS body
