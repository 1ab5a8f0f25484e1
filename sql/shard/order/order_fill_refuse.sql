-- order_fill_refuse: says why lines cannot become an order.
--
-- Parameters
--   in_items        LONGTEXT   JSON [{"sku_id": "…", "qty": n}, …]
-- Returns  never: it always signals; called by order_fill
-- Errors   30501 order.empty · 30003 request.invalid: items[n].sku_id … · 30502 order.sku_unavailable: <sku_id>
-- Locks    none
-- Example  CALL order_fill_refuse('[]');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_fill_refuse(in_items LONGTEXT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'why lines cannot become an order'
BEGIN
    DECLARE v_line, v_nth INT;
    DECLARE v_sku_id BIGINT;
    DECLARE v_message VARCHAR(128);

    SELECT i.line, i.sku_id, i.nth INTO v_line, v_sku_id, v_nth
      FROM (SELECT j.line, j.sku_id, ROW_NUMBER() OVER (PARTITION BY j.sku_id ORDER BY j.line) AS nth
              FROM JSON_TABLE(in_items, '$[*]' COLUMNS (line FOR ORDINALITY, sku_id BIGINT PATH '$.sku_id')) j) i
      LEFT JOIN sku s ON s.sku_id = i.sku_id AND s.state = 'active'
     WHERE i.nth > 1 OR s.sku_id IS NULL
     ORDER BY i.nth = 1, i.line
     LIMIT 1;

    IF v_line IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30501, MESSAGE_TEXT = 'order.empty';
    ELSEIF v_nth > 1 THEN
        SET v_message = CONCAT('request.invalid: items[', v_line - 1, '].sku_id: this SKU is in the order already');
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30003, MESSAGE_TEXT = v_message;
    END IF;
    SET v_message = CONCAT('order.sku_unavailable: ', v_sku_id);
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30502, MESSAGE_TEXT = v_message;
END
