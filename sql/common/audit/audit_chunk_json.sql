-- audit_chunk_json: what a chunk of an audit answers.
--
-- Parameters
--   in_examined     BIGINT     rows that were looked at
--   in_limit        BIGINT     rows that were asked for; fewer were looked at: there are no more
--   in_to           BIGINT     key of the last row of the chunk
--   in_violations   LONGTEXT   JSON objects, comma between them; NULL: none
-- Returns  JSON object {"examined", "next": text, or null at the end, "violations"}
-- Errors   none
-- Locks    none
-- Example  SELECT audit_chunk_json(1000, 1000, 171798691840, NULL);
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION audit_chunk_json(
    in_examined BIGINT, in_limit BIGINT, in_to BIGINT, in_violations LONGTEXT CHARSET utf8mb4
) RETURNS LONGTEXT CHARSET utf8mb4
DETERMINISTIC
NO SQL
SQL SECURITY DEFINER
COMMENT 'a chunk of an audit as JSON'
RETURN CONCAT('{"examined": ', in_examined, ', "next": ', IF(in_examined < in_limit, 'null', CONCAT('"', in_to, '"')),
              ', "violations": [', COALESCE(in_violations, ''), ']}');
