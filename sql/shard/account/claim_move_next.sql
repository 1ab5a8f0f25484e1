-- claim_move_next: what is to be done next for an account whose address changes, and where.
--
-- Parameters
--   in_account_id   BIGINT   the account (id)
-- Returns  one row: status INT, body JSON
--   200 {"step": "claim|drop|none", "email": "…" or null}
-- Errors   none
-- Locks    none
-- Example  CALL claim_move_next(171798691840);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE claim_move_next(in_account_id BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'next step of a change of address'
BEGIN
    SELECT 200 AS status,
           COALESCE(MAX(JSON_OBJECT('step', IF(state = 'confirmed', 'claim', 'drop'),
                                    'email', IF(state = 'confirmed', new_email, old_email))),
                    '{"step": "none", "email": null}') AS body
      FROM claim_move
     WHERE account_id = in_account_id AND state IN ('confirmed', 'applied');
END
