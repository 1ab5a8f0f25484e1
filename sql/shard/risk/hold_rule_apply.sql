-- hold_rule_apply: takes the broadcast rules that hold orders; only a newer version replaces the one here.
--
-- Parameters
--   in_rows         LONGTEXT   JSON array of {"currency", "above", "version"}
-- Returns  one row: status INT, body JSON
--   200 {"rules": how many came in}
-- Errors   none
-- Locks    hold_rule
-- Example  CALL hold_rule_apply('[{"currency": "EUR", "above": 100000, "version": 3}]');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE hold_rule_apply(in_rows LONGTEXT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'broadcast rules that hold orders'
BEGIN
    INSERT INTO hold_rule (currency, above, version)
    SELECT j.currency, j.above, j.version
      FROM (SELECT * FROM JSON_TABLE(in_rows, '$[*]' COLUMNS (
               currency CHAR(3) PATH '$.currency', above BIGINT PATH '$.above', version BIGINT PATH '$.version')) t) j
        ON DUPLICATE KEY UPDATE -- assigned from left to right: version last
           above = IF(j.version > hold_rule.version, j.above, hold_rule.above),
           version = GREATEST(j.version, hold_rule.version);

    SELECT 200 AS status, JSON_OBJECT('rules', JSON_LENGTH(in_rows)) AS body;
END
