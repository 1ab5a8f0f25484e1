-- claim_move_list: changes of address that nobody has finished, oldest first.
--
-- Parameters
--   in_age_s    BIGINT   seconds for which whoever began them may still be at it
--   in_limit    BIGINT   1 … 100
-- Returns  one row: status INT, body JSON
--   200 {"items": ["<account_id>", …]}
-- Errors   none
-- Locks    none
-- Example  CALL claim_move_list(3, 20);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE claim_move_list(in_age_s BIGINT, in_limit BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'changes of address to finish'
BEGIN
    SELECT 200 AS status,
           CONCAT('{"items": [', COALESCE(GROUP_CONCAT(CONCAT('"', m.account_id, '"') ORDER BY m.changed_at), ''), ']}') AS body
      FROM (SELECT account_id, changed_at
              FROM claim_move
             WHERE state IN ('confirmed', 'applied') AND changed_at < UTC_TIMESTAMP(3) - INTERVAL in_age_s SECOND
             ORDER BY changed_at
             LIMIT in_limit) m;
END
