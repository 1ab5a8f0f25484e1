-- Receives one delivery as the engine does, a batch of one; a refusal is signalled as the engine sees it.
CREATE PROCEDURE receive(in_receipt_id BIGINT, in_reference VARCHAR(190), in_sku_id BIGINT, in_qty BIGINT, in_parts LONGTEXT)
BEGIN
    -- Not in the CALL: MySQL opens no temporary table twice within a CALL that has a function among its arguments.
    DECLARE v_requests LONGTEXT DEFAULT CONCAT('[', receive_json(0, in_receipt_id, in_reference, in_sku_id, in_qty, in_parts), ']');
    DECLARE v_error INT;
    DECLARE v_text VARCHAR(160);

    CALL goods_receive(v_requests);
    SELECT error, CONCAT(CASE error WHEN 30003 THEN 'request.invalid' WHEN 30004 THEN 'not_found'
                                    WHEN 30402 THEN 'stock.reference_used' ELSE '' END, ': ', detail)
      INTO v_error, v_text
      FROM g_request;
    IF v_error IS NOT NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = v_error, MESSAGE_TEXT = v_text;
    END IF;
END
