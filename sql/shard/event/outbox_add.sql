-- What: puts one event into the outbox. Internal: the caller's transaction is open.
-- Parameters:
--   in_event_id      unique over all shards: <topic>-<aggregate id>-<sequence>
--   in_topic         order, account …
--   in_aggregate_id  what it is about; its low byte is the account's slot
--   in_payload       JSON
-- Errors: 1062 when that event is there already
-- Locks: the new row
-- Example: CALL outbox_add(CONCAT('order-', v_order_id, '-1'), 'order', v_order_id, v_payload)
CREATE DEFINER='souk_definer'@'localhost' PROCEDURE outbox_add(
    IN in_event_id VARCHAR(64), IN in_topic VARCHAR(32), IN in_aggregate_id BIGINT, IN in_payload LONGTEXT)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
    INSERT INTO outbox (event_id, topic, aggregate_id, payload, status, created_at)
    VALUES (in_event_id, in_topic, in_aggregate_id, in_payload, 'new', UTC_TIMESTAMP(3));
END
