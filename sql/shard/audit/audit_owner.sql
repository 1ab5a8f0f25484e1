-- audit_owner: does this shard serve the slots that the slot map gives it, and no others?
--
-- Parameters
--   in_shard        BIGINT     its number
--   in_map          LONGTEXT   JSON array of 256 shard numbers, as slot_map_read gives it
-- Returns  one row: status INT, body JSON
--   200 {"violations": [{"rule": "owner", "key", …}]}
-- Errors   none
-- Locks    none
-- Example  CALL audit_owner(0, '[0, 1, …]');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE audit_owner(in_shard BIGINT, in_map LONGTEXT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'slots served here and the slot map'
BEGIN
    DECLARE v_items LONGTEXT;

    SELECT GROUP_CONCAT(JSON_OBJECT('rule', 'owner', 'key', CONCAT('slot ', m.slot), 'slot', m.slot, 'map', m.shard,
                                    'served_here', IF(s.slot IS NULL, 0, 1)))
      INTO v_items
      FROM (SELECT j.nth - 1 AS slot, j.shard
              FROM JSON_TABLE(in_map, '$[*]' COLUMNS (nth FOR ORDINALITY, shard INT PATH '$')) j) m
      LEFT JOIN slot_owner s ON s.slot = m.slot
     WHERE (s.slot IS NOT NULL) <> (m.shard = in_shard);

    SELECT 200 AS status, CONCAT('{"violations": [', COALESCE(v_items, ''), ']}') AS body;
END
