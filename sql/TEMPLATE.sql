-- domain_verb: what it does, in one sentence that a shopkeeper would understand.
--
-- Parameters
--   in_order_id     BIGINT         the order (id)
--   in_amount       BIGINT         minor units, 1 … 9,007,199,254,740,991
--   in_note         VARCHAR(500)   NULL: none
-- Returns  one row: status INT, body JSON [, etag, next_cursor, location]
--   200 {"order_id": "…", "state": "…"}
-- Errors   30004 not_found · 30506 order.state: <current state>
-- Locks    orders (by id), then payment (by id); the same order everywhere
-- Example  CALL domain_verb(171798691840, 1250, NULL);
--
-- Read by people and by `souk admin routines`: one routine per file, named like it, one CREATE statement, no DELIMITER.
-- MariaDB's JSON_OBJECT makes a text of an integer parameter or variable (a column stays a number): write in_amount + 0 there.
-- The definer is always souk_definer; a routine that only reads has neither handler nor transaction and says READS SQL DATA.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE domain_verb(
    in_order_id BIGINT,
    in_amount   BIGINT,
    in_note     VARCHAR(500)
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'what it does, in a few words'
BEGIN
    DECLARE v_state VARCHAR(32);

    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    IF in_amount IS NULL OR in_amount < 1 THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30003, MESSAGE_TEXT = 'request.invalid: amount';
    END IF;

    START TRANSACTION;
    CALL slot_check(in_order_id);
    -- set-based, guarded statements; ROW_COUNT() says whether the guard held
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('order_id', CAST(in_order_id AS CHAR), 'state', v_state) AS body;
END
