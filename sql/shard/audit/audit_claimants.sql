-- audit_claimants: which of these claims on addresses belong to no account, of those accounts that lie on this shard?
--
-- Parameters
--   in_items        LONGTEXT   JSON [{"account_id": "…", "email": "…"}, …], at most 10,000
-- Returns  one row: status INT, body JSON
--   200 {"violations": [{"rule": "nobody", "key", …}]}, at most 100 of them
--   nobody: the account is not there, was deleted, or has another address, and no change of its address explains it
-- Errors   none
-- Locks    none
-- Example  CALL audit_claimants('[{"account_id": "171798691840", "email": "a@example.org"}]');
--
-- What a change of address, or a deletion, does step by step stands in claim_move: the new address is claimed before the account
-- has it, the old one is given up after.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE audit_claimants(in_items LONGTEXT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'claims that belong to no account'
BEGIN
    DECLARE v_items LONGTEXT;

    SELECT GROUP_CONCAT(JSON_OBJECT('rule', 'nobody', 'key', CAST(b.account_id AS CHAR), 'account_id', CAST(b.account_id AS CHAR)))
      INTO v_items
      FROM (SELECT j.account_id
              FROM JSON_TABLE(in_items, '$[*]' COLUMNS (account_id BIGINT PATH '$.account_id',
                                                        email VARCHAR(254) PATH '$.email')) j
              JOIN slot_owner s ON s.slot = (j.account_id & 255)
              LEFT JOIN account a ON a.account_id = j.account_id AND a.email = j.email COLLATE utf8mb4_bin AND a.deleted_at IS NULL
              LEFT JOIN claim_move m ON m.account_id = j.account_id
                                    AND ((m.state = 'confirmed' AND m.new_email = j.email COLLATE utf8mb4_bin)
                                         OR (m.state = 'applied' AND m.old_email = j.email COLLATE utf8mb4_bin))
             WHERE a.account_id IS NULL AND m.account_id IS NULL
             LIMIT 100) b;

    SELECT 200 AS status, CONCAT('{"violations": [', COALESCE(v_items, ''), ']}') AS body;
END
