-- Verify souk_global:channel_trust on mysql

SELECT channel, serial, pem, expires_at, kept_at FROM channel_certificate WHERE 0;
SELECT channel, asked_at, kept_at, wanted_at FROM channel_trust WHERE 0;
