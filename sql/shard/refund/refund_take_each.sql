-- refund_take_each: hands the refunds that are due to the worker. From here on the provider may have heard of them.
--
-- Parameters
--   in_busy         JSON     what of these is under way: [{"channel", "id"}]; it is left alone, and counts for its channel
--   in_each         BIGINT   how many of one channel may be under way
--   in_limit        BIGINT   refunds at most, 1 … 500
-- Returns  one row: status INT, body JSON
--   200 {"items": [{"refund_id", "payment_id", "order_id", "channel", "amount", "captured", "currency", "reason",
--   "provider_ref": of the capture, "handle", "tries", "action"}]}, action: refund (REQUESTED) or query (SUBMITTED)
-- Errors   none
-- Locks    refund rows that nobody holds (SKIP LOCKED); it waits for none
-- Example  CALL refund_take_each('[{"channel": "stripe", "id": "5678"}]', 8, 32);
--
-- Each is due again in 1, 2, 4 … 300 seconds, whatever becomes of the worker. Taken are the oldest of each channel, so that those of a
-- provider that does not answer stand in nobody's way; looked at are the 10,000 that are due longest.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE refund_take_each(in_busy JSON, in_each BIGINT, in_limit BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'refunds that are due'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_ids, v_items LONGTEXT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    SELECT CONCAT('[', GROUP_CONCAT(c.refund_id), ']') INTO v_ids
      FROM (SELECT d.refund_id
              FROM (SELECT f.refund_id, f.channel, ROW_NUMBER() OVER (PARTITION BY f.channel ORDER BY f.due_at) AS place
                      FROM (SELECT refund_id, channel, due_at
                              FROM refund
                             WHERE due_at <= v_now AND state IN ('REQUESTED', 'SUBMITTED')
                             ORDER BY due_at
                             LIMIT 10000) f
                     WHERE f.refund_id NOT IN (SELECT u.id FROM JSON_TABLE(in_busy, '$[*]' COLUMNS (id BIGINT PATH '$.id')) u)) d
              LEFT JOIN (SELECT u.channel, COUNT(*) AS n
                           FROM JSON_TABLE(in_busy, '$[*]' COLUMNS (channel VARCHAR(16) PATH '$.channel')) u
                          GROUP BY u.channel) b ON b.channel COLLATE utf8mb4_bin = d.channel
             WHERE d.place + COALESCE(b.n, 0) <= in_each
             ORDER BY d.place
             LIMIT in_limit) c;
    SELECT CONCAT('[', GROUP_CONCAT(refund_id), ']') INTO v_ids
      FROM (SELECT r.refund_id
              FROM (SELECT * FROM JSON_TABLE(COALESCE(v_ids, '[]'), '$[*]' COLUMNS (refund_id BIGINT PATH '$')) t) i
              JOIN refund r ON r.refund_id = i.refund_id
             WHERE r.due_at <= v_now AND r.state IN ('REQUESTED', 'SUBMITTED')
               FOR UPDATE SKIP LOCKED) due;
    IF v_ids IS NOT NULL THEN
        SELECT GROUP_CONCAT(JSON_OBJECT(
                   'refund_id', CAST(r.refund_id AS CHAR), 'payment_id', CAST(r.payment_id AS CHAR),
                   'order_id', CAST(r.order_id AS CHAR), 'channel', r.channel, 'amount', r.amount, 'captured', p.captured,
                   'currency', r.currency, 'reason', COALESCE(r.reason, r.cause), 'provider_ref', p.provider_ref,
                   'handle', p.handle, 'tries', r.tries, 'action', IF(r.state = 'REQUESTED', 'refund', 'query')))
          INTO v_items
          FROM JSON_TABLE(v_ids, '$[*]' COLUMNS (refund_id BIGINT PATH '$')) i
          JOIN refund r ON r.refund_id = i.refund_id
          JOIN payment p ON p.payment_id = r.payment_id;
        UPDATE JSON_TABLE(v_ids, '$[*]' COLUMNS (refund_id BIGINT PATH '$')) i
          JOIN refund r ON r.refund_id = i.refund_id
           SET r.state = 'SUBMITTED', r.due_at = v_now + INTERVAL LEAST(300, POW(2, LEAST(r.tries, 9))) SECOND,
               r.tries = r.tries + 1;
    END IF;
    COMMIT;

    SELECT 200 AS status, CONCAT('{"items": [', COALESCE(v_items, ''), ']}') AS body;
END
