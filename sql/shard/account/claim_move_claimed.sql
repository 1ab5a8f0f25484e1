-- claim_move_claimed: the claim on the new address was made, or cannot be: the account has its new address, or the wish is
-- forgotten.
--
-- Parameters
--   in_account_id   BIGINT    the account (id)
--   in_email        VARCHAR(254)   the new address
--   in_claimed      TINYINT   1: it was made; 0: another account has the address
--   in_mail_old     BIGINT    the mail (id) that tells the old address
--   in_mail_new     BIGINT    the mail (id) that tells the new one
-- Returns  one row: status INT, body JSON
--   200 {}; the same again changes nothing
-- Errors   30015 slot.moved
-- Locks    slot_owner (shared), claim_move (the row), account (the row), mail
-- Example  CALL claim_move_claimed(171798691840, 'b@example.org', 1, 171798691841, 171798691842);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE claim_move_claimed(
    in_account_id BIGINT,
    in_email      VARCHAR(254),
    in_claimed    TINYINT,
    in_mail_old   BIGINT,
    in_mail_new   BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'gives an account its new address'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);

    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL slot_check(in_account_id);
    IF in_claimed = 0 THEN
        DELETE FROM claim_move WHERE account_id = in_account_id AND state = 'confirmed' AND new_email = in_email;
    ELSE
        UPDATE claim_move
           SET state = 'applied', changed_at = v_now
         WHERE account_id = in_account_id AND state = 'confirmed' AND new_email = in_email;
        IF ROW_COUNT() = 1 THEN
            UPDATE account a
              JOIN claim_move m ON m.account_id = a.account_id
               SET a.email = m.new_email, a.password_hash = m.password_hash, a.email_verified_at = v_now,
                   a.version = a.version + 1, a.changed_at = v_now
             WHERE a.account_id = in_account_id;
            INSERT INTO mail (mail_id, kind, urgent, account_id, email, data, state, due_at, created_at)
            SELECT IF(t.nth = 0, in_mail_old, in_mail_new), 'email_changed', 1, m.account_id,
                   IF(t.nth = 0, m.old_email, m.new_email),
                   JSON_OBJECT('old_email', m.old_email, 'new_email', m.new_email), 'pending', v_now, v_now
              FROM claim_move m
              JOIN (SELECT 0 AS nth UNION ALL SELECT 1) t
             WHERE m.account_id = in_account_id;
        END IF;
    END IF;
    COMMIT;

    SELECT 200 AS status, '{}' AS body;
END
