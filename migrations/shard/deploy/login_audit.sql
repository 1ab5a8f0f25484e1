-- Deploy souk_shard:login_audit to mysql
-- requires: account_move

-- The audit walks who claims addresses by account, and compares them with the accounts, which may lie elsewhere.
ALTER TABLE login_claim ADD KEY login_claim_account (account_id);
ALTER TABLE login_rival ADD KEY login_rival_account (account_id);
