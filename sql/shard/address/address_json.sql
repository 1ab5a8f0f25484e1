-- address_json: an address as its owner sees it.
--
-- Parameters
--   in_address_id   BIGINT   the address (id)
-- Returns  LONGTEXT: {"address_id", "name", "phone", "country", "region", "city", "line1", "line2", "postal_code",
--          "is_default", "created_at", "version"}, NULL when there is none
-- Errors   none
-- Locks    none
-- Example  SELECT address_json(171798691842);
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION address_json(in_address_id BIGINT)
RETURNS LONGTEXT CHARACTER SET utf8mb4
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'an address as JSON'
RETURN (SELECT JSON_OBJECT('address_id', CAST(address.address_id AS CHAR), 'name', address.name, 'phone', address.phone,
                           'country', address.country, 'region', address.region, 'city', address.city,
                           'line1', address.line1, 'line2', address.line2, 'postal_code', address.postal_code,
                           'is_default',
                           JSON_EXTRACT(IF(account.default_address_id = address.address_id, 'true', 'false'), '$'),
                           'created_at', rfc3339(address.created_at), 'version', address.version)
          FROM address
          JOIN account ON account.account_id = address.account_id
         WHERE address.address_id = in_address_id)
