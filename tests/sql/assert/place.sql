-- Places one order as the engine does, a batch of one; a refusal is signalled as the engine sees it.
CREATE PROCEDURE place(in_order_id BIGINT, in_account_id BIGINT, in_roles BIGINT, in_key VARCHAR(255), in_hash VARBINARY(32),
                       in_items LONGTEXT, in_address LONGTEXT, in_note VARCHAR(500), in_email VARCHAR(254),
                       in_expected_total BIGINT, in_payment_window_s BIGINT)
BEGIN
    -- Not in the CALL: MySQL opens no temporary table twice within a CALL that has a function among its arguments.
    DECLARE v_requests LONGTEXT DEFAULT CONCAT('[', place_json(0, in_order_id, in_account_id, in_roles, in_key, in_hash, in_items,
        in_address, in_note, in_email, in_expected_total, in_payment_window_s), ']');
    DECLARE v_error INT;
    DECLARE v_detail VARCHAR(128);

    CALL order_place(v_requests);
    SELECT error, CONCAT(CASE error WHEN 30003 THEN 'request.invalid' WHEN 30015 THEN 'slot.moved'
                                    WHEN 30021 THEN 'idempotency.mismatch' WHEN 30401 THEN 'stock.short'
                                    WHEN 30501 THEN 'order.empty' WHEN 30502 THEN 'order.sku_unavailable'
                                    WHEN 30504 THEN 'order.price_changed' WHEN 30505 THEN 'order.mixed_currency'
                                    WHEN 30507 THEN 'order.email_required' ELSE '' END, ': ', detail)
      INTO v_error, v_detail
      FROM b_request;
    IF v_error IS NOT NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = v_error, MESSAGE_TEXT = v_detail;
    END IF;
END
