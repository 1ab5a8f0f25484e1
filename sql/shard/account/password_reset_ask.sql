-- password_reset_ask: writes the mail with which a forgotten password is replaced. Whether an account has the address is
-- looked up when it is sent, so that asking takes the same time for all.
--
-- Parameters
--   in_mail_id   BIGINT         the new mail (id), in the slot of the address
--   in_email     VARCHAR(254)   normalised
-- Returns  one row: status INT, body JSON
--   202 {"status": "accepted"}
-- Errors   30015 slot.moved
-- Locks    slot_owner (shared), mail
-- Example  CALL password_reset_ask(171798691841, 'a@example.org');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE password_reset_ask(in_mail_id BIGINT, in_email VARCHAR(254))
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'asks for a new password by mail'
BEGIN
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL slot_check(in_mail_id);
    INSERT INTO mail (mail_id, kind, urgent, email, data, state, due_at, created_at)
    VALUES (in_mail_id, 'password_reset', 1, in_email, '{}', 'pending', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))
    ON DUPLICATE KEY UPDATE mail_id = mail.mail_id;
    COMMIT;

    SELECT 202 AS status, '{"status": "accepted"}' AS body;
END
