-- price_batch_coupons: notes the coupons that the open requests of a batch name.
--
-- Parameters  none: reads @order_requests: "coupons": ["CODE", …]
-- Returns  nothing: called by price_batch
-- Errors   none
-- Locks    none
-- Example  CALL price_batch_coupons();
--
-- A code is what is left of it in capitals without blanks around it. Of promotions that ever had this code the active one
-- is meant, else the newest.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE price_batch_coupons()
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'coupons of a batch'
INSERT INTO b_coupon (n, nth, code, promotion_id)
SELECT c.n, MIN(c.nth), c.code,
       (SELECT p.promotion_id FROM promotion p WHERE p.code = c.code
         ORDER BY p.state = 'active' DESC, p.promotion_id DESC LIMIT 1)
  FROM (SELECT j.n, j.nth, CAST(UPPER(TRIM(j.code)) AS CHAR(64)) COLLATE utf8mb4_bin AS code
          FROM JSON_TABLE(@order_requests, '$[*]' COLUMNS (
                   n INT PATH '$.n',
                   NESTED PATH '$.coupons[*]' COLUMNS (nth FOR ORDINALITY, code VARCHAR(64) PATH '$'))) j
         WHERE j.code IS NOT NULL) c
  JOIN b_request r ON r.n = c.n AND r.error IS NULL AND r.status IS NULL
 GROUP BY c.n, c.code
