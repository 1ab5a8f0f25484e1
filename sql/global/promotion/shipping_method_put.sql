-- shipping_method_put: writes a shipping method, new or changed, and notes it for every shard.
--
-- Parameters
--   in_shipping_method_id  BIGINT     which
--   in_method              LONGTEXT   JSON of all of it, as shipping_method_json gives it
--   in_version             BIGINT     its new version
-- Returns  nothing: called by shipping_method_create and shipping_method_change inside their transaction
-- Errors   none
-- Locks    shipping_method, broadcast, outbox
-- Example  CALL shipping_method_put(7, '{"name": "Post", …}', 1);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE shipping_method_put(
    in_shipping_method_id BIGINT, in_method LONGTEXT, in_version BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'writes a shipping method'
BEGIN
    DECLARE v_row, v_countries LONGTEXT;

    INSERT INTO shipping_method (shipping_method_id, name, currency, price, countries, tax_class, state, version)
    SELECT in_shipping_method_id, '', '', 0, '[]', '', 'inactive', 0
      FROM (SELECT 1 AS one) o
     WHERE in_version = 1;
    UPDATE shipping_method m
      JOIN JSON_TABLE(in_method, '$' COLUMNS (
               name VARCHAR(190) PATH '$.name', currency CHAR(3) PATH '$.currency', price BIGINT PATH '$.price',
               price_per_kg BIGINT PATH '$.price_per_kg', free_above BIGINT PATH '$.free_above',
               countries JSON PATH '$.countries', position BIGINT PATH '$.position',
               tax_class VARCHAR(32) PATH '$.tax_class', state VARCHAR(16) PATH '$.state')) j
       SET m.name = j.name, m.currency = UPPER(j.currency), m.price = j.price, m.price_per_kg = j.price_per_kg,
           m.free_above = j.free_above, m.countries = j.countries, m.position = j.position, m.tax_class = j.tax_class,
           m.state = j.state, m.version = in_version
     WHERE m.shipping_method_id = in_shipping_method_id;

    SELECT GROUP_CONCAT(UPPER(j.country)) INTO v_countries
      FROM JSON_TABLE(in_method, '$.countries[*]' COLUMNS (country CHAR(2) PATH '$')) j;
    SELECT JSON_OBJECT('shipping_method_id', shipping_method_id, 'name', name, 'currency', currency, 'price', price,
                       'price_per_kg', price_per_kg, 'free_above', free_above, 'countries', COALESCE(v_countries, ''),
                       'position', position, 'tax_class', tax_class, 'state', state, 'version', version)
      INTO v_row
      FROM shipping_method
     WHERE shipping_method_id = in_shipping_method_id;
    CALL broadcast_add('shipping_method_apply', in_shipping_method_id, in_version, CONCAT('[', v_row, ']'));
    CALL event_publish('promotion.changed', in_shipping_method_id,
                       JSON_OBJECT('shipping_method_id', CAST(in_shipping_method_id AS CHAR), 'version', in_version + 0));
END
