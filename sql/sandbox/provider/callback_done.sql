-- callback_done: records how sending a callback went. 2xx: delivered. Else it is due again after 1, 2, 4 … 300 seconds,
-- until it is 24 hours old; from then on the merchant has to ask.
--
-- in_callback_id  as callback_take gave it
-- in_claim        the sender's claim; one that has lost it changes nothing
-- in_http_status  the merchant's answer, 0: none
-- Returns  200 {"state"} (null when the claim was lost)
-- Errors   none
-- Locks    callback
-- Example  CALL callback_done(1, '5f3c…', 200);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE callback_done(
    IN in_callback_id BIGINT,
    IN in_claim VARCHAR(32),
    IN in_http_status BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'how sending a callback went'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_state VARCHAR(10);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    UPDATE callback
       SET last_status = in_http_status,
           state = CASE WHEN in_http_status BETWEEN 200 AND 299 THEN 'delivered'
                        WHEN created_at < v_now - INTERVAL 24 HOUR THEN 'given_up'
                        ELSE 'pending' END,
           due_at = v_now + INTERVAL LEAST(300, POW(2, LEAST(attempts, 10) - 1)) SECOND
     WHERE callback_id = in_callback_id AND claim = in_claim AND state = 'pending';
    SELECT state INTO v_state FROM callback WHERE callback_id = in_callback_id AND claim = in_claim;
    COMMIT;
    SELECT 200 AS status, JSON_OBJECT('state', v_state) AS body;
END
