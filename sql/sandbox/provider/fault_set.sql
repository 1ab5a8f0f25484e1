-- fault_set: sets switches of faults; 0 takes one away.
--
-- in_payment_id  whose; 0: everybody's who has no own
-- in_faults      JSON object of names and values
-- Returns  200 {"payment_id", "faults": {…}}: all that are set now
-- Errors   none
-- Locks    fault
-- Example  CALL fault_set(5678, '{"callback_copies": 10}');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE fault_set(IN in_payment_id BIGINT, IN in_faults LONGTEXT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'switches of faults'
BEGIN
    DECLARE v_faults LONGTEXT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    INSERT INTO fault (payment_id, name, value)
    SELECT in_payment_id, k.name, CAST(JSON_EXTRACT(in_faults, CONCAT('$.', k.name)) AS SIGNED)
      FROM JSON_TABLE(JSON_KEYS(in_faults), '$[*]' COLUMNS (name VARCHAR(32) PATH '$')) k
        ON DUPLICATE KEY UPDATE value = VALUES(value);
    DELETE FROM fault WHERE payment_id = in_payment_id AND value = 0;
    SELECT GROUP_CONCAT(JSON_QUOTE(name), ': ', value ORDER BY name) INTO v_faults FROM fault WHERE payment_id = in_payment_id;
    COMMIT;
    SELECT 200 AS status, CONCAT('{"payment_id": "', in_payment_id, '", "faults": {', COALESCE(v_faults, ''), '}}') AS body;
END
