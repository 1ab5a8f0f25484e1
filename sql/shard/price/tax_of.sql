-- tax_of: the tax of an amount, rounded half up to the minor unit.
--
-- Parameters
--   in_amount       BIGINT    minor units
--   in_rate         BIGINT    hundredths of a percent; NULL: no tax
--   in_included     TINYINT   1: the amount contains it, 0: it is added
--   in_wanted       TINYINT   1: asked for what is contained, 0: for what is added; the other one is 0
-- Returns  BIGINT, minor units
-- Errors   none
-- Locks    none
-- Example  SELECT tax_of(1190, 1900, 1, 1);
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION tax_of(
    in_amount BIGINT, in_rate BIGINT, in_included TINYINT, in_wanted TINYINT
)
RETURNS BIGINT
DETERMINISTIC
NO SQL
SQL SECURITY DEFINER
COMMENT 'tax of an amount'
RETURN CASE
    WHEN in_rate IS NULL OR in_included <> in_wanted THEN 0
    WHEN in_included THEN (2 * CAST(in_amount AS DECIMAL(38, 0)) * in_rate + 10000 + in_rate) DIV (2 * (10000 + in_rate))
    ELSE (CAST(in_amount AS DECIMAL(38, 0)) * in_rate + 5000) DIV 10000
END
