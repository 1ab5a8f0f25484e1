-- Verify souk_shard:account_move on mysql

SELECT account_id, state, old_email, new_email, password_hash, changed_at, slot FROM claim_move WHERE 0;
SELECT account_id, due_at, slot FROM account_erasure WHERE 0;
