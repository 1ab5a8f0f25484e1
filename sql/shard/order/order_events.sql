-- order_events: what happened to an order, oldest first; what only staff may read (`internal`) is left out for its buyer.
--
-- Parameters
--   in_account_id   BIGINT   whose order it must be; NULL: anybody's, for staff
--   in_order_id     BIGINT   the order
-- Returns  one row: status INT, body JSON, etag
--   200 {"items": [{"seq", "type", "at", "data"}, …], "next_cursor": null}; an order has few events
-- Errors   30004 not_found
-- Locks    none
-- Example  CALL order_events(640, 171798691840);
--
-- The lines of the first event come from order_item: they never change, so the log does not repeat them.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_events(in_account_id BIGINT, in_order_id BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'event log of an order'
BEGIN
    DECLARE v_items LONGTEXT;
    DECLARE v_version INT;

    SELECT MAX(e.seq),
           GROUP_CONCAT(JSON_OBJECT('seq', e.seq, 'type', e.type, 'at', rfc3339(e.at), 'data', JSON_EXTRACT(
                            CASE WHEN e.seq = 1 THEN JSON_SET(e.data, '$.items', JSON_EXTRACT(order_items_json(e.order_id), '$'))
                                 WHEN in_account_id IS NULL THEN e.data ELSE JSON_REMOVE(e.data, '$.internal') END, '$'))
                        ORDER BY e.seq)
      INTO v_version, v_items
      FROM orders o
      JOIN order_event e ON e.order_id = o.order_id
     WHERE o.order_id = in_order_id AND o.account_id = COALESCE(in_account_id, o.account_id);
    IF v_version IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found: there is no such order';
    END IF;

    SELECT 200 AS status, CONCAT('{"items": [', v_items, '], "next_cursor": null}') AS body,
           CONCAT('v', v_version) AS etag;
END
