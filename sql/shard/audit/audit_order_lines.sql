-- audit_order_lines: do the lines of an order make its amounts, and is each line right in itself?
--
-- Parameters
--   in_after        BIGINT   order_id after which to begin; 0: at the start
--   in_limit        BIGINT   orders to look at, 1 … 5,000
-- Returns  one row: status INT, body JSON
--   200 {"examined": n, "next": order_id or null at the end, "violations": [{"rule", "key", …}]}, at most 100 of them
--   total: items_n, items_total, discount_total are not the number (from 1 without a gap) and the sums of the lines, or total is
--   not items_total less discounts, plus shipping and added tax · discount: there is one and no promotion · tax: what the lines leave of the order's
--   taxes is not a tax on its shipping · line: total is not unit_price × qty, or discount, taxes or currency cannot be those of
--   such a line, or the first one has not the order's title · no_order: of an order that is not there
-- Errors   none
-- Locks    none; one statement looks at everything, so that what happens meanwhile cannot look wrong
-- Example  CALL audit_order_lines(0, 1000);
--
-- An order says neither the tax on its shipping nor its rates, and those of today may be others: all that a rate is can change,
-- its country too. Shipping has no tax without a price; otherwise it has one of the two, up to that of the highest rate (1,000 %).
-- But a rate is a whole number of hundredths of a percent, so that not every tax is one of a line of more than 10,000 minor units
-- (of a cheaper one it is). price_batch_tax divides by 10,000 what is 5,000 above net × rate: from 10,000 × tax - 5,000 on there is
-- a multiple of net within 10,000. Of a tax that is contained the rest is 10,000 × net / (10,000 + rate), rounded, a half
-- downwards: the least divisor that leaves no more than the rest leaves no less. Titles of further lines, and options, stand
-- nowhere else.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE audit_order_lines(in_after BIGINT, in_limit BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'orders and their lines'
BEGIN
    DECLARE v_items LONGTEXT;
    DECLARE v_to, v_n BIGINT;

    CALL audit_order_range(in_after, in_limit, v_to, v_n);

    SELECT GROUP_CONCAT(JSON_OBJECT('rule', b.rule, 'key', b.id, 'order_id', CAST(b.order_id AS CHAR),
                                    'row', b.row_says, 'lines', b.lines_say))
      INTO v_items
      FROM (SELECT CASE WHEN s.items_n <> s.lines_n OR s.items_n <> s.line_max OR s.items_total <> s.totals
                             OR s.discount_total <> s.discounts
                             OR s.total <> s.items_total - s.discount_total + s.shipping_total + s.tax_total THEN 'total'
                        WHEN s.tax_total - s.taxes NOT BETWEEN 0 AND 10 * s.shipping_total
                             OR s.tax_included - s.taxes_included NOT BETWEEN 0 AND (20 * s.shipping_total + 11) DIV 22
                             OR s.tax_total > s.taxes AND s.tax_included > s.taxes_included THEN 'tax'
                        WHEN s.discount_total > 0
                             AND NOT EXISTS (SELECT 1 FROM order_promotion p WHERE p.order_id = s.order_id) THEN 'discount' END AS rule,
                   CAST(s.order_id AS CHAR) AS id, s.order_id,
                   CONCAT('items ', s.items_n, ', items_total ', s.items_total, ', discount_total ', s.discount_total,
                          ', shipping_total ', s.shipping_total, ', tax_total ', s.tax_total, ', tax_included ', s.tax_included,
                          ', total ', s.total) AS row_says,
                   CONCAT('items ', s.lines_n, ', total ', s.totals, ', discount ', s.discounts, ', tax ', s.taxes,
                          ', tax_included ', s.taxes_included) AS lines_say
              FROM (SELECT o.order_id, o.items_n, o.items_total, o.discount_total, o.shipping_total, o.tax_total, o.tax_included,
                           o.total, COUNT(i.line) AS lines_n, COALESCE(MAX(i.line), 0) AS line_max, COALESCE(SUM(i.total), 0) AS totals,
                           COALESCE(SUM(i.discount), 0) AS discounts, COALESCE(SUM(i.tax), 0) AS taxes,
                           COALESCE(SUM(i.tax_included), 0) AS taxes_included
                      FROM orders o
                      LEFT JOIN order_item i ON i.order_id = o.order_id
                     WHERE o.order_id > in_after AND o.order_id <= v_to
                     GROUP BY o.order_id, o.items_n, o.items_total, o.discount_total, o.shipping_total, o.tax_total,
                              o.tax_included, o.total) s
            HAVING rule IS NOT NULL
             UNION ALL
            SELECT 'line', CONCAT(i.order_id, ' ', i.line), i.order_id,
                   CONCAT('currency ', o.currency, ', title ', o.title COLLATE utf8mb4_bin),
                   CONCAT(i.qty, ' × ', i.unit_price, ', total ', i.total, ', discount ', i.discount, ', tax ', i.tax,
                          ', tax_included ', i.tax_included, ', currency ', i.currency, ', title ', i.title COLLATE utf8mb4_bin)
              FROM orders o
              JOIN (SELECT order_id, line, title, qty, unit_price, total, discount, tax, tax_included, currency,
                           total - discount AS net, total - discount - tax_included AS rest
                      FROM order_item) i ON i.order_id = o.order_id
             WHERE o.order_id > in_after AND o.order_id <= v_to
               AND (i.total <> i.unit_price * i.qty OR i.currency <> o.currency OR i.discount NOT BETWEEN 0 AND i.total
                    OR i.line = 1 AND i.title COLLATE utf8mb4_bin <> o.title
                    OR i.tax NOT BETWEEN 0 AND 10 * i.net OR i.tax_included NOT BETWEEN 0 AND (20 * i.net + 11) DIV 22
                    OR i.tax > 0 AND i.tax_included > 0
                    OR i.net > 10000 AND i.tax > 0 AND (10000 * CAST(i.tax AS DECIMAL(38, 0)) + 4999) % i.net >= 10000
                    OR i.net > 10000 AND i.tax_included > 0
                       AND (20000 * CAST(i.net AS DECIMAL(38, 0)) + 2 * i.rest) DIV (2 * i.rest + 1)
                           * (2 * CAST(i.rest AS DECIMAL(38, 0)) - 1) >= 20000 * CAST(i.net AS DECIMAL(38, 0)))
             UNION ALL
            SELECT 'no_order', CONCAT(i.order_id, ' ', i.line), i.order_id, 'none', CONCAT(i.qty, ' × ', i.unit_price)
              FROM order_item i
              LEFT JOIN orders o ON o.order_id = i.order_id
             WHERE i.order_id > in_after AND i.order_id <= v_to AND o.order_id IS NULL
             LIMIT 100) b;

    SELECT 200 AS status, audit_chunk_json(v_n, in_limit, v_to, v_items) AS body;
END
