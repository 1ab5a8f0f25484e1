-- Places a batch of orders of flash sale 512: requests "order_id account_id key hash epoch qty" parted by ';'. One line says
-- what came of them, parted by spaces: the order that stands as the answer, or the error and its detail.
CREATE PROCEDURE place_flash(in_name VARCHAR(200), in_orders LONGTEXT, in_want LONGTEXT)
BEGIN
    DECLARE v_requests, v_got, v_one LONGTEXT DEFAULT '';
    DECLARE v_n INT DEFAULT 0;

    WHILE v_n = 0 OR v_n <= LENGTH(in_orders) - LENGTH(REPLACE(in_orders, ';', '')) DO
        SET v_one = SUBSTRING_INDEX(SUBSTRING_INDEX(in_orders, ';', v_n + 1), ';', -1);
        SET v_requests = CONCAT(v_requests, IF(v_n, ',', ''), '{"n":', v_n, ',"sale_id":"512","epoch":',
            SUBSTRING_INDEX(SUBSTRING_INDEX(v_one, ' ', 5), ' ', -1),
            ',"order_id":"', SUBSTRING_INDEX(v_one, ' ', 1), '","account_id":"',
            SUBSTRING_INDEX(SUBSTRING_INDEX(v_one, ' ', 2), ' ', -1), '","roles":2,"payment_window_s":60,"idempotency_key":"',
            SUBSTRING_INDEX(SUBSTRING_INDEX(v_one, ' ', 3), ' ', -1), '","body_hash":"',
            LOWER(HEX(SUBSTRING_INDEX(SUBSTRING_INDEX(v_one, ' ', 4), ' ', -1))),
            '","key_hash":"00112233445566778899aabbccddeeff","items":[{"sku_id":"42","qty":', SUBSTRING_INDEX(v_one, ' ', -1),
            '}],"address":{"name":"A"}}');
        SET v_n = v_n + 1;
    END WHILE;
    CALL order_place(CONCAT('[', v_requests, ']'));

    SELECT GROUP_CONCAT(COALESCE(CONCAT(error, IF(detail = '', '', CONCAT('(', detail, ')'))),
                                 JSON_UNQUOTE(JSON_EXTRACT(body, '$.order_id'))) ORDER BY n SEPARATOR ' ')
      INTO v_got FROM b_request;
    CALL assert_is(in_name, v_got, in_want);
END
