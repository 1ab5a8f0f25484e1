-- behaviour_orders: takes paid orders, to be learnt from later. An order counts once.
--
-- Parameters
--   in_orders  LONGTEXT  JSON array of {order_id, account_id, product_ids: []}
-- Returns  one row: status INT, body JSON
--   200 {"taken": n}
-- Errors   none of its own
-- Locks    behaviour_batch (new rows)
-- Example  CALL behaviour_orders('[{"order_id": "1", "account_id": "640", "product_ids": ["7", "8"]}]');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE behaviour_orders(in_orders LONGTEXT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'takes paid orders'
BEGIN
    DECLARE v_taken BIGINT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    INSERT IGNORE INTO behaviour_batch (batch_id, visitor, buyer, events, created_at)
    SELECT SHA2(CONCAT('order ', o.order_id), 256), CONCAT('o', o.order_id), CONCAT('a', o.account_id),
           CONCAT('[', GROUP_CONCAT(DISTINCT JSON_OBJECT('type', 'purchase', 'product_id', CAST(o.product_id AS CHAR))), ']'),
           UTC_TIMESTAMP(3)
      FROM JSON_TABLE(in_orders, '$[*]' COLUMNS (
               order_id BIGINT PATH '$.order_id', account_id BIGINT PATH '$.account_id',
               NESTED PATH '$.product_ids[*]' COLUMNS (product_id BIGINT PATH '$'))) o
     WHERE o.product_id IS NOT NULL
     GROUP BY o.order_id, o.account_id;
    SET v_taken = ROW_COUNT();
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('taken', v_taken + 0) AS body;
END
