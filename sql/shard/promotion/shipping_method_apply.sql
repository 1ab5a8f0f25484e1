-- shipping_method_apply: takes the broadcast rows of shipping methods; only a newer version replaces the one here.
--
-- Parameters
--   in_rows         LONGTEXT   JSON array as shipping_method_tell makes it
-- Returns  one row: status INT, body JSON
--   200 {"methods": how many rows came in}
-- Errors   1062: two versions of a new one came at once; again
-- Locks    price_lock, shipping_method
-- Example  CALL shipping_method_apply('[{"shipping_method_id": 7, "version": 1, …}]');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE shipping_method_apply(in_rows LONGTEXT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'broadcast shipping methods'
BEGIN
    DECLARE v_lock TINYINT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    -- orders under way are waited for: see price_batch
    SELECT one INTO v_lock FROM price_lock WHERE one = 1 FOR UPDATE;
    DELETE m FROM shipping_method m
      JOIN JSON_TABLE(in_rows, '$[*]' COLUMNS (shipping_method_id BIGINT PATH '$.shipping_method_id',
                                               version BIGINT PATH '$.version')) j
        ON j.shipping_method_id = m.shipping_method_id
     WHERE m.version < j.version;
    INSERT INTO shipping_method (shipping_method_id, name, currency, price, price_per_kg, free_above, countries, position,
                                 tax_class, state, version)
    SELECT j.shipping_method_id, j.name, j.currency, j.price, j.price_per_kg, j.free_above, j.countries, j.position,
           j.tax_class, j.state, j.version
      FROM JSON_TABLE(in_rows, '$[*]' COLUMNS (
               shipping_method_id BIGINT PATH '$.shipping_method_id', name VARCHAR(190) PATH '$.name',
               currency CHAR(3) PATH '$.currency', price BIGINT PATH '$.price', price_per_kg BIGINT PATH '$.price_per_kg',
               free_above BIGINT PATH '$.free_above', countries VARCHAR(1000) PATH '$.countries',
               position BIGINT PATH '$.position', tax_class VARCHAR(32) PATH '$.tax_class', state VARCHAR(16) PATH '$.state',
               version BIGINT PATH '$.version')) j
      LEFT JOIN shipping_method m ON m.shipping_method_id = j.shipping_method_id
     WHERE m.shipping_method_id IS NULL;
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('methods', JSON_LENGTH(in_rows)) AS body;
END
