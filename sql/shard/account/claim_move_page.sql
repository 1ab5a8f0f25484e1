-- claim_move_page: changes of address that nobody has finished, oldest first.
--
-- Parameters
--   in_age_s    BIGINT   seconds for which whoever began them may still be at it
--   in_limit    BIGINT   1 … 100
--   in_skip     BIGINT   so many of the oldest are left out: this pass could not do them
-- Returns  one row: status INT, body JSON
--   200 {"items": ["<account_id>", …]}
-- Errors   none
-- Locks    none
-- Example  CALL claim_move_page(3, 20, 0);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE claim_move_page(in_age_s BIGINT, in_limit BIGINT, in_skip BIGINT)
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
             LIMIT in_limit OFFSET in_skip) m;
END
