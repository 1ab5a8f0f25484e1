-- callback_take: hands one due callback to a sender.
--
-- in_claim    random text of the sender, new for every call
-- in_lease_s  when the sender has said nothing after this, another may send it; longer than a sending takes
-- Returns  200 {"callback": {callback_id, url, body} | null}
-- Errors   none
-- Locks    callback
-- Example  CALL callback_take('5f3c…', 20);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE callback_take(
    IN in_claim VARCHAR(32),
    IN in_lease_s BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'the next due callback'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_callback LONGTEXT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    UPDATE callback FORCE INDEX (callback_due)
       SET claim = in_claim, attempts = attempts + 1, due_at = v_now + INTERVAL in_lease_s SECOND
     WHERE state = 'pending' AND due_at <= v_now
     ORDER BY state, due_at
     LIMIT 1;
    SELECT JSON_OBJECT('callback_id', callback_id, 'url', url, 'body', body) INTO v_callback
      FROM callback
     WHERE claim = in_claim;
    COMMIT;
    SELECT 200 AS status, JSON_OBJECT('callback', JSON_EXTRACT(COALESCE(v_callback, 'null'), '$')) AS body;
END
