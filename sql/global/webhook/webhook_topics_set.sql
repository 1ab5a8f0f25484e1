-- webhook_topics_set: what an endpoint is to be told of, from now on.
--
-- Parameters
--   in_endpoint_id  BIGINT     the endpoint
--   in_events       LONGTEXT   JSON array of texts: order.paid, order.* or *; 1 … 50
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   30003 request.invalid: events
-- Locks    webhook_topic (of the endpoint)
-- Example  CALL webhook_topics_set(1281, '["order.*"]');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE webhook_topics_set(
    in_endpoint_id BIGINT,
    in_events      LONGTEXT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'sets what an endpoint is told of'
BEGIN
    IF EXISTS (SELECT 1
                 FROM JSON_TABLE(in_events, '$[*]' COLUMNS (pattern VARCHAR(64) PATH '$')) i
                WHERE i.pattern IS NULL
                   OR i.pattern COLLATE utf8mb4_bin NOT REGEXP '^([*]|[a-z0-9_]+([.][a-z0-9_]+)*([.][*])?)$') THEN
        SIGNAL SQLSTATE '45000'
            SET MYSQL_ERRNO = 30003, MESSAGE_TEXT = 'request.invalid: events: each is like order.paid, order.* or *';
    END IF;

    DELETE FROM webhook_topic WHERE endpoint_id = in_endpoint_id;
    INSERT INTO webhook_topic (endpoint_id, pattern)
    SELECT DISTINCT in_endpoint_id, i.pattern
      FROM JSON_TABLE(in_events, '$[*]' COLUMNS (pattern VARCHAR(64) PATH '$')) i;
END
