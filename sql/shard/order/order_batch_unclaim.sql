-- order_batch_unclaim: takes back the keys of the requests that got no units, and the answers their duplicates were given.
-- Those with another body under such a key are put off: 30014 conflict.
--
-- Parameters  none: reads and writes b_request and b_refused
-- Returns  nothing: called by order_batch_close
-- Errors   none
-- Locks    idempotency (keys claimed in this transaction)
-- Example  CALL order_batch_unclaim();
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_batch_unclaim()
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'keys of refused orders'
BEGIN
    DELETE FROM b_refused;
    INSERT INTO b_refused (account_id, idempotency_key, detail)
    SELECT account_id, idempotency_key, detail FROM b_request WHERE error = 30401;

    DELETE i
      FROM b_refused f
           STRAIGHT_JOIN idempotency i ON i.account_id = f.account_id AND i.route = 'order_place'
                                      AND i.idempotency_key = f.idempotency_key;
    UPDATE b_request r
      JOIN b_refused f ON f.account_id = r.account_id AND f.idempotency_key = r.idempotency_key
       SET r.error = IF(r.error = 30021, 30014, 30401), r.detail = f.detail, r.status = NULL
     WHERE r.status IS NOT NULL OR r.error = 30021;
END
