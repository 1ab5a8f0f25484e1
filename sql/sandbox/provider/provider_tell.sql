-- provider_tell: stores the callbacks of one fact. Internal; the caller holds a transaction.
--
-- in_payment_id  what it is about
-- in_event_id    the fact
-- in_url         the merchant's notify_url
-- in_body        JSON, sent as these bytes
-- in_due_at      not sent before this
-- in_copies      sent so often
-- Locks    callback
-- Example  CALL provider_tell(5678, 'evt_1', 'https://…', '{…}', UTC_TIMESTAMP(3), 1);
--
-- Faults: callback_lost (none is sent), callback_copies, callback_delay_ms, and callback_spread_ms: each is late by up to so
-- much more, at random, so that they come in any order.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE provider_tell(
    IN in_payment_id BIGINT,
    IN in_event_id VARCHAR(40),
    IN in_url VARCHAR(500),
    IN in_body TEXT,
    IN in_due_at DATETIME(3),
    IN in_copies BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'stores callbacks'
BEGIN
    DECLARE v_copies BIGINT DEFAULT GREATEST(in_copies, LEAST(20, fault_value(in_payment_id, 'callback_copies')));
    DECLARE v_delay_ms BIGINT DEFAULT fault_value(in_payment_id, 'callback_delay_ms');
    DECLARE v_spread_ms BIGINT DEFAULT fault_value(in_payment_id, 'callback_spread_ms');

    IF fault_value(in_payment_id, 'callback_lost') = 0 THEN
        INSERT INTO callback (event_id, url, body, due_at, created_at)
        WITH RECURSIVE copies (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copies WHERE n < v_copies)
        SELECT in_event_id, in_url, in_body,
               in_due_at + INTERVAL (v_delay_ms + FLOOR(RAND() * v_spread_ms)) * 1000 MICROSECOND, UTC_TIMESTAMP(3)
          FROM copies;
    END IF;
END
