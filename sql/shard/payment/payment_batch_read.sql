-- payment_batch_read: compares what providers said with what was opened, locks the orders it concerns and decides what comes
-- of each event.
--
-- Parameters
--   in_requests     LONGTEXT   JSON as payment_capture takes it
-- Returns  nothing: called by payment_capture and order_mark_paid inside their transaction. Refused in b_event: 30015, 30004, 30603
-- Errors   none
-- Locks    slot_owner (shared), orders (by id). With its order's row held, no other event of an attempt is under way.
-- Example  CALL payment_batch_read('[{"n": 0, "payment_id": "5678", …}]');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE payment_batch_read(in_requests LONGTEXT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'what comes of captures'
BEGIN
    DECLARE v_slots INT;

    SELECT COUNT(*) INTO v_slots
      FROM (SELECT * FROM JSON_TABLE(in_requests, '$[*]' COLUMNS (payment_id BIGINT PATH '$.payment_id')) t) j
      JOIN slot_owner s ON s.slot = (j.payment_id & 255)
      LOCK IN SHARE MODE;
    -- What an attempt was opened with never changes. Locked here, before its order, it would stand in the way of those who lock
    -- orders first, as all others do.
    INSERT INTO b_event (n, payment_id, order_id, account_id, channel, asked, amount, currency, event_id, provider_ref,
                         refund_id, error, detail)
    SELECT j.n, j.payment_id, p.order_id, p.account_id, j.channel, p.amount, j.amount, j.currency, j.event_id,
           j.provider_ref, j.refund_id,
           CASE WHEN s.slot IS NULL THEN 30015
                WHEN p.payment_id IS NULL THEN 30004
                WHEN j.order_id <> p.order_id OR j.amount IS NULL OR j.amount < p.amount OR j.currency IS NULL
                  OR BINARY j.currency <> BINARY p.currency THEN 30603 END,
           CASE WHEN s.slot IS NULL THEN j.payment_id & 255
                WHEN p.payment_id IS NULL THEN 'there is no such payment'
                WHEN j.order_id <> p.order_id THEN 'order'
                WHEN j.amount IS NULL OR j.amount < p.amount THEN 'amount'
                WHEN j.currency IS NULL OR BINARY j.currency <> BINARY p.currency THEN 'currency'
                ELSE '' END
      FROM (SELECT * FROM JSON_TABLE(in_requests, '$[*]' COLUMNS (
               n INT PATH '$.n', payment_id BIGINT PATH '$.payment_id', channel VARCHAR(16) PATH '$.channel',
               order_id BIGINT PATH '$.order_id', amount BIGINT PATH '$.amount', currency VARCHAR(3) PATH '$.currency',
               event_id VARCHAR(64) PATH '$.event_id', provider_ref VARCHAR(64) PATH '$.provider_ref',
               refund_id BIGINT PATH '$.refund_id')) t) j
      LEFT JOIN slot_owner s ON s.slot = (j.payment_id & 255)
      LEFT JOIN payment p ON p.payment_id = j.payment_id AND p.channel = j.channel COLLATE utf8mb4_bin;

    -- The limit keeps the order of the derived table, in which the rows are locked.
    INSERT INTO b_paid_order (order_id, state)
    SELECT o.order_id, o.state
      FROM (SELECT DISTINCT order_id FROM b_event WHERE error IS NULL ORDER BY order_id LIMIT 1000000) w
           STRAIGHT_JOIN orders o ON o.order_id = w.order_id
       FOR UPDATE;

    -- Of several events the first that is news takes the money of its attempt, and the first of those pays its order.
    INSERT INTO b_take (n, payment_id, order_id, order_state, account_id, channel, asked, amount, currency, event_id,
                        provider_ref, refund_id, misused, news, takes, pays)
    SELECT n, payment_id, order_id, order_state, account_id, channel, asked, amount, currency, event_id, provider_ref,
           refund_id, misused, news, takes,
           takes = 1 AND order_state IN ('PENDING_PAYMENT', 'CLOSING')
                     AND ROW_NUMBER() OVER (PARTITION BY order_id, takes ORDER BY n) = 1
      FROM (SELECT v.*, v.news = 1 AND v.payment_state <> 'CAPTURED'
                        AND ROW_NUMBER() OVER (PARTITION BY v.payment_id, v.news ORDER BY v.n) = 1 AS takes
              FROM (SELECT e.*, o.state AS order_state, p.state AS payment_state,
                           COALESCE(c.payment_id, e.first_payment) <> e.payment_id AS misused,
                           c.payment_id IS NULL AND e.nth = 1 AS news
                      FROM (SELECT b.n, b.payment_id, b.order_id, b.account_id, b.channel, b.asked, b.amount, b.currency,
                                   b.event_id, b.provider_ref, b.refund_id,
                                   ROW_NUMBER() OVER (PARTITION BY b.channel, b.event_id ORDER BY b.n) AS nth,
                                   FIRST_VALUE(b.payment_id) OVER (PARTITION BY b.channel, b.event_id ORDER BY b.n
                                                                   ROWS UNBOUNDED PRECEDING) AS first_payment
                              FROM b_event b
                             WHERE b.error IS NULL) e
                      JOIN b_paid_order o ON o.order_id = e.order_id
                      JOIN payment p ON p.payment_id = e.payment_id
                      LEFT JOIN payment_callback c ON c.channel = e.channel AND c.event_id = e.event_id) v) t;
END
