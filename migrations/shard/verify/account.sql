-- Verify souk_shard:account on mysql

SELECT account_id, email, password_hash, name, default_address_id, version, created_at, changed_at, slot FROM account WHERE 0;
SELECT email, account_id, slot, created_at FROM login_claim WHERE 0;
SELECT session_id, account_id, sequence, issued_at, expires_at, revoked_at, created_at, slot FROM session_family WHERE 0;
SELECT address_id, account_id, name, phone, country, region, city, line1, line2, postal_code, version, created_at, changed_at, slot
  FROM address WHERE 0;
