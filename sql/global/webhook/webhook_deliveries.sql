-- webhook_deliveries: what an endpoint was told of or is to be, newest first.
--
-- Parameters
--   in_endpoint_id  BIGINT         the endpoint
--   in_state        VARCHAR(16)    pending, delivered, failed; NULL: any
--   in_cursor       VARCHAR(255)   delivery_id of the last one of the page before; NULL: the newest
--   in_limit        BIGINT         1 … 100
-- Returns  one row: status INT, body JSON, next_cursor
--   200 {"items": [as webhook_delivery_json], "next_cursor": …}
-- Errors   30003 request.invalid: cursor · 30004 not_found
-- Locks    none
-- Example  CALL webhook_deliveries(1281, NULL, NULL, 20);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE webhook_deliveries(
    in_endpoint_id BIGINT,
    in_state       VARCHAR(16),
    in_cursor      VARCHAR(255),
    in_limit       BIGINT
)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'deliveries of an endpoint'
BEGIN
    DECLARE v_before BIGINT DEFAULT cursor_before(in_cursor);
    DECLARE v_more BIGINT DEFAULT in_limit + 1;
    DECLARE v_items LONGTEXT;
    DECLARE v_next VARCHAR(255);

    IF NOT EXISTS (SELECT 1 FROM webhook WHERE endpoint_id = in_endpoint_id) THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found: there is no such endpoint';
    END IF;

    SELECT CONCAT('[', COALESCE(GROUP_CONCAT(
               IF(n.nth > in_limit, NULL, webhook_delivery_json(n.delivery_id)) ORDER BY n.nth), ''), ']'),
           IF(COUNT(*) > in_limit, LOWER(HEX(CAST(MIN(IF(n.nth > in_limit, NULL, n.delivery_id)) AS CHAR))), NULL)
      INTO v_items, v_next
      FROM (SELECT d.delivery_id, ROW_NUMBER() OVER (ORDER BY d.delivery_id DESC) AS nth
              FROM (SELECT delivery_id
                      FROM webhook_delivery
                     WHERE endpoint_id = in_endpoint_id AND delivery_id < v_before
                       AND (in_state IS NULL OR state = in_state)
                     ORDER BY delivery_id DESC
                     LIMIT v_more) d) n;

    SELECT 200 AS status, CONCAT('{"items": ', v_items, ', "next_cursor": ', COALESCE(JSON_QUOTE(v_next), 'null'), '}') AS body,
           v_next AS next_cursor;
END
