-- audit_pricing: are the promotions, ways to ship and taxes here those of global, at their versions?
--
-- Parameters
--   in_items        LONGTEXT   JSON of audit_pricing_list: [{"pricing_id", "kind", "version", "content"}, …], at least one
-- Returns  one row: status INT, body JSON
--   200 {"violations": [{"rule", "key", …}]}
--   missing: not here · version: another one here · content: the same version says something else
-- Errors   none
-- Locks    none
-- Example  CALL audit_pricing('[{"pricing_id": "7", "kind": "tax_rate", "version": 1, "content": "…"}]');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE audit_pricing(in_items LONGTEXT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'broadcast promotions, ways to ship, taxes'
BEGIN
    DECLARE v_items LONGTEXT;
    DECLARE v_from, v_to BIGINT;

    SELECT MIN(j.pricing_id) - 1, MAX(j.pricing_id) INTO v_from, v_to
      FROM JSON_TABLE(in_items, '$[*]' COLUMNS (pricing_id BIGINT PATH '$.pricing_id')) j;
    CALL audit_pricing_rows(v_from, v_to);
    SELECT GROUP_CONCAT(JSON_OBJECT('rule', CASE WHEN b.here IS NULL THEN 'missing' WHEN b.here <> b.version THEN 'version'
                                                 ELSE 'content' END,
                                    'key', CONCAT(b.kind, ' ', b.pricing_id), 'id', CAST(b.pricing_id AS CHAR),
                                    'global', CONCAT_WS(' ', b.version, b.content),
                                    'here', CONCAT_WS(' ', b.here, b.content_here)))
      INTO v_items
      FROM (SELECT i.pricing_id, i.kind, i.version, i.content, a.version AS here, a.content AS content_here
              FROM (SELECT j.pricing_id, j.kind, j.version, j.content
                      FROM JSON_TABLE(in_items, '$[*]' COLUMNS (
                           pricing_id BIGINT PATH '$.pricing_id', kind VARCHAR(16) PATH '$.kind', version BIGINT PATH '$.version',
                           content LONGTEXT PATH '$.content')) j) i
              LEFT JOIN audit_pricing_row a ON a.pricing_id = i.pricing_id
             WHERE a.pricing_id IS NULL OR a.version <> i.version
                OR a.content <> i.content COLLATE utf8mb4_bin OR a.kind <> i.kind COLLATE utf8mb4_bin
             LIMIT 100) b;

    SELECT 200 AS status, CONCAT('{"violations": [', COALESCE(v_items, ''), ']}') AS body;
END
