-- promotion_check: refuses a promotion that makes no sense.
--
-- Parameters
--   in_promotion     LONGTEXT   JSON as promotion_json gives it
-- Returns  nothing: called by promotion_put
-- Errors   30003 request.invalid: <field>: <what is wrong>
-- Locks    none
-- Example  CALL promotion_check('{"kind": "percent", "value": 1000, …}');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE promotion_check(in_promotion LONGTEXT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'whether a promotion makes sense'
BEGIN
    DECLARE v_wrong VARCHAR(100);
    DECLARE v_message VARCHAR(128);

    SELECT CASE
               WHEN p.kind = 'percent' AND p.value NOT BETWEEN 1 AND 10000 THEN 'value: 1 to 10000 hundredths of a percent'
               WHEN p.kind = 'fixed' AND p.value < 1 THEN 'value: at least one minor unit'
               WHEN p.kind = 'free_shipping' AND p.value <> 0 THEN 'value: 0 with free shipping'
               WHEN p.kind = 'free_shipping' AND p.max_discount IS NOT NULL AND p.state = 'active'
               THEN 'max_discount: none with free shipping'
               WHEN p.total_limit IS NOT NULL AND p.code IS NULL THEN 'total_limit: only with a code'
               WHEN p.code IS NOT NULL AND p.code NOT REGEXP '^[^[:space:]]{1,64}$' THEN 'code: no blanks in it'
               WHEN NOT is_time(p.starts_at) THEN 'starts_at: like 2026-01-31T09:00:00Z'
               WHEN NOT is_time(p.ends_at) THEN 'ends_at: like 2026-01-31T09:00:00Z'
               WHEN p.ends_at <= p.starts_at THEN 'ends_at: after starts_at'
               WHEN p.stack_group LIKE '#%' THEN 'stack_group: does not begin with #' END
      INTO v_wrong
      FROM JSON_TABLE(in_promotion, '$' COLUMNS (
               kind VARCHAR(16) PATH '$.kind', value BIGINT PATH '$.value', code VARCHAR(200) PATH '$.code',
               total_limit BIGINT PATH '$.total_limit', starts_at VARCHAR(40) PATH '$.starts_at',
               ends_at VARCHAR(40) PATH '$.ends_at', stack_group VARCHAR(64) PATH '$.stack_group',
               max_discount BIGINT PATH '$.max_discount', state VARCHAR(16) PATH '$.state')) p;
    IF v_wrong IS NULL AND EXISTS (
        SELECT 1 FROM JSON_TABLE(in_promotion, '$.targets[*]' COLUMNS (kind VARCHAR(16) PATH '$.kind', id BIGINT PATH '$.id')) t
         WHERE (t.kind = 'all') <> (t.id IS NULL)) THEN
        SET v_wrong = 'targets: an id with every kind but all';
    END IF;
    IF v_wrong IS NOT NULL THEN
        SET v_message = CONCAT('request.invalid: ', v_wrong);
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30003, MESSAGE_TEXT = v_message;
    END IF;
END
