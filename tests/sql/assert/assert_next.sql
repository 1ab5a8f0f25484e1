-- The next line that comes out, of a CALL that follows, must match a pattern (tests/sql/run says of what kind).
CREATE PROCEDURE assert_next(in_name VARCHAR(200), in_pattern VARCHAR(1000))
SELECT 'want' AS want, in_name AS name, in_pattern AS pattern
