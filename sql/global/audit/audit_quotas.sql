-- audit_quotas: were as many coupons of every promotion issued as orders may use?
--
-- Parameters
--   in_after        BIGINT   promotion_id after which to begin; 0: at the start
--   in_limit        BIGINT   promotions to look at, 1 … 5,000
-- Returns  one row: status INT, body JSON
--   200 {"examined": n, "next": promotion_id or null at the end, "violations": [{"rule": "quota", "key", …}]}, at most 100 of them
--   quota: what was issued does not come to the promotion's limit
-- Errors   none
-- Locks    none; one statement looks at everything, so that what happens meanwhile cannot look wrong
-- Example  CALL audit_quotas(0, 1000);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE audit_quotas(in_after BIGINT, in_limit BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'limits of promotions and their coupons'
BEGIN
    DECLARE v_items LONGTEXT;
    DECLARE v_to, v_n BIGINT;

    SELECT COALESCE(MAX(c.id), in_after), COUNT(*) INTO v_to, v_n
      FROM (SELECT promotion_id AS id FROM promotion WHERE promotion_id > in_after ORDER BY promotion_id LIMIT in_limit) c;
    IF v_n < in_limit THEN
        SET v_to = 9223372036854775807;
    END IF;

    SELECT GROUP_CONCAT(JSON_OBJECT('rule', 'quota', 'key', CAST(b.promotion_id AS CHAR), 'promotion_id', CAST(b.promotion_id AS CHAR),
                                    'total_limit', CAST(b.wanted AS SIGNED), 'issued', CAST(b.issued AS SIGNED)))
      INTO v_items
      FROM (SELECT u.promotion_id, SUM(u.wanted) AS wanted, SUM(u.issued) AS issued
              FROM (SELECT promotion_id, COALESCE(total_limit, 0) AS wanted, 0 AS issued
                      FROM promotion
                     WHERE promotion_id > in_after AND promotion_id <= v_to
                     UNION ALL
                    SELECT promotion_id, 0, qty
                      FROM promotion_quota
                     WHERE promotion_id > in_after AND promotion_id <= v_to) u
             GROUP BY u.promotion_id
            HAVING wanted <> issued
             LIMIT 100) b;

    SELECT 200 AS status, audit_chunk_json(v_n, in_limit, v_to, v_items) AS body;
END
