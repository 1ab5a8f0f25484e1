-- account_recommendations: products for one account by what it looked at, put into its cart and bought; popular ones for
-- newcomers. What was bought is never offered again, and what was looked at already is not, either.
--
-- Parameters
--   in_account_id  BIGINT  whose
--   in_limit       BIGINT  products at most
-- Returns  one row: status INT, body JSON
--   200 {"items": [product_card], "based_on": "history"|"popular"}
-- Errors   none of its own
-- Locks    none
-- Example  CALL account_recommendations(640, 10);
--
-- Bounded: the 20 latest interests count; of what was bought the 1,000 latest are left out.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE account_recommendations(in_account_id BIGINT, in_limit BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'products for one account'
BEGIN
    DECLARE v_visitor VARCHAR(80) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT CONCAT('a', in_account_id);
    DECLARE v_items, v_bought, v_ids LONGTEXT;

    SELECT CONCAT('[', COALESCE(GROUP_CONCAT(JSON_OBJECT('product_id', i.product_id, 'weight', i.weight)), ''), ']')
      INTO v_items
      FROM (SELECT product_id, weight FROM interest WHERE visitor = v_visitor ORDER BY at DESC, product_id LIMIT 20) i;
    SELECT CONCAT('[', COALESCE(GROUP_CONCAT(b.product_id), ''), ']')
      INTO v_bought
      FROM (SELECT product_id FROM interest WHERE visitor = v_visitor AND bought = 1 ORDER BY at DESC LIMIT 1000) b;
    CALL recommend_rank(v_items, v_bought, in_limit, v_ids);
    SELECT 200 AS status, CONCAT('{"items":', recommend_cards(v_ids), ',"based_on":"',
                                 IF(JSON_LENGTH(v_items) > 0, 'history', 'popular'), '"}') AS body;
END
