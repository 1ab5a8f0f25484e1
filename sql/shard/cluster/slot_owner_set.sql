-- slot_owner_set: says which slots this shard serves from now on, all of them at once.
--
-- Parameters
--   in_slots   JSON   array of slots, 0 … 255, for example [0, 2, 4]
-- Returns  one row: status INT, body JSON
--   200 {"slots": 3}
-- Errors   30003 request.invalid: slots (not an array of slots)
-- Locks    slot_owner (exclusive)
-- Example  CALL slot_owner_set('[0, 2, 4]');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE slot_owner_set(in_slots JSON)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'which slots this shard serves'
BEGIN
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    IF in_slots IS NULL OR NOT JSON_VALID(in_slots) OR JSON_TYPE(in_slots) <> 'ARRAY'
        OR EXISTS (SELECT 1 FROM JSON_TABLE(in_slots, '$[*]' COLUMNS (slot INT PATH '$')) AS given
                   WHERE given.slot IS NULL OR given.slot NOT BETWEEN 0 AND 255) THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30003, MESSAGE_TEXT = 'request.invalid: slots';
    END IF;

    START TRANSACTION;
    DELETE FROM slot_owner
    WHERE slot NOT IN (SELECT given.slot FROM JSON_TABLE(in_slots, '$[*]' COLUMNS (slot INT PATH '$')) AS given);
    INSERT IGNORE INTO slot_owner (slot)
    SELECT DISTINCT given.slot FROM JSON_TABLE(in_slots, '$[*]' COLUMNS (slot INT PATH '$')) AS given;
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('slots', (SELECT COUNT(*) FROM slot_owner)) AS body;
END
