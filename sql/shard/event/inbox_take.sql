-- What: takes an event for a consumer, once. Internal: the caller's transaction is open and holds the effect.
-- Parameters: in_consumer  who takes it · in_event_id  unique at its sender
--   out_first  1: act on it; 0: it was taken before
-- Errors: 1205 while another transaction is taking the same event
-- Locks: the event's row, until the transaction ends
-- Example: CALL inbox_take('payment', in_event_id, v_first)
CREATE DEFINER='souk_definer'@'localhost' PROCEDURE inbox_take(
    IN in_consumer VARCHAR(64), IN in_event_id VARCHAR(190), OUT out_first INT)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
    DECLARE EXIT HANDLER FOR 1062 SET out_first = 0;

    INSERT INTO inbox (consumer, event_id, created_at)
    VALUES (in_consumer, in_event_id, UTC_TIMESTAMP(3));
    SET out_first = 1;
END
