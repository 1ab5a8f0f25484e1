-- Revert souk_shard:mail from mysql
ALTER TABLE session_family DROP KEY session_family_account;
DROP TABLE login_rival;
ALTER TABLE login_claim DROP COLUMN verified_at;
ALTER TABLE account DROP COLUMN email_verified_at, DROP COLUMN deleted_at;
DROP TABLE account_token;
DROP TABLE mail;
