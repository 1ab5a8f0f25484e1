-- order_staff_json: an order as staff see it: what its buyer sees, and where the buyer can be written to.
--
-- Parameters
--   in_order_id     BIGINT   the order
-- Returns  JSON object; NULL when there is no such order
-- Errors   none
-- Locks    none
-- Example  SELECT order_staff_json(171798691840);
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION order_staff_json(in_order_id BIGINT) RETURNS LONGTEXT CHARSET utf8mb4
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'an order for staff as JSON'
BEGIN
    DECLARE v_email VARCHAR(254) CHARACTER SET utf8mb4;

    SELECT COALESCE(o.email, a.email) INTO v_email
      FROM orders o
      LEFT JOIN account a ON a.account_id = o.account_id
     WHERE o.order_id = in_order_id;
    RETURN JSON_SET(order_show_json(in_order_id), '$.contact_email', v_email);
END
