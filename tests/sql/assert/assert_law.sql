-- Every unit must be accounted for.
CREATE PROCEDURE assert_law(in_name VARCHAR(200))
BEGIN
    CALL assert_next(CONCAT(in_name, ': every unit is accounted for'), '"violations": *\\[\\]');
    CALL stock_law();
END
