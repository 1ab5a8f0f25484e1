-- payment_take_each: hands the attempts that are due to the worker, each with what is to be asked of its provider.
--
-- Parameters
--   in_busy         JSON     what of these is under way: [{"channel", "id"}]; it is left alone, and counts for its channel
--   in_each         BIGINT   how many of one channel may be under way
--   in_limit        BIGINT   attempts at most, 1 … 500
-- Returns  one row: status INT, body JSON
--   200 {"items": [{"payment_id", "order_id", "account_id", "channel", "state", "amount", "currency", "handle", "expires_s",
--   "tries", "action"}]}, action: open (CREATED), query (SUBMITTED, and one that has ended of which somebody says that a wrong
--   amount was taken), capture (AUTHORISED), or close: the order is paid already
-- Errors   none
-- Locks    payment and orders that nobody holds (SKIP LOCKED); it waits for none
-- Example  CALL payment_take_each('[{"channel": "stripe", "id": "5678"}]', 8, 32);
--
-- Each is due again later, whatever becomes of the worker: in 1, 2, 4 … 300 seconds, a SUBMITTED one, which waits for its
-- buyer, in 20, 40 … 300; one that has ended nine times in all. While an attempt is being opened its lease keeps the closer away. Orders that are CLOSING are the
-- closer's alone. Taken are the oldest of each channel, so that those of a provider that does not answer stand in nobody's way; looked at
-- are the 10,000 that are due longest.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE payment_take_each(in_busy JSON, in_each BIGINT, in_limit BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'attempts that are due'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_lease_s INT DEFAULT 15;
    DECLARE v_ids, v_items LONGTEXT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    SELECT CONCAT('[', GROUP_CONCAT(c.payment_id), ']') INTO v_ids
      FROM (SELECT d.payment_id
              FROM (SELECT f.payment_id, f.channel, ROW_NUMBER() OVER (PARTITION BY f.channel ORDER BY f.due_at) AS place
                      FROM (SELECT payment_id, channel, due_at
                              FROM payment
                             WHERE due_at <= v_now
                             ORDER BY due_at
                             LIMIT 10000) f
                     WHERE f.payment_id NOT IN (SELECT u.id FROM JSON_TABLE(in_busy, '$[*]' COLUMNS (id BIGINT PATH '$.id')) u)) d
              LEFT JOIN (SELECT u.channel, COUNT(*) AS n
                           FROM JSON_TABLE(in_busy, '$[*]' COLUMNS (channel VARCHAR(16) PATH '$.channel')) u
                          GROUP BY u.channel) b ON b.channel COLLATE utf8mb4_bin = d.channel
             WHERE d.place + COALESCE(b.n, 0) <= in_each
             ORDER BY d.place
             LIMIT in_limit) c;
    SELECT CONCAT('[', GROUP_CONCAT(payment_id), ']') INTO v_ids
      FROM (SELECT p.payment_id
              FROM (SELECT * FROM JSON_TABLE(COALESCE(v_ids, '[]'), '$[*]' COLUMNS (payment_id BIGINT PATH '$')) t) i
              JOIN payment p ON p.payment_id = i.payment_id
              JOIN orders o ON o.order_id = p.order_id
             WHERE p.due_at <= v_now
               FOR UPDATE SKIP LOCKED) due;

    IF v_ids IS NOT NULL THEN
        SELECT GROUP_CONCAT(JSON_OBJECT(
                   'payment_id', CAST(p.payment_id AS CHAR), 'order_id', CAST(p.order_id AS CHAR),
                   'account_id', CAST(p.account_id AS CHAR), 'channel', p.channel, 'state', p.state, 'amount', p.amount,
                   'currency', p.currency, 'handle', p.handle, 'tries', p.tries,
                   'expires_s', TIMESTAMPDIFF(SECOND, '1970-01-01', p.expires_at),
                   'action', CASE WHEN p.state IN ('FAILED', 'VOIDED') THEN 'query'
                                  WHEN o.state <> 'PENDING_PAYMENT' THEN 'close' WHEN p.state = 'CREATED' THEN 'open'
                                  WHEN p.state = 'AUTHORISED' THEN 'capture' ELSE 'query' END))
          INTO v_items
          FROM JSON_TABLE(v_ids, '$[*]' COLUMNS (payment_id BIGINT PATH '$')) i
          JOIN payment p ON p.payment_id = i.payment_id
          JOIN orders o ON o.order_id = p.order_id
         WHERE p.state IN ('FAILED', 'VOIDED') OR (o.state <> 'CLOSING' AND p.state IN ('CREATED', 'SUBMITTED', 'AUTHORISED'));
        UPDATE JSON_TABLE(v_ids, '$[*]' COLUMNS (payment_id BIGINT PATH '$')) i
          JOIN payment p ON p.payment_id = i.payment_id
          JOIN orders o ON o.order_id = p.order_id
           SET p.lease_until = IF(p.state = 'CREATED' AND o.state = 'PENDING_PAYMENT',
                                  GREATEST(p.lease_until, v_now + INTERVAL v_lease_s SECOND), p.lease_until),
               p.due_at = CASE WHEN p.state = 'CAPTURED' OR (p.state IN ('FAILED', 'VOIDED') AND p.tries >= 8) THEN NULL
                               WHEN o.state = 'CLOSING' AND p.state NOT IN ('FAILED', 'VOIDED') THEN v_now + INTERVAL 60 SECOND
                               ELSE v_now + INTERVAL LEAST(300, POW(2, LEAST(p.tries, 9))
                                        * IF(p.state = 'SUBMITTED' AND o.state = 'PENDING_PAYMENT', 40, 1)) SECOND END,
               p.tries = IF(o.state = 'CLOSING' AND p.state NOT IN ('FAILED', 'VOIDED'), p.tries, p.tries + 1);
    END IF;
    COMMIT;

    SELECT 200 AS status, CONCAT('{"items": [', COALESCE(v_items, ''), ']}') AS body;
END
