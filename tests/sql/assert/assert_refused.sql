-- A statement must be refused with an error number and a message that is LIKE a pattern.
CREATE PROCEDURE assert_refused(in_name VARCHAR(200), in_number INT, in_like VARCHAR(200), in_sql LONGTEXT)
BEGIN
    DECLARE v_number INT;
    DECLARE v_text VARCHAR(500);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
        GET DIAGNOSTICS CONDITION 1 v_number = MYSQL_ERRNO, v_text = MESSAGE_TEXT;
        SELECT IF(v_number = in_number AND v_text LIKE in_like, CONCAT('ok - ', in_name),
                  CONCAT('not ok - ', in_name, '\n# got:  ', v_number, ' ', v_text, '\n# want: ', in_number, ' ', in_like)) AS line;
    END;

    SET @assert_sql = in_sql;
    PREPARE refused FROM @assert_sql;
    EXECUTE refused;
    SELECT CONCAT('not ok - ', in_name, '\n# was not refused') AS line;
END
