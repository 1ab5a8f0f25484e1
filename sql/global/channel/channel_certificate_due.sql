-- channel_certificate_due: whether a provider's certificates are to be fetched now; the asker is the one who fetches.
--
-- Parameters
--   in_channel  VARCHAR(16)   payment channel
--   in_fresh_s  BIGINT        how old they may get; 0: they are fetched only when a callback names one that nobody knows
-- Returns  one row: status INT, body JSON
--   200 {"due": 0 or 1}
-- Errors   none
-- Locks    channel_trust
-- Example  CALL channel_certificate_due('wechat', 43200);
--
-- One that a callback named and nobody knows is fetched within seconds. At most one attempt a minute. Certificates that have
-- expired for a week are forgotten.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE channel_certificate_due(
    IN in_channel VARCHAR(16),
    IN in_fresh_s BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'certificates to fetch'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_due INT DEFAULT 0;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    INSERT INTO channel_trust (channel) VALUES (in_channel) ON DUPLICATE KEY UPDATE channel = VALUES(channel);
    UPDATE channel_trust
       SET asked_at = v_now
     WHERE channel = in_channel
       AND (asked_at IS NULL OR asked_at < v_now - INTERVAL 1 MINUTE)
       AND ((in_fresh_s > 0 AND (kept_at IS NULL OR kept_at < v_now - INTERVAL in_fresh_s SECOND))
            OR (wanted_at IS NOT NULL AND (kept_at IS NULL OR wanted_at > kept_at)));
    SET v_due = ROW_COUNT();
    DELETE FROM channel_certificate WHERE channel = in_channel AND expires_at < v_now - INTERVAL 7 DAY;
    COMMIT;
    SELECT 200 AS status, JSON_OBJECT('due', v_due + 0) AS body;
END
