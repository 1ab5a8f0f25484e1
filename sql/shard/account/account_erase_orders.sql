-- account_erase_orders: takes out of the ended orders of deleted accounts, and out of their event logs, what is personal:
-- who gets them and where, the note, the e-mail address. The country stays, for the taxes.
--
-- Parameters
--   in_accounts     LONGTEXT   JSON array of accounts (ids)
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   none
-- Locks    orders (all of the accounts), then order_event (of those that have ended)
-- Example  CALL account_erase_orders('[171798691840]');
--
-- Row and events lose the same, so that folding the events still gives the row. No order of the accounts ends before the
-- transaction does: those that the caller finds under way are those that were left as they are.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE account_erase_orders(in_accounts LONGTEXT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'erases what is personal in ended orders'
BEGIN
    DECLARE v_locked BIGINT;

    SELECT COUNT(o.order_id) INTO v_locked
      FROM (SELECT * FROM JSON_TABLE(in_accounts, '$[*]' COLUMNS (account_id BIGINT PATH '$')) t) j
           STRAIGHT_JOIN orders o FORCE INDEX (orders_account) ON o.account_id = j.account_id
       FOR UPDATE;
    UPDATE order_event e
      JOIN orders o ON o.order_id = e.order_id
      JOIN JSON_TABLE(in_accounts, '$[*]' COLUMNS (account_id BIGINT PATH '$')) j ON j.account_id = o.account_id
       SET e.data = JSON_REPLACE(e.data, '$.address.name', '', '$.address.phone', '', '$.address.region', '',
                                 '$.address.city', '', '$.address.line1', '', '$.address.line2', '',
                                 '$.address.postal_code', '', '$.note', NULL, '$.email', NULL)
     WHERE o.state IN ('CLOSED', 'CANCELLED', 'COMPLETED', 'REJECTED')
       AND JSON_CONTAINS_PATH(e.data, 'one', '$.address', '$.note', '$.email');
    UPDATE orders o
      JOIN JSON_TABLE(in_accounts, '$[*]' COLUMNS (account_id BIGINT PATH '$')) j ON j.account_id = o.account_id
       SET o.address = JSON_REPLACE(o.address, '$.name', '', '$.phone', '', '$.region', '', '$.city', '', '$.line1', '',
                                    '$.line2', '', '$.postal_code', ''),
           o.note = NULL, o.email = NULL
     WHERE o.state IN ('CLOSED', 'CANCELLED', 'COMPLETED', 'REJECTED');
END
