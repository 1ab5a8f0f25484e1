-- event_publish: tells the rest of the shop what just changed: one row of the outbox, in the caller's transaction.
--
-- Parameters
--   in_topic         VARCHAR(32)   product.changed, sku.changed, stock.changed …; 3 … 31 of a-z, 0-9, _ and dots between
--   in_aggregate_id  BIGINT        what it is about
--   in_payload       LONGTEXT      JSON object, at most 8,000 bytes
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   30001 internal: the caller gave what is no event
-- Locks    the new row of outbox
-- Example  CALL event_publish('sku.changed', 1281, '{"sku_id": "1281", "version": 7}');
--
-- It is published at least once and in no order that could be relied upon: say what changed, and let the reader look.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE event_publish(
    in_topic        VARCHAR(32),
    in_aggregate_id BIGINT,
    in_payload      LONGTEXT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'writes one event into the outbox'
BEGIN
    IF in_topic IS NULL OR in_topic COLLATE utf8mb4_bin NOT REGEXP '^[a-z0-9_]+([.][a-z0-9_]+)*$' OR LENGTH(in_topic) NOT BETWEEN 3 AND 31
       OR in_aggregate_id IS NULL OR in_payload IS NULL OR LENGTH(in_payload) > 8000 OR NOT JSON_VALID(in_payload) THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = 'internal: what is to be published is no event';
    END IF;

    INSERT INTO outbox (event_id, topic, aggregate_id, payload, status, created_at)
    VALUES (CONCAT(REPLACE(in_topic, '.', '-'), '-', REPLACE(UUID(), '-', '')), in_topic, in_aggregate_id, in_payload,
            'new', UTC_TIMESTAMP(3));
END
