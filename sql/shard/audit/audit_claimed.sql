-- audit_claimed: whose addresses are not claimed as they should be, of those addresses that lie on this shard?
--
-- Parameters
--   in_items        LONGTEXT   JSON [{"account_id": "…", "email": "…", "proved": 1 or 0}, …], at most 5,000
-- Returns  one row: status INT, body JSON
--   200 {"violations": [{"rule", "key", …}]}, at most 100 of them
--   unclaimed: the account neither has its address nor stands behind it, though fewer than eight do: nobody can sign in to it ·
--   proved: its owner proved to read mail there, and another one has the address, or nobody for good
-- Errors   none
-- Locks    none
-- Example  CALL audit_claimed('[{"account_id": "171798691840", "email": "a@example.org", "proved": 0}]');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE audit_claimed(in_items LONGTEXT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'addresses that are not claimed'
BEGIN
    DECLARE v_rivals_max INT DEFAULT 8;
    DECLARE v_items LONGTEXT;

    SELECT GROUP_CONCAT(JSON_OBJECT('rule', b.rule, 'key', CAST(b.account_id AS CHAR), 'account_id', CAST(b.account_id AS CHAR)))
      INTO v_items
      FROM (SELECT j.account_id, IF(j.proved = 1, 'proved', 'unclaimed') AS rule
              FROM JSON_TABLE(in_items, '$[*]' COLUMNS (account_id BIGINT PATH '$.account_id', email VARCHAR(254) PATH '$.email',
                                                        proved INT PATH '$.proved')) j
              JOIN slot_owner s ON s.slot = CAST(CONV(RIGHT(SHA2(j.email, 256), 2), 16, 10) AS UNSIGNED)
              LEFT JOIN login_claim c ON c.email = j.email COLLATE utf8mb4_bin
              LEFT JOIN login_rival r ON r.email = j.email COLLATE utf8mb4_bin AND r.account_id = j.account_id
             WHERE IF(j.proved = 1, NOT COALESCE(c.account_id = j.account_id AND c.verified_at IS NOT NULL, 0),
                      COALESCE(c.account_id, 0) <> j.account_id AND r.account_id IS NULL
                      AND (SELECT COUNT(*) FROM login_rival o WHERE o.email = j.email COLLATE utf8mb4_bin) < v_rivals_max)
             LIMIT 100) b;

    SELECT 200 AS status, CONCAT('{"violations": [', COALESCE(v_items, ''), ']}') AS body;
END
