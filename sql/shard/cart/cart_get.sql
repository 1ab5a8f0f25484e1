-- cart_get: a cart as it is shown: lines in the order they were added, prices of now and what they were, totals.
--
-- Parameters
--   in_account_id   BIGINT     whose cart
--   in_base         BIGINT     version in here that in_version was made from by ticks alone, of which some may have been kept
--                              here since (cart_ticks_keep); NULL: no ticks elsewhere
--   in_version      BIGINT     version of the cart with those ticks
--   in_ticked       LONGTEXT   the SKUs ticked then: ",42,43,"
-- Returns  one row: status INT, body JSON, etag
--   200 {"version", "items": [{"sku_id", "product_id", "title", "options_text", "image_url", "qty", "ticked", "price",
--        "currency", "total", "added_price", "added_currency", "price_change", "availability", "added_at"}], "lines_n",
--        "units_n", "total", "ticked_n", "ticked_total", "currency", "merging"}
-- Errors   none: an account without a cart has an empty one, version 0
-- Locks    none
-- Example  CALL cart_get(640, NULL, NULL, NULL);
--
-- availability: available; few_left (5 or fewer, or fewer than wanted); uncertain: this shard holds none, another one may;
-- not_for_sale. It blocks nothing. Totals leave out what is not for sale, and are NULL when currencies differ.
-- price_change is NULL when the currency is another one. merging: the cart goes to an account, it cannot change.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE cart_get(
    in_account_id BIGINT, in_base BIGINT, in_version BIGINT, in_ticked LONGTEXT
)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'a cart as it is shown'
BEGIN
    DECLARE v_version BIGINT;
    DECLARE v_theirs, v_merging TINYINT;
    DECLARE v_body LONGTEXT;

    SELECT COALESCE(MAX(version), 0), COUNT(merge_id),
           COALESCE(MAX(version = in_base OR (version = ticks_version AND in_base BETWEEN ticks_base AND version
                                              AND version <= in_version)), 0)
      INTO v_version, v_merging, v_theirs
      FROM cart
     WHERE account_id = in_account_id;
    IF v_theirs THEN
        SET v_version = in_version;
    END IF;
    SELECT JSON_OBJECT(
               'version', v_version + 0,
               'items', JSON_EXTRACT(CONCAT('[', COALESCE(GROUP_CONCAT(cart_line_json(
                   l.sku_id, l.qty, l.ticked, l.added_price, l.added_currency, l.added_at)
                   ORDER BY l.added_at, l.sku_id), ''), ']'), '$'),
               'lines_n', COUNT(*), 'units_n', COALESCE(SUM(l.qty), 0),
               'total', IF(COUNT(DISTINCT l.currency) < 2, COALESCE(SUM(l.total), 0), NULL),
               'ticked_n', COALESCE(SUM(l.ticked), 0),
               'ticked_total', IF(COUNT(DISTINCT l.currency) < 2, COALESCE(SUM(l.total * l.ticked), 0), NULL),
               'currency', IF(COUNT(DISTINCT l.currency) = 1, MIN(l.currency), NULL),
               'merging', JSON_EXTRACT(IF(v_merging, 'true', 'false'), '$'))
      INTO v_body
      FROM (SELECT i.sku_id, i.qty, i.added_price, i.added_currency, i.added_at,
                   IF(v_theirs, INSTR(in_ticked, CONCAT(',', i.sku_id, ',')) > 0, i.ticked) AS ticked,
                   CAST(s.price AS DECIMAL(20, 0)) * i.qty AS total, s.currency
              FROM cart_item i
              LEFT JOIN sku s ON s.sku_id = i.sku_id AND s.state = 'active'
             WHERE i.account_id = in_account_id) l;

    SELECT 200 AS status, v_body AS body, CONCAT('v', v_version, '.', LOWER(HEX(CRC32(v_body)))) AS etag;
END
