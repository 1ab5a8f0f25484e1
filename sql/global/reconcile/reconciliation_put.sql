-- reconciliation_put: writes down where a statement and our books differ.
--
-- Parameters
--   in_channel      VARCHAR(16)   payment channel
--   in_day          VARCHAR(10)   day of the provider
--   in_run          BIGINT        as reconciliation_begin gave it
--   in_items        LONGTEXT      JSON array of {"class", "reference", "payment_id", "refund_id", "order_id", "state", "data"}
-- Returns  one row: status INT, body JSON
--   200 {}
-- Errors   none
-- Locks    reconciliation_difference
-- Example  CALL reconciliation_put('sandbox', '2026-11-28', 1, '[{"class": "missing_order", "reference": "capture sbx_1", …}]');
--
-- What was closed once, by itself or by a person, stays closed, whatever a later run finds of it.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE reconciliation_put(
    in_channel VARCHAR(16), in_day VARCHAR(10), in_run BIGINT, in_items LONGTEXT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'differences of a statement'
BEGIN
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    INSERT INTO reconciliation_difference (channel, day, class, reference, payment_id, refund_id, order_id, data, state, run,
                                           found_at, closed_at)
    SELECT in_channel, in_day, j.class, j.reference, j.payment_id, j.refund_id, j.order_id, j.data, j.state, in_run,
           UTC_TIMESTAMP(3), IF(j.state = 'closed', UTC_TIMESTAMP(3), NULL)
      FROM JSON_TABLE(in_items, '$[*]' COLUMNS (
               class VARCHAR(24) PATH '$.class', reference VARCHAR(80) PATH '$.reference',
               payment_id BIGINT PATH '$.payment_id', refund_id BIGINT PATH '$.refund_id', order_id BIGINT PATH '$.order_id',
               state VARCHAR(8) PATH '$.state', data JSON PATH '$.data')) j
        ON DUPLICATE KEY UPDATE run = in_run, data = VALUES(data);
    COMMIT;
    SELECT 200 AS status, '{}' AS body;
END
