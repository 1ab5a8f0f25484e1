-- What became of each receipt of a batch: the receipt that stands, or the error.
CREATE PROCEDURE assert_received(in_name VARCHAR(200), in_want LONGTEXT)
BEGIN
    DECLARE v_got LONGTEXT;

    SELECT GROUP_CONCAT(COALESCE(error, stands_id) ORDER BY n SEPARATOR ' ')
      INTO v_got FROM g_request;
    CALL assert_is(in_name, v_got, in_want);
END
