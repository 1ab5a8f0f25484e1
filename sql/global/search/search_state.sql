-- search_state: which index of the search server is whole, and how far everything is.
--
-- Parameters  none
-- Returns  one row: status INT, body JSON
--   200 {epoch, building, built_to, wanted, products, words_due, server_due}; see table search_index. The counts stop at 100,000
-- Errors   none
-- Locks    none
-- Example  CALL search_state();
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE search_state()
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'state of the search indexes'
BEGIN
    SELECT 200 AS status,
           JSON_OBJECT('epoch', i.epoch, 'building', i.building, 'built_to', CAST(i.built_to AS CHAR), 'wanted', i.wanted,
               'products', (SELECT COUNT(*) FROM (SELECT 1 FROM search_doc LIMIT 100000) n),
               'words_due', (SELECT COUNT(*) FROM (SELECT 1 FROM search_due WHERE target = 'words' LIMIT 100000) n),
               'server_due', (SELECT COUNT(*) FROM (SELECT 1 FROM search_due WHERE target = 'server' LIMIT 100000) n)) AS body
      FROM search_index i WHERE i.one = 1;
END
