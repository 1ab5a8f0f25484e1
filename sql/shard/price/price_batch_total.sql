-- price_batch_total: adds up what the open requests of a batch cost.
--
-- Parameters  none: reads and writes b_request
-- Returns  nothing: called by price_batch. Refused in b_request: 30003 request.invalid: items: the total is too large
-- Errors   none
-- Locks    none
-- Example  CALL price_batch_total();
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE price_batch_total()
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'totals of a batch'
UPDATE b_request
   SET total = items_total - discount_total + shipping_total + tax_total,
       detail = IF(items_total - discount_total + shipping_total + tax_total > 9007199254740991, 'items: the total is too large', ''),
       error = IF(items_total - discount_total + shipping_total + tax_total > 9007199254740991, 30003, NULL)
 WHERE error IS NULL AND status IS NULL
