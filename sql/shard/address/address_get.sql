-- address_get: one address of the caller.
--
-- Parameters
--   in_account_id   BIGINT   who asks (id)
--   in_address_id   BIGINT   the address (id)
-- Returns  one row: status INT, body JSON, etag
--   200 the address, as address_json
-- Errors   30004 not_found (or somebody else's)
-- Locks    none
-- Example  CALL address_get(171798691840, 171798691842);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE address_get(in_account_id BIGINT, in_address_id BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'one address'
BEGIN
    DECLARE v_body LONGTEXT DEFAULT (SELECT address_json(address_id)
                                       FROM address
                                      WHERE address_id = in_address_id AND account_id = in_account_id);

    IF v_body IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found';
    END IF;

    SELECT 200 AS status, v_body AS body, CONCAT('v', JSON_VALUE(v_body, '$.version')) AS etag;
END
