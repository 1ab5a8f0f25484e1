-- payment_case_list: what a person has to look at, or has looked at, on this shard; newest first.
--
-- Parameters
--   in_state        VARCHAR(8)     open, closed; NULL: both
--   in_kind         VARCHAR(24)    NULL: any
--   in_before       BIGINT         case_id of the last one seen; NULL: from the newest
--   in_limit        BIGINT         1 … 101
-- Returns  one row: status INT, body JSON
--   200 {"items": [case, …]}
-- Errors   none
-- Locks    none
-- Example  CALL payment_case_list('open', NULL, NULL, 20);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE payment_case_list(
    in_state VARCHAR(8), in_kind VARCHAR(24), in_before BIGINT, in_limit BIGINT
)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'cases for a person'
BEGIN
    SELECT 200 AS status,
           CONCAT('{"items": [', COALESCE(GROUP_CONCAT(payment_case_json(c.case_id) ORDER BY c.case_id DESC), ''), ']}') AS body
      FROM (SELECT case_id
              FROM payment_case
             WHERE state = COALESCE(in_state, state) AND kind = COALESCE(in_kind, kind)
               AND case_id < COALESCE(in_before, 9223372036854775807)
             ORDER BY case_id DESC
             LIMIT in_limit) c;
END
