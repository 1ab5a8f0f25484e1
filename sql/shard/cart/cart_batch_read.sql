-- cart_batch_read: takes the requests of a batch apart and takes their carts for the rest of the transaction.
--
-- Parameters
--   in_requests     LONGTEXT      JSON array of {"n", "account_id", "roles", "sku_id", "qty", "ticked", "if_match", "cached"};
--                                 ids as text, absent: NULL
--   in_now          DATETIME(3)   when the carts change
--   out_turns       INT           how many turns there are (cart_batch_open)
-- Returns  nothing: called by cart_put, cart_remove and cart_select inside their transaction. Refused in c_request: 30015
--          slot.moved
-- Errors   none
-- Locks    slot_owner (shared), cart (by account_id); carts that are not there yet are made, empty, with version 0
-- Example  CALL cart_batch_read('[{"n": 0, "account_id": "640", "roles": 2, …}]', UTC_TIMESTAMP(3), v_turns);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE cart_batch_read(
    in_requests LONGTEXT, in_now DATETIME(3), OUT out_turns INT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'requests of a batch of changes of carts'
BEGIN
    INSERT INTO c_request (n, turn, account_id, roles, sku_id, qty, ticked, if_match, cached, error, detail)
    SELECT j.n, ROW_NUMBER() OVER (PARTITION BY j.account_id ORDER BY j.n), j.account_id, j.roles, j.sku_id, j.qty,
           j.ticked, j.if_match, j.cached, IF(s.slot IS NULL, 30015, NULL), IF(s.slot IS NULL, j.account_id & 255, '')
      FROM (SELECT * FROM JSON_TABLE(in_requests, '$[*]' COLUMNS (
               n INT PATH '$.n', account_id BIGINT PATH '$.account_id', roles BIGINT PATH '$.roles',
               sku_id BIGINT PATH '$.sku_id', qty BIGINT PATH '$.qty', ticked TINYINT PATH '$.ticked',
               if_match BIGINT PATH '$.if_match', cached TINYINT PATH '$.cached')) t) j
      LEFT JOIN slot_owner s ON s.slot = (j.account_id & 255)
      LOCK IN SHARE MODE;

    INSERT INTO cart (account_id, version, expires_at, changed_at)
    SELECT r.account_id, 0, IF(r.roles & 1, in_now + INTERVAL 30 DAY, NULL), in_now
      FROM c_request r
     WHERE r.error IS NULL
     ORDER BY r.account_id, r.n
        ON DUPLICATE KEY UPDATE version = cart.version;

    SELECT COALESCE(MAX(turn), 0) INTO out_turns FROM c_request;
END
