-- audit_promoted_range: which orders with promotions a chunk of an audit looks at.
--
-- Parameters
--   in_after        BIGINT   order_id after which to begin; 0: at the start
--   in_limit        BIGINT   orders to look at, 1 … 5,000
--   out_to          BIGINT   the last order_id of the chunk; without a limit when there are no more
--   out_n           BIGINT   how many orders there are; fewer than in_limit: they are the last ones
-- Returns  nothing: called by other routines, never by the application
-- Errors   none
-- Locks    none
-- Example  CALL audit_promoted_range(0, 1000, v_to, v_n);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE audit_promoted_range(
    in_after BIGINT, in_limit BIGINT, OUT out_to BIGINT, OUT out_n BIGINT
)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'a chunk of orders with promotions'
BEGIN
    SELECT COALESCE(MAX(c.id), in_after), COUNT(*) INTO out_to, out_n
      FROM (SELECT DISTINCT order_id AS id FROM order_promotion WHERE order_id > in_after ORDER BY order_id LIMIT in_limit) c;
    IF out_n < in_limit THEN
        SET out_to = 9223372036854775807;
    END IF;
END
