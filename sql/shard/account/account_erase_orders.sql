-- account_erase_orders: takes out of the ended orders of deleted accounts, and out of their event logs, what is personal:
-- who gets them and where, the note, the e-mail address. The country stays, for the taxes.
--
-- Parameters
--   in_accounts     LONGTEXT   JSON array of accounts (ids)
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   none
-- Locks    orders (of the accounts), then order_event (of these)
-- Example  CALL account_erase_orders('[171798691840]');
--
-- Row and events lose the same, so that folding the events still gives the row.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE account_erase_orders(in_accounts LONGTEXT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'erases what is personal in ended orders'
BEGIN
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
