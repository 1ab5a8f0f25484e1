-- price_batch_tax: taxes of the lines of a batch and of their shipping, by country, region and class.
--
-- Parameters  none: reads and writes b_line and b_request
-- Returns  nothing: called by price_batch
-- Errors   none
-- Locks    none
-- Example  CALL price_batch_tax();
--
-- A tax is of what is left after discounts. tax is added to the total; tax_included is what the price contains. The rate of
-- the region wins over the rate of its country. Where there is no rate, there is no tax. The taxes of lines are written out
-- as tax_of says: a function called twice for each line would cost more than the rest of its price.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE price_batch_tax()
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'taxes of a batch'
BEGIN
    UPDATE b_request r
           STRAIGHT_JOIN b_line l ON l.n = r.n
      LEFT JOIN tax_rate a ON a.country = r.country AND a.tax_class = l.tax_class AND a.state = 'active'
                          AND a.region = NULLIF(r.region, '')
      LEFT JOIN tax_rate b ON b.country = r.country AND b.tax_class = l.tax_class AND b.state = 'active' AND b.region = ''
       SET l.tax = IF(COALESCE(a.included, b.included) = 0,
                      (CAST(l.total - l.discount AS DECIMAL(38, 0)) * COALESCE(a.rate, b.rate) + 5000) DIV 10000, 0),
           l.tax_included = IF(COALESCE(a.included, b.included) = 1,
                               (2 * CAST(l.total - l.discount AS DECIMAL(38, 0)) * COALESCE(a.rate, b.rate)
                                + 10000 + COALESCE(a.rate, b.rate)) DIV (2 * (10000 + COALESCE(a.rate, b.rate))), 0)
     WHERE r.error IS NULL AND r.status IS NULL;

    UPDATE b_request r
      JOIN (SELECT n, SUM(tax) AS tax, SUM(tax_included) AS tax_included FROM b_line GROUP BY n) l ON l.n = r.n
       SET r.tax_total = l.tax, r.tax_included = l.tax_included
     WHERE r.error IS NULL AND r.status IS NULL;

    IF EXISTS (SELECT 1 FROM b_request WHERE shipping_total > 0 AND error IS NULL AND status IS NULL) THEN
        UPDATE b_request r
               STRAIGHT_JOIN shipping_method m ON m.shipping_method_id = r.shipping_method
          LEFT JOIN tax_rate a ON a.country = r.country AND a.tax_class = m.tax_class AND a.state = 'active'
                              AND a.region = NULLIF(r.region, '')
          LEFT JOIN tax_rate b ON b.country = r.country AND b.tax_class = m.tax_class AND b.state = 'active' AND b.region = ''
           SET r.tax_total = r.tax_total
                   + tax_of(r.shipping_total, COALESCE(a.rate, b.rate), COALESCE(a.included, b.included), 0),
               r.tax_included = r.tax_included
                   + tax_of(r.shipping_total, COALESCE(a.rate, b.rate), COALESCE(a.included, b.included), 1)
         WHERE r.shipping_total > 0 AND r.error IS NULL AND r.status IS NULL;
    END IF;
END
