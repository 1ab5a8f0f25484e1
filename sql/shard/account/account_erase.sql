-- account_erase: looks again at deleted accounts whose orders were under way, a few at a time.
--
-- Parameters
--   in_limit   BIGINT   accounts at most, 1 … 100
-- Returns  one row: status INT, body JSON
--   200 {"looked_at": n}
-- Errors   none of its own
-- Locks    account_erasure (those due), orders (all of their accounts), order_event
-- Example  CALL account_erase(20);
--
-- An account without an order under way is done with; the others are looked at again after ten minutes.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE account_erase(in_limit BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'erases orders that have ended'
BEGIN
    DECLARE v_accounts LONGTEXT;
    DECLARE v_n BIGINT;

    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    SELECT CONCAT('[', COALESCE(GROUP_CONCAT(d.account_id), ''), ']'), COUNT(*) INTO v_accounts, v_n
      FROM (SELECT account_id
              FROM account_erasure
             WHERE due_at <= UTC_TIMESTAMP(3)
             ORDER BY due_at
             LIMIT in_limit
               FOR UPDATE) d;
    CALL account_erase_orders(v_accounts);
    DELETE a
      FROM account_erasure a
      JOIN JSON_TABLE(v_accounts, '$[*]' COLUMNS (account_id BIGINT PATH '$')) j ON j.account_id = a.account_id
     WHERE NOT EXISTS (SELECT 1 FROM orders o
                        WHERE o.account_id = a.account_id
                          AND o.state NOT IN ('CLOSED', 'CANCELLED', 'COMPLETED', 'REJECTED'));
    UPDATE account_erasure a
      JOIN JSON_TABLE(v_accounts, '$[*]' COLUMNS (account_id BIGINT PATH '$')) j ON j.account_id = a.account_id
       SET a.due_at = UTC_TIMESTAMP(3) + INTERVAL 10 MINUTE;
    COMMIT;

    SELECT 200 AS status, CONCAT('{"looked_at": ', v_n, '}') AS body;
END
