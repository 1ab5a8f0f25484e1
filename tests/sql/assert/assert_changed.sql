-- What became of each request of a batch of changes of carts: +<lines in the cart>, or the error and its detail.
CREATE PROCEDURE assert_changed(in_name VARCHAR(200), in_want LONGTEXT)
BEGIN
    DECLARE v_got LONGTEXT;

    SELECT GROUP_CONCAT(COALESCE(CONCAT(error, IF(detail = '', '', CONCAT('(', detail, ')'))), CONCAT('+', lines_n)) ORDER BY n SEPARATOR ' ')
      INTO v_got FROM c_request;
    CALL assert_is(in_name, v_got, in_want);
END
