-- mail_done: how an attempt to send a mail went. What failed is tried again, later and later, for a day.
--
-- Parameters
--   in_mail_id      BIGINT         the mail
--   in_claim        VARCHAR(32)    as it was claimed
--   in_error        VARCHAR(200)   why it was not sent; NULL: it was
--   in_refused      TINYINT        1: the mail server will never take it
-- Returns  one row: status INT, body JSON
--   200 {"state": "sent|pending|failed|lost"}; lost: the lease had ended
-- Errors   none of its own
-- Locks    mail (the row)
-- Example  CALL mail_done(171798691841, '0f3a…', 'Timeout was reached', 0);
--
-- Attempts after 1, 2, 4 … 300 s, a tenth more or less. Mail of an account that is gone keeps no address once it was sent.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE mail_done(
    in_mail_id BIGINT,
    in_claim   VARCHAR(32),
    in_error   VARCHAR(200),
    in_refused TINYINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'how an attempt to send went'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_state VARCHAR(16);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    UPDATE mail
       SET state = CASE WHEN in_error IS NULL THEN 'sent'
                        WHEN in_refused = 1 OR created_at < v_now - INTERVAL 1 DAY THEN 'failed'
                        ELSE 'pending' END,
           ended_at = IF(state = 'pending', NULL, v_now), claim = NULL, last_error = in_error,
           email = IF(state = 'sent' AND kind = 'account_deleted', NULL, email),
           attempts = attempts + (in_error IS NOT NULL),
           due_at = v_now + INTERVAL LEAST(300, POW(2, LEAST(attempts, 10) - 1)) * (900000 + FLOOR(RAND() * 200000)) MICROSECOND
     WHERE mail_id = in_mail_id AND claim = in_claim AND state = 'pending';
    SET v_state = IF(ROW_COUNT() = 1, (SELECT state FROM mail WHERE mail_id = in_mail_id), 'lost');
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('state', v_state) AS body;
END
