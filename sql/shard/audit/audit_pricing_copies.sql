-- audit_pricing_copies: are the promotions, ways to ship, taxes, flash sales and hold rules here those of global, and no others?
--
-- Parameters
--   in_after        BIGINT     ids after this
--   in_to           BIGINT     up to and with this
--   in_items        LONGTEXT   JSON of audit_pricing_wanted: all of that range, [{"pricing_id", "kind", "version", "content"}, …]
-- Returns  one row: status INT, body JSON
--   200 {"violations": [{"rule", "key", …}]}
--   missing: not here · version: another one here · content: the same version says something else · stranger: here, and global
--   has none
-- Errors   none
-- Locks    none
-- Example  CALL audit_pricing_copies(0, 9223372036854775807, '[]');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE audit_pricing_copies(in_after BIGINT, in_to BIGINT, in_items LONGTEXT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'broadcast rows that orders follow'
BEGIN
    DECLARE v_items LONGTEXT;

    CALL audit_pricing_rows(in_after, in_to);
    SELECT GROUP_CONCAT(JSON_OBJECT('rule', CASE WHEN b.here IS NULL THEN 'missing' WHEN b.version IS NULL THEN 'stranger'
                                                 WHEN b.here <> b.version THEN 'version' ELSE 'content' END,
                                    'key', CONCAT(b.kind, ' ', b.pricing_id), 'id', CAST(b.pricing_id AS CHAR),
                                    'global', CONCAT_WS(' ', b.version, b.content),
                                    'here', CONCAT_WS(' ', b.here, b.content_here)))
      INTO v_items
      FROM (SELECT u.pricing_id, u.kind, MAX(u.version) AS version, MAX(u.content) AS content, MAX(u.here) AS here,
                   MAX(u.content_here) AS content_here
              FROM (SELECT j.pricing_id, j.kind COLLATE utf8mb4_bin AS kind, j.version, j.content COLLATE utf8mb4_bin AS content,
                           NULL AS here, NULL AS content_here
                      FROM JSON_TABLE(in_items, '$[*]' COLUMNS (
                           pricing_id BIGINT PATH '$.pricing_id', kind VARCHAR(16) PATH '$.kind', version BIGINT PATH '$.version',
                           content LONGTEXT PATH '$.content')) j
                     UNION ALL
                    SELECT a.pricing_id, a.kind, NULL, NULL, a.version, a.content
                      FROM audit_pricing_row a) u
             GROUP BY u.pricing_id, u.kind
            HAVING here IS NULL OR version IS NULL OR here <> version
                OR content COLLATE utf8mb4_bin <> content_here COLLATE utf8mb4_bin
             LIMIT 100) b;

    SELECT 200 AS status, CONCAT('{"violations": [', COALESCE(v_items, ''), ']}') AS body;
END
