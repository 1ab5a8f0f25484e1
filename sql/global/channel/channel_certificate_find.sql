-- channel_certificate_find: the certificate of a provider with this serial. One that nobody knows is put down as wanted.
--
-- Parameters
--   in_channel  VARCHAR(16)   payment channel
--   in_serial   VARCHAR(64)   as the provider writes it
-- Returns  one row: status INT, body JSON
--   200 {"pem": "-----BEGIN …"}, pem null: not known
-- Errors   none
-- Locks    channel_trust, at most once in 10 seconds
-- Example  CALL channel_certificate_find('wechat', '5157F09EFDC096DE15EBE81A47057A7232F1B8E1');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE channel_certificate_find(
    IN in_channel VARCHAR(16),
    IN in_serial VARCHAR(64)
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'a certificate by its serial'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_pem TEXT;

    SELECT pem INTO v_pem FROM channel_certificate WHERE channel = in_channel AND serial = in_serial;
    IF v_pem IS NULL THEN
        UPDATE channel_trust
           SET wanted_at = v_now
         WHERE channel = in_channel AND (wanted_at IS NULL OR wanted_at < v_now - INTERVAL 10 SECOND);
    END IF;
    SELECT 200 AS status, JSON_OBJECT('pem', v_pem) AS body;
END
