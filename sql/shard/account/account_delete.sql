-- account_delete: deletes an account: what is personal is erased, orders and ledger stay.
--
-- Parameters
--   in_account_id   BIGINT   the account (id)
--   in_mail_id      BIGINT   the mail (id) that tells the owner
-- Returns  one row: status INT, body
--   204
-- Errors   30004 not_found · 30014 conflict: a change of address is being carried out
-- Locks    slot_owner (shared), account (the row), then what is the account's: claim_move, account_token, session_family,
--          address, cart, cart_item, cart_stale, idempotency, mail, orders, order_event, account_erasure
-- Example  CALL account_delete(171798691840, 171798691841);
--
-- Orders under way keep their address until they have ended (account_erase). The claim on the address is dropped as the
-- last step of a change of address is.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE account_delete(in_account_id BIGINT, in_mail_id BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'deletes an account'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_email VARCHAR(254);

    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL slot_check(in_account_id);
    SELECT MAX(email) INTO v_email FROM account WHERE account_id = in_account_id AND deleted_at IS NULL FOR UPDATE;
    IF v_email IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found';
    END IF;
    DELETE FROM claim_move WHERE account_id = in_account_id AND state = 'asked';
    IF EXISTS (SELECT 1 FROM claim_move WHERE account_id = in_account_id FOR UPDATE) THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30014, MESSAGE_TEXT = 'conflict: a change of address is being carried out';
    END IF;
    INSERT INTO claim_move (account_id, state, old_email, changed_at) VALUES (in_account_id, 'applied', v_email, v_now);

    UPDATE account
       SET email = '', password_hash = '', name = '', default_address_id = NULL, email_verified_at = NULL, deleted_at = v_now,
           version = version + 1, changed_at = v_now
     WHERE account_id = in_account_id;
    DELETE FROM account_token WHERE account_id = in_account_id;
    CALL session_end_all(in_account_id);
    DELETE FROM address WHERE account_id = in_account_id;
    CALL account_erase_cart(in_account_id);
    DELETE FROM idempotency
     WHERE (account_id = in_account_id AND (route LIKE 'account%' OR route LIKE 'address%'))
        OR (account_id = (in_account_id & 255) AND route = 'account_create'
            AND JSON_UNQUOTE(JSON_EXTRACT(body, '$.account_id')) = CAST(in_account_id AS CHAR));
    UPDATE mail
       SET state = IF(state = 'pending', 'dropped', state), email = NULL, data = '{}', ended_at = COALESCE(ended_at, v_now)
     WHERE account_id = in_account_id;
    INSERT INTO mail (mail_id, kind, urgent, account_id, email, data, state, due_at, created_at)
    VALUES (in_mail_id, 'account_deleted', 1, in_account_id, v_email, '{}', 'pending', v_now, v_now);

    CALL account_erase_orders(CONCAT('[', in_account_id, ']'));
    INSERT INTO account_erasure (account_id, due_at) VALUES (in_account_id, v_now + INTERVAL 20 MINUTE);
    CALL event_publish('account.deleted', in_account_id, JSON_OBJECT('account_id', CAST(in_account_id AS CHAR)));
    COMMIT;

    SELECT 204 AS status, NULL AS body;
END
