-- payment_take_each: hands the attempts that are due to the worker, each with what is to be asked of its provider.
--
-- Parameters
--   in_busy         JSON     what of these is under way: [{"lane", "id"}]; it is left alone, and counts for its lane. "channel" in
--                            place of "lane": of the release before
--   in_each         BIGINT   how many of one lane may be under way
--   in_limit        BIGINT   attempts at most, 1 … 500
-- Returns  one row: status INT, body JSON
--   200 {"items": [{"payment_id", "order_id", "order_state", "account_id", "channel", "lane", "state", "amount", "currency",
--   "handle", "expires_s", "tries", "action"}]}, action: open (CREATED), query (SUBMITTED, and one that has ended of which somebody says
--   that a wrong amount was taken), capture (AUTHORISED), or close: the order is paid already, or will not be. A channel has two
--   lanes, "<channel> new" for what is CREATED, for which a buyer waits, and "<channel>"
-- Errors   none
-- Locks    payment and orders that nobody holds (SKIP LOCKED); it waits for none
-- Example  CALL payment_take_each('[{"lane": "stripe", "id": "5678"}]', 8, 32);
--
-- Each is due again later, whatever becomes of the worker: in 1, 2, 4 … 300 seconds, a SUBMITTED one, which waits for its
-- buyer, in 20, 40 … 300; one that has ended nine times in all. One that is CAPTURED is never due. While an attempt is being opened its lease keeps the closer
-- away. Taken are the oldest of each lane, so that those of a provider that does not answer stand in nobody's way.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE payment_take_each(in_busy JSON, in_each BIGINT, in_limit BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'attempts that are due'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_lease_s INT DEFAULT 15;
    DECLARE v_channel VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
    DECLARE v_taken, v_new, v_known BIGINT DEFAULT 0;
    DECLARE v_busy, v_ids, v_items LONGTEXT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    SELECT COALESCE(GROUP_CONCAT(u.id), '') INTO v_busy FROM JSON_TABLE(in_busy, '$[*]' COLUMNS (id BIGINT PATH '$.id')) u;
    SELECT MIN(channel) INTO v_channel FROM payment;
    WHILE v_channel IS NOT NULL DO
        SELECT LEAST(in_limit - v_taken, GREATEST(0, in_each - COALESCE(SUM(u.lane COLLATE utf8mb4_bin = CONCAT(v_channel, ' new')), 0))),
               GREATEST(0, in_each - COALESCE(SUM(COALESCE(u.lane, u.channel) COLLATE utf8mb4_bin = v_channel), 0))
          INTO v_new, v_known
          FROM JSON_TABLE(in_busy, '$[*]' COLUMNS (lane VARCHAR(20) PATH '$.lane', channel VARCHAR(16) PATH '$.channel')) u;
        SET v_known = LEAST(in_limit - v_taken - v_new, v_known);
        SELECT COUNT(*) + v_taken, NULLIF(CONCAT_WS(',', v_ids, GROUP_CONCAT(d.payment_id)), '') INTO v_taken, v_ids
          FROM ((SELECT payment_id FROM payment FORCE INDEX (payment_channel_due)
                 WHERE channel = v_channel AND state = 'CREATED' AND due_at <= v_now AND NOT FIND_IN_SET(payment_id, v_busy)
                 ORDER BY due_at LIMIT v_new)
                UNION ALL
                (SELECT k.payment_id
                   FROM ((SELECT payment_id, due_at FROM payment FORCE INDEX (payment_channel_due)
                       WHERE channel = v_channel AND state = 'SUBMITTED' AND due_at <= v_now AND NOT FIND_IN_SET(payment_id, v_busy)
                       ORDER BY due_at LIMIT v_known)
                      UNION ALL
                      (SELECT payment_id, due_at FROM payment FORCE INDEX (payment_channel_due)
                       WHERE channel = v_channel AND state = 'AUTHORISED' AND due_at <= v_now AND NOT FIND_IN_SET(payment_id, v_busy)
                       ORDER BY due_at LIMIT v_known)
                      UNION ALL
                      (SELECT payment_id, due_at FROM payment FORCE INDEX (payment_channel_due)
                       WHERE channel = v_channel AND state = 'FAILED' AND due_at <= v_now AND NOT FIND_IN_SET(payment_id, v_busy)
                       ORDER BY due_at LIMIT v_known)
                      UNION ALL
                      (SELECT payment_id, due_at FROM payment FORCE INDEX (payment_channel_due)
                       WHERE channel = v_channel AND state = 'VOIDED' AND due_at <= v_now AND NOT FIND_IN_SET(payment_id, v_busy)
                       ORDER BY due_at LIMIT v_known)) k
                  ORDER BY k.due_at LIMIT v_known)) d;
        SELECT MIN(channel) INTO v_channel FROM payment WHERE channel > v_channel;
    END WHILE;
    SELECT CONCAT('[', GROUP_CONCAT(payment_id), ']') INTO v_ids
      FROM (SELECT p.payment_id
              FROM (SELECT * FROM JSON_TABLE(CONCAT('[', COALESCE(v_ids, ''), ']'), '$[*]' COLUMNS (payment_id BIGINT PATH '$')) t) i
                   STRAIGHT_JOIN payment p ON p.payment_id = i.payment_id
                   STRAIGHT_JOIN orders o ON o.order_id = p.order_id
             WHERE p.due_at <= v_now
               FOR UPDATE SKIP LOCKED) due;

    IF v_ids IS NOT NULL THEN
        SELECT GROUP_CONCAT(JSON_OBJECT(
                   'payment_id', CAST(p.payment_id AS CHAR), 'order_id', CAST(p.order_id AS CHAR),
                   'account_id', CAST(p.account_id AS CHAR), 'channel', p.channel,
                   'lane', IF(p.state = 'CREATED', CONCAT(p.channel, ' new'), p.channel), 'state', p.state, 'amount', p.amount,
                   'order_state', o.state, 'currency', p.currency, 'handle', p.handle, 'tries', p.tries,
                   'expires_s', TIMESTAMPDIFF(SECOND, '1970-01-01', p.expires_at),
                   'action', CASE WHEN p.state IN ('FAILED', 'VOIDED') THEN 'query'
                                  WHEN o.state <> 'PENDING_PAYMENT' THEN 'close' WHEN p.state = 'CREATED' THEN 'open'
                                  WHEN p.state = 'AUTHORISED' THEN 'capture' ELSE 'query' END))
          INTO v_items
          FROM JSON_TABLE(v_ids, '$[*]' COLUMNS (payment_id BIGINT PATH '$')) i
          JOIN payment p ON p.payment_id = i.payment_id
          JOIN orders o ON o.order_id = p.order_id;
        UPDATE JSON_TABLE(v_ids, '$[*]' COLUMNS (payment_id BIGINT PATH '$')) i
               STRAIGHT_JOIN payment p ON p.payment_id = i.payment_id
               STRAIGHT_JOIN orders o ON o.order_id = p.order_id
           SET p.lease_until = IF(p.state = 'CREATED' AND o.state = 'PENDING_PAYMENT',
                                  GREATEST(p.lease_until, v_now + INTERVAL v_lease_s SECOND), p.lease_until),
               p.due_at = CASE WHEN p.state IN ('FAILED', 'VOIDED') AND p.tries >= 8 THEN NULL
                               ELSE v_now + INTERVAL LEAST(300, POW(2, LEAST(p.tries, 9))
                                        * IF(p.state = 'SUBMITTED' AND o.state = 'PENDING_PAYMENT', 40, 1)) SECOND END,
               p.tries = p.tries + 1;
    END IF;
    COMMIT;

    SELECT 200 AS status, CONCAT('{"items": [', COALESCE(v_items, ''), ']}') AS body;
END
