-- audit_pricing_rows: what orders follow, as one text each: promotions, ways to ship, taxes, flash sales, totals above which orders
-- are held (whose currency makes a number, below every id). Global's and a shard's copies of the same version have the same text.
--
-- Parameters
--   in_after        BIGINT   ids after this
--   in_to           BIGINT   up to and with this
-- Returns  nothing: called by audit_pricing_wanted and audit_pricing_copies. Makes the temporary table audit_pricing_row
-- Errors   none
-- Locks    none
-- Example  CALL audit_pricing_rows(0, 9223372036854775807);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE audit_pricing_rows(in_after BIGINT, in_to BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'what orders follow, as text'
BEGIN
    DROP TEMPORARY TABLE IF EXISTS audit_pricing_row;
    CREATE TEMPORARY TABLE audit_pricing_row (
        pricing_id BIGINT NOT NULL,
        kind    VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
        version BIGINT NOT NULL,
        content LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
        PRIMARY KEY (pricing_id)
    ) ENGINE = InnoDB;

    INSERT INTO audit_pricing_row (pricing_id, kind, version, content)
    SELECT promotion_id, 'promotion', version,
           CONCAT_WS(' ', kind, value, currency, state, 'code', code, 'name', name, 'spend', min_spend, 'qty', min_qty,
                     'off', max_discount, 'exclusive', exclusive, 'priority', priority, 'group', stack_group,
                     'orders', total_limit, 'of account', account_limit, 'from', starts_at, 'to',
                     COALESCE(ends_at, '9999-12-31 00:00:00.000'))
      FROM promotion
     WHERE promotion_id > in_after AND promotion_id <= in_to;
    INSERT INTO audit_pricing_row (pricing_id, kind, version, content)
    SELECT shipping_method_id, 'shipping_method', version,
           CONCAT_WS(' ', currency, price, state, tax_class, 'name', name, 'kg', price_per_kg, 'free', free_above,
                     'position', position, 'to', UPPER(REPLACE(REPLACE(REPLACE(REPLACE(countries, '[', ''), ']', ''), '"', ''), ' ', '')))
      FROM shipping_method
     WHERE shipping_method_id > in_after AND shipping_method_id <= in_to;
    INSERT INTO audit_pricing_row (pricing_id, kind, version, content)
    SELECT tax_rate_id, 'tax_rate', version,
           CONCAT_WS(' ', country, rate, included, state, tax_class, 'name', name, 'region', region)
      FROM tax_rate
     WHERE tax_rate_id > in_after AND tax_rate_id <= in_to;
    INSERT INTO audit_pricing_row (pricing_id, kind, version, content)
    SELECT sale_id, 'flash_sale', version, CONCAT_WS(' ', sku_id, pool, price, units, 'each', per_account, state, epoch)
      FROM flash_sale
     WHERE sale_id > in_after AND sale_id <= in_to;
    INSERT INTO audit_pricing_row (pricing_id, kind, version, content)
    SELECT h.currency_n, 'hold_rule', h.version, CONCAT_WS(' ', h.currency, 'above', h.above)
      FROM (SELECT CAST(CONV(HEX(currency), 16, 10) AS SIGNED) AS currency_n, currency, above, version FROM hold_rule) h
     WHERE h.currency_n > in_after AND h.currency_n <= in_to;
END
