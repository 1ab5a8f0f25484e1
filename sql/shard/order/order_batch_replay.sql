-- order_batch_replay: gives the requests of a batch whose keys were used before the answers that stand under them.
--
-- Parameters  none: reads and writes b_request
-- Returns  nothing: called by order_batch_claim. Refused in b_request: 30021 idempotency.mismatch
-- Errors   none
-- Locks    none: the keys are held already, or were committed by others
-- Example  CALL order_batch_replay();
--
-- Where a key stands twice in the batch, the first has claimed it, and the other gets the answer the first will have. A
-- request refused for what has changed since its first time is answered as then. The same call sent again after a lost
-- connection has the same order_id: an order that exists already is none of this transaction's.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_batch_replay()
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'stored answers of a batch of orders'
BEGIN
    UPDATE b_request r
           STRAIGHT_JOIN idempotency i ON i.account_id = r.account_id AND i.route = 'order_place'
                                      AND i.idempotency_key = r.idempotency_key
      LEFT JOIN orders o ON o.order_id = r.order_id
       SET r.error = IF(i.body_hash = r.body_hash, NULL, 30021),
           r.status = IF(i.body_hash = r.body_hash, i.status, NULL),
           r.detail = '', r.body = i.body, r.etag = i.etag
     WHERE (r.error IS NULL OR r.error <> 30015)
       AND (r.error IS NOT NULL OR o.order_id IS NOT NULL OR i.body_hash <> r.body_hash OR i.body <> r.body);
END
