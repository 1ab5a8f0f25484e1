-- Verify souk_shard:login_audit on mysql
SELECT account_id FROM login_claim FORCE INDEX (login_claim_account) WHERE 0;
SELECT account_id FROM login_rival FORCE INDEX (login_rival_account) WHERE 0;
