-- audit_target_copies: are the targets of promotions here those that staff named?
--
-- Parameters
--   in_after        BIGINT     ids after this
--   in_to           BIGINT     up to and with this
--   in_items        LONGTEXT   JSON of audit_pricing_wanted: all of that range, [{"pricing_id", "version", "targets"}, …]
-- Returns  one row: status INT, body JSON
--   200 {"violations": [{"rule", "key", …}]}, at most 100 of them
--   target: one that was named is not here, one is here that was not, or it applies at another time or in another way than its
--   promotion
-- Errors   none
-- Locks    none
-- Example  CALL audit_target_copies(0, 9223372036854775807, '[]');
--
-- A category stands for those below it, as the tree was when the promotion was last changed. Global does not keep how it was:
-- that every shard has the same ones is seen by audit_targets_same. What is at another version is on its way.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE audit_target_copies(in_after BIGINT, in_to BIGINT, in_items LONGTEXT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'broadcast targets of promotions'
BEGIN
    DECLARE v_items LONGTEXT;

    SELECT GROUP_CONCAT(JSON_OBJECT('rule', 'target', 'key', CONCAT_WS(' ', b.promotion_id, b.kind, b.target_id),
                                    'promotion_id', CAST(b.promotion_id AS CHAR), 'kind', ELT(b.kind + 1, 'all', 'category', 'product', 'sku'),
                                    'target_id', CAST(b.target_id AS CHAR), 'named', b.named, 'here', b.here))
      INTO v_items
      FROM (SELECT j.promotion_id, FIELD(j.kind, 'all', 'category', 'product', 'sku') - 1 AS kind,
                   COALESCE(j.target_id, 0) AS target_id, 1 AS named, 0 AS here
              FROM JSON_TABLE(in_items, '$[*]' COLUMNS (
                       promotion_id BIGINT PATH '$.pricing_id', version BIGINT PATH '$.version',
                       NESTED PATH '$.targets[*]' COLUMNS (kind VARCHAR(16) PATH '$.kind', target_id BIGINT PATH '$.id'))) j
              JOIN promotion p ON p.promotion_id = j.promotion_id AND p.version = j.version
              LEFT JOIN promotion_target t ON t.promotion_id = j.promotion_id AND t.target_id = COALESCE(j.target_id, 0)
                   AND t.kind = FIELD(j.kind, 'all', 'category', 'product', 'sku') - 1
             WHERE j.kind IS NOT NULL AND t.promotion_id IS NULL
             UNION ALL
            SELECT t.promotion_id, t.kind, t.target_id, n.promotion_id IS NOT NULL, 1
              FROM promotion_target t
              LEFT JOIN promotion p ON p.promotion_id = t.promotion_id
              LEFT JOIN (SELECT j.promotion_id, j.version, MAX(j.kind = 'category') AS categories
                           FROM JSON_TABLE(in_items, '$[*]' COLUMNS (
                                    promotion_id BIGINT PATH '$.pricing_id', version BIGINT PATH '$.version',
                                    NESTED PATH '$.targets[*]' COLUMNS (kind VARCHAR(16) PATH '$.kind'))) j
                          GROUP BY j.promotion_id, j.version) w ON w.promotion_id = t.promotion_id
              LEFT JOIN (SELECT j.promotion_id, FIELD(j.kind, 'all', 'category', 'product', 'sku') - 1 AS kind,
                                COALESCE(j.target_id, 0) AS target_id
                           FROM JSON_TABLE(in_items, '$[*]' COLUMNS (
                                    promotion_id BIGINT PATH '$.pricing_id',
                                    NESTED PATH '$.targets[*]' COLUMNS (kind VARCHAR(16) PATH '$.kind',
                                                                        target_id BIGINT PATH '$.id'))) j) n
                     ON n.promotion_id = t.promotion_id AND n.kind = t.kind AND n.target_id = t.target_id
             WHERE t.promotion_id > in_after AND t.promotion_id <= in_to
               AND (p.promotion_id IS NULL OR w.version = p.version
                    AND (t.automatic <> (p.code IS NULL) OR t.ends_at <> p.ends_at
                         OR n.promotion_id IS NULL AND (t.kind <> 1 OR COALESCE(w.categories, 0) = 0)))
             LIMIT 100) b;

    SELECT 200 AS status, CONCAT('{"violations": [', COALESCE(v_items, ''), ']}') AS body;
END
