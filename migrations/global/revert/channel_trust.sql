-- Revert souk_global:channel_trust from mysql

DROP TABLE channel_trust;
DROP TABLE channel_certificate;
