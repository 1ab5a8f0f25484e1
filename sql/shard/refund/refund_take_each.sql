-- refund_take_each: hands the refunds that are due to the worker. From here on the provider may have heard of them.
--
-- Parameters
--   in_busy         JSON     what of these is under way: [{"lane", "id"}]; it is left alone, and counts for its lane. "channel" in
--                            place of "lane": of the release before
--   in_each         BIGINT   how many of one lane may be under way
--   in_limit        BIGINT   refunds at most, 1 … 500
-- Returns  one row: status INT, body JSON
--   200 {"items": [{"refund_id", "payment_id", "order_id", "channel", "lane": its channel, "amount", "captured", "currency",
--   "reason", "provider_ref": of the capture, "handle", "tries", "action"}]}, action: refund (REQUESTED) or query (SUBMITTED)
-- Errors   none
-- Locks    refund rows that nobody holds (SKIP LOCKED); it waits for none
-- Example  CALL refund_take_each('[{"lane": "stripe", "id": "5678"}]', 8, 32);
--
-- Each is due again in 1, 2, 4 … 300 seconds, whatever becomes of the worker. Taken are the oldest of each channel, so
-- that those of a provider that does not answer stand in nobody's way.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE refund_take_each(in_busy JSON, in_each BIGINT, in_limit BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'refunds that are due'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_channel VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
    DECLARE v_taken, v_places BIGINT DEFAULT 0;
    DECLARE v_busy, v_ids, v_items LONGTEXT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    SELECT COALESCE(GROUP_CONCAT(u.id), '') INTO v_busy FROM JSON_TABLE(in_busy, '$[*]' COLUMNS (id BIGINT PATH '$.id')) u;
    SELECT MIN(channel) INTO v_channel FROM refund;
    WHILE v_channel IS NOT NULL DO
        SELECT LEAST(in_limit - v_taken, in_each - COUNT(*)) INTO v_places
          FROM JSON_TABLE(in_busy, '$[*]' COLUMNS (lane VARCHAR(16) PATH '$.lane', channel VARCHAR(16) PATH '$.channel')) u
         WHERE COALESCE(u.lane, u.channel) COLLATE utf8mb4_bin = v_channel;
        IF v_places > 0 THEN
            SELECT COUNT(*) + v_taken, NULLIF(CONCAT_WS(',', v_ids, GROUP_CONCAT(d.refund_id)), '') INTO v_taken, v_ids
              FROM (SELECT refund_id
                      FROM refund FORCE INDEX (refund_channel_due)
                     WHERE channel = v_channel AND due_at <= v_now AND state IN ('REQUESTED', 'SUBMITTED')
                       AND NOT FIND_IN_SET(refund_id, v_busy)
                     ORDER BY due_at
                     LIMIT v_places) d;
        END IF;
        SELECT MIN(channel) INTO v_channel FROM refund WHERE channel > v_channel;
    END WHILE;
    SELECT CONCAT('[', GROUP_CONCAT(refund_id), ']') INTO v_ids
      FROM (SELECT r.refund_id
              FROM (SELECT * FROM JSON_TABLE(CONCAT('[', COALESCE(v_ids, ''), ']'), '$[*]' COLUMNS (refund_id BIGINT PATH '$')) t) i
                   STRAIGHT_JOIN refund r ON r.refund_id = i.refund_id
             WHERE r.due_at <= v_now AND r.state IN ('REQUESTED', 'SUBMITTED')
               FOR UPDATE SKIP LOCKED) due;
    IF v_ids IS NOT NULL THEN
        SELECT GROUP_CONCAT(JSON_OBJECT(
                   'refund_id', CAST(r.refund_id AS CHAR), 'payment_id', CAST(r.payment_id AS CHAR),
                   'order_id', CAST(r.order_id AS CHAR), 'channel', r.channel, 'lane', r.channel, 'amount', r.amount,
                   'captured', p.captured, 'currency', r.currency, 'reason', COALESCE(r.reason, r.cause), 'provider_ref', p.provider_ref,
                   'handle', p.handle, 'tries', r.tries, 'action', IF(r.state = 'REQUESTED', 'refund', 'query')))
          INTO v_items
          FROM JSON_TABLE(v_ids, '$[*]' COLUMNS (refund_id BIGINT PATH '$')) i
          JOIN refund r ON r.refund_id = i.refund_id
          JOIN payment p ON p.payment_id = r.payment_id;
        UPDATE JSON_TABLE(v_ids, '$[*]' COLUMNS (refund_id BIGINT PATH '$')) i
               STRAIGHT_JOIN refund r ON r.refund_id = i.refund_id
           SET r.state = 'SUBMITTED', r.due_at = v_now + INTERVAL LEAST(300, POW(2, LEAST(r.tries, 9))) SECOND,
               r.tries = r.tries + 1;
    END IF;
    COMMIT;

    SELECT 200 AS status, CONCAT('{"items": [', COALESCE(v_items, ''), ']}') AS body;
END
