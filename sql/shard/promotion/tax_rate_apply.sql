-- tax_rate_apply: takes the broadcast rows of tax rates; only a newer version replaces the one here.
--
-- Parameters
--   in_rows         LONGTEXT   JSON array as tax_rate_tell makes it
-- Returns  one row: status INT, body JSON
--   200 {"rates": how many rows came in}
-- Errors   1062: two versions of a new one came at once; again
-- Locks    price_lock, tax_rate
-- Example  CALL tax_rate_apply('[{"tax_rate_id": 7, "version": 1, …}]');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE tax_rate_apply(in_rows LONGTEXT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'broadcast tax rates'
BEGIN
    DECLARE v_lock TINYINT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    -- orders under way are waited for: see price_batch
    SELECT one INTO v_lock FROM price_lock WHERE one = 1 FOR UPDATE;
    DELETE t FROM tax_rate t
      JOIN JSON_TABLE(in_rows, '$[*]' COLUMNS (tax_rate_id BIGINT PATH '$.tax_rate_id', version BIGINT PATH '$.version')) j
        ON j.tax_rate_id = t.tax_rate_id
     WHERE t.version < j.version;
    INSERT INTO tax_rate (tax_rate_id, name, country, region, tax_class, rate, included, state, version)
    SELECT j.tax_rate_id, j.name, j.country, j.region, j.tax_class, j.rate, j.included, j.state, j.version
      FROM JSON_TABLE(in_rows, '$[*]' COLUMNS (
               tax_rate_id BIGINT PATH '$.tax_rate_id', name VARCHAR(190) PATH '$.name', country CHAR(2) PATH '$.country',
               region VARCHAR(100) PATH '$.region', tax_class VARCHAR(32) PATH '$.tax_class', rate BIGINT PATH '$.rate',
               included INT PATH '$.included', state VARCHAR(16) PATH '$.state', version BIGINT PATH '$.version')) j
      LEFT JOIN tax_rate t ON t.tax_rate_id = j.tax_rate_id
     WHERE t.tax_rate_id IS NULL;
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('rates', JSON_LENGTH(in_rows)) AS body;
END
