-- price_batch_place: notes where the orders of a batch go, for shipping and taxes.
--
-- Parameters  none: reads @order_requests: "address": {"country", "region"}
-- Returns  nothing: called by price_batch. Writes country and region of b_request
-- Errors   none
-- Locks    none
-- Example  CALL price_batch_place();
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE price_batch_place()
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'where a batch of orders goes'
UPDATE b_request r
  JOIN JSON_TABLE(@order_requests, '$[*]' COLUMNS (
           n INT PATH '$.n', country CHAR(2) PATH '$.address.country', region VARCHAR(100) PATH '$.address.region')) j
    ON j.n = r.n
   SET r.country = j.country, r.region = j.region
 WHERE r.error IS NULL AND r.status IS NULL
