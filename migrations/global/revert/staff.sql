-- Revert souk_global:staff from mysql

DROP TABLE role_grant;
