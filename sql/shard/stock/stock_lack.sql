-- stock_lack: says which SKU a pool of this shard has too few units of, and how many are missing.
--
-- Parameters
--   in_items        LONGTEXT   JSON [{"sku_id": "…", "pool": "…", "qty": n}, …] that could not be reserved
-- Returns  never: it always signals
-- Errors   30401 stock.short: <sku_id> <pool> <missing units>
-- Locks    none
-- Example  CALL stock_lack('[{"sku_id": "42", "pool": "main", "qty": 3}]');
--
-- When units came back in the meantime, one is called missing: the caller asks for it and tries again.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE stock_lack(in_items LONGTEXT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'which SKU is short'
BEGIN
    DECLARE v_message VARCHAR(128);

    SELECT CONCAT('stock.short: ', i.sku_id, ' ', i.pool, ' ', GREATEST(i.qty - COALESCE(s.on_hand - s.reserved, 0), 1))
      INTO v_message
      FROM JSON_TABLE(in_items, '$[*]' COLUMNS (sku_id BIGINT PATH '$.sku_id', pool VARCHAR(16) PATH '$.pool',
                                                qty BIGINT PATH '$.qty')) i
      LEFT JOIN stock s ON s.sku_id = i.sku_id AND s.pool = i.pool
     ORDER BY i.qty - COALESCE(s.on_hand - s.reserved, 0) DESC, i.sku_id
     LIMIT 1;
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30401, MESSAGE_TEXT = v_message;
END
