-- payment_capture: records that providers have the money of attempts, however often and in whatever order they say so. Each
-- request of the batch succeeds or fails alone; all that succeed are one transaction.
--
-- Parameters
--   in_requests     LONGTEXT   JSON array in order of arrival, of
--     {"n": place in the batch from 0, "payment_id", "channel": the attempt, "order_id": as the provider said it, null: it
--      did not, "amount", "currency": as it said them, "event_id": its id of the event, "provider_ref": its number of the
--      transaction, "refund_id": a new id in the payment's slot, should money have to go back}; ids as text
-- Returns  one row for each request: n, status INT, body JSON, etag, location, error INT, detail
--   200 {"event_id", "payment_id"}, the same for every repetition
--   error not NULL: nothing of it is written, for 30004 not_found · 30603 payment.mismatch: order, amount, currency, event ·
--     30015 slot.moved
-- Errors   1213, 1205: nothing is written, and the batch may be divided
-- Locks    slot_owner (shared), orders (by id), payment, payment_callback, ledger_entry, refund, payment_case, order_event,
--          outbox
-- Example  CALL payment_capture('[{"n": 0, "payment_id": "5678", "channel": "sandbox", "order_id": "1234", "amount": 4599,
--                                  "currency": "EUR", "event_id": "evt_1", "provider_ref": "sbx_1", "refund_id": "9"}]');
--
-- The first capture of an order that is PENDING_PAYMENT or CLOSING pays it and takes away its expiry; what it has above the
-- amount asked goes back, and less than that is a mismatch. Any other capture is booked all the same, for the money is
-- there, marked refund_due, and goes back as a whole; the order stays as it is and is never reopened.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE payment_capture(in_requests LONGTEXT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'providers have the money'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    CALL payment_batch_open();
    START TRANSACTION;
    CALL payment_batch_read(in_requests);
    IF EXISTS (SELECT 1 FROM b_take WHERE misused = 1) THEN
        UPDATE b_event e JOIN b_take t ON t.n = e.n SET e.error = 30603, e.detail = 'event' WHERE t.misused = 1;
    END IF;
    IF EXISTS (SELECT 1 FROM b_take WHERE news = 1) THEN
        CALL payment_batch_write(v_now);
    END IF;
    COMMIT;

    SELECT n, IF(error IS NULL, 200, NULL) AS status,
           IF(error IS NULL, JSON_OBJECT('event_id', event_id, 'payment_id', CAST(payment_id AS CHAR)), NULL) AS body,
           NULL AS etag, NULL AS location, error, detail
      FROM b_event
     ORDER BY n;
END
