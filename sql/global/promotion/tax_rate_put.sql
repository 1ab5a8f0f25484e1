-- tax_rate_put: writes a tax rate, new or changed, and notes it for every shard.
--
-- Parameters
--   in_tax_rate_id  BIGINT     which
--   in_rate         LONGTEXT   JSON of all of it, as tax_rate_json gives it
--   in_version      BIGINT     its new version
-- Returns  nothing: called by tax_rate_create and tax_rate_change inside their transaction
-- Errors   30721 tax.rate_taken
-- Locks    tax_rate, broadcast, outbox
-- Example  CALL tax_rate_put(7, '{"name": "VAT", "country": "DE", …}', 1);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE tax_rate_put(
    in_tax_rate_id BIGINT, in_rate LONGTEXT, in_version BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'writes a tax rate'
BEGIN
    DECLARE v_row LONGTEXT;
    DECLARE EXIT HANDLER FOR 1062
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30721, MESSAGE_TEXT = 'tax.rate_taken';

    INSERT INTO tax_rate (tax_rate_id, name, country, region, tax_class, rate, included, state, version)
    SELECT in_tax_rate_id, '', '', CONCAT('#', in_tax_rate_id), '', 0, 0, 'inactive', 0
      FROM (SELECT 1 AS one) o
     WHERE in_version = 1;
    UPDATE tax_rate t
      JOIN JSON_TABLE(in_rate, '$' COLUMNS (
               name VARCHAR(190) PATH '$.name', country CHAR(2) PATH '$.country', region VARCHAR(100) PATH '$.region',
               tax_class VARCHAR(32) PATH '$.tax_class', rate BIGINT PATH '$.rate', included VARCHAR(5) PATH '$.included',
               state VARCHAR(16) PATH '$.state')) j
       SET t.name = j.name, t.country = UPPER(j.country), t.region = j.region, t.tax_class = j.tax_class, t.rate = j.rate,
           t.included = j.included IN ('true', '1'), t.state = j.state, t.version = in_version
     WHERE t.tax_rate_id = in_tax_rate_id;

    SELECT JSON_OBJECT('tax_rate_id', tax_rate_id, 'name', name, 'country', country, 'region', region,
                       'tax_class', tax_class, 'rate', rate, 'included', included, 'state', state, 'version', version)
      INTO v_row
      FROM tax_rate
     WHERE tax_rate_id = in_tax_rate_id;
    CALL broadcast_add('tax_rate_apply', in_tax_rate_id, in_version, CONCAT('[', v_row, ']'));
    CALL event_publish('promotion.changed', in_tax_rate_id,
                       JSON_OBJECT('tax_rate_id', CAST(in_tax_rate_id AS CHAR), 'version', in_version + 0));
END
