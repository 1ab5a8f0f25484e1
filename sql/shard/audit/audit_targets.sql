-- audit_targets: the promotions of this shard with a checksum of what they are for, for another shard to be compared.
--
-- Parameters
--   in_after        BIGINT   ids after this
--   in_to           BIGINT   up to and with this
-- Returns  one row: status INT, body JSON
--   200 {"items": [{"promotion_id", "version", "targets_n", "sum"}]}
-- Errors   none
-- Locks    none
-- Example  CALL audit_targets(0, 9223372036854775807);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE audit_targets(in_after BIGINT, in_to BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'checksums of targets of promotions'
BEGIN
    DECLARE v_items LONGTEXT;

    SELECT GROUP_CONCAT(JSON_OBJECT('promotion_id', CAST(c.promotion_id AS CHAR), 'version', c.version, 'targets_n', c.targets_n,
                                    'sum', c.checksum))
      INTO v_items
      FROM (SELECT p.promotion_id, p.version, COUNT(t.promotion_id) AS targets_n,
                   SHA2(COALESCE(GROUP_CONCAT(t.kind, ':', t.target_id ORDER BY t.kind, t.target_id), ''), 256) AS checksum
              FROM promotion p
              LEFT JOIN promotion_target t ON t.promotion_id = p.promotion_id
             WHERE p.promotion_id > in_after AND p.promotion_id <= in_to
             GROUP BY p.promotion_id, p.version) c;

    SELECT 200 AS status, CONCAT('{"items": [', COALESCE(v_items, ''), ']}') AS body;
END
