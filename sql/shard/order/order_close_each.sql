-- order_close_each: ends orders that are CLOSING once no attempt to pay them is open.
--
-- Parameters
--   in_requests     LONGTEXT   JSON array of {"n": place in the batch from 0, "order_id": as text}
-- Returns  one row for each request: n, status INT, body JSON, etag, location, error INT, detail
--   200 {"order_id": "…", "state": "CLOSED" | "CLOSING": an attempt is open | "PAID" | …}
--   error not NULL: this request was refused, for 30004 not_found · 30015 slot.moved
-- Errors   30001 internal, and nothing of the batch is written: units or coupons are not held
-- Locks    slot_owner (shared), orders (by id), as orders_close, payment_case
-- Example  CALL order_close_each('[{"n": 0, "order_id": "171798691840"}]');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_close_each(in_requests LONGTEXT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'CLOSING becomes CLOSED'
BEGIN
    DECLARE v_ids LONGTEXT;
    DECLARE v_slots INT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    SELECT COUNT(*) INTO v_slots
      FROM (SELECT * FROM JSON_TABLE(in_requests, '$[*]' COLUMNS (order_id BIGINT PATH '$.order_id')) t) j
      JOIN slot_owner s ON s.slot = (j.order_id & 255)
      LOCK IN SHARE MODE;
    -- No attempt opens while its order is CLOSING. The limit keeps the order of the derived table, in which the rows are locked.
    SELECT CONCAT('[', GROUP_CONCAT(c.order_id), ']') INTO v_ids
      FROM (SELECT o.order_id
              FROM (SELECT DISTINCT j.order_id
                      FROM JSON_TABLE(in_requests, '$[*]' COLUMNS (order_id BIGINT PATH '$.order_id')) j
                     ORDER BY j.order_id LIMIT 1000000) w
                   STRAIGHT_JOIN orders o ON o.order_id = w.order_id
             WHERE o.state = 'CLOSING' AND EXISTS (SELECT 1 FROM slot_owner s WHERE s.slot = (o.order_id & 255))
               AND NOT EXISTS (SELECT 1 FROM payment p
                                WHERE p.order_id = o.order_id AND p.state IN ('CREATED', 'SUBMITTED', 'AUTHORISED'))
               FOR UPDATE) c;
    IF v_ids IS NOT NULL THEN
        CALL orders_close(v_ids);
        UPDATE JSON_TABLE(v_ids, '$[*]' COLUMNS (order_id BIGINT PATH '$')) i
               STRAIGHT_JOIN payment_case c ON c.kind = 'order_stuck' AND c.reference = CAST(i.order_id AS CHAR) COLLATE utf8mb4_bin
           SET c.state = 'closed', c.note = 'the order is closed', c.closed_at = UTC_TIMESTAMP(3), c.version = c.version + 1
         WHERE c.state = 'open';
    END IF;
    COMMIT;

    SELECT j.n, IF(s.slot IS NULL OR o.order_id IS NULL, NULL, 200) AS status,
           JSON_OBJECT('order_id', CAST(j.order_id AS CHAR), 'state', o.state) AS body, NULL AS etag, NULL AS location,
           CASE WHEN s.slot IS NULL THEN 30015 WHEN o.order_id IS NULL THEN 30004 END AS error,
           CASE WHEN s.slot IS NULL THEN CAST(j.order_id & 255 AS CHAR) WHEN o.order_id IS NULL THEN 'there is no such order'
                ELSE '' END AS detail
      FROM JSON_TABLE(in_requests, '$[*]' COLUMNS (n INT PATH '$.n', order_id BIGINT PATH '$.order_id')) j
      LEFT JOIN slot_owner s ON s.slot = (j.order_id & 255)
      LEFT JOIN orders o ON o.order_id = j.order_id
     ORDER BY j.n;
END
