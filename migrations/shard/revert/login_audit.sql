-- Revert souk_shard:login_audit from mysql
ALTER TABLE login_rival DROP KEY login_rival_account;
ALTER TABLE login_claim DROP KEY login_claim_account;
