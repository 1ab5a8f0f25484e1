-- price_batch_ship: how the open requests of a batch can be shipped, and what the way that was chosen costs.
--
-- Parameters  none: reads shipping_method of b_request, the one that was asked for; NULL: the usual one
-- Returns  nothing: called by price_batch. Fills b_ship and shipping_total, shipping_method of b_request; amount of b_rule
--          where shipping is free. Refused in b_request: 30720 shipping.unavailable
-- Errors   none
-- Locks    none
-- Example  CALL price_batch_ship();
--
-- Where the shop has no method for the currency, shipping costs nothing. A quote without an address sees all methods. What is
-- beyond all bounds costs one minor unit more than a total may have: price_batch_total refuses whoever chooses it.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE price_batch_ship()
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'shipping of a batch'
BEGIN
    INSERT INTO b_ship (n, nth, shipping_method_id, price)
    SELECT r.n, ROW_NUMBER() OVER (PARTITION BY r.n ORDER BY m.position, m.shipping_method_id), m.shipping_method_id,
           IF(r.items_total - r.discount_total >= m.free_above, 0,
              LEAST(m.price + CAST(m.price_per_kg AS DECIMAL(38, 0)) * CEILING(r.grams / 1000), 9007199254740992))
      FROM b_request r
           STRAIGHT_JOIN shipping_method m ON m.currency = r.currency AND m.state = 'active'
                     AND (m.countries = '' OR r.country IS NULL OR FIND_IN_SET(r.country, m.countries))
     WHERE r.error IS NULL AND r.status IS NULL;

    UPDATE b_request r
      LEFT JOIN b_ship s ON s.n = r.n AND (s.shipping_method_id = r.shipping_method OR r.shipping_method IS NULL AND s.nth = 1)
       SET r.error = IF(s.n IS NULL, 30720, NULL),
           r.detail = IF(s.n IS NULL, COALESCE(r.shipping_method, r.country, ''), ''),
           r.shipping_total = COALESCE(s.price, 0), r.shipping_method = COALESCE(s.shipping_method_id, r.shipping_method)
     WHERE r.error IS NULL AND r.status IS NULL
       AND (s.n IS NOT NULL OR r.shipping_method IS NOT NULL
            OR EXISTS (SELECT 1 FROM shipping_method m WHERE m.currency = r.currency AND m.state = 'active'));

    IF @price_rules_n > 0 THEN
        UPDATE b_rule b JOIN b_request r ON r.n = b.n
           SET b.amount = r.shipping_total
         WHERE b.ships = 1 AND b.reason IS NULL;
        UPDATE b_request r JOIN b_rule b ON b.n = r.n AND b.ships = 1 AND b.reason IS NULL
           SET r.shipping_total = 0;
    END IF;
END
