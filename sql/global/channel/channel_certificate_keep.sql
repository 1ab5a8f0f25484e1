-- channel_certificate_keep: keeps a certificate of a provider, whose seal or signature was verified.
--
-- Parameters
--   in_channel    VARCHAR(16)   payment channel
--   in_serial     VARCHAR(64)   as the provider writes it
--   in_pem        TEXT          the certificate
--   in_expires_s  BIGINT        Unix seconds until which it is good
-- Returns  one row: status INT, body JSON
--   200 {}
-- Errors   none
-- Locks    channel_certificate, channel_trust
-- Example  CALL channel_certificate_keep('wechat', '5157…', '-----BEGIN CERTIFICATE-----…', 1795255200);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE channel_certificate_keep(
    IN in_channel VARCHAR(16),
    IN in_serial VARCHAR(64),
    IN in_pem TEXT,
    IN in_expires_s BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'keeps a certificate'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    INSERT INTO channel_certificate (channel, serial, pem, expires_at, kept_at)
    VALUES (in_channel, in_serial, in_pem, '1970-01-01' + INTERVAL in_expires_s SECOND, v_now)
    ON DUPLICATE KEY UPDATE kept_at = VALUES(kept_at);
    UPDATE channel_trust SET kept_at = COALESCE(asked_at, v_now) WHERE channel = in_channel; -- one named since is still wanted
    COMMIT;
    SELECT 200 AS status, JSON_OBJECT() AS body;
END
