-- order_batch_close: gives every request of a batch its answer, and takes back the keys of those that were refused.
--
-- Parameters  none: reads and writes b_request
-- Returns  nothing: called by order_place at the end of its transaction
-- Errors   none
-- Locks    idempotency (keys claimed in this transaction)
-- Example  CALL order_batch_close();
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_batch_close()
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'answers of a batch of orders'
BEGIN
    IF EXISTS (SELECT 1 FROM b_request WHERE error = 30401) THEN
        CALL order_batch_unclaim();
    END IF;
    UPDATE b_request SET status = 201 WHERE error IS NULL AND status IS NULL;
END
