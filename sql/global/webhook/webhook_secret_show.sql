-- webhook_secret_show: an answer that holds a secret's SHA-256 in hex, with the secret itself in its place.
--
-- Parameters
--   in_body   LONGTEXT   as webhook_json, and "secret": the SHA-256 of what the answer is to show
-- Returns  JSON object; "secret" is null when the endpoint has it no more: changed twice since, or the endpoint is gone
-- Errors   none
-- Locks    none
-- Example  SELECT webhook_secret_show('{"endpoint_id": "1281", "secret": "9f86d0…"}');
--
-- So answers are stored under their keys without secrets: these stand on the endpoint only, and end with it.
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION webhook_secret_show(in_body LONGTEXT)
RETURNS LONGTEXT CHARACTER SET utf8mb4
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'an answer with the secret it stands for'
BEGIN
    DECLARE v_hash VARCHAR(64) DEFAULT JSON_UNQUOTE(JSON_EXTRACT(in_body, '$.secret'));
    DECLARE v_secret VARCHAR(128);

    SELECT MAX(CASE v_hash WHEN SHA2(secret, 256) THEN secret WHEN SHA2(old_secret, 256) THEN old_secret END)
      INTO v_secret
      FROM webhook
     WHERE endpoint_id = CAST(JSON_UNQUOTE(JSON_EXTRACT(in_body, '$.endpoint_id')) AS SIGNED);
    RETURN JSON_SET(in_body, '$.secret', v_secret);
END
