-- order_owner: whose order it is. What staff asks for is kept with the buyer's records, for its own live on another shard.
--
-- Parameters
--   in_order_id     BIGINT   the order
-- Returns  BIGINT: the account
-- Errors   30004 not_found
-- Locks    none
-- Example  SELECT order_owner(171798691840);
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION order_owner(in_order_id BIGINT) RETURNS BIGINT
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'whose order it is'
BEGIN
    DECLARE v_owner BIGINT;

    SELECT account_id INTO v_owner FROM orders WHERE order_id = in_order_id;
    IF v_owner IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found: there is no such order';
    END IF;
    RETURN v_owner;
END
