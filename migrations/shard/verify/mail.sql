-- Verify souk_shard:mail on mysql
SELECT mail_id, kind, urgent, account_id, order_id, email, data, state, attempts, due_at, claim, last_error, created_at, ended_at, slot FROM mail WHERE FALSE;
SELECT token_id, account_id, purpose, email, hash, expires_at, used_at, created_at, slot FROM account_token WHERE FALSE;
SELECT email_verified_at, deleted_at FROM account WHERE FALSE;
SELECT verified_at FROM login_claim WHERE FALSE;
SELECT email, account_id, slot, created_at FROM login_rival WHERE FALSE;
