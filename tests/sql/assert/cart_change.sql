-- One change of a cart as the engine asks for it, a batch of one: in_routine is put, remove or select. A refusal is signalled
-- as the engine sees it.
CREATE PROCEDURE cart_change(in_routine VARCHAR(8), in_account_id BIGINT, in_roles BIGINT, in_sku_id BIGINT, in_qty BIGINT,
                             in_sku_ids LONGTEXT, in_ticked INT, in_if_match BIGINT, in_cached INT)
BEGIN
    DECLARE v_requests LONGTEXT DEFAULT CONCAT('[', cart_change_json(0, in_account_id, in_roles, in_sku_id, in_qty, in_sku_ids,
                                                                     in_ticked, in_if_match, in_cached), ']');
    DECLARE v_error INT;
    DECLARE v_text VARCHAR(160);

    CASE in_routine WHEN 'put' THEN CALL cart_put(v_requests);
                    WHEN 'remove' THEN CALL cart_remove(v_requests);
                    WHEN 'select' THEN CALL cart_select(v_requests); END CASE;
    SELECT error, CONCAT(CASE error WHEN 30003 THEN 'request.invalid' WHEN 30013 THEN 'precondition.failed'
                                    WHEN 30015 THEN 'slot.moved' WHEN 30521 THEN 'cart.sku_unavailable'
                                    WHEN 30522 THEN 'cart.limit' WHEN 30523 THEN 'cart.frozen'
                                    WHEN 30524 THEN 'cart.line_unknown' ELSE '' END, ': ', detail)
      INTO v_error, v_text
      FROM c_request;
    IF v_error IS NOT NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = v_error, MESSAGE_TEXT = v_text;
    END IF;
END
