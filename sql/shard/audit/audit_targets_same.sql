-- audit_targets_same: are promotions here for the same as on another shard?
--
-- Parameters
--   in_items        LONGTEXT   JSON of audit_targets of the other shard: [{"promotion_id", "version", "targets_n", "sum"}, …]
-- Returns  one row: status INT, body JSON
--   200 {"violations": [{"rule", "key", …}]}, at most 100 of them
--   targets: the same version has other targets here; which shard is wrong, the numbers and the promotion have to tell
-- Errors   none
-- Locks    none
-- Example  CALL audit_targets_same('[{"promotion_id": "7", "version": 1, "targets_n": 1, "sum": "…"}]');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE audit_targets_same(in_items LONGTEXT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'targets of promotions on two shards'
BEGIN
    DECLARE v_items LONGTEXT;

    SELECT GROUP_CONCAT(JSON_OBJECT('rule', 'targets', 'key', CAST(b.promotion_id AS CHAR),
                                    'promotion_id', CAST(b.promotion_id AS CHAR), 'version', b.version,
                                    'shard_0', b.targets_n, 'here', b.here_n))
      INTO v_items
      FROM (SELECT j.promotion_id, j.version, j.targets_n, COUNT(t.promotion_id) AS here_n
              FROM JSON_TABLE(in_items, '$[*]' COLUMNS (
                       promotion_id BIGINT PATH '$.promotion_id', version BIGINT PATH '$.version',
                       targets_n BIGINT PATH '$.targets_n', checksum CHAR(64) PATH '$.sum')) j
              JOIN promotion p ON p.promotion_id = j.promotion_id AND p.version = j.version
              LEFT JOIN promotion_target t ON t.promotion_id = p.promotion_id
             GROUP BY j.promotion_id, j.version, j.targets_n, j.checksum
            HAVING SHA2(COALESCE(GROUP_CONCAT(t.kind, ':', t.target_id ORDER BY t.kind, t.target_id), ''), 256)
                   COLLATE utf8mb4_bin <> j.checksum COLLATE utf8mb4_bin
             LIMIT 100) b;

    SELECT 200 AS status, CONCAT('{"violations": [', COALESCE(v_items, ''), ']}') AS body;
END
